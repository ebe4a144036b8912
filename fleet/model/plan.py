"""What would happen to objects, and what did."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from fleet.errors import FleetError
from fleet.model.app import Propagation
from fleet.model.fields import FieldPath
from fleet.model.health import Health
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.observation import LiveObject
from fleet.model.sync_hook import HookRun


class Action(StrEnum):
    """What a Change does to its object."""

    CREATE = "create"
    CONFIGURE = "configure"
    REPLACE = "replace"
    UNCHANGED = "unchanged"
    DELETE = "delete"
    SKIP = "skip"
    HOLD = "hold"


WRITES = frozenset({Action.CREATE, Action.CONFIGURE, Action.REPLACE, Action.DELETE})


class Cause(StrEnum):
    """Why a Change is made, for history and people."""

    COMMIT = "commit"
    DRIFT = "drift"
    MOVE = "move"
    ADOPT = "adopt"
    PRUNE = "prune"
    HOOK = "hook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What would happen to one object, and everything the writer needs for it."""

    action: Action
    key: ObjectKey
    manifest: Manifest | None = None
    """None for deletes and for what is only let go."""
    live: LiveObject | None = None
    cause: Cause = Cause.COMMIT
    reason: str = ""
    """For people: why it is skipped, held, replaced or not deleted."""
    error: FleetError | None = field(default=None, hash=False)
    """Set when the object is in error; the App is then not in sync, and nothing of it is deleted."""
    force: bool = False
    """Whether conflicts are overridden: only for objects that carry our mark, or by the App's or object's own word."""
    take: tuple[FieldPath, ...] = ()
    """Paths whose ownership is first moved to ours, so that the apply decides over them."""
    take_from: tuple[str, ...] = ()
    """The managers they are taken from (never another's, and never from an entry of a subresource)."""
    exempt: tuple[FieldPath, ...] = ()
    """Paths that keep their live value: an object that is there is read before it is written. At create git's value is sent."""
    revision: str = ""
    """The commit that last changed this object's desired state, or removed it: what the revision mark is to say."""
    release: bool = False
    """The object stays but is no longer ours: our marks are taken off and it leaves the Inventory."""
    propagation: Propagation = Propagation.BACKGROUND
    """Of a delete: what becomes of dependents."""
    overwrite: bool = False
    """Whether nothing of others is left in the object: git's is put in its place before it is applied."""
    run: str = ""
    """Of a hook that is made to run: which run and phase it is made for, as it will say on itself."""
    ordered: bool = False
    """Held for its place in the order alone: what the Plan `awaits` lets it go on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A Guard that holds Changes back, and the word that lets exactly those through."""

    guard: str
    reason: str
    word: str
    keys: frozenset[tuple[str, ObjectKey]] = field(hash=False)
    """(cluster, key) of all it holds, the whole fleet's where the guard is fleet-wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """What held Changes wait for: an object of the same App, or another App; whichever it is, watch events tell of it."""

    key: ObjectKey | None = None
    app: str = ""
    health: Health | None = None
    """The Health of the object on which it was decided to wait; None while it has not told since it was last written."""
    reason: str
    """For people: what waits for what, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All Changes of one App on one cluster, ordered, not yet done."""

    app: AppKey
    commit: str
    stages: tuple[tuple[Change, ...], ...]
    """Applied one after the other; the Changes within one in any order."""
    deletes: tuple[Change, ...] = ()
    """After all stages, one after the other."""
    still: tuple[Change, ...] = ()
    """Unchanged, skipped, held, in error."""
    holds: tuple[Hold, ...] = ()
    waits: str = ""
    """Set when deletes or moves wait for complete Claims: what they wait for. The App is planned again when those are there."""
    awaits: tuple[Awaited, ...] = ()
    """What those of `still` that are `ordered` wait for, what is told first of all first."""
    desired: frozenset[ObjectKey] = frozenset()
    """The keys this App owns at this Revision."""
    hooks: frozenset[ObjectKey] = frozenset()
    """Of these, the hooks: they do not drift, and say nothing of the App's Health."""
    run: HookRun | None = None
    """How far the App's hooks are, as the Record is to say; None while they rest."""
    unfinished: bool = False
    """Whether hooks of a removal are still to end: the App's Inventory stays, though nothing may be in it."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every Change, in order of execution; those that do nothing last."""
        return (*(change for stage in self.stages for change in stage), *self.deletes, *self.still)

    @property
    def writes(self) -> bool:
        """Whether it would write anything at all."""
        return bool(self.deletes) or any(self.stages) or any(change.release for change in self.still)

    @property
    def errors(self) -> tuple[FleetError, ...]:
        """All errors of its Changes."""
        return tuple(change.error for change in self.changes if change.error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """One Change that was tried: what the API server made of it."""

    change: Change
    live: LiveObject | None = None
    """The object after the write; None after a delete or an error."""
    error: FleetError | None = field(default=None, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """The Changes of a Plan that were done, or tried, in order."""

    app: AppKey
    commit: str
    done: tuple[Done, ...] = ()

    @property
    def errors(self) -> tuple[FleetError, ...]:
        """All errors of the writes."""
        return tuple(done.error for done in self.done if done.error)
