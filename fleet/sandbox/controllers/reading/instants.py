"""Times as the API server writes them: RFC 3339, in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(now: datetime) -> str:
    """Write an instant."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def passed(since: str | None, now: datetime) -> float:
    """Seconds from a written instant until now; none written: 0."""
    return (now - datetime.fromisoformat(since)).total_seconds() if since else 0.0
