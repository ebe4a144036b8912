"""What is kept in the cluster: an App's Inventory before the first write of a Plan and after the last, and its Record entry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC

from fleet.errors import AdoptionRefused, ClaimedTwice, FleetError, Forbidden, ObjectFailed, Rejected
from fleet.model.inventory import Approval, Inventory, Outcome, RecordEntry
from fleet.model.keys import ObjectKey
from fleet.model.observation import LiveObject, Observation
from fleet.model.plan import Action, Cause, Change, ChangeSet, Plan
from fleet.model.sync import SyncReport, SyncState
from fleet.model.sync_hook import HookRun
from fleet.plan.input import PlanInput
from fleet.plan.prune import leaves, settled

OUTCOMES = 10
"""How many outcomes a Record keeps of each App."""


def grown(facts: PlanInput, plan: Plan) -> Inventory | None:
    """The Inventory that must be written before anything else is: old members and new, so that a crash leaks no object.

    The very Inventory that was found when there is nothing to write into it; None when there is none and none is needed. Write it
    when it is not equal to the one that was found.
    """
    found, app = facts.inventory, facts.app
    members = facts.members | _added(facts, plan)
    if facts.silence or (app is None and members == facts.members):
        return found
    if app is None:
        return found.with_members(members) if found else None  # with the hooks of its removal
    if found is None and not members and not facts.declares:
        return None
    wanted = Inventory(
        app=facts.key,
        fleet=facts.fleet,
        cluster=facts.identity,
        intended=facts.commit,
        declared_by=app.declared_by,
        on_removal=app.on_removal,
        prune=app.prune,
        propagation=app.removal_propagation,
        members=members,
        depends_on=tuple(dict.fromkeys(app.depends_on)),
    )
    return found if found and _same(found, wanted) else wanted


def shrunk(
    inventory: Inventory, plan: Plan, done: ChangeSet, facts: PlanInput, *, after: Observation | None = None
) -> Inventory | None:
    """The Inventory that is to be written after a Sync, from the one that was grown before it; None when it is to be deleted.

    A key leaves it when its object is seen gone; when its mark names another App whose Inventory lists it; when it is undesired
    and never carried our mark; or when it was let go. Never while it is not certain that git no longer wants it. `after` is what
    is there after the Sync; without it, what was there before: then what was deleted leaves the next time.
    """
    if facts.silence or not settled(facts):
        return inventory
    seen = after or facts.observation
    released = frozenset(one.change.key for one in done.done if one.change.release and one.error is None)
    left = frozenset(key for key in inventory.members if not _leaves(facts, key, plan, seen) and key not in released)
    if facts.app is None and not left and not plan.unfinished and not _has_children(facts):
        return None
    return inventory if left == inventory.members else inventory.with_members(left)


def _has_children(facts: PlanInput) -> bool:
    """Whether Apps that it declared are still here: what becomes of them is told by this Inventory's policy."""
    declared = (found.declared_by for found in facts.inventories.values())
    return any(where is not None and where.parent == facts.key.app for where in declared)


def _added(facts: PlanInput, plan: Plan) -> frozenset[ObjectKey]:
    written = {change.key for stage in plan.stages for change in stage}
    # What carries our mark and is not in the Inventory was written just before a crash, or the Inventory was lost.
    marked = {
        change.key
        for change in plan.still
        if change.action in (Action.UNCHANGED, Action.SKIP) and change.key in plan.desired and _marked(facts, change.live)
    }
    return frozenset(written | marked)


def _marked(facts: PlanInput, live: LiveObject | None) -> bool:
    return live is not None and live.owner == facts.key and live.marks.fleet == facts.fleet


def _same(found: Inventory, wanted: Inventory) -> bool:
    """Whether membership and policy are the same: neither a newer commit nor another line of the file is a reason to write."""
    return _of(found) == _of(wanted)


def _of(inventory: Inventory) -> tuple[object, ...]:
    where = inventory.declared_by
    declared = (where.origin.file, where.parent) if where else None
    plain = replace(inventory, intended="", declared_by=None)
    return plain, declared


def _leaves(facts: PlanInput, key: ObjectKey, plan: Plan, after: Observation) -> bool:
    if key in plan.desired:
        return False
    live = after.live(key)
    return after.absent(key) or (live is not None and not live.deleting and leaves(facts, live))


@dataclass(frozen=True, slots=True, kw_only=True)
class After:
    """What is known of an App when a Sync of it has ended."""

    fingerprint: str
    members: str
    """`observation.members_hash` after the last write."""
    completed: frozenset[str] = frozenset()
    """The Jobs that were seen complete, as `<member> <digest>`."""
    unsettled: frozenset[str] = frozenset()
    """The clusters that may still have something to delete: not all of the fleet has told."""


def next_record(entry: RecordEntry, report: SyncReport, after: After) -> RecordEntry:
    """The Record's entry after a Sync; the very same one when nothing of it changed, and then there is nothing to write.

    A Sync that found everything as it was, of the same Fingerprint, does not carry the entry to a newer commit; one that only
    observed changes nothing but the outcome.
    """
    decisions = _decisions(entry, report, after.unsettled)
    changed = replace(entry, jobs=_jobs(entry, report, after.completed), decisions=decisions)
    if not _quiet(entry, report, (after.fingerprint, after.members)):
        changed = _outcome(_commits(changed, report, after.fingerprint, after.members), report)
    return entry if changed == entry else replace(changed, sequence=entry.sequence + 1)


def last_record(entry: RecordEntry, report: SyncReport, *, unsettled: frozenset[str]) -> RecordEntry | None:
    """What stays in the Record of an App that is gone: decisions that still count elsewhere; None, and mostly, nothing."""
    decisions = _decisions(entry, report, unsettled)
    if not decisions:
        return None
    left = RecordEntry(decisions=decisions, sequence=entry.sequence)
    return entry if left == entry else replace(left, sequence=entry.sequence + 1)


def so_far(entry: RecordEntry, report: SyncReport, *, members: str) -> RecordEntry:
    """The Record's entry in the midst of a Sync that waits between its waves: what it has written, and for which commit."""
    if entry.members == members:
        return entry
    return replace(entry, intended=report.revision.commit, members=members, sequence=entry.sequence + 1)


def with_run(entry: RecordEntry, report: SyncReport) -> RecordEntry:
    """The Record's entry with how far the App's hooks are; the very same one for no news.

    A run is over, and stays for people to see, when its Fingerprint was applied; what was applied without hooks ends any.
    """
    hooks = _hooks(entry, report)
    return entry if hooks == entry.hooks else replace(entry, hooks=hooks, sequence=entry.sequence + 1)


def _hooks(entry: RecordEntry, report: SyncReport) -> HookRun | None:
    plan = report.plan
    if plan is not None and not plan.hooks and report.state is SyncState.SYNCED:
        return None
    if plan is None or plan.run is None:
        return entry.hooks
    refused = report.state is SyncState.FAILED and any(map(_is_final, report.errors))
    failed = plan.run.failed or (refused and not plan.run.removal)
    return replace(plan.run, failed=failed)


def _is_final(error: FleetError) -> bool:
    """Whether an object is in error for what git says of it, not for the moment; a hook's own end is told by itself."""
    cause = error.__cause__
    ours = isinstance(error, ObjectFailed | AdoptionRefused | ClaimedTwice)
    return ours and (cause is None or isinstance(cause, Rejected | Forbidden))


def with_request(entry: RecordEntry, request: str | None, *, done: bool = False) -> RecordEntry:
    """The Record's entry with the request that stands for the App; the very same one for no news.

    `done`: the App is in sync, and so is what was asked for, unless it is not told yet what that is.
    """
    left = None if done and request else request
    return entry if left == entry.requested else replace(entry, requested=left, sequence=entry.sequence + 1)


def next_jobs(entry: RecordEntry, report: SyncReport, *, completed: frozenset[str]) -> RecordEntry:
    """The Record's entry with the Jobs that were seen complete, and nothing else of it changed; the very same one for no news."""
    jobs = _jobs(entry, report, completed)
    return entry if jobs == entry.jobs else replace(entry, jobs=jobs, sequence=entry.sequence + 1)


def _quiet(entry: RecordEntry, report: SyncReport, now: tuple[str, str]) -> bool:
    last = entry.outcomes[-1].state if entry.outcomes else ""
    unmoved = (entry.digest, entry.members) == now and last == report.state.value
    return unmoved and report.state is SyncState.SYNCED and not report.changes.done


def _commits(entry: RecordEntry, report: SyncReport, fingerprint: str, members: str) -> RecordEntry:
    if report.state is SyncState.OBSERVED:
        return entry
    commit = report.revision.commit
    entry = replace(entry, intended=commit, members=members)
    if report.state is not SyncState.SYNCED:
        return entry
    previous = entry.applied if entry.applied and entry.digest != fingerprint else entry.previous
    return replace(entry, applied=commit, digest=fingerprint, previous=previous)


def _outcome(entry: RecordEntry, report: SyncReport) -> RecordEntry:
    last = entry.outcomes[-1] if entry.outcomes else None
    commit, state = report.revision.commit, report.state.value
    if last and (last.commit, last.state) == (commit, state):
        return entry
    time = report.ended.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return replace(entry, outcomes=(*entry.outcomes, Outcome(commit=commit, state=state, time=time))[-OUTCOMES:])


def _jobs(entry: RecordEntry, report: SyncReport, completed: frozenset[str]) -> tuple[str, ...]:
    """The completed Jobs that are still desired as they completed; all of them when it is not known what is desired."""
    known = {*entry.jobs, *completed}
    manifests = [change.manifest for change in report.plan.changes if change.manifest] if report.plan else []
    if not manifests:
        return tuple(sorted(known))
    return tuple(sorted(known & {f"{manifest.key.member} {manifest.digest}" for manifest in manifests}))


def _decisions(entry: RecordEntry, report: SyncReport, unsettled: frozenset[str]) -> tuple[Approval, ...]:
    """The approvals of which something is still to be deleted or replaced, and those that count on clusters yet unsettled.

    One that outlived its deletes would let the same objects go without a word when they are desired again and leave git later:
    what is kept of it lets nothing through.
    """
    if report.plan is None:
        return entry.decisions
    done = {one.change.key for one in report.changes.done if one.error is None}
    pending = frozenset(change.key for change in report.plan.changes if _pending(change) and change.key not in done)
    return tuple(
        approval if approval.keys & pending else _spent(approval)
        for approval in entry.decisions
        if approval.keys & pending or approval.rest & unsettled
    )


def _spent(approval: Approval) -> Approval:
    return replace(approval, keys=frozenset(), spent=approval.keys | approval.spent)


def _pending(change: Change) -> bool:
    """Whether an object is to be deleted or replaced, now or when it no longer has to wait."""
    undesired = change.manifest is None and (change.live is not None or change.action is Action.HOLD)
    replaced = change.action is Action.REPLACE or (change.action is Action.HOLD and change.cause is Cause.PRUNE)
    return undesired or replaced
