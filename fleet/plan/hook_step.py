"""What is done about an App's hooks in one Sync: which are created, which deleted, and whether the App's objects may be touched.

A hook is never an ordinary member of what git wants: it does not drift, is no evidence of the App's Health, and what its
delete policy takes away is no loss. It carries our marks and stands in the Inventory all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fleet.errors import ObjectFailed, SyncHookFailed
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.marks import keeps
from fleet.model.observation import LiveObject
from fleet.model.plan import WRITES, Action, Awaited, Cause, Change
from fleet.model.sync_hook import DeletePolicy, HookEnd, HookPhase, HookRun, is_hook, read_hook
from fleet.plan.attribution import attributed
from fleet.plan.desired import barred, taken_over
from fleet.plan.guards import PROTECTED
from fleet.plan.hook_run import Hook, HookState, ended, groups, made_by, state_of, verdict
from fleet.plan.input import PlanInput
from fleet.plan.ownership import Whose, whose

NOT_RECORDED = "the hooks begin when it is in the Record that they do"
_UNREAD = "a hook of the App cannot be read, and it may have to run before all else"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """How far the App's objects are, its hooks left out."""

    barred: str = ""
    """Why nothing new of the App may be written at all (a Hold, an App it depends on): then no hook begins either."""
    ordered: bool = False
    """Whether it is barred for its place in the order alone, and events tell when it is not any more."""
    pending: str = ""
    """What of them is not as git wants it yet; empty when all is applied, or all that is to go is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookStep:
    """What a Plan does about hooks."""

    keys: frozenset[ObjectKey] = frozenset()
    """All hooks of the App, also those that are never applied."""
    writes: tuple[Change, ...] = ()
    """Created, and what an earlier run left deleted."""
    deletes: tuple[Change, ...] = ()
    """By their delete policy, when all else is done."""
    still: tuple[Change, ...] = ()
    run: HookRun | None = None
    """The run as it is known now: what the Record is to say."""
    bars: str = ""
    """Why the App's objects must not be written yet; empty when they may."""
    beside: frozenset[ObjectKey] = frozenset()
    """Hooks of the phase Sync that have not ended: they keep their place among the waves of the App's objects."""
    awaits: tuple[Awaited, ...] = ()
    """What is waited for, and why."""
    unfinished: bool = False
    """Whether hooks of a removal are still to end, or it is not down in the Record that they did."""

    @property
    def changes(self) -> tuple[Change, ...]:
        """All of it."""
        return (*self.writes, *self.deletes, *self.still)


NO_HOOKS = HookStep()


def parted(manifests: Iterable[Manifest]) -> tuple[tuple[Manifest, ...], tuple[Manifest, ...]]:
    """Tell an App's ordinary objects from its hooks."""
    every = tuple(manifests)
    hooks = tuple(manifest for manifest in every if is_hook(manifest.annotations))
    return (tuple(manifest for manifest in every if not is_hook(manifest.annotations)) if hooks else every), hooks


def hook_step(facts: PlanInput, manifests: Sequence[Manifest], ground: Ground) -> HookStep:
    """Decide about an App's hooks, given how far its objects are."""
    keys = frozenset(manifest.key for manifest in manifests)
    read = [_read(manifest) for manifest in manifests]
    wrong = tuple(each for each in read if isinstance(each, Change))
    hooks = [each for each in read if isinstance(each, Hook)]
    made = _Making(facts, hooks, ground)
    made.still.extend(wrong)
    made.decide(stopped=bool(wrong))
    unfinished = facts.hooks.run is not None and facts.hooks.run.removal and not made.has_ended
    deletes = {change.key: change for change in (*_spent(facts, hooks, made), *(() if unfinished else _left_over(facts, hooks)))}
    # Of a hook of several phases the last word counts.
    still = {hook.key: _resting(facts, hook) for hook in hooks} | {change.key: change for change in made.still}
    done = {change.key for change in made.writes} | deletes.keys()
    return HookStep(
        keys=keys,
        writes=tuple(map(made.told, made.writes)),
        deletes=tuple(map(made.told, deletes.values())),
        still=tuple(made.told(change) for key, change in still.items() if key not in done),
        run=made.run,
        bars=made.bars,
        beside=frozenset(made.beside),
        awaits=tuple(made.awaits),
        unfinished=unfinished or bool(wrong),
    )


def resting(facts: PlanInput, manifests: Sequence[Manifest], reason: str) -> HookStep:
    """Do nothing about an App's hooks, for a reason that concerns all of the App."""
    still = tuple(
        Change(action=Action.SKIP, key=each.key, manifest=each, live=facts.observation.live(each.key), reason=reason)
        for each in manifests
    )
    return HookStep(keys=frozenset(each.key for each in manifests), still=still)


def _read(manifest: Manifest) -> Hook | Change:
    try:
        return Hook(manifest, read_hook(manifest.annotations))
    except ValueError as error:
        failed = ObjectFailed(origin=manifest.origin, key=manifest.key, reason=str(error))
        return Change(action=Action.HOLD, key=manifest.key, manifest=manifest, reason=str(error), error=failed)


class _Making:
    """One decision under way: phase after phase, until something has to be waited for."""

    def __init__(self, facts: PlanInput, hooks: Sequence[Hook], ground: Ground) -> None:
        self.facts = facts
        self.hooks = hooks
        self.ground = ground
        self.run = facts.hooks.run
        self.writes: list[Change] = []
        self.still: list[Change] = []
        self.awaits: list[Awaited] = []
        self.beside: set[ObjectKey] = set()
        self.errors: dict[ObjectKey, SyncHookFailed] = {}
        self.bars = ""
        self.over: set[HookPhase] = set()
        """Phases in which nothing runs any more."""

    def decide(self, *, stopped: bool) -> None:
        """Go as far as it goes; nothing of it while hooks rest, or nothing may be written."""
        if self.run is None or not self.facts.hooks.due:
            self.over.update(HookPhase)
            return
        if self.run.removal and self.ground.barred:
            # A removal that is held has not begun: who takes it back has all as it was.
            self._bar(self.ground.barred, ordered=self.ground.ordered)
            self.run = self.run if self.facts.hooks.removing else None
        elif not self.facts.hooks.begun and any(self._of(phase) for phase in HookPhase):
            self._bar(NOT_RECORDED)
        elif stopped:
            self._bar(_UNREAD)
        elif self.ground.barred:
            self._bar(self.ground.barred, ordered=self.ground.ordered)
        else:
            self._phases(self.run)

    @property
    def has_ended(self) -> bool:
        """Whether all hooks of the run ended well, and it is down in the Record that they did."""
        run, down = self.facts.hooks.run, self.facts.hooks.recorded
        due = ((hook, phase) for hook in self.hooks for phase in HookPhase if run and phase in hook.says.phases(run))
        ends = (run.end(phase, hook.key) if run else None for hook, phase in due)
        return down and all(end is not None and end.succeeded for end in ends)

    def told(self, change: Change) -> Change:
        """A Change with the error of its hook: one that failed stays an error while it is taken away, or runs once more."""
        return replace(change, error=change.error or self.errors.get(change.key))

    def _phases(self, run: HookRun) -> None:
        if run.removal:
            self._removal()
            return
        if not self._phase(HookPhase.PRE_SYNC):
            self.bars = self._broken() or "; ".join(each.reason for each in self.awaits)
        elif not self._phase(HookPhase.SYNC):
            pass
        elif self._of(HookPhase.POST_SYNC):
            self._after()
        if self._broken():
            self.over |= {HookPhase.PRE_SYNC, HookPhase.SYNC, HookPhase.POST_SYNC}
        if self.run is not None and self.run.broken:
            self._phase(HookPhase.SYNC_FAIL)

    def _removal(self) -> None:
        """Run what comes before the first delete, and what comes when all else of the App is gone."""
        if not self._phase(HookPhase.PRE_DELETE):
            self.bars = self._broken() or "; ".join(each.reason for each in self.awaits)
        elif self.ground.pending:
            self._later(HookPhase.POST_DELETE, f"PostDelete hooks wait until all else is gone: {self.ground.pending}")
        else:
            self._phase(HookPhase.POST_DELETE)

    def _after(self) -> None:
        """Run the last hooks once everything is applied and Healthy."""
        reason = self.ground.pending or ("" if self.facts.healthy else "the App is not Healthy yet")
        if not reason:
            self._phase(HookPhase.POST_SYNC)
            return
        self._later(HookPhase.POST_SYNC, f"PostSync hooks wait until all is applied and Healthy: {reason}")

    def _later(self, phase: HookPhase, reason: str) -> None:
        if hooks := self._of(phase):
            self.awaits.append(Awaited(reason=reason))
            self.still.extend(_held(hook, reason, ordered=True) for hook in hooks)

    def _phase(self, phase: HookPhase) -> bool:
        """Take the hooks of a phase group by group; True when all of them succeeded."""
        for group in groups(self._of(phase)):
            states = [(hook, self._state(hook, phase)) for hook in group]
            assert self.run is not None
            self.run = ended(self.run, phase, ((hook, state, self._reason(hook)) for hook, state in states))
            for hook, state in states:
                self._take(hook, state, phase)
                if phase is HookPhase.SYNC and state is not HookState.SUCCEEDED:
                    self.beside.add(hook.key)
            if any(state is not HookState.SUCCEEDED for _, state in states):
                if not any(state in (HookState.DUE, HookState.RUNNING) for _, state in states):
                    self.over.add(phase)
                return False
        self.over.add(phase)
        return True

    def _take(self, hook: Hook, state: HookState, phase: HookPhase) -> None:
        assert self.run is not None
        if state is HookState.SUCCEEDED:
            self.still.append(_done(self.facts, hook, phase))
        elif state is HookState.FAILED:
            self.still.append(self._failed(hook, phase))
        elif state is HookState.RUNNING:
            reason = f"{phase} hook {hook.key} {self._reason(hook) or 'runs'}"
            self._await(hook, reason)
            self.still.append(_held(hook, reason, live=self.facts.observation.live(hook.key), ordered=True))
        else:
            change = _due(self.facts, hook, self.run.mark(phase))
            self._await(hook, f"{phase} hook {hook.key} {change.reason or 'is created'}")
            (self.writes if change.action in WRITES else self.still).append(change)

    def _await(self, hook: Hook, reason: str) -> None:
        self.awaits.append(Awaited(key=hook.key, health=self.facts.health.get(hook.key), reason=reason))

    def _failed(self, hook: Hook, phase: HookPhase) -> Change:
        end = self.run.end(phase, hook.key) if self.run else None
        words = self.facts.hooks.words.get(hook.key, "")
        reason = ". ".join(filter(None, (end.reason if end else "", words))) or "it did not end well"
        error = SyncHookFailed(origin=hook.manifest.origin, key=hook.key, phase=str(phase), reason=reason)
        self.errors[hook.key] = error
        return _held(hook, str(error), error=error, live=self.facts.observation.live(hook.key))

    def _state(self, hook: Hook, phase: HookPhase) -> HookState:
        assert self.run is not None
        return state_of(hook, phase, replace(self.facts.hooks, run=self.run), self.facts.observation)

    def _reason(self, hook: Hook) -> str:
        seen = self.facts.hooks.seen.get(hook.key)
        if seen is None or self.run is None or not seen.mark.startswith(f"{self.run.id} "):
            return ""
        how = "failed" if verdict(hook.manifest, seen.health) is HookState.FAILED else f"is {seen.health.state}"
        return f"{how} ({seen.health.reason}): {seen.health.message}"

    def _of(self, phase: HookPhase) -> list[Hook]:
        return [hook for hook in self.hooks if self.run and phase in hook.says.phases(self.run)]

    def _broken(self) -> str:
        ends = self.run.ended if self.run else ()
        failed = next((end for end in ends if not end.succeeded and end.phase is not HookPhase.SYNC_FAIL), None)
        return f"{failed.phase} hook {failed.key} failed" if failed else ""

    def _bar(self, reason: str, *, ordered: bool = False) -> None:
        first = self._of(HookPhase.PRE_SYNC) or self._of(HookPhase.PRE_DELETE)
        self.bars = reason if first or reason in (NOT_RECORDED, _UNREAD) else ""
        self.still.extend(_held(hook, reason, ordered=ordered) for hook in self.hooks if _runs(hook, self.run))


def _runs(hook: Hook, run: HookRun | None) -> bool:
    return run is not None and bool(hook.says.phases(run))


def _due(facts: PlanInput, hook: Hook, mark: str) -> Change:
    """Create a hook's object; what is there from before is deleted first, and what is not ours is first taken over."""
    stopped = barred(facts, hook.manifest)
    if stopped:
        return stopped
    live = facts.observation.live(hook.key)
    revision = attributed(facts, hook.manifest, live)
    if live is None:
        return Change(action=Action.CREATE, key=hook.key, manifest=hook.manifest, revision=revision, run=mark)
    if live.deleting:
        return _held(hook, "waits until what an earlier run left is gone: it is being deleted", live=live, ordered=True)
    if whose(live, facts) is not Whose.OURS or hook.key not in facts.members:
        # Taken over as it is; the next Sync deletes it as what an earlier run left.
        return taken_over(facts, hook.manifest, live)
    if not _told(facts, hook, live):
        return _held(hook, "waits until it is in the Record how it ended in the phase before", live=live)
    if _stays(hook, live):
        return Change(
            action=Action.CONFIGURE,
            key=hook.key,
            manifest=hook.manifest,
            live=live,
            force=True,
            revision=revision,
            run=mark,
        )
    if hook.key.group_kind not in facts.served:
        return _held(hook, f"waits: {hook.key.group_kind} was not discovered", live=live)
    return _delete(facts, hook, live, "is deleted first: an earlier run left it")


def _told(facts: PlanInput, hook: Hook, live: LiveObject) -> bool:
    """Whether an object may go for what it shows: it is of another run, or how it ended in this one is down in the Record."""
    run = facts.hooks.run
    phase = made_by(live, run) if run is not None else None
    return run is None or phase is None or (facts.hooks.recorded and run.end(phase, hook.key) is not None)


def _spent(facts: PlanInput, hooks: Iterable[Hook], made: _Making) -> Iterable[Change]:
    """What delete policies take away: of hooks whose end is in the Record, when their whole phase is over.

    Not before that: the account that a Job runs as is often a hook of the same phase.
    """
    run = facts.hooks.run
    if run is None or not facts.hooks.recorded or facts.silence:
        return
    for hook in hooks:
        live = facts.observation.live(hook.key)
        phase = made_by(live, run) if live is not None else None
        end = run.end(phase, hook.key) if phase in made.over and phase is not None else None
        if live is None or end is None or not _goes(hook, end) or live.deleting or _stays(hook, live):
            continue
        certain = whose(live, facts) is Whose.OURS and hook.key in facts.members and hook.key.group_kind in facts.served
        if certain and not any(change.key == hook.key for change in made.writes):
            yield _delete(facts, hook, live, f"its delete policy says so: it {'succeeded' if end.succeeded else 'failed'}")


def _left_over(facts: PlanInput, hooks: Iterable[Hook]) -> Iterable[Change]:
    """What goes at the very end of a removal: what its hooks left, whatever their policies say; it has no App any more."""
    run = facts.hooks.run
    if run is None or not run.removal or facts.silence:
        return
    for hook in hooks:
        live = facts.observation.live(hook.key)
        if live is None or live.deleting or whose(live, facts) is not Whose.OURS or hook.key not in facts.members:
            continue
        if _stays(hook, live):
            reason = "it is not deleted for a hook's sake: it stays, and is let go"
            yield Change(action=Action.SKIP, key=hook.key, live=live, cause=Cause.HOOK, reason=reason, release=True)
        elif hook.key.group_kind in facts.served:
            yield _delete(facts, hook, live, "the App was removed, and its hooks have ended")


def _goes(hook: Hook, end: HookEnd) -> bool:
    return (DeletePolicy.SUCCEEDED if end.succeeded else DeletePolicy.FAILED) in hook.says.policies


def _stays(hook: Hook, live: LiveObject) -> bool:
    """Whether a hook's object is never deleted for the hook's sake: more goes with it, or it says that it is to be kept."""
    return hook.key.group_kind in PROTECTED or live.kept or keeps(hook.manifest.metadata)


def _delete(facts: PlanInput, hook: Hook, live: LiveObject, reason: str) -> Change:
    return Change(
        action=Action.DELETE,
        key=hook.key,
        manifest=hook.manifest,
        live=live,
        cause=Cause.HOOK,
        reason=reason,
        revision=attributed(facts, hook.manifest, live),
    )


def _done(facts: PlanInput, hook: Hook, phase: HookPhase) -> Change:
    live = facts.observation.live(hook.key)
    return Change(action=Action.UNCHANGED, key=hook.key, manifest=hook.manifest, live=live, reason=f"{phase} hook: it succeeded")


def _resting(facts: PlanInput, hook: Hook) -> Change:
    """A hook with which nothing is to be done now."""
    reason = "it is a hook: it runs when the App changes"
    run = facts.hooks.run
    if not hook.says.installs | hook.says.upgrades:
        never = f"it is never applied ({', '.join(hook.says.never)})"
        reason = "it is a hook: it runs when the App is removed" if hook.says.removals else never
    elif run is not None and facts.hooks.due and not _runs(hook, run):
        reason = "it is a hook of " + ("later changes" if run.first else "the first install")
    elif run is not None and facts.hooks.due:
        reason = "it is a hook: its turn comes later, if it comes"
    live = facts.observation.live(hook.key)
    return Change(action=Action.SKIP, key=hook.key, manifest=hook.manifest, live=live, reason=reason)


def _held(hook: Hook, reason: str, **more: Any) -> Change:
    return Change(action=Action.HOLD, key=hook.key, manifest=hook.manifest, reason=reason, **more)
