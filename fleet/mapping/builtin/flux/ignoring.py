"""Flux's rules of fields that may differ: JSON pointers, and targets of regular expressions that are lists of names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fleet.mapping.builtin.fields import Complaint
from fleet.model.app import IgnoreDrift

_FIELDS = ("group", "kind", "namespace", "name")
_NAMES = re.compile(r"\^?\(?([A-Za-z0-9.-]+(?:\|[A-Za-z0-9.-]+)*)\)?\$?")
_ANY = ("", ".*", "^.*$")


def rules(said: Sequence[Mapping[str, Any]]) -> tuple[IgnoreDrift, ...]:
    """Read rules that `wrong` has nothing against."""
    return tuple(each for rule in said for each in _rules(rule))


def wrong(said: Sequence[Mapping[str, Any]], at: str) -> Iterator[Complaint]:
    """Say of which targets nobody can tell which names they mean."""
    for number, rule in enumerate(said):
        for name, value in (rule.get("target") or {}).items():
            if name in _FIELDS and _names(value or "") is None:
                yield f"{at}/{number}/target/{name}", f"{value} is read as a name, as names in (a|b), or as .* for any"


def _rules(rule: Mapping[str, Any]) -> Iterator[IgnoreDrift]:
    target = rule.get("target") or {}
    paths = tuple(path or "*" for path in rule.get("paths") or ())
    for group, kind, namespace, name in itertools.product(*(_names(target.get(field) or "") or ("",) for field in _FIELDS)):
        yield IgnoreDrift(kind=kind or "*", group=group, namespace=namespace, name=name, fields=paths)


def _names(text: str) -> tuple[str, ...] | None:
    """The names a pattern stands for, the empty one for any; None where it is none of that form."""
    if text in _ANY:
        return ("",)
    found = _NAMES.fullmatch(text)
    # A dot in a name is meant as one: the groups of kinds have them.
    return tuple(found.group(1).split("|")) if found else None
