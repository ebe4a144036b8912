"""The columns in which kubectl shows the objects of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fleet.sandbox.resources import Resource


def columns_of(resource: Resource) -> list[dict[str, Any]]:
    """The definitions of a kind's columns."""
    return [_column("Name", "name"), _column("Age")]


def _column(name: str, form: str = "", *, kind: str = "string", priority: int = 0) -> dict[str, Any]:
    return {"name": name, "type": kind, "format": form, "description": "", "priority": priority}


def cells_of(resource: Resource, body: dict[str, Any], now: datetime) -> Sequence[Any]:
    """One object's cells."""
    return [body["metadata"]["name"], age(body["metadata"].get("creationTimestamp"), now)]


def age(since: str | None, now: datetime) -> str:
    """How long ago, as kubectl says it: two figures at most."""
    if not since:
        return "<unknown>"
    seconds = int((now - datetime.fromisoformat(since)).total_seconds())
    return duration(seconds)


def duration(seconds: int) -> str:
    """A time in the units that fit; source: apimachinery `duration.HumanDuration`."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{max(seconds, 0)}s"
    if minutes < 10:
        return f"{minutes}m{seconds % 60}s" if seconds % 60 else f"{minutes}m"
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return f"{hours}h{minutes % 60}m" if minutes % 60 else f"{hours}h"
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return f"{days}d{hours % 24}h" if hours % 24 else f"{days}d"
    return f"{days}d" if days < 730 else f"{days // 365}y{days % 365}d"
