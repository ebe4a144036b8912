"""How long something may be on its way before it is said not to get there by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fleet.health.rules.reading import instant, mappings, section, text
from fleet.health.rules.verdicts import degraded, progressing
from fleet.hooks import HealthContext
from fleet.model.health import Health

# What Kubernetes gives a Deployment where its progressDeadlineSeconds is not set: the field's own idea of too long.
PATIENCE = 600.0


def lapsing(context: HealthContext, since: datetime | None, reason: str, message: str) -> Health:
    """Progressing while there is patience, then Degraded; Progressing for ever where nobody says since when."""
    left = left_of(PATIENCE, context, since)
    if since is None or left is None:
        return progressing(reason, message)
    if left > 0:
        return progressing(reason, message, again=left)
    return degraded(reason, f"{message} (since {written(since)})")


def left_of(seconds: float, context: HealthContext, since: datetime | None) -> float | None:
    """How many seconds of some are left; None where nobody says since when they run, or whether this is still so."""
    return None if since is None or not context.looked else seconds - (context.now - since).total_seconds()


def moment(stamp: str) -> datetime | None:
    """A time that Kubernetes wrote; None for the year 1970, by which the Gateway API's definitions mean "never"."""
    found = instant(stamp)
    return found if found is not None and found.year >= 2000 else None


def written(at: datetime) -> str:
    """A time as a message gives it: to the second, so that it does not change as time goes by."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def changed(context: HealthContext) -> datetime | None:
    """When what the object should be was last changed by anybody, as far as it is known."""
    metadata = section(context.live, "metadata")
    return _latest([context.last_write, moment(text(metadata, "creationTimestamp")), *_managed(metadata, status=False)])


def reported(live: Mapping[str, Any]) -> datetime | None:
    """When a controller last changed the object's status; the API server keeps the time of each writer's last change."""
    return _latest(list(_managed(section(live, "metadata"), status=True)))


def _managed(metadata: Mapping[str, Any], *, status: bool) -> list[datetime | None]:
    entries = mappings(metadata, "managedFields")
    return [moment(text(entry, "time")) for entry in entries if (text(entry, "subresource") == "status") is status]


def _latest(times: list[datetime | None]) -> datetime | None:
    return max((time for time in times if time is not None), default=None)
