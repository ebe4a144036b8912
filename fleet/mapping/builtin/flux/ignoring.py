"""Flux's rules of fields that may differ: JSON pointers, and the objects they are of."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fleet.mapping.builtin.fields import Complaint
from fleet.model.app import IgnoreDrift
from fleet.model.target import Target, check_pattern, requirements

_FIELDS = ("group", "kind", "namespace", "name")
_PATTERNS = (*_FIELDS, "version")
_SELECTORS = ("labelSelector", "annotationSelector")
_NAMES = re.compile(r"\^?(?:([A-Za-z0-9-]+)|\(([A-Za-z0-9-]+(?:\|[A-Za-z0-9-]+)*)\))\$?")
_ANY = ("", ".*", "^.*$")


def rules(said: Sequence[Mapping[str, Any]]) -> tuple[IgnoreDrift, ...]:
    """Read rules that `wrong` has nothing against."""
    return tuple(each for rule in said for each in _rules(rule))


def wrong(said: Sequence[Mapping[str, Any]], at: str) -> Iterator[Complaint]:
    """Say which patterns and selectors cannot be read."""
    for number, rule in enumerate(said):
        for name, value in (rule.get("target") or {}).items():
            where = f"{at}/{number}/target/{name}"
            if not isinstance(value, str | None):
                yield where, f"{name} must be a text"
            elif value and name in (*_PATTERNS, *_SELECTORS):
                yield from ((where, message) for message in _unread(value, selector=name in _SELECTORS))


def _unread(value: str, *, selector: bool) -> Iterator[str]:
    try:
        if selector:
            requirements(value)
        else:
            check_pattern(value)
    except ValueError as error:
        yield str(error)


def _rules(rule: Mapping[str, Any]) -> Iterator[IgnoreDrift]:
    target = rule.get("target") or {}
    paths = tuple(path or "*" for path in rule.get("paths") or ())
    named = [_names(target.get(field) or "") for field in _FIELDS]
    if None in named or any(target.get(field) for field in ("version", *_SELECTORS)):
        yield IgnoreDrift(kind="*", fields=paths, target=_target(target))
        return
    for group, kind, namespace, name in itertools.product(*(names or ("",) for names in named)):
        yield IgnoreDrift(kind=kind or "*", group=group, namespace=namespace, name=name, fields=paths)


def _target(said: Mapping[str, Any]) -> Target:
    return Target(
        **{field: said.get(field) or "" for field in _PATTERNS},
        labels=requirements(said.get("labelSelector") or ""),
        annotations=requirements(said.get("annotationSelector") or ""),
    )


def _names(text: str) -> tuple[str, ...] | None:
    """The names a pattern stands for, the empty one for any; None where it is more than a list of names."""
    if text in _ANY:
        return ("",)
    found = _NAMES.fullmatch(text)
    return tuple((found[1] or found[2]).split("|")) if found else None
