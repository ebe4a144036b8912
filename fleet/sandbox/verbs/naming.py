"""Which names a CustomResourceDefinition gets: those of its group that no other has. Source: apiextensions, naming controller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.sandbox.verbs.state import now


def accepted(names: Mapping[str, Any], taken: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], tuple[str, str] | None]:
    """The names that are free, and reason and message of the last that is not; `taken` are those others were given."""
    resources, kinds = set[str](), set[str]()
    for each in taken:
        resources |= {each.get("plural", ""), each.get("singular", ""), *(each.get("shortNames") or ())}
        kinds |= {each.get("kind", ""), each.get("listKind", "")}
    given: dict[str, Any] = {"plural": "", "kind": ""}
    conflict: tuple[str, str] | None = None
    for field, used in (
        ("plural", resources),
        ("singular", resources),
        ("shortNames", resources),
        ("kind", kinds),
        ("listKind", kinds),
    ):
        wanted = names.get(field)
        if not wanted:
            continue
        clash = [name for name in (wanted if isinstance(wanted, list) else [wanted]) if name in used]
        if clash:
            conflict = (f"{field[0].upper()}{field[1:]}Conflict", f'"{clash[0]}" is already in use')
        else:
            given[field] = wanted
    if names.get("categories"):
        given["categories"] = names["categories"]
    return given, conflict


def conditions(conflict: tuple[str, str] | None) -> list[dict[str, str]]:
    """The two conditions that say so."""
    if conflict:
        reason, message = conflict
        refused = ("Established", "False", "NotAccepted", "not all names are accepted")
        return [_condition("NamesAccepted", "False", reason, message), _condition(*refused)]
    free = ("NamesAccepted", "True", "NoConflicts", "no conflicts found")
    return [_condition(*free), _condition("Established", "True", "InitialNamesAccepted", "the initial names have been accepted")]


def _condition(kind: str, status: str, reason: str, message: str) -> dict[str, str]:
    return {"type": kind, "status": status, "lastTransitionTime": now(), "reason": reason, "message": message}
