"""The Record entry of an App after a Sync."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fleet.model.inventory import Approval, Inventory, Outcome, RecordEntry
from fleet.model.keys import ObjectKey
from fleet.model.plan import Action, ChangeSet, Plan
from fleet.model.sync import SyncState
from fleet.plan.input import PlanInput

OUTCOMES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a Sync came to."""

    state: SyncState
    time: str
    """RFC 3339, UTC."""
    fingerprint: str
    """Of the App at this Revision; empty for an App that git no longer declares."""
    members: str
    """`observation.members_hash` after the last write."""
    plan: Plan
    done: ChangeSet
    inventory: Inventory | None
    """As it is after the Sync."""
    completed: frozenset[str] = frozenset()
    """`<member> <digest>` of Jobs that were seen complete."""


def next_record(entry: RecordEntry, facts: PlanInput, ended: Ended) -> RecordEntry:
    """The entry after a Sync; the very same one when nothing of it changed, and then there is nothing to write.

    A Sync that found everything as it was, of the same Fingerprint, does not carry the entry to a newer commit.
    """
    changed = replace(entry, jobs=_jobs(entry, ended), decisions=_decisions(facts, ended))
    if not _quiet(entry, ended):
        changed = _outcome(_commits(changed, ended), ended)
    return entry if changed == entry else replace(changed, sequence=entry.sequence + 1)


def _quiet(entry: RecordEntry, ended: Ended) -> bool:
    before = entry.outcomes[-1].state if entry.outcomes else ""
    same = (entry.digest, entry.members, before) == (ended.fingerprint, ended.members, ended.state.value)
    return same and ended.state is SyncState.SYNCED and not ended.done.done


def _commits(entry: RecordEntry, ended: Ended) -> RecordEntry:
    if ended.state is SyncState.OBSERVED:
        return entry
    commit = ended.plan.commit
    entry = replace(entry, intended=commit, members=ended.members)
    if ended.state is not SyncState.SYNCED:
        return entry
    previous = entry.applied if entry.applied and entry.digest != ended.fingerprint else entry.previous
    return replace(entry, applied=commit, digest=ended.fingerprint, previous=previous)


def _outcome(entry: RecordEntry, ended: Ended) -> RecordEntry:
    last = entry.outcomes[-1] if entry.outcomes else None
    if last and (last.commit, last.state) == (ended.plan.commit, ended.state.value):
        return entry
    latest = Outcome(commit=ended.plan.commit, state=ended.state.value, time=ended.time)
    return replace(entry, outcomes=(*entry.outcomes, latest)[-OUTCOMES:])


def _jobs(entry: RecordEntry, ended: Ended) -> tuple[str, ...]:
    """The completed Jobs that are still desired as they completed; those of an App that did not render are all kept."""
    known = {*entry.jobs, *ended.completed}
    manifests = [change.manifest for change in ended.plan.changes if change.manifest]
    if not manifests:
        return tuple(sorted(known))
    desired = {f"{manifest.key.member} {manifest.digest}" for manifest in manifests}
    return tuple(sorted(known & desired))


def _decisions(facts: PlanInput, ended: Ended) -> tuple[Approval, ...]:
    """The approvals of which something is still to be deleted or replaced.

    One that outlived its deletes would let the same objects go without a word when they are desired again and leave git later.
    """
    if facts.silence:
        return facts.approvals
    pending = _pending(facts, ended)
    return tuple(approval for approval in facts.approvals if approval.keys & pending)


def _pending(facts: PlanInput, ended: Ended) -> frozenset[ObjectKey]:
    members = ended.inventory.members if ended.inventory else frozenset()
    undesired = members - ended.plan.desired
    replaced = {one.change.key for one in ended.done.done if one.change.action is Action.REPLACE and one.error is None}
    waiting = {
        change.key
        for change in ended.plan.changes
        if change.manifest and facts.immutable.get(change.key) == change.manifest.digest
    }
    return frozenset(undesired | (waiting - replaced))
