"""Makes one App on one cluster match one Revision: what the Plan says, in the order in which a crash at any point is safe.

Inventory grown (old ∪ new) → objects stage by stage → deletes → Inventory shrunk → Record. Everything of it can be cut
short: the next Sync looks again and goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fleet.aio import map_limited
from fleet.errors import FleetError, WaitedTooLong
from fleet.kube.live.apply import is_stale
from fleet.model.app import App
from fleet.model.drift import Drift
from fleet.model.durations import moment, said
from fleet.model.inventory import RecordEntry
from fleet.model.manifest import RenderFailed
from fleet.model.observation import LiveObject, Observation
from fleet.model.plan import Action, Cause, Change, ChangeSet, Done, Plan
from fleet.model.sync import SyncReport, SyncState
from fleet.plan import PlanInput
from fleet.plan.drift import drifts, written
from fleet.plan.keeping import After, grown, last_record, next_jobs, next_record, shrunk, so_far, with_request, with_run
from fleet.plan.order import step_of
from fleet.plan.plan import plan
from fleet.reconcile.details import detailed
from fleet.reconcile.preview import gather, members_of
from fleet.reconcile.site import Site, Wanted
from fleet.reconcile.usable import unusable
from fleet.reconcile.write import release, write

AT_ONCE = 8
"""Objects of one App that are written at once; the cluster's own limit bounds all Apps together."""


@dataclass(kw_only=True)
class Run:
    """One Sync under way: what it has done so far, so that an error leaves a true report."""

    site: Site
    wanted: Wanted
    now: Callable[[], datetime]
    current: Callable[[], bool]
    """Whether the Revision is still the one that is wanted."""
    started: datetime
    done: list[Done] = field(default_factory=list)
    given: PlanInput | None = None
    plan: Plan | None = None
    drifts: tuple[Drift, ...] = ()
    waits: list[str] = field(default_factory=list)
    """What was applied and must become usable before anything else is."""
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """How a Sync ended, and the Record's entry that has to be down before anybody is told; None: nothing to write down."""

    report: SyncReport
    entry: RecordEntry | None
    forget: bool = False
    """The App is gone: its entry goes too."""
    again: bool = False
    """Somebody else wrote an object while it was written: the App is to be looked at again at once."""
    follows: bool = False
    """More is to be done when what is written down is down: hooks begin, or go by their delete policy, only then."""
    told: bool = False
    """It waits only for what events tell of: to look again before one comes would be in vain."""


async def sync(site: Site, wanted: Wanted, *, now: Callable[[], datetime], current: Callable[[], bool]) -> Synced:
    """Sync one App. Errors of single objects are in the report; what concerns the whole cluster is in there alike."""
    run = Run(site=site, wanted=wanted, now=now, current=current, started=now())
    try:
        return replace(await _sync(run), again=run.again)
    except FleetError as error:
        return _ended(run, SyncState.FAILED, (error,))


async def _sync(run: Run) -> Synced:
    given = run.given = await gather(run.site, run.wanted)
    run.plan = plan(given)
    run.drifts = await detailed(run.site, given, drifts(given))
    if run.wanted.desired and isinstance(run.wanted.desired.result, RenderFailed):
        return _ended(run, SyncState.FAILED, run.wanted.desired.result.errors)
    if given.silence and _rests(run, given):
        return _ended(run, SyncState.SYNCED, ())
    if given.silence:
        return _ended(run, SyncState.OBSERVED, run.plan.errors, message=given.silence)
    await _note(run)
    await _grow(run, given)
    if not await _apply(run) or not await _delete(run):
        return _closed(run, given)
    await _release(run)
    await _shrink(run, given)
    return _closed(run, given)


def _rests(run: Run, given: PlanInput) -> bool:
    """Whether an App that waits to be asked for is all the same what git wants: that was applied, and nothing of it differs."""
    entry = run.site.records.entries.get(given.key.app)
    applied = entry is not None and run.wanted.desired is not None and entry.digest == run.wanted.desired.fingerprint
    return bool(given.unasked and applied and run.plan and not any(one.reason == given.silence for one in run.plan.still))


async def _note(run: Run) -> None:
    """Write down who is asked for before anything is written because of it: a hub that is started then goes on with it."""
    records, app = run.site.records, run.wanted.key.app
    before = records.entries.get(app, RecordEntry())
    if run.wanted.request is None or before.requested == run.wanted.request:
        return
    await records.claim()
    records.hurry()
    await records.commit(app, with_request(before, run.wanted.request))


async def _grow(run: Run, given: PlanInput) -> None:
    assert run.plan is not None
    inventory = grown(given, run.plan)
    if inventory is not None and inventory != given.inventory:
        # Before anything else of ours the cluster says under which name it is ours: no other name may be the first.
        await run.site.records.claim()
        await run.site.inventories.grow(inventory)


async def _apply(run: Run) -> bool:
    """Apply stage after stage; False when a newer Revision is wanted, or something must become usable first."""
    assert run.plan is not None
    for stage in run.plan.stages:
        if not stage:
            continue
        if run.done and not run.current():
            return False
        await _each(run, stage)
        if run.waits:
            return False
    return True


async def _delete(run: Run) -> bool:
    """Delete, one after the other; False when anything before failed, or a newer Revision is wanted."""
    assert run.plan is not None
    for change in run.plan.deletes:
        if any(done.error for done in run.done) or not run.current():
            return False
        await _each(run, (change,))
    return True


async def _release(run: Run) -> None:
    assert run.plan is not None
    for change in run.plan.still:
        if change.release and change.live is not None:
            run.done.append(done := await release(run.site, change))
            # What comes back is taken as it was before: that we let it go is no change of somebody else's.
            _learn(run, done)


async def _each(run: Run, changes: Sequence[Change]) -> None:
    """Do Changes, in any order, and learn from the answers at once: the watch's echo is then no news."""

    async def one(change: Change) -> Done:
        if change.action in (Action.CREATE, Action.REPLACE):
            run.site.memory.completed.pop(change.key, None)
        with run.site.memory.writing(change.key, run.wanted.key.app) as heard:
            done = await write(run.site, change, app=run.wanted.key)
        if _is_stale(done):
            run.again = True
            return done
        _learn(run, done)
        own = done.live.resource_version if done.live else ""
        run.again |= any(version != own for version in heard)
        return done

    done = await map_limited(one, changes, limit=AT_ONCE, name="apply")
    done = [each for each in done if not _is_stale(each)]
    run.done += done
    run.waits += [reason for each in done if (reason := unusable(each))]


def _is_stale(done: Done) -> bool:
    """Whether a hook's object changed since it was looked at: its controller still counts its Pods."""
    cause = done.error.__cause__ if done.error else None
    return done.change.cause is Cause.HOOK and isinstance(cause, FleetError) and is_stale(cause)


def _learn(run: Run, done: Done) -> None:
    memory, key = run.site.memory, done.change.key
    if done.error is not None:
        return
    if done.live is None:
        memory.written.pop(key, None)
        return
    is_hook = run.plan is not None and key in run.plan.hooks
    if is_hook:
        memory.written.pop(key, None)
    elif done.change.manifest is not None and run.given is not None:
        memory.written[key] = written(done.live, run.given.exempt.get(key), done.change.manifest)
    memory.written_at[key] = run.now()
    run.site.cache.learn(done.live)
    if done.change.cause is Cause.DRIFT:
        memory.reverted(key)


async def _shrink(run: Run, given: PlanInput) -> None:
    """Let go of what is gone, moved, kept or never was ours; deletes that still end (finalizers) stay members until they do."""
    assert run.plan is not None
    held = run.site.inventories.inventories.get(run.wanted.key.app)
    if held is None:
        return
    after = Observation(objects={key: run.site.cache.get(key) for key in held.members})
    left = shrunk(held, run.plan, _changes(run), given, after=after)
    if left is None:
        await run.site.inventories.shrink(held.with_members(frozenset()))
        await run.site.inventories.delete(run.wanted.key.app)
    elif left.members != held.members:
        await run.site.inventories.shrink(left)


def _closed(run: Run, given: PlanInput) -> Synced:
    """Judge how it went."""
    assert run.plan is not None
    errors = (*given.disorder, *run.plan.errors, *(done.error for done in run.done if done.error))
    if errors:
        return _ended(run, SyncState.FAILED, errors)
    if not run.current() and run.done:
        return _ended(run, SyncState.SUPERSEDED, ())
    if run.plan.holds and not (run.waits or run.plan.waits):
        return _ended(run, SyncState.HELD, (), message="; ".join(hold.reason for hold in run.plan.holds))
    reasons = dict.fromkeys(reason for reason in (*run.waits, run.plan.waits, *_pending(run.plan)) if reason)
    if reasons:
        return _waiting(run, "; ".join(reasons), app=given.app)
    if given.app is None:
        gone = run.wanted.key.app not in run.site.inventories.inventories
        return _ended(run, SyncState.REMOVED if gone else SyncState.WAITING, ())
    return _ended(run, SyncState.SYNCED, ())


def _pending(plan: Plan) -> Iterable[str]:
    """Why Changes are held; of those that wait for the order, the first one's reason stands for all."""
    still = [change for change in plan.still if change.action is Action.HOLD]
    yield from (change.reason for change in still if not change.ordered)
    ordered = [change for change in still if change.ordered]
    if ordered:
        yield min(ordered, key=lambda change: (step_of(change), change.key)).reason
    elif plan.awaits:
        yield plan.awaits[0].reason  # a hook was just made to run, and nothing comes after it


def _waiting(run: Run, reason: str, *, app: App | None) -> Synced:
    """It waits; for Health and for other Apps not longer than the App's timeout, and not for long without saying so."""
    assert run.plan is not None
    waiting = run.wanted.waiting
    if app and waiting and waiting.overdue and run.plan.awaits:
        late = WaitedTooLong(app=run.wanted.key.app, since=moment(waiting.since), timeout=said(app.timeout), reason=reason)
        return _ended(run, SyncState.FAILED, (late,))
    slow = f"slow, it waits since {moment(waiting.since)}: " if waiting and waiting.slow else ""
    ended = _ended(run, SyncState.WAITING, (), message=slow + reason)
    held = (change for change in run.plan.still if change.action is Action.HOLD)
    return replace(ended, told=not (run.waits or run.plan.waits) and all(change.ordered for change in held))


def _ended(run: Run, state: SyncState, errors: Iterable[FleetError], *, message: str = "") -> Synced:
    errors = tuple(errors)
    report = SyncReport(
        app=run.wanted.key,
        revision=run.wanted.revision,
        state=state,
        started=run.started,
        ended=run.now(),
        plan=run.plan,
        changes=_changes(run),
        drifts=run.drifts,
        errors=errors,
        fingerprint=run.wanted.desired.fingerprint if run.wanted.desired else "",
        message=message or "\n".join(str(error) for error in errors),
    )
    if state is SyncState.SUPERSEDED or run.given is None or run.plan is None:
        return Synced(report=report, entry=None)
    before = run.site.records.entries.get(run.wanted.key.app, RecordEntry())
    if state is SyncState.OBSERVED:
        noted = before if run.given.only_observed else with_request(before, run.wanted.request)
        return Synced(report=report, entry=noted if noted is not before else None)
    if state is SyncState.REMOVED:
        left = last_record(before, report, unsettled=run.wanted.unsettled)
        return Synced(report=report, entry=left if left is not before else None, forget=left is None)
    after = with_run(_recorded(run, report, before, run.given), report)
    after = with_request(after, run.wanted.request, done=state is SyncState.SYNCED)
    return Synced(report=report, entry=after if after is not before else None, follows=after.hooks != before.hooks)


def _recorded(run: Run, report: SyncReport, before: RecordEntry, given: PlanInput) -> RecordEntry:
    """The Record's entry after a Sync; one that waits says nothing of the App yet, but of Jobs that completed meanwhile.

    One that waits in the midst of its waves says also what it has written: a hub that is started then goes on from there.
    """
    if report.state is SyncState.WAITING:
        midst = report.plan is not None and any(change.ordered for change in report.plan.still)
        entry = so_far(before, report, members=_members(run)) if midst else before
        return next_jobs(entry, report, completed=given.jobs)
    fingerprint = run.wanted.desired.fingerprint if run.wanted.desired else ""
    after = After(fingerprint=fingerprint, members=_members(run), completed=given.jobs, unsettled=run.wanted.unsettled)
    return next_record(before, report, after)


def _members(run: Run) -> str:
    """The hash over what is in the cluster now of this App: what a restarted hub compares with."""
    own = run.site.inventories.inventories.get(run.wanted.key.app)
    members = own.members if own else frozenset()
    if run.given is not None and run.given.manifests is not None:
        members &= {manifest.key for manifest in run.given.manifests}
    hooks = run.plan.hooks if run.plan else frozenset()
    live = {key: one for key in members - hooks if isinstance(one := run.site.cache.get(key), LiveObject)}
    return members_of(live, run.site.memory.written)


def _changes(run: Run) -> ChangeSet:
    return ChangeSet(app=run.wanted.key, commit=run.wanted.revision.commit, done=tuple(run.done))
