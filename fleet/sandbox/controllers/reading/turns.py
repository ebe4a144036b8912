"""What one decision is made from, and what it wants: the currency between the controllers and their runner."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from fleet.model.keys import GroupKind
from fleet.sandbox.controllers.reading.fields import Object
from fleet.sandbox.controllers.reading.seen import Seen
from fleet.sandbox.controllers.settings import Controllers

# The field managers of the real ones.
CONTROLLER_MANAGER = "kube-controller-manager"
SCHEDULER = "kube-scheduler"
KUBELET = "kubelet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One object, and what else may be looked at.

    `waited` are the seconds since the controllers first saw the object; `failure` is what the server said when it refused
    the writes of the last turn, empty when it took them.
    """

    live: Object
    seen: Seen
    settings: Controllers
    now: datetime
    waited: float = 0.0
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Create an object."""

    body: Object
    manager: str = CONTROLLER_MANAGER


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """Replace an object, or its subresource; the body's resourceVersion is a precondition."""

    body: Object
    manager: str = CONTROLLER_MANAGER
    subresource: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delete:
    """Delete this very object, by UID. `now` leaves a Pod no grace period."""

    obj: Object
    propagation: str = "Background"
    now: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bind:
    """Give a Pod a node."""

    pod: Object
    node: str


Write: TypeAlias = Create | Update | Delete | Bind


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something to tell people, as an Event about `about`."""

    about: Object
    reason: str
    message: str
    source: str
    warning: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Writes, in order, of which a refused one stops the rest; events; and when to look again although nothing changes."""

    writes: tuple[Write, ...] = ()
    events: tuple[Event, ...] = ()
    again: float | None = None


NOTHING = Outcome()


def kind_of(obj: Object) -> GroupKind:
    """The kind of an object."""
    return GroupKind(obj["apiVersion"].rpartition("/")[0], obj["kind"])
