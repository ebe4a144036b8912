"""Finds a render that differs from itself: what git does not decide cannot be kept equal to git."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from fleet.errors import FleetError, RenderUnstable
from fleet.k8syaml import Document
from fleet.model.fields import FieldPath
from fleet.model.keys import ObjectKey
from fleet.model.marks import IGNORE_DRIFT
from fleet.model.values import without_value

_SHOWN = 5


def differences(first: Sequence[Document], second: Sequence[Document], *, renderer: str) -> tuple[FleetError, ...]:
    """An error for each object that two renders of the same inputs give differently, with its place and fields.

    Fields that the object's own `fleethub.dev/ignore-drift` lets differ do not count: they keep their live values.
    """
    return tuple(error for pair in zip_longest(first, second) if (error := _difference(*pair, renderer=renderer)))


def _difference(one: Document | None, other: Document | None, *, renderer: str) -> FleetError | None:
    shown = one or other
    assert shown is not None
    if one is None or other is None:
        return _unstable(shown, f"{renderer} gives {_name(shown.value)} at one time and not at another")
    fields = sorted({*_fields(_settled(one.value), _settled(other.value))})
    if not fields:
        return None
    more = f" and {len(fields) - _SHOWN} more" if len(fields) > _SHOWN else ""
    return _unstable(shown, f"{renderer} gives another {', '.join(fields[:_SHOWN])}{more} of {_name(one.value)} each time")


def _unstable(document: Document, what: str) -> FleetError:
    advice = f"let the same inputs give the same text, or name the fields in {IGNORE_DRIFT}"
    return RenderUnstable(file=document.file, line=document.line, message=f"{what}; {advice}")


def _name(value: Any) -> str:
    try:
        return str(ObjectKey.of(value))
    except (KeyError, TypeError, AttributeError, ValueError):
        return "a document"


def _settled(value: Any) -> Any:
    """A body without what may differ in it."""
    metadata = value.get("metadata") if isinstance(value, Mapping) else None
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    wanted = annotations.get(IGNORE_DRIFT) if isinstance(annotations, Mapping) else None
    for path in _paths(wanted if isinstance(wanted, str) else ""):
        value = without_value(value, path)
    return value


def _paths(text: str) -> Iterator[FieldPath]:
    if text.strip() == "*":
        yield from map(FieldPath.parse, ("/spec", "/data", "/binaryData", "/stringData"))
        return
    for part in filter(None, map(str.strip, text.split(","))):
        try:
            yield FieldPath.parse(part)
        except ValueError:  # said where the annotation is read
            continue


def _fields(one: Any, other: Any, path: str = "") -> Iterator[str]:
    """JSON pointers of the values in which two bodies differ."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for name in one.keys() | other.keys():
            step = str(name).replace("~", "~0").replace("/", "~1")
            yield from _fields(one.get(name), other.get(name), f"{path}/{step}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        yield from _items(zip(one, other, strict=True), path)
    elif one != other or type(one) is not type(other):
        yield path or "/"


def _items(pairs: Iterable[tuple[Any, Any]], path: str) -> Iterator[str]:
    for position, (one, other) in enumerate(pairs):
        yield from _fields(one, other, f"{path}/{position}")
