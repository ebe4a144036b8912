"""Finds the rules of custom kinds that only an API server evaluates: those in CEL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fleet.cli.validating.builtin import Mistake, escaped
from fleet.cli.validating.kinds import CustomKind

_RULES = "x-kubernetes-validations"


def unevaluated(kind: CustomKind) -> Mistake | None:
    """Say how many rules in CEL a kind has in its version, at the first of them; None where it has none."""
    for number, entry in enumerate(kind.definition.body["spec"]["versions"]):
        if entry["name"] == kind.version:
            found = [*_rules(entry.get("schema"), f"/spec/versions/{number}/schema")]
            count = sum(rules for _, rules in found)
            told = f"{count} rule{'s' if count > 1 else ''} in CEL ({_RULES})"
            message = f"{kind.name} {kind.version} has {told}: its objects are not checked by them here"
            return Mistake(pointer=found[0][0], rule="not-evaluated", message=message) if count else None
    return None


def _rules(schema: Any, pointer: str) -> Iterator[tuple[str, int]]:
    if isinstance(schema, list):
        for place, each in enumerate(schema):
            yield from _rules(each, f"{pointer}/{place}")
    elif isinstance(schema, dict):
        for word, value in schema.items():
            if word == _RULES and isinstance(value, list) and value:
                yield f"{pointer}/{_RULES}", len(value)
            else:
                yield from _rules(value, f"{pointer}/{escaped(str(word))}")
