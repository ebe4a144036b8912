"""What a cluster's audit log tells: who asked for what, and when it was answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.model.marks import NAMESPACE

_WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_HUB = "fleethub"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request as the API server saw it."""

    user: str
    agent: str
    verb: str
    resource: str
    subresource: str
    namespace: str
    name: str
    code: int
    received: datetime
    answered: datetime

    @property
    def by_hub(self) -> bool:
        """Whether the hub sent it."""
        return self.agent.startswith(_HUB)

    @property
    def is_lease(self) -> bool:
        """Whether it is about the hub's Lease."""
        return self.resource == "leases"

    @property
    def is_write(self) -> bool:
        """Whether it asked for a change."""
        return self.verb in _WRITES

    @property
    def is_own(self) -> bool:
        """Whether it is about what the hub keeps for itself in a cluster."""
        return self.namespace == NAMESPACE

    @property
    def who(self) -> str:
        """The program that was used, and the user."""
        return f"{self.agent.partition('/')[0].partition(' ')[0]} ({self.user})"

    @property
    def what(self) -> str:
        """The request, for people: `patch deployments/web`."""
        return f"{self.verb} {'/'.join(filter(None, (self.resource, self.name, self.subresource)))}"


def requests(events: Iterable[Mapping[str, Any]]) -> list[Request]:
    """Read events in the API server's format (audit.k8s.io/v1), in their order."""
    return [_request(event) for event in events]


def _request(event: Mapping[str, Any]) -> Request:
    reference = event.get("objectRef") or {}
    return Request(
        user=event["user"]["username"],
        agent=event.get("userAgent", ""),
        verb=event["verb"],
        resource=reference.get("resource", ""),
        subresource=reference.get("subresource", ""),
        namespace=reference.get("namespace", ""),
        name=reference.get("name", ""),
        code=(event.get("responseStatus") or {}).get("code", 0),
        received=datetime.fromisoformat(event["requestReceivedTimestamp"]),
        answered=datetime.fromisoformat(event["stageTimestamp"]),
    )


def writes(found: Iterable[Request]) -> list[Request]:
    """What the hub wrote of the fleet's objects: not its lease, and not what it keeps for itself."""
    return [each for each in found if each.by_hub and each.is_write and not each.is_lease and not each.is_own]


def all_writes(found: Iterable[Request]) -> list[Request]:
    """Everything the hub wrote but its lease."""
    return [each for each in found if each.by_hub and each.is_write and not each.is_lease]


def all_but_leases(found: Iterable[Request]) -> list[Request]:
    """Everything the hub asked but for its lease."""
    return [each for each in found if each.by_hub and not each.is_lease]
