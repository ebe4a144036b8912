"""Looks up what `kinds.json` says. It is read at the first question: 20 KB, a millisecond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

DATA = Path(__file__).with_name("kinds.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version in which a kind is served."""

    name: str
    verbs: tuple[str, ...]
    subresources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One built-in kind. `scope` is `Namespaced` or `Cluster`; the version the server prefers comes first."""

    group: str
    kind: str
    plural: str
    scope: str
    versions: tuple[Version, ...]


def scope(group: str, kind: str) -> str | None:
    """Tell whether a built-in kind is `Namespaced` or `Cluster`; None for a kind that is not built in."""
    found = kind_of(group, kind)
    return found.scope if found else None


def kind_of(group: str, kind: str) -> Kind | None:
    """Look up a built-in kind; the core group is the empty string."""
    return kinds().get((group, kind))


@cache
def kubernetes() -> str:
    """The version of the API server that all facts here were taken from: `v1.36.3`."""
    return str(orjson.loads(DATA.read_bytes())["kubernetes"])


@cache
def kinds() -> Mapping[tuple[str, str], Kind]:
    """All built-in kinds by group and kind."""
    found = (_kind(entry) for entry in orjson.loads(DATA.read_bytes())["kinds"])
    return {(kind.group, kind.kind): kind for kind in found}


def _kind(entry: Mapping[str, Any]) -> Kind:
    return Kind(
        group=entry["group"],
        kind=entry["kind"],
        plural=entry["plural"],
        scope=entry["scope"],
        versions=tuple(_version(version) for version in entry["versions"]),
    )


def _version(entry: Mapping[str, Any]) -> Version:
    return Version(name=entry["version"], verbs=tuple(entry["verbs"]), subresources=tuple(entry["subresources"]))
