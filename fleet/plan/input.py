"""Everything a Plan of one App on one cluster is decided from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fleet.errors import FleetError
from fleet.model.app import App, Standing
from fleet.model.claims import Claims, ClaimsIncomplete
from fleet.model.drift import Exempted
from fleet.model.engines import managers_of
from fleet.model.health import Health
from fleet.model.inventory import Approval, Identity, Inventory
from fleet.model.keys import AppKey, GroupKind, ObjectKey
from fleet.model.manifest import Manifest, Scope
from fleet.model.observation import Absent, Observation
from fleet.model.plan import Awaited, Hold
from fleet.plan.hook_run import HookFacts

OVERRIDE_MANAGERS = ("kubectl*", "before-first-apply")
"""Field managers that people act through, as shell patterns.

`before-first-apply` is what the API server calls the unknown past of an object that was never applied before.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What is remembered of our last write of one object; made by `drift.written` from the API server's answer to it.

    After a restart it is made of each member of an App whose `members_hash` is still the Record's: then nothing changed since.
    """

    digest: str
    """The digest mark that was written."""
    ownership: str
    """The hash of what our manager owns, exempt paths left out."""
    revision: str = ""
    """The revision mark that was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """What an App's render says besides: it is not applied, and what is there of it stays."""

    installed: frozenset[ObjectKey] = frozenset()
    """Of another engine's installation: let go where it is a member."""
    alone: frozenset[ObjectKey] = frozenset()
    """What git says is left alone: it stays a member where it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanInput:
    """One App on one cluster, at one moment: what git wants, what the cluster has, what people decided."""

    key: AppKey
    fleet: str
    """The fleet's id: part of every mark."""
    identity: Identity
    """Which cluster this is. Any Inventory here that says otherwise makes the whole Plan write nothing."""
    commit: str
    """The Revision it is planned for."""
    app: App | None
    """None when git no longer declares it: then only its Inventory is dealt with, as `standing` allows."""
    standing: Standing
    manifests: tuple[Manifest, ...] | None
    """Its complete render, every scope settled that can be. None: no App, or no complete render; then nothing is applied."""
    withheld: Withheld = Withheld()
    declares: bool = False
    """Whether its render declares other Apps: then it has an Inventory though it may have no object."""
    claims: Claims | ClaimsIncomplete
    """Of its cluster. Claims of another commit than `commit` count as incomplete."""
    inventories: Mapping[str, Inventory] = field(hash=False)
    """Every Inventory found in the cluster, by App name."""
    observation: Observation
    """Must have looked for every desired key and every member of the App's Inventory: what was not looked for is Unknown."""
    served: Mapping[GroupKind, Scope] = field(hash=False)
    """The kinds for which discovery succeeded: nothing of any other kind is deleted."""
    written: Mapping[ObjectKey, Written] = field(default_factory=dict, hash=False)
    """What was last written. An object of ours that is not in here is written again (or, where drift is only reported, left)."""
    exempt: Mapping[ObjectKey, Exempted] = field(default_factory=dict, hash=False)
    """What may differ, of desired keys; made by `exempt.exempted`."""
    approvals: tuple[Approval, ...] = ()
    """Words that were said about this App."""
    fleet_hold: Hold | None = None
    """Set while `guards.blast_radius` holds this Revision for the whole fleet."""
    cluster_hold: Hold | None = None
    """Set while `guards.exodus` holds this Revision for this cluster."""
    contested: frozenset[ObjectKey] = frozenset()
    """Objects whose drift is no longer reverted, because somebody else keeps writing them."""
    immutable: Mapping[ObjectKey, str] = field(default_factory=dict, hash=False)
    """Manifest digests that the API server refused because they change a field that cannot be changed."""
    jobs: frozenset[str] = frozenset()
    """`<member> <digest>` of Jobs that completed: they are not run again because they are gone."""
    hooks: HookFacts = field(default_factory=HookFacts)
    """What is known of the App's hooks: which run they are in, and how far."""
    leaving: tuple[Manifest, ...] = ()
    """Of an App that is removed: the hooks that run for it, as git said them when it was last applied."""
    untold: FleetError | None = field(default=None, hash=False)
    """Why it could not be told which hooks run when it is removed; None when it could, or there are certainly none."""
    healthy: bool = False
    """Whether the App is Healthy by reads made after its last write: configuration no longer desired goes only then."""
    health: Mapping[ObjectKey, Health] = field(default_factory=dict, hash=False)
    """The Health of desired objects by reads made after their last write; only where something may wait for it."""
    since: Mapping[ObjectKey, datetime] = field(default_factory=dict, hash=False)
    """Since when each of `health` is in its state."""
    dependencies: tuple[Awaited, ...] = ()
    """Apps that go first and are not there yet."""
    disorder: tuple[FleetError, ...] = field(default=(), hash=False)
    """What is wrong with the Apps it says it depends on: while anything is, only drift is healed."""
    requested: bool = False
    """Whether somebody asked for it: without that, an App that is not automated is only observed."""
    observe_only: str = ""
    """Why this cluster may not be written; empty when it may."""
    orphan: bool = False
    """The cluster is registered but has no directory any more: everything an undeclared App has is let go, nothing deleted."""
    override_managers: tuple[str, ...] = OVERRIDE_MANAGERS
    """Field managers that people act through."""
    departed: frozenset[str] = frozenset()
    """Other engines, by their words, of which somebody said that they are gone here: their marks no longer hold anything."""
    commits: Mapping[ObjectKey, str] = field(default_factory=dict, hash=False)
    """The commits that last changed what git says of objects, where that is not `commit`: several may have come at once."""

    def commit_of(self, key: ObjectKey) -> str:
        """The commit that last changed what git says of an object that is to be written or deleted."""
        return self.commits.get(key, self.commit)

    @property
    def departed_managers(self) -> tuple[str, ...]:
        """The field managers of engines that are gone."""
        return managers_of(self.departed)

    @property
    def yielding(self) -> tuple[str, ...]:
        """All field managers whose fields are taken over."""
        return (*self.override_managers, *self.departed_managers)

    @property
    def inventory(self) -> Inventory | None:
        """The App's own Inventory, as it was found."""
        return self.inventories.get(self.key.app)

    @property
    def members(self) -> frozenset[ObjectKey]:
        """The keys in its own Inventory."""
        return self.inventory.members if self.inventory else frozenset()

    @property
    def complete(self) -> Claims | None:
        """The Claims, when they are complete and of this commit."""
        usable = isinstance(self.claims, Claims) and self.claims.commit == self.commit
        return self.claims if usable and isinstance(self.claims, Claims) else None

    @property
    def approved(self) -> frozenset[ObjectKey]:
        """Everything that lies in sets whose words were said."""
        return frozenset(key for approval in self.approvals for key in approval.keys)

    @property
    def silence(self) -> str:
        """Why nothing at all may be written; empty when something may."""
        if self.only_observed or self.app is None:
            return self.only_observed
        if self.manifests is None:
            return "the App has no complete render at this Revision"
        if self.app.paused:
            return "the App is paused"
        return f"it is synced on request alone: fleet sync {self.key}" if self.unasked else ""

    @property
    def only_observed(self) -> str:
        """Why nothing is written to this cluster, of no App; empty when something may be."""
        if self.observe_only:
            return f"the cluster is only observed: {self.observe_only}"
        strange = [inventory for inventory in self.inventories.values() if not self._is_here(inventory)]
        if strange:
            other = min(strange, key=lambda inventory: inventory.app)
            return (
                f"the cluster is only observed: the Inventory of {other.app} is of fleet {other.fleet}, cluster {other.cluster}"
            )
        return ""

    @property
    def overwrite(self) -> bool:
        """Whether the App says that a change leaves nothing of others in its objects."""
        return self.app is not None and self.app.overwrite

    @property
    def unasked(self) -> bool:
        """Whether it is an App that is synced on request alone, and nobody asked."""
        return self.app is not None and not self.app.automated and not self.requested

    def _is_here(self, inventory: Inventory) -> bool:
        here = (self.fleet, self.identity, self.key.cluster)
        return (inventory.fleet, inventory.cluster, inventory.app.cluster) == here

    def gone(self, key: ObjectKey) -> bool:
        """Whether an object is certainly not there."""
        return isinstance(self.observation.objects.get(key), Absent)
