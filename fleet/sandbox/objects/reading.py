"""Reads objects of built-in kinds as the server's Go types do: what is nothing is dropped, what is always written is there.

Defaults are set on the way back up, as the server's defaulting does, so a struct's own see those of what is in it. A part
that is known to be in this form already, because the live object has that very part, is taken as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from fleet.sandbox.objects.derived import DERIVED
from fleet.sandbox.objects.scalars import PLAIN, READERS, ZEROS, Reader, Wrong, json_kind, resource
from fleet.schema import types

_ABSENT: Any = object()
_DROP: Any = object()
# Before the step to a key of a map, which is no field.
KEY = "\0"
# Go stops at so many strict errors.
MANY_UNKNOWN = 100


class Undecodable(ValueError):
    """The server cannot read the object; `why` is the message without which object that is."""

    def __init__(self, why: str, head: str = "") -> None:
        super().__init__(head + why)
        self.why = why


class Walk:
    """Where the reading is, and what it found that the type does not have."""

    __slots__ = ("path", "unknown")

    def __init__(self) -> None:
        self.path: list[str] = []
        self.unknown: list[str] = []

    def tell(self, name: str) -> None:
        """Note a field that does not exist."""
        if len(self.unknown) < MANY_UNKNOWN:
            path = "".join([*self.path, name]).lstrip(".").replace(KEY, "")
            self.unknown.append(f'unknown field "{path}"')

    def fields(self, *more: str) -> str:
        """Return the path as Go tells it of a value it cannot read: fields only, no items and no keys."""
        return "".join(step for step in (*self.path, *more) if step[0] == ".").lstrip(".")


# Reads a struct, list or map: the value, the walk, the part of the live object that may be the same.
Nested = Callable[[Any, Walk, Any], Any]


class _Field:
    """How one field is read: by a `scalar` reader or a `nested` one."""

    __slots__ = ("go", "keeps_zero", "makes_zero", "nested", "scalar", "step", "zero")

    def __init__(self, name: str, written: Any, struct: types.Struct) -> None:
        self.step = f".{name}"
        self.go = struct.go.get(name) or types.go_name(written)
        self.scalar: Reader | None = READERS.get(written) if isinstance(written, str) else None
        self.nested: Nested | None = None if self.scalar else nested(written, f"{struct.name}.{name}")
        if self.go == "v1.ResourceList":
            self.nested = _map_reader(resource, None, "quantity")
        # A zero is kept by a pointer, and by what says itself how it is written; a struct is never a zero.
        always, pointer = name in struct.always, name in struct.pointers
        own = isinstance(written, str) and self.scalar is not None and written not in PLAIN
        alias = isinstance(written, str) and self.nested is not None
        self.keeps_zero = always or pointer or own or alias or isinstance(self.nested, StructReader)
        self.zero: Any = _plain_zero(written, pointer=pointer) if always else _ABSENT
        # A struct is made anew each time: whoever gets it may go on to fill it.
        self.makes_zero = always and not pointer and isinstance(self.nested, StructReader)

    def nothing(self) -> Any:
        """Return what is written where nothing is set."""
        if self.makes_zero:
            assert self.nested is not None, "what makes a zero is a struct"
            return self.nested({}, Walk(), None)
        return self.zero


class StructReader:
    """Reads one struct, at one place or anywhere; filled at first use, since structs refer to themselves."""

    __slots__ = ("_always", "_derive", "_fields", "_place", "_rules", "_struct", "go")

    def __init__(self, name: str, place: str) -> None:
        self._struct = types.struct(name)
        self._place = place
        self._fields: dict[str, _Field] | None = None
        self._derive = DERIVED.get(name)
        self.go = types.go_name(name)

    def _fill(self) -> dict[str, _Field]:
        struct = self._struct
        assert struct.fields is not None, "what has no fields is read as what it is written as"
        fields = {name: _Field(name, written, struct) for name, written in struct.fields.items()}
        self._always = [(name, fields[name]) for name in fields if name in struct.always]
        placed = types.rules(self._place)
        found = placed if placed is not None else types.rules(struct.name) or []
        self._rules = [_Rule(rule, fields) for rule in found]
        self._fields = fields
        return fields

    def __call__(self, value: Any, walk: Walk, known: Any) -> Any:
        """Return the struct in the server's form."""
        if value is known and known is not None:
            return known
        if not isinstance(value, dict):
            raise Wrong(json_kind(value))
        fields = self._fields if self._fields is not None else self._fill()
        before: Mapping[str, Any] = known if isinstance(known, dict) else {}
        made: dict[str, Any] = {}
        for name, child in value.items():
            if child is None:
                if name not in fields:
                    walk.tell(f".{name}")
                continue
            if child is before.get(name, _ABSENT):
                made[name] = child
                continue
            field = fields.get(name)
            if field is None:
                walk.tell(f".{name}")
                continue
            new = self._read(field, child, walk, before.get(name))
            if new is not _DROP:
                made[name] = new
        return self._completed(made)

    def _read(self, field: _Field, child: Any, walk: Walk, known: Any) -> Any:
        if field.scalar is not None:
            try:
                new = field.scalar(child)
            except Wrong as wrong:
                raise _told(wrong, self.go, walk.fields(field.step), field.go) from wrong
            return new if new or field.keeps_zero else _DROP
        assert field.nested is not None, "a field is read as one or the other"
        walk.path.append(field.step)
        try:
            new = field.nested(child, walk, known)
        except Wrong as wrong:
            raise _told(wrong, self.go, walk.fields(), field.go) from wrong
        walk.path.pop()
        return new if new or field.keeps_zero else _DROP

    def _completed(self, made: dict[str, Any]) -> dict[str, Any]:
        given = dict(made) if self._rules else made
        for name, field in self._always:
            if name not in made:
                made[name] = field.nothing()
        for rule in self._rules:
            rule.set(made, given)
        if self._derive is not None:
            self._derive(made)
        return made


def _plain_zero(written: Any, *, pointer: bool) -> Any:
    return ZEROS.get(written) if isinstance(written, str) and not pointer else None


def _told(wrong: Wrong, struct: str, path: str, go: str) -> Undecodable:
    if wrong.own:
        return Undecodable(wrong.what)
    name = struct.rpartition(".")[2]
    kind = wrong.of or go
    return Undecodable(f"json: cannot unmarshal {wrong.what} into Go struct field {name}.{path} of type {kind}")


class _Rule:
    """A default, with its conditions; these look at what was given, not at what other rules have set."""

    __slots__ = ("_has", "_not", "_set", "_unless", "_when")

    def __init__(self, rule: Mapping[str, Any], fields: Mapping[str, _Field]) -> None:
        self._set = [(name, value, fields[name]) for name, value in rule["set"].items()]
        self._when: Mapping[str, Any] = rule.get("when", {})
        self._not: Mapping[str, list[Any]] = rule.get("not", {})
        self._has: str | None = rule.get("has")
        self._unless: tuple[str, ...] = tuple(rule.get("unless", ()))

    def set(self, made: dict[str, Any], given: dict[str, Any]) -> None:
        if self._has is not None and self._has not in given:
            return
        if any(name in given for name in self._unless):
            return
        if any(given.get(name) != value for name, value in self._when.items()):
            return
        if any(given.get(name) in values for name, values in self._not.items()):
            return
        for name, value, field in self._set:
            if name not in made or (field.scalar is not None and made[name] == field.zero):
                made[name] = deepcopy(value) if isinstance(value, (dict, list)) else value


def nested(written: Any, place: str) -> Nested:
    """Return what reads a struct, a list or a map."""
    if isinstance(written, str):
        struct = types.struct(written)
        return _alias(struct.alias) if struct.fields is None else reader(written, place)
    shape, inner = written[:2]
    if shape == "whole":
        return nested(inner, place)
    scalar = READERS.get(inner) if isinstance(inner, str) else None
    below = None if scalar else nested(inner, place)
    if shape in ("map", "atomic-map"):
        return _map_reader(scalar, below, inner)
    return _list_reader(scalar, below, inner)


def _alias(written: Any) -> Nested:
    read = READERS[written]
    return lambda value, walk, known: read(value)


@cache
def _reader(name: str, place: str) -> StructReader:
    return StructReader(name, place)


def reader(name: str, place: str = "") -> StructReader:
    """Return what reads a struct at a place (`struct.field`); places without defaults of their own share one."""
    return _reader(name, place if types.rules(place) is not None else "")


def _item(below: Nested, given: tuple[Any, Walk, Any], go: str) -> Any:
    try:
        return below(*given)
    except Wrong as wrong:
        wrong.of = wrong.of or go
        raise


def _list_reader(scalar: Reader | None, below: Nested | None, inner: Any) -> Nested:
    zero = ZEROS[inner] if scalar else None
    go = types.go_name(inner)

    def read(value: Any, walk: Walk, known: Any) -> Any:
        if value is known:
            return known
        if not isinstance(value, list):
            raise Wrong(json_kind(value))
        if scalar is not None:
            try:
                return [scalar(child) if child is not None else zero for child in value]
            except Wrong as wrong:
                wrong.of = go
                raise
        assert below is not None, "a list is of one or the other"
        before = known if isinstance(known, list) else []
        made: list[Any] = []
        walk.path.append("[]")
        for place, child in enumerate(value):
            walk.path[-1] = f"[{place}]"
            same = before[place] if place < len(before) else None
            made.append(_item(below, ({} if child is None else child, walk, same), go))
        walk.path.pop()
        return made

    return read


def _map_reader(scalar: Reader | None, below: Nested | None, inner: Any) -> Nested:
    zero = ZEROS[inner] if scalar else None
    go = types.go_name(inner)

    def read(value: Any, walk: Walk, known: Any) -> Any:
        if value is known:
            return known
        if not isinstance(value, dict):
            raise Wrong(json_kind(value))
        if scalar is not None:
            try:
                return {name: scalar(child) if child is not None else zero for name, child in value.items()}
            except Wrong as wrong:
                wrong.of = go
                raise
        assert below is not None, "a map is of one or the other"
        before = known if isinstance(known, dict) else {}
        made: dict[str, Any] = {}
        walk.path.append(KEY)
        for name, child in value.items():
            walk.path[-1] = f"{KEY}.{name}"
            made[name] = _item(below, ({} if child is None else child, walk, before.get(name)), go)
        walk.path.pop()
        return made

    return read
