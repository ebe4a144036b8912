"""Gathers everything one App's Plan is decided from: the cluster's cache first, then what only the API server can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fleet.errors import FleetError
from fleet.model.drift import Exempted
from fleet.model.flux_words import left_alone
from fleet.model.health import Health
from fleet.model.inventory import Inventory
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Manifest, Rendered, Scope
from fleet.model.observation import Absent, LiveObject, Observation, Seen, Unknown, members_hash
from fleet.model.plan import Plan
from fleet.model.sync_hook import is_hook
from fleet.plan import PlanInput, Withheld, Written
from fleet.plan.attribution import unattributed
from fleet.plan.drift import written
from fleet.plan.order import CONFIGURATION
from fleet.plan.plan import plan
from fleet.plan.waves import in_waves
from fleet.reconcile.exemptions import exempted
from fleet.reconcile.hook_facts import hook_facts, removal_facts, with_words
from fleet.reconcile.leaving import leaving
from fleet.reconcile.placing import place, placed
from fleet.reconcile.site import Site, Wanted


async def gather(site: Site, wanted: Wanted) -> PlanInput:
    """Look at everything an App is concerned with. Costs requests only for kinds and keys that were never looked at.

    Raises what the API server's answers mean when it cannot be asked at all; a single kind that cannot be told is Unknown.
    """
    manifests = placed(wanted, site.discovery.scopes())
    inventories = site.inventories.inventories
    own = inventories.get(wanted.key.app)
    members = own.members if own else frozenset()
    left = await leaving(site, wanted)
    keys = {*members, *(manifest.key for manifest in (*(manifests or ()), *left.hooks))}
    seen, unasked = await _seen(site, keys), frozenset(keys - members)
    ordered = bool(wanted.dependencies or wanted.disorder or left.hooks) or _in_order(manifests or ())
    if not ordered:
        seen.update(await _asked(site, seen, unasked))
    exempt = exempted(wanted.desired.app, manifests, site.registry.drift_exemptions) if wanted.desired and manifests else {}
    entry = site.records.entries.get(wanted.key.app)
    _recall(site, wanted, seen=seen, exempt=exempt)
    health = _health(wanted, (*(manifests or ()), *left.hooks), members)
    given = PlanInput(
        key=wanted.key,
        fleet=site.fleet,
        identity=site.identity,
        commit=wanted.revision.commit,
        app=wanted.desired.app if wanted.desired else None,
        standing=wanted.standing,
        manifests=manifests,
        withheld=_withheld(wanted, site.discovery.scopes()),
        declares=_declares(wanted),
        claims=wanted.claims,
        inventories=_concerned(inventories, wanted.key.app, seen.values()),
        observation=Observation(objects=seen),
        served=site.discovery.certain(),
        written=site.memory.written,
        exempt=exempt,
        approvals=entry.decisions if entry else (),
        fleet_hold=wanted.fleet_hold,
        cluster_hold=wanted.cluster_hold,
        contested=frozenset(key for key in keys if site.memory.contested(key)),
        immutable=site.memory.immutable,
        jobs=frozenset(entry.jobs if entry else ()) | _completed(site, keys),
        hooks=removal_facts(site, wanted, left) if left.hooks else hook_facts(site, wanted, manifests or ()),
        leaving=left.hooks,
        untold=left.untold,
        healthy=wanted.healthy,
        health=health,
        since={key: since for key in health if (since := wanted.since(key)) is not None},
        dependencies=wanted.dependencies,
        disorder=wanted.disorder,
        requested=wanted.requested,
        observe_only=wanted.observe_only or _unreadable(site, wanted),
        orphan=wanted.orphan,
        override_managers=site.override_managers,
        commits=left.commits,
        departed=frozenset(said.engine for said in site.records.departed),
    )
    given = await with_words(site, given)
    if ordered:
        given = await _asked_in_order(site, given, unasked)
    return await _traced(given, wanted, ordered=ordered)


def _in_order(manifests: Iterable[Manifest]) -> bool:
    """Whether some of an App's objects wait for others of it: then what is written now is not all that is to be written."""
    manifests = tuple(manifests)
    return in_waves(manifests) or any(is_hook(manifest.annotations) for manifest in manifests)


async def _asked_in_order(site: Site, given: PlanInput, unasked: frozenset[ObjectKey]) -> PlanInput:
    """Ask the API server for those keys alone that would be written now: what is held for its order would be asked each time."""
    while now := unasked if given.silence else unasked & _written(plan(given)):
        unasked -= now
        seen = {**given.observation.objects, **await _asked(site, given.observation.objects, now)}
        inventories = _concerned(site.inventories.inventories, given.key.app, seen.values())
        given = replace(given, observation=Observation(objects=seen), inventories=inventories)
    return given


def _written(made: Plan) -> frozenset[ObjectKey]:
    return frozenset(change.key for stage in made.stages for change in stage)


def _health(wanted: Wanted, manifests: Iterable[Manifest], members: frozenset[ObjectKey]) -> Mapping[ObjectKey, Health]:
    """The Health of an App's objects, where their order depends on it, or configuration that waits for it to be deleted."""
    manifests = tuple(manifests)
    left = members - {manifest.key for manifest in manifests} if not wanted.healthy else ()
    if not (in_waves(manifests) or any(key.group_kind in CONFIGURATION for key in left)):
        manifests = tuple(manifest for manifest in manifests if is_hook(manifest.annotations))
    found = ((manifest.key, wanted.fresh(manifest.key)) for manifest in manifests)
    return {key: health for key, health in found if health is not None}


async def _traced(given: PlanInput, wanted: Wanted, *, ordered: bool) -> PlanInput:
    """Find out which commits the new desired states are of; of what is held for its order, when it is written."""
    keys = unattributed(given) if wanted.trace else None
    if keys and ordered:
        made = plan(given)
        keys &= _written(made) | {change.key for change in made.deletes}
    commits = await wanted.trace(keys) if wanted.trace and keys else {}
    return replace(given, commits={**commits, **given.commits}) if commits else given


def _concerned(inventories: Mapping[str, Inventory], app: str, seen: Iterable[Seen]) -> dict[str, Inventory]:
    """An App's own Inventory and those of the Apps that its objects' marks name: a Plan asks for no others."""
    owners = (one.owner.app for one in seen if isinstance(one, LiveObject) and one.owner)
    return {name: inventories[name] for name in {app, *owners} if name in inventories}


def _completed(site: Site, keys: Iterable[ObjectKey]) -> frozenset[str]:
    """The Jobs among these keys that were seen complete, as the Record keeps them; it may not have them yet."""
    known = site.memory.completed
    return frozenset(f"{key.member} {known[key]}" for key in keys if key in known)


def _withheld(wanted: Wanted, served: Mapping[GroupKind, Scope]) -> Withheld:
    result = wanted.desired.result if wanted.desired else None
    if wanted.desired is None or not isinstance(result, Rendered) or not result.withheld:
        return Withheld()
    found = place(result.withheld, {**served, **wanted.custom}, namespace=wanted.desired.app.namespace)
    alone = frozenset(manifest.key for manifest in found if left_alone(manifest.metadata))
    return Withheld(installed=frozenset(manifest.key for manifest in found) - alone, alone=alone)


def _declares(wanted: Wanted) -> bool:
    result = wanted.desired.result if wanted.desired else None
    return isinstance(result, Rendered) and bool(result.declarations)


async def _seen(site: Site, keys: Iterable[ObjectKey]) -> dict[ObjectKey, Seen]:
    """See keys in the cache."""
    unserved = await _follow(site, {key.group_kind for key in keys})
    return {key: unserved[key.group_kind] if key.group_kind in unserved else site.cache.get(key) for key in keys}


async def _asked(site: Site, seen: Mapping[ObjectKey, Seen], unmarked: Iterable[ObjectKey]) -> Mapping[ObjectKey, Seen]:
    """Ask the API server for those of these keys that may be there without our mark."""
    asked = [key for key in unmarked if isinstance(seen[key], Absent)]
    return await site.preread.look(asked) if asked else {}


async def _follow(site: Site, kinds: Iterable[GroupKind]) -> Mapping[GroupKind, Seen]:
    """Make the cache follow kinds; gives those it cannot follow, with what that says of their objects."""
    unserved: dict[GroupKind, Seen] = {}
    for kind in sorted(kinds):
        try:
            await site.cache.ensure([kind])
        except FleetError as error:
            unserved[kind] = Unknown(error=error)
    return unserved


def _recall(site: Site, wanted: Wanted, *, seen: Mapping[ObjectKey, Seen], exempt: Mapping[ObjectKey, Exempted]) -> None:
    """After a restart: if an App's members are what the Record says they were, then that is what was last written."""
    entry = site.records.entries.get(wanted.key.app)
    inventory = site.inventories.inventories.get(wanted.key.app)
    if entry is None or inventory is None or any(key in site.memory.written for key in inventory.members):
        return
    live = {key: one for key in inventory.members if isinstance(one := seen.get(key), LiveObject)}
    manifests = {manifest.key: manifest for manifest in placed(wanted, site.discovery.scopes()) or ()}
    ordinary = {key for key in live if key in manifests and not is_hook(manifests[key].annotations)}
    found = {key: written(live[key], exempt.get(key), manifests[key]) for key in ordinary}
    if members_of(live, found) == entry.members:
        site.memory.written.update(found)


def members_of(live: Mapping[ObjectKey, LiveObject], remembered: Mapping[ObjectKey, Written]) -> str:
    """The hash over an App's members that the Record keeps."""
    return members_hash({key: (live[key].uid, remembered[key].ownership) for key in live if key in remembered})


def _unreadable(site: Site, wanted: Wanted) -> str:
    error = site.memory.unreadable.get(wanted.key.app)
    return str(error) if error else ""
