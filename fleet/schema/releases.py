"""Looks up the fields of built-in kinds in each release of Kubernetes that is known, not only in the one that all else is of.

`types.json` is of one release, the *base*; `releases.json` has of each other one what differs from its neighbour nearer to the
base, as `make releases` makes it from the OpenAPI that each published. It is read at the first question about another release.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from fleet.schema import lookup, types
from fleet.schema.types import Struct

DATA = Path(__file__).with_name("releases.json")
_MINOR = re.compile(r"v?(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What an API server of one minor version serves where nothing is turned on or off, and the fields of it."""

    minor: str
    kubernetes: str
    """The patch release that it was taken from: `v1.33.13`."""
    kinds: Mapping[str, str]
    """The name of the type of each kind that can be written, by `group/version/kind`."""
    types: Mapping[str, Mapping[str, Any]]

    def kind_type(self, group: str, version: str, kind: str) -> str | None:
        """Return the name of a kind's type; None where it is not served."""
        return self.kinds.get(f"{group}/{version}/{kind}")

    def versions(self, group: str, kind: str) -> tuple[str, ...]:
        """Name the versions in which a kind is served, the one that the server prefers first."""
        return _versions(self.minor).get((group, kind), ())

    def struct(self, name: str) -> Struct:
        """Return a type by its name, with what is known of its fields in this release; raises KeyError.

        A field is required where the base calls it so too: what one release's OpenAPI calls required and another's does not, no
        server ever asked for (a StatefulSet's `serviceName`); only the words were mended.
        """
        return _struct(self.minor, name)


def minor_of(version: str) -> str:
    """Reduce `v1.36.3` to `1.36`; empty where it is no version."""
    found = _MINOR.match(version)
    return f"{found[1]}.{found[2]}" if found else ""


@cache
def base() -> str:
    """The minor version that all other facts of this folder are of."""
    return minor_of(lookup.kubernetes())


@cache
def minors() -> tuple[str, ...]:
    """All that are known, the oldest first."""
    return tuple(sorted({base(), *_data()}, key=_number))


def nearest(version: str) -> str:
    """Return the known minor version that is nearest to the one asked for; the base where it is no version."""
    asked = minor_of(version)
    if not asked or asked == base():
        return base()
    return min(minors(), key=lambda each: abs(_number(each) - _number(asked)))


def nearer(minor: str) -> str:
    """Return the neighbour of a minor version on the way to the base."""
    major, number = minor.split(".")
    return f"{major}.{int(number) + (1 if _number(minor) < _number(base()) else -1)}"


@cache
def release(minor: str) -> Release:
    """Return one that is known, by its minor version; raises KeyError."""
    if minor == base():
        kinds = {place: types.kind_type(*place.split("/")) or "" for place in _written()}
        return Release(minor=minor, kubernetes=lookup.kubernetes(), kinds=kinds, types=types.everything()["types"])
    changes, before = _data()[minor], release(nearer(minor))
    return Release(
        minor=minor,
        kubernetes=changes["kubernetes"],
        kinds=changed(before.kinds, changes["kinds"]),
        types=changed(before.types, changes["types"]),
    )


def changed(value: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Make a mapping as changes say: null takes away, a mapping changes what is there, all else replaces it."""
    made = dict(value)
    for key, change in changes.items():
        if change is None:
            made.pop(key, None)
        else:
            made[key] = changed(made.get(key) or {}, change) if isinstance(change, Mapping) else change
    return made


def _written() -> Iterator[str]:
    for kind in lookup.kinds().values():
        yield from (f"{kind.group}/{version.name}/{kind.kind}" for version in kind.versions)


@cache
def _versions(minor: str) -> Mapping[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], list[str]] = {}
    for place in release(minor).kinds:
        group, version, kind = place.split("/")
        found.setdefault((group, kind), []).append(version)
    return {each: tuple(sorted(versions, key=_preference)) for each, versions in found.items()}


def _preference(version: str) -> tuple[bool, bool, int]:
    """Stable ones before betas, betas before alphas, then the newest first; source: `CompareKubeAwareVersionStrings`."""
    number = re.match(r"v(\d+)", version)
    return "alpha" in version, "beta" in version, -int(number[1]) if number else 0


@cache
def _struct(minor: str, name: str) -> Struct:
    entry, known = release(minor).types[name], release(base()).types.get(name)
    required = entry.get("required", []) if known is None else {*entry.get("required", ())} & {*known.get("required", ())}
    return types.made(name, {**entry, "required": required})


def _number(minor: str) -> int:
    major, number = minor.split(".")
    return int(major) * 1000 + int(number)


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(DATA.read_bytes())
    return found
