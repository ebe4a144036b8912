"""What is kept in the managed cluster itself: Inventories and the Record."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fleet.model.app import DeclaredBy, OnRemoval, Propagation
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.sync_hook import HookRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which cluster this is: the name it is registered under and the UID of its kube-system namespace."""

    name: str
    uid: str

    def __str__(self) -> str:
        return f"{self.name} {self.uid}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """The objects an App has applied to a cluster, kept in that cluster as an ApplySet parent.

    Everything that decides what happens when the declaration is gone is in it: a missing value reads as orphan.
    """

    app: AppKey
    fleet: str
    cluster: Identity
    intended: str
    """The commit that was being applied when the membership last changed."""
    declared_by: DeclaredBy | None
    """None when it could not be read: the App can then never be told to be removed."""
    on_removal: OnRemoval
    prune: bool
    members: frozenset[ObjectKey]
    propagation: Propagation = Propagation.BACKGROUND
    """What becomes of the dependents of its objects, where these are deleted because the declaration is gone."""
    depends_on: tuple[str, ...] = ()
    """Apps that it depends on: where both are removed, it goes first."""

    def with_members(self, members: frozenset[ObjectKey]) -> Inventory:
        """The same Inventory, of other members."""
        return replace(self, members=members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one Sync ended, for the Record: written when it changes, not at each retry."""

    commit: str
    state: str
    time: str
    """RFC 3339, UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Somebody said the word of a Hold: these objects of this App may be deleted or replaced."""

    word: str
    by: str
    time: str
    keys: frozenset[ObjectKey]
    """The set the word stands for, this App's part: what was already deleted changes nothing."""
    rest: frozenset[str] = frozenset()
    """Clusters that the fleet's Hold named as well, where this word was not said: what went here still counts there."""
    spent: frozenset[ObjectKey] = frozenset()
    """The keys once none of them is left to delete: they let nothing through any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordEntry:
    """What one App of a cluster runs and ran lately, and what people decided about it."""

    applied: str = ""
    """The commit the App last fully matched; empty before the first."""
    intended: str = ""
    digest: str = ""
    """The Fingerprint that `applied` stands for."""
    members: str = ""
    """`observation.members_hash` over the members after the last write."""
    previous: str = ""
    outcomes: tuple[Outcome, ...] = ()
    """The last ten, oldest first."""
    jobs: tuple[str, ...] = ()
    """`<member> <digest>` of Jobs that completed."""
    hooks: HookRun | None = None
    """The last run of the App's hooks; None for one that has no hooks."""
    decisions: tuple[Approval, ...] = ()
    requested: str | None = None
    """Somebody asked for an App that is synced on request alone: the Fingerprint that is meant, empty while it is not found."""
    sequence: int = 0
    """Grows with each change of the entry: of two copies the higher is the true one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed:
    """Somebody said that another engine no longer reconciles anything in this cluster."""

    engine: str
    """Its word: `argocd`, `flux` or `helm`."""
    by: str
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What a cluster's Record says: whose it is, and the entry of each App."""

    fleet: str
    cluster: Identity
    repository: str
    apps: dict[str, RecordEntry]
    departed: tuple[Departed, ...] = ()
    """What people decided for the whole cluster; it stands in each of the Record's ConfigMaps."""
