"""Whether a value fits its type, in the words of the server's structured merge."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from fleet.sandbox.typed.items import NoEdge, edge_of
from fleet.sandbox.typed.sets import shown_edge
from fleet.sandbox.typed.types import ListType, MapType, Scalar, Type


class Mismatch(NamedTuple):
    """One place where a value does not fit."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def fits(kind: Type, value: Any) -> bool:
    """Tell whether a value fits, without saying where not: the quick answer to what is nearly always so."""
    if value is None or type(value) in kind.plain:
        return True
    if isinstance(value, dict):
        return kind.map is not None and _map_fits(kind.map, value)
    return isinstance(value, list) and kind.list is not None and _list_fits(kind.list, value)


def _map_fits(shape: MapType, value: dict[str, Any]) -> bool:
    declared, element = shape.fields, shape.element
    for name, child in value.items():
        of = declared.get(name) or element
        if of is None or not (type(child) in of.plain or fits(of, child)):
            return False
    return True


def _list_fits(items: ListType, value: list[Any]) -> bool:
    if not items.atomic:
        try:
            edges = {edge_of(items, child) for child in value}
        except NoEdge:
            return False
        if len(edges) < len(value):
            return False
    element = items.element
    return all(type(child) in element.plain or fits(element, child) for child in value)


def mismatches(kind: Type, value: Any, *, repeated: bool = False) -> list[Mismatch]:
    """Find where a value does not fit; `repeated` admits items of lists that have the same keys."""
    found: list[Mismatch] = []
    _check(kind, value, _Walk(found, "", repeated))
    return found


class _Walk(NamedTuple):
    found: list[Mismatch]
    path: str
    repeated: bool

    def tell(self, message: str) -> None:
        self.found.append(Mismatch(self.path, message))

    def below(self, edge: str) -> _Walk:
        return _Walk(self.found, self.path + edge, self.repeated)


def told(found: list[Mismatch]) -> str:
    """Write mismatches as one message."""
    if len(found) == 1:
        return str(found[0])
    return "\n".join(["errors:", *(f"  {mismatch}" for mismatch in found)])


def _check(kind: Type, value: Any, walk: _Walk) -> None:
    if isinstance(value, dict) and kind.map is not None:
        _check_map(kind.map, value, walk)
    elif isinstance(value, list) and kind.list is not None:
        _check_list(kind.list, value, walk)
    elif value is None:
        return
    elif kind.scalar is not None and (kind.map is None or not isinstance(value, (dict, list))):
        _check_scalar(kind.scalar, value, walk)
    else:
        walk.tell(f"expected {'map' if kind.map is not None else 'list'}, got &{{{go_value(value)}}}")


def _check_map(shape: MapType, value: dict[str, Any], walk: _Walk) -> None:
    for name, child in value.items():
        kind = shape.fields.get(name) or shape.element
        if kind is None:
            walk.below(f".{name}").tell("field not declared in schema")
            return
        if isinstance(child, str) and kind.scalar == "string":
            continue
        _check(kind, child, walk.below(f".{name}"))


def _check_list(items: ListType, value: list[Any], walk: _Walk) -> None:
    seen: set[str] = set()
    for place, child in enumerate(value):
        if items.atomic:
            _check(items.element, child, walk.below(f"[{place}]"))
            continue
        try:
            edge = edge_of(items, child)
        except NoEdge as refused:
            walk.tell(f"element {place}: {refused}")
            return
        if edge in seen and not walk.repeated:
            walk.tell(f"duplicate entries for key {shown_edge(edge)}")
        seen.add(edge)
        _check(items.element, child, walk.below(shown_edge(edge)))


def _check_scalar(scalar: Scalar, value: Any, walk: _Walk) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if scalar == "numeric" and not number:
        walk.tell(f"expected numeric (int or float), got {_go_type(value)}")
    elif scalar == "string" and not isinstance(value, str):
        walk.tell(f"expected string, got &value.valueUnstructured{{Value:{_go_syntax(value)}}}")
    elif scalar == "boolean" and not isinstance(value, bool):
        walk.tell(f"expected boolean, got &{{{go_value(value)}}}")
    elif scalar == "untyped" and isinstance(value, (dict, list)):
        walk.tell(f"expected any scalar, got &{{{go_value(value)}}}")


def _go_type(value: Any) -> str:
    if isinstance(value, dict):
        return "map[string]interface {}"
    if isinstance(value, list):
        return "[]interface {}"
    return "bool" if isinstance(value, bool) else "string"


def _go_syntax(value: Any) -> str:
    """Write a value as Go's %#v does."""
    if isinstance(value, dict):
        inside = ", ".join(f"{_go_syntax(key)}:{_go_syntax(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{inside}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(map(_go_syntax, value))}}}"
    return "interface {}(nil)" if value is None else orjson.dumps(value).decode()


def go_value(value: Any) -> str:
    """Write a value as Go's %v does."""
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_value(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_value, value)) + "]"
    if value is None:
        return "<nil>"
    return value if isinstance(value, str) else orjson.dumps(value).decode()
