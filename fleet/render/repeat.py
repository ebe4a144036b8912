"""Finds a render that differs from itself: what git does not decide cannot be kept equal to git."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from fleet.errors import FleetError, RenderUnstable
from fleet.k8syaml import Document
from fleet.model.fields import EVERY, FieldPath, pointers
from fleet.model.keys import ObjectKey
from fleet.model.marks import IGNORE_DRIFT
from fleet.model.values import ABSENT, value_at, without_value
from fleet.render.unit import RenderUnit

_SHOWN = 5
_WHOLE = ("/spec", "/data", "/binaryData", "/stringData")


def differences(first: Sequence[Document], second: Sequence[Document], unit: RenderUnit) -> tuple[FleetError, ...]:
    """An error for each object that two renders of the same inputs give differently, with its place and fields.

    Fields that the object's own `fleethub.dev/ignore-drift`, or the App's `ignoreDrift`, lets differ do not count: they keep
    their live values.
    """
    return tuple(error for pair in zip_longest(first, second) if (error := _difference(*pair, unit=unit)))


def _difference(one: Document | None, other: Document | None, *, unit: RenderUnit) -> FleetError | None:
    shown = one or other
    assert shown is not None
    if one is None or other is None:
        return _unstable(shown, f"{unit.renderer} gives {_name(shown.value)} at one time and not at another")
    fields = sorted({*_fields(_settled(one.value, unit), _settled(other.value, unit))})
    if not fields:
        return None
    more = f" and {len(fields) - _SHOWN} more" if len(fields) > _SHOWN else ""
    return _unstable(shown, f"{unit.renderer} gives another {', '.join(fields[:_SHOWN])}{more} of {_name(one.value)} each time")


def _unstable(document: Document, what: str) -> FleetError:
    advice = f"let the same inputs give the same text, or name the fields in {IGNORE_DRIFT}"
    return RenderUnstable(file=document.file, line=document.line, message=f"{what}; {advice}")


def _name(value: Any) -> str:
    try:
        return str(ObjectKey.of(value))
    except (KeyError, TypeError, AttributeError, ValueError):
        return "a document"


def _settled(value: Any, unit: RenderUnit) -> Any:
    """A body without what may differ in it."""
    metadata = value.get("metadata") if isinstance(value, Mapping) else None
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    said = annotations.get(IGNORE_DRIFT) if isinstance(annotations, Mapping) else None
    wanted = [*(pointers(said) if isinstance(said, str) else ()), *_by_rule(value, unit)]
    for path in _paths(wanted):
        value = _without(value, path.edges)
    return value


def _by_rule(value: Any, unit: RenderUnit) -> Iterator[str]:
    """The pointers that the App's own rules give for an object."""
    if not unit.may_differ:
        return
    try:
        key = ObjectKey.of(value)
    except (KeyError, TypeError, AttributeError, ValueError):
        return
    # What names no namespace will be in the App's.
    placed = key._replace(namespace=key.namespace or unit.namespace)
    yield from (pointer for rule in unit.may_differ if rule.means(placed, value) for pointer in rule.fields)


def _paths(wanted: Iterable[str]) -> Iterator[FieldPath]:
    for pointer in wanted:
        try:
            yield from map(FieldPath.parse, _WHOLE if pointer == "*" else (pointer,))
        except ValueError:  # said where the pointer is read
            continue


def _without(value: Any, edges: tuple[str, ...]) -> Any:
    if EVERY not in edges:
        return without_value(value, FieldPath(edges))
    at = edges.index(EVERY)
    items = value_at(value, FieldPath(edges[:at])) if at else value
    for number in reversed(range(len(items) if isinstance(items, list) else 0)):
        value = _without(value, (*edges[:at], f"i:{number}", *edges[at + 1 :]))
    return value


def _fields(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """JSON pointers of the values in which two bodies differ."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in one.keys() | other.keys():
            step = str(name).replace("~", "~0").replace("/", "~1")
            yield from _fields(one.get(name, ABSENT), other.get(name, ABSENT), f"{path}/{step}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        yield from _items(zip(one, other, strict=True), path)
    elif one != other or type(one) is not type(other):
        yield path or "/"


def _items(pairs: Iterable[tuple[Any, Any]], path: str) -> Iterator[str]:
    for position, (one, other) in enumerate(pairs):
        yield from _fields(one, other, f"{path}/{position}")
