"""Looks up the fields of built-in kinds in `types.json`. It is read at the first question: 140 KB, two milliseconds.

How a field's type is written: `string`, `boolean`, `int32`, `int64`, `double`, `bytes`, `quantity`, `time`, `microtime`,
`int-or-string`, `raw` (any JSON, one whole), `any` (any JSON), `object` (a map of anything); the name of another type, which has
a dot; or a list: `["list", T]` an atomic list, `["set", T]`, `["keyed", T, key…]`, `["map", T]`, `["atomic-map", T]`,
`["whole", T]` a struct that is owned as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

DATA = Path(__file__).with_name("types.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Struct:
    """One type. `fields` maps names to types; where it is None the type has no fields and is written as `alias`."""

    name: str
    fields: Mapping[str, Any] | None
    alias: Any
    # Owned as a whole wherever it stands.
    whole: bool
    required: frozenset[str]
    defaults: Mapping[str, Any]
    enums: Mapping[str, tuple[str, ...]]
    # Fields that the server writes even when they are not set.
    always: frozenset[str]
    # Fields that keep a zero that was set; any other zero is as if it were not set.
    pointers: frozenset[str]
    # Go's names of the fields' types, where `go_name` does not tell them.
    go: Mapping[str, str]


def kind_type(group: str, version: str, kind: str) -> str | None:
    """Return the name of a built-in kind's type in one version; None for a kind that is not built in."""
    found: str | None = _data()["kinds"].get(f"{group}/{version}/{kind}")
    return found


def everything() -> Mapping[str, Mapping[str, Any]]:
    """Return all that is written, parsed and shared: nobody changes it."""
    return _data()


@cache
def struct(name: str) -> Struct:
    """Return a type by its name; raises KeyError."""
    return made(name, _data()["types"][name])


def made(name: str, entry: Mapping[str, Any]) -> Struct:
    """Make a type of what is written of it."""
    return Struct(
        name=name,
        fields=entry.get("fields"),
        alias=entry.get("is"),
        whole=entry.get("whole", False),
        required=frozenset(entry.get("required", ())),
        defaults=entry.get("defaults", {}),
        enums={field: tuple(values) for field, values in entry.get("enums", {}).items()},
        always=frozenset(entry.get("always", ())),
        pointers=frozenset(entry.get("pointers", ())),
        go=entry.get("go", {}),
    )


def rules(place: str) -> list[Mapping[str, Any]] | None:
    """Return the defaults of a type, or of a `type.field` where they are others; None where nothing is known.

    A rule is `{"set": {field: value}}` for fields that are not there. `when` (another field was given this value) and `has`
    (another field was given) narrow it; `not` (another field was given one of these values) and `unless` (one of these was
    given) except from it.
    """
    found: list[Mapping[str, Any]] | None = _data()["defaults"].get(place)
    return found


_GO_NAMES = {
    "string": "string",
    "boolean": "bool",
    "int32": "int32",
    "int64": "int64",
    "double": "float64",
    "bytes": "[]uint8",
    "time": "v1.Time",
    "microtime": "v1.MicroTime",
    "quantity": "resource.Quantity",
    "int-or-string": "intstr.IntOrString",
    "raw": "runtime.RawExtension",
}


def go_name(written: Any) -> str:
    """Return what Go calls a type, as far as that follows from how it is written here."""
    if isinstance(written, str):
        return _GO_NAMES.get(written) or ".".join(written.split(".")[-2:])
    inner = go_name(written[1])
    return {"whole": inner, "map": f"map[string]{inner}", "atomic-map": f"map[string]{inner}"}.get(written[0], f"[]{inner}")


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(DATA.read_bytes())
    return found
