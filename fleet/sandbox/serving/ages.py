"""Times as kubectl says them."""

from __future__ import annotations

from datetime import datetime


def age(since: str | None, now: datetime) -> str:
    """How long ago, with two figures at most."""
    if not since:
        return "<unknown>"
    return duration(int((now - datetime.fromisoformat(since)).total_seconds()))


def duration(seconds: int) -> str:
    """A time in the units that fit; source: apimachinery `duration.HumanDuration`."""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if seconds < 120:
        return f"{max(seconds, 0)}s"
    if minutes < 180:
        return _two(minutes, "m", seconds % 60, "s") if minutes < 10 else f"{minutes}m"
    if hours < 48:
        return _two(hours, "h", minutes % 60, "m") if hours < 8 else f"{hours}h"
    if days < 730:
        return _two(days, "d", hours % 24, "h") if hours < 192 else f"{days}d"
    years = days // 365
    return _two(years, "y", days % 365, "d") if years < 8 else f"{years}y"


def _two(more: int, unit: str, less: int, smaller: str) -> str:
    return f"{more}{unit}{less}{smaller}" if less else f"{more}{unit}"
