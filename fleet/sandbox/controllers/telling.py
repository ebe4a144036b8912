"""Events: what the controllers did, for people; the same one again is counted, not repeated."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from fleet.errors import ApiStatus
from fleet.sandbox.controllers.reading.fields import Object, metadata, name, namespace, uid
from fleet.sandbox.controllers.reading.instants import stamp
from fleet.sandbox.controllers.reading.owners import controller
from fleet.sandbox.controllers.reading.turns import Event

# As many as a cluster keeps; a real one keeps them for an hour.
KEPT = 500
# What says of a new Pod that it made it. A StatefulSet knows the name before, and says so itself.
_MAKERS = {
    "ReplicaSet": "replicaset-controller",
    "ReplicationController": "replication-controller",
    "DaemonSet": "daemonset-controller",
    "Job": "job-controller",
}


class Written(Protocol):
    """Where Events are written."""

    def create(self, body: Mapping[str, Any], *, manager: str = "") -> dict[str, Any]:
        """Create an object."""
        ...

    def update(self, body: Mapping[str, Any], *, manager: str = "", subresource: str = "") -> dict[str, Any]:
        """Replace an object."""
        ...

    def delete(  # noqa: PLR0913 - the place, and how
        self, group: str, kind: str, namespace: str, name: str, *, propagation: str = "", uid: str = "", grace: int | None = None
    ) -> None:
        """Delete an object."""
        ...


class Teller:
    """Writes the Events of one cluster, and forgets the oldest."""

    def __init__(self, cluster: Written) -> None:
        self._cluster = cluster
        self._known: OrderedDict[tuple[str, str, str], dict[str, Any]] = OrderedDict()

    def tell(self, events: Iterable[Event], *, now: datetime) -> None:
        """Write them. One that is refused is not told: its Namespace goes, or somebody else deleted it."""
        for event in events:
            key = uid(event.about), event.reason, event.message
            before = self._known.pop(key, None)
            try:
                self._known[key] = self._again(before, now) if before else self._new(event, now)
            except ApiStatus:
                continue
            self._forget_oldest()

    def _new(self, event: Event, now: datetime) -> dict[str, Any]:
        at = stamp(now)
        body = {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{name(event.about)}.{secrets.token_hex(8)}",
                "namespace": namespace(event.about) or "default",
            },
            "involvedObject": _reference(event.about),
            "reason": event.reason,
            "message": event.message,
            "source": {"component": event.source},
            "firstTimestamp": at,
            "lastTimestamp": at,
            "count": 1,
            "type": "Warning" if event.warning else "Normal",
            "eventTime": None,
            "reportingComponent": event.source,
            "reportingInstance": "",
        }
        return self._cluster.create(body, manager=event.source)

    def _again(self, before: dict[str, Any], now: datetime) -> dict[str, Any]:
        counted = {**before, "count": before.get("count", 1) + 1, "lastTimestamp": stamp(now)}
        return self._cluster.update(counted, manager=str(before["source"]["component"]))

    def _forget_oldest(self) -> None:
        while len(self._known) > KEPT:
            _, oldest = self._known.popitem(last=False)
            try:
                self._cluster.delete("", "Event", namespace(oldest), name(oldest), uid=uid(oldest))
            except ApiStatus:
                continue


def announced(made: Object) -> list[Event]:
    """What the maker of a new Pod says."""
    owner = controller(made)
    source = _MAKERS.get(str(owner.get("kind")))
    if made.get("kind") != "Pod" or source is None:
        return []
    about = {**owner, "metadata": {"name": owner["name"], "namespace": namespace(made), "uid": owner["uid"]}}
    return [Event(about=about, reason="SuccessfulCreate", message=f"Created pod: {name(made)}", source=source)]


def _reference(about: Object) -> dict[str, str]:
    whole = {
        "kind": about["kind"],
        "namespace": namespace(about),
        "name": name(about),
        "uid": uid(about),
        "apiVersion": about["apiVersion"],
        "resourceVersion": str(metadata(about).get("resourceVersion", "")),
    }
    return {field: value for field, value in whole.items() if value}
