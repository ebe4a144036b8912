"""What a real API server says of the resources it serves, in the aggregated form of its discovery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson

DATA = Path(__file__).with_name("discovery.json")
COLUMNS = Path(__file__).with_name("columns.json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """The documents, parsed and shared: nobody changes them."""

    version: Mapping[str, str]
    """The answer to `/version`."""
    core: tuple[Mapping[str, Any], ...]
    """The items of `/api`: one, of the core group."""
    named: tuple[Mapping[str, Any], ...]
    """The items of `/apis`, in the server's order; the preferred version of a group comes first."""


@cache
def served() -> Served:
    """Read them, at the first question."""
    found = orjson.loads(DATA.read_bytes())
    return Served(version=found["version"], core=tuple(found["api"]), named=tuple(found["apis"]))


@cache
def columns() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The columns in which each resource is shown, by a name such as `apps/v1/deployments`, or `v1/pods`."""
    found = orjson.loads(COLUMNS.read_bytes())
    descriptions = found["descriptions"]
    return {
        place: tuple(
            {"name": name, "type": kind, "format": form, "description": descriptions[text], "priority": priority}
            for name, kind, form, priority, text in rows
        )
        for place, rows in found["columns"].items()
    }
