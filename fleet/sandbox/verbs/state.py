"""One cluster as the verbs see it: what it holds, what it serves, and what is still to follow from a write."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias
from uuid import uuid4

from fleet.sandbox.resources import Catalogue, Resource
from fleet.sandbox.storage import Change, Store, Stored

Follow: TypeAlias = Callable[[], None]
Subscriber: TypeAlias = Callable[[str, Change], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a write says besides its object."""

    manager: str = "sandbox"
    dry_run: bool = False
    force: bool = False
    validation: str = "Ignore"
    """What becomes of unknown and duplicate fields: `Strict`, `Warn` or `Ignore`."""
    subresource: str = ""
    raw: bytes = b""
    """The body as it was sent, where it was: parsed, it would hide duplicates."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The place a request names."""

    resource: Resource
    namespace: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a write came to: the object as it is now, or would be in a dry run."""

    data: bytes
    """In the version of the request."""
    stored: Stored | None = None
    """As it is kept; None after a dry run."""
    created: bool = False
    warnings: tuple[str, ...] = ()


class ClusterState:
    """What the verbs work on. One per cluster; belongs to one thread."""

    def __init__(self, name: str, *, garbage: bool = True) -> None:
        self.name = name
        self.store = Store()
        self.catalogue = Catalogue()
        self.garbage = garbage
        """Whether dependents are collected and Namespaces emptied; in a real cluster kube-controller-manager does."""
        self.subscribers: list[Subscriber] = []
        self.reactions: list[Subscriber] = []
        """What the server itself does after a write, before anybody else hears of it."""
        self.waiting: dict[str, tuple[str, str, str]] = {}
        """Owners that wait for their dependents, by UID."""
        self.terminating: set[str] = set()
        """Namespaces that empty themselves."""
        self.going: dict[str, str] = {}
        """CustomResourceDefinitions whose objects are being deleted, and where those are kept."""
        self.on_withdrawn: list[Callable[[str], None]] = []
        """Told the name of a CustomResourceDefinition whose resource is no longer served."""
        self.serial = 0
        """The last address that a Service was given."""
        self._pending: deque[Follow] = deque()
        self._settling = False
        self.store.heard.append(self._heard)

    def settle(self) -> None:
        """Let everything follow that follows from the writes since; called at the end of each call from outside."""
        if self._settling or not self._pending:
            return
        self._settling = True
        try:
            while self._pending:
                self._pending.popleft()()
        finally:
            self._settling = False

    def later(self, follow: Follow) -> None:
        """Do something when the present call is over."""
        self._pending.append(follow)

    def forget_pending(self) -> None:
        """Let nothing follow: the state those writes led to is gone."""
        self._pending.clear()

    def _heard(self, resource: str, change: Change) -> None:
        for reaction in self.reactions:
            reaction(resource, change)
        if self.subscribers:
            self._pending.append(lambda: self._tell(resource, change))

    def _tell(self, resource: str, change: Change) -> None:
        for subscriber in tuple(self.subscribers):
            subscriber(resource, change)


def live(state: ClusterState, target: Target) -> Stored | None:
    """The object at a place."""
    return state.store.get(target.resource.storage, target.namespace, target.name)


def now() -> str:
    """This second, as objects carry it."""
    return _written(int(time.time()))


@lru_cache(maxsize=2)
def _written(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(second))


def new_uid() -> str:
    """A UID that nobody has."""
    return str(uuid4())
