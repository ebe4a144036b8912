"""Carries out what the controllers want, through the handle of the cluster; and tells people, as Events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from fleet.errors import ApiStatus
from fleet.sandbox.controllers.reading.fields import name, namespace, uid
from fleet.sandbox.controllers.reading.turns import (
    Bind,
    Create,
    Delete,
    Event,
    Update,
    Write,
    kind_of,
)
from fleet.sandbox.controllers.telling import Teller, announced

Body: TypeAlias = dict[str, Any]


class Cluster(Protocol):
    """What the controllers need of the handle of a cluster. All of it is synchronous; what is refused raises ApiStatus."""

    restored: list[Callable[[], None]]
    """Called when it went back to an older state, or became a new one."""

    def list(self, group: str, kind: str, namespace: str = "") -> list[Body]:
        """The objects of a kind."""
        ...

    def create(self, body: Mapping[str, Any], *, manager: str = "") -> Body:
        """Create an object; gives it as it is then."""
        ...

    def update(self, body: Mapping[str, Any], *, manager: str = "", subresource: str = "") -> Body:
        """Replace an object, or a subresource of it."""
        ...

    def delete(  # noqa: PLR0913 - the place, and how
        self, group: str, kind: str, namespace: str, name: str, *, propagation: str = "", uid: str = "", grace: int | None = None
    ) -> None:
        """Delete an object."""
        ...

    def bind(self, namespace: str, name: str, node: str) -> None:
        """Give a Pod a node."""
        ...

    def subscribe(self, callback: Callable[[str, str, str, Body], None]) -> Callable[[], None]:
        """Hear of every write."""
        ...


class Actor:
    """Writes to one cluster."""

    def __init__(self, cluster: Cluster, *, events: bool) -> None:
        self._cluster = cluster
        self._teller = Teller(cluster)
        self.events = events

    def act(self, writes: Iterable[Write], events: Iterable[Event] = (), *, now: datetime) -> None:
        """Carry out the writes in order, until one is refused, and tell what was done. Raises ApiStatus."""
        told: list[Event] = list(events)
        try:
            for write in writes:
                made = self._write(write)
                told += announced(made) if isinstance(write, Create) and made is not None else []
        finally:
            if self.events:
                self._teller.tell(told, now=now)

    def _write(self, write: Write) -> Body | None:
        match write:
            case Create():
                return self._cluster.create(write.body, manager=write.manager)
            case Update():
                return self._cluster.update(write.body, manager=write.manager, subresource=write.subresource)
            case Delete():
                self._delete(write)
            case Bind():
                self._cluster.bind(namespace(write.pod), name(write.pod), write.node)
        return None

    def _delete(self, write: Delete) -> None:
        kind, obj = kind_of(write.obj), write.obj
        grace = 0 if write.now else None
        try:
            self._cluster.delete(
                kind.group,
                kind.kind,
                namespace(obj),
                name(obj),
                propagation=write.propagation,
                uid=uid(obj),
                grace=grace,
            )
        except ApiStatus as refused:
            # Somebody was faster: it is gone, or it is another one by now.
            if refused.code not in (404, 409):
                raise
