"""Guards: what is too much to be deleted without a word, and the words that let it through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from fleet.model.app import Standing
from fleet.model.inventory import Inventory
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import digest_of
from fleet.model.observation import LiveObject
from fleet.model.plan import Hold
from fleet.model.sync_hook import is_hook
from fleet.plan.input import PlanInput

PROTECTED = frozenset(
    {
        GroupKind("", "Namespace"),
        GroupKind("apiextensions.k8s.io", "CustomResourceDefinition"),
        GroupKind("", "PersistentVolume"),
        GroupKind("", "PersistentVolumeClaim"),
    }
)
"""Kinds that take more with them than themselves: data, or every object in or of them."""

FREE_DELETES = 5
FREE_SHARE = 10
"""Percent of an App's Inventory."""
FREE_CLUSTERS = 3
FREE_CLUSTER_SHARE = 25
"""Percent of the fleet's clusters."""

# kustomize's hash: ten characters of a hex digest, vowels and look-alikes replaced (kustomize api/hasher/hasher.go).
_HASHED = re.compile(r"(?P<stem>.+)-[2456789bcdfghkmt]{10}")


def word(keys: Iterable[tuple[str, ObjectKey]]) -> str:
    """The word that stands for a set of (cluster, key): 16 hex digits, whatever the order."""
    return digest_of(sorted({(cluster, key.member) for cluster, key in keys}))[:16]


def blast_radius(*, deletes: Mapping[str, frozenset[ObjectKey]], clusters: int, empty: bool = False) -> Hold | None:
    """Hold a Revision that would delete on too many clusters, or whose `clusters/` is empty.

    `deletes` holds, by cluster, all that the Revision takes out of git there, confirmed removals too (but no generator's
    predecessors); for an empty `clusters/`, all that would be let go. `clusters` is how many are registered.
    """
    keys = frozenset((cluster, key) for cluster, gone in deletes.items() for key in gone)
    hit = len({cluster for cluster, _ in keys})
    if empty:
        return _hold("empty", "clusters/ is empty: everything everywhere would leave git", keys)
    if hit <= FREE_CLUSTERS or hit * 100 <= clusters * FREE_CLUSTER_SHARE:
        return None
    return _hold("fleet", f"this Revision deletes {len(keys)} objects on {hit} of {clusters} clusters", keys)


def exodus(
    cluster: str,
    inventories: Mapping[str, Inventory],
    standings: Mapping[str, Standing],
    *,
    before: frozenset[str] | None = None,
) -> Hold | None:
    """Hold a Revision for a cluster of whose Apps it removes more than half, and more than one.

    `standings` says where each App stands in git. `before` are the Apps that were declared before this Revision: those that it
    adds have Inventories soon, and counted among the Apps they would hide how many are lost. Without it all of them count.
    """
    gone = {Standing.REMOVED, Standing.CONFIRMED}
    removed = {name: found for name, found in inventories.items() if standings.get(name) in gone and found.members}
    apps = {name for name in inventories if name in removed or before is None or name in before}
    if len(removed) <= 1 or len(removed) * 2 <= len(apps):
        return None
    keys = frozenset((cluster, key) for inventory in removed.values() for key in inventory.members)
    return _hold("cluster", f"this Revision removes {len(removed)} of the {len(apps)} Apps of {cluster}", keys)


def predecessors(gone: Iterable[ObjectKey], desired: Iterable[ObjectKey]) -> frozenset[ObjectKey]:
    """Of keys that go, those in whose place a generator put one of the same name but for the hash suffix."""
    stems = {stem for key in desired if (stem := _stem(key)) is not None}
    return frozenset(key for key in gone if key.group_kind not in PROTECTED and _stem(key) in stems)


def app_holds(facts: PlanInput, at_stake: frozenset[ObjectKey]) -> tuple[Hold, ...]:
    """The Holds of one App's Plan that would delete or replace these keys (predecessors left out); none if all was approved.

    A Plan is held whole: either everything it deletes lies in sets whose words were said, or none of it is deleted. Only of an
    App whose own document was deleted, which confirms the rest, are its protected objects held alone.
    """
    found: list[Hold] = []
    protected = frozenset(key for key in at_stake if key.group_kind in PROTECTED)
    if protected:
        reason = f"{_named(protected)} would be deleted or replaced, and what it holds with it"
        found.append(_hold("protected", reason, _on(facts, _held_with(facts, protected, at_stake))))
    asking = frozenset(key for key in at_stake if _asks(facts.observation.live(key)))
    if asking:
        reason = f"{_named(asking)} would be deleted or replaced, and says that somebody confirms it first"
        found.append(_hold("confirm", reason, _on(facts, _held_with(facts, asking, at_stake))))
    excess = over_budget(facts, at_stake)
    if excess:
        found.append(_hold("budget", excess, _on(facts, at_stake)))
    if at_stake:
        found.extend(hold for hold in (facts.fleet_hold, facts.cluster_hold) if hold)
    return tuple(hold for hold in found if not _passes(facts, hold, at_stake))


def _asks(live: LiveObject | None) -> bool:
    return live is not None and live.confirmed


def _held_with(facts: PlanInput, keys: frozenset[ObjectKey], at_stake: frozenset[ObjectKey]) -> frozenset[ObjectKey]:
    return keys if facts.standing is Standing.CONFIRMED else at_stake


def _named(keys: Iterable[ObjectKey]) -> str:
    return ", ".join(str(key) for key in sorted(keys))


def over_budget(facts: PlanInput, at_stake: frozenset[ObjectKey]) -> str:
    """Say why this is more than an App may lose without a word; empty when it is not, or its removal was confirmed."""
    if facts.standing is Standing.CONFIRMED or not at_stake or at_stake <= facts.approved:
        return ""
    members = facts.members
    going = len(at_stake)
    if going > FREE_DELETES and going * 100 > len(members) * FREE_SHARE:
        return f"{going} of the App's {len(members)} objects would be deleted or replaced"
    desired = {manifest.key for manifest in facts.manifests or ()}
    # A hook that stays is nothing that the App has left.
    hooks = {manifest.key for manifest in (*(facts.manifests or ()), *facts.leaving) if is_hook(manifest.annotations)}
    rest = members - predecessors(members - desired, desired) - hooks
    left = [key for key in rest - at_stake if not facts.gone(key)]
    return "" if left else f"all of the App's objects ({going}) would be deleted or replaced"


def held_keys(facts: PlanInput, holds: Iterable[Hold], at_stake: frozenset[ObjectKey]) -> frozenset[ObjectKey]:
    """The keys of this Plan that Holds keep from being deleted: those of a fleet's or cluster's Hold are all that is at stake."""
    held: set[ObjectKey] = set()
    for hold in holds:
        held |= _local(facts, hold, at_stake)
    return frozenset(held)


def _passes(facts: PlanInput, hold: Hold, at_stake: frozenset[ObjectKey]) -> bool:
    return _local(facts, hold, at_stake) <= facts.approved


def _local(facts: PlanInput, hold: Hold, at_stake: frozenset[ObjectKey]) -> frozenset[ObjectKey]:
    if hold in (facts.fleet_hold, facts.cluster_hold):
        return at_stake
    return frozenset(key for cluster, key in hold.keys if cluster == facts.key.cluster)


def _on(facts: PlanInput, keys: Iterable[ObjectKey]) -> frozenset[tuple[str, ObjectKey]]:
    return frozenset((facts.key.cluster, key) for key in keys)


def _hold(guard: str, reason: str, keys: frozenset[tuple[str, ObjectKey]]) -> Hold:
    return Hold(guard=guard, reason=reason, word=word(keys), keys=keys)


def _stem(key: ObjectKey) -> tuple[GroupKind, str, str] | None:
    match = _HASHED.fullmatch(key.name)
    return (key.group_kind, key.namespace, match["stem"]) if match else None
