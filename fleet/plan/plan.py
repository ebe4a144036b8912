"""Puts a Plan together: what is decided of each object, what waits, what is held, and in which order the rest is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.plan import WRITES, Action, Awaited, Cause, Change, Hold, Plan
from fleet.plan.dependencies import after_others
from fleet.plan.desired import CLAIMS_WAIT, decide, of_others
from fleet.plan.guards import app_holds, held_keys, over_budget, predecessors
from fleet.plan.holding import held
from fleet.plan.hook_step import NO_HOOKS, Ground, HookStep, hook_step, parted, resting
from fleet.plan.input import PlanInput
from fleet.plan.order import CONFIGURATION, Stage, reversed_order, stage_of, staged
from fleet.plan.prune import prune
from fleet.plan.removal import not_told, removal_barred, removal_hooks, still_there
from fleet.plan.waves import TO_WRITE, last_wave_first, one_after_the_other, unhealthy, yields


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What is decided so far: of desired objects, and of members that are undesired."""

    wanted: tuple[Change, ...]
    unwanted: tuple[Change, ...]
    holds: tuple[Hold, ...] = ()
    waits: str = ""
    awaits: tuple[Awaited, ...] = ()
    hooks: HookStep = NO_HOOKS


def plan(facts: PlanInput) -> Plan:
    """Decide what must happen to every object of one App on one cluster, and to every member of its Inventory."""
    ordinary, hooks = parted(facts.manifests or ())
    wanted = tuple(decide(facts, manifest) for manifest in ordinary)
    desired = frozenset(manifest.key for manifest in facts.manifests or ())
    unwanted = tuple(prune(facts, key) for key in sorted(facts.members - desired))
    if facts.app is None:
        unwanted, hooks = removal_hooks(facts, unwanted)
    draft = _Draft(wanted=wanted, unwanted=unwanted)
    if facts.silence:
        draft = replace(_silenced(facts, draft), hooks=resting(facts, hooks, facts.silence))
    else:
        draft = _awaiting_claims(facts, _guarded(facts, draft))
        draft = _awaiting_apps(facts, draft)
        draft = _with_hooks(facts, draft, hooks)
        draft = _awaiting_waves(facts, draft)
        draft = _awaiting_errors(draft)
        draft = _awaiting_readers(facts, draft)
        draft = replace(draft, unwanted=last_wave_first(draft.unwanted))
    return _assembled(facts, draft)


def _silenced(facts: PlanInput, draft: _Draft) -> _Draft:
    def still(change: Change) -> Change:
        if change.action not in WRITES and not change.release:
            return change
        return held(change, facts.silence, action=Action.SKIP)

    return replace(draft, wanted=tuple(map(still, draft.wanted)), unwanted=tuple(map(still, draft.unwanted)))


def _guarded(facts: PlanInput, draft: _Draft) -> _Draft:
    """Hold what the guards hold.

    Too much of an App at once holds the Plan whole, also what it would create and change: were the new members let in, the
    same deletes would soon be few among many, and pass.
    """
    at_stake = _at_stake(facts, draft)
    if facts.complete is None:
        excess = over_budget(facts, at_stake)
        if not excess:
            return draft
        reason = f"{excess} or moved; {CLAIMS_WAIT}"
        return replace(draft, wanted=_only_drift(draft.wanted, reason), waits=CLAIMS_WAIT)
    holds = app_holds(facts, at_stake)
    releases = _held_releases(facts, draft)
    if releases and not holds:
        holds = tuple(hold for hold in (facts.fleet_hold, facts.cluster_hold) if hold)
    if not holds:
        return draft
    kept = held_keys(facts, holds, at_stake) | releases
    reason = "; ".join(f"held ({hold.guard}), word {hold.word}: {hold.reason}" for hold in holds)
    whole = any(hold.guard == "budget" for hold in holds)
    if whole:
        # What a generator puts in the place of its predecessor is not created either: that one must stay.
        kept |= {change.key for change in draft.unwanted if change.action is Action.DELETE}
    wanted = _only_drift(draft.wanted, reason) if whole else draft.wanted
    return _Draft(wanted=_hold(wanted, kept, reason), unwanted=_hold(draft.unwanted, kept, reason), holds=holds)


def _at_stake(facts: PlanInput, draft: _Draft) -> frozenset[ObjectKey]:
    """All that would be deleted or replaced, now or when it no longer has to wait; a generator's predecessors left out."""
    gone = {change.key for change in draft.unwanted if change.action is Action.DELETE}
    desired = {manifest.key for manifest in facts.manifests or ()}
    replaced = {change.key for change in draft.wanted if change.action is Action.REPLACE}
    return frozenset((gone - predecessors(gone, desired)) | replaced)


def _held_releases(facts: PlanInput, draft: _Draft) -> frozenset[ObjectKey]:
    """What a removed App would let go while its Revision is held for the fleet or the cluster."""
    if facts.app is not None or not (facts.fleet_hold or facts.cluster_hold):
        return frozenset()
    let_go = frozenset(change.key for change in draft.unwanted if change.release)
    return frozenset() if let_go <= facts.approved else let_go


def _only_drift(changes: Iterable[Change], reason: str) -> tuple[Change, ...]:
    """Let only what heals drift through: it adds no member and changes no desired state."""
    return tuple(held(change, reason) if _is_news(change) else change for change in changes)


def _is_news(change: Change) -> bool:
    return change.action in WRITES and change.cause is not Cause.DRIFT


def _hold(changes: Iterable[Change], keys: frozenset[ObjectKey] | set[ObjectKey], reason: str) -> tuple[Change, ...]:
    gated = (Action.DELETE, Action.REPLACE)
    return tuple(
        held(change, reason) if change.key in keys and (change.action in gated or change.release) else change
        for change in changes
    )


def _awaiting_claims(facts: PlanInput, draft: _Draft) -> _Draft:
    """Delete and let go nothing until every App declared for the cluster has its complete render."""
    if facts.complete is not None:
        return draft
    moves = any(change.cause is Cause.MOVE or _is_replacement(change) for change in draft.wanted)
    unwanted = tuple(
        held(change, CLAIMS_WAIT) if change.action is Action.DELETE or change.release else change for change in draft.unwanted
    )
    waits = CLAIMS_WAIT if moves or unwanted != draft.unwanted else draft.waits
    return replace(draft, unwanted=unwanted, waits=waits)


def _is_replacement(change: Change) -> bool:
    return change.action is Action.HOLD and change.cause is Cause.PRUNE


def _awaiting_apps(facts: PlanInput, draft: _Draft) -> _Draft:
    """Write nothing before the Apps that go first are there."""
    (wanted, unwanted), awaits = after_others(facts, draft.wanted, draft.unwanted)
    return replace(draft, wanted=wanted, unwanted=unwanted, awaits=awaits)


def _with_hooks(facts: PlanInput, draft: _Draft, manifests: tuple[Manifest, ...]) -> _Draft:
    """Let hooks run when it is their turn, and the App's objects wait for those that come before all else."""
    if facts.untold:
        return replace(draft, unwanted=not_told(facts.untold, draft.unwanted))
    if not manifests:
        return draft
    ground = Ground(barred=_barred(facts, draft), ordered=bool(facts.dependencies), pending=_left(facts, draft))
    step = hook_step(facts, manifests, ground)
    if facts.dependencies and facts.hooks.due:
        draft = replace(draft, awaits=facts.dependencies)
    if not step.bars:
        return replace(draft, hooks=step)
    wanted = tuple(
        held(change, step.bars, ordered=True) if _is_news(change) and not yields(change) else change for change in draft.wanted
    )
    unwanted = tuple(
        held(change, step.bars, ordered=True) if change.action is Action.DELETE or change.release else change
        for change in draft.unwanted
    )
    return replace(draft, wanted=wanted, unwanted=unwanted, hooks=step)


def _left(facts: PlanInput, draft: _Draft) -> str:
    """What is still to be done before the last hooks run; empty when nothing is."""
    if facts.app is None:
        return still_there(facts, draft.unwanted)
    left = next((change for change in (*draft.wanted, *draft.unwanted) if _is_left(change)), None)
    return f"{left.key}: {left.reason or TO_WRITE}" if left else ""


def _barred(facts: PlanInput, draft: _Draft) -> str:
    """Why nothing new of an App may be written, and so no hook may begin; empty when it may."""
    if facts.disorder:
        return "; ".join(str(error) for error in facts.disorder)
    if facts.dependencies:
        return f"it waits for {facts.dependencies[0].reason}"
    if facts.app is None:
        return removal_barred(facts, draft.holds, draft.unwanted)
    whole = next((hold for hold in draft.holds if hold.guard == "budget"), None)
    if whole:
        return whole.reason
    return draft.waits if facts.complete is None else ""


def _is_left(change: Change) -> bool:
    """Whether something of an object is still to be done before all is as git wants it."""
    return change.action in (*WRITES, Action.HOLD) or change.release or change.error is not None


def _awaiting_waves(facts: PlanInput, draft: _Draft) -> _Draft:
    """Write the lowest wave that has something left to do; hooks of the phase Sync are of the waves like any object."""
    step = draft.hooks
    beside = tuple(change for change in (*step.writes, *step.still) if change.key in step.beside)
    after, awaits = one_after_the_other(facts, (*draft.wanted, *beside))
    wanted, hooks = after[: len(draft.wanted)], after[len(draft.wanted) :]
    kept = tuple(change for change in step.still if change.key not in step.beside)
    step = replace(
        step,
        writes=(
            *(change for change in step.writes if change.key not in step.beside),
            *(change for change in hooks if change.action in WRITES),
        ),
        still=(*kept, *(change for change in hooks if change.action not in WRITES)),
    )
    return replace(draft, wanted=wanted, awaits=(*draft.awaits, *awaits, *step.awaits), hooks=step)


def _awaiting_errors(draft: _Draft) -> _Draft:
    """Delete nothing of an App while an object that it wants is in error, or must wait itself."""
    behind = [change for change in draft.wanted if change.error or change.action is Action.HOLD]
    behind += [change for change in draft.hooks.still if change.error]
    if not behind:
        return draft
    first = min(behind, key=lambda change: change.key)
    reason = f"it is deleted when the App's other objects are applied; {first.key}: {first.reason}"
    ordered = all(change.ordered for change in behind)
    unwanted = tuple(
        held(change, reason, ordered=ordered) if change.action is Action.DELETE else change for change in draft.unwanted
    )
    return replace(draft, unwanted=unwanted)


def _awaiting_readers(facts: PlanInput, draft: _Draft) -> _Draft:
    """Delete no configuration while Pods that read it may run: until the App is healthy, or its workloads are gone."""
    reason = _unsettled(facts, draft)
    read = {change.key for change in draft.unwanted if change.action is Action.DELETE and change.key.group_kind in CONFIGURATION}
    if not (reason and read):
        return draft
    awaits = unhealthy(facts) if _quiet(draft) else ()
    why = f"{reason}; {awaits[0].reason}" if awaits else reason
    unwanted = tuple(held(change, why) if change.key in read else change for change in draft.unwanted)
    return replace(draft, unwanted=unwanted, awaits=(*draft.awaits, *awaits))


def _unsettled(facts: PlanInput, draft: _Draft) -> str:
    if facts.app is not None:
        # Health from before these writes says nothing of what comes after them.
        return "" if facts.healthy and _quiet(draft) else "it is deleted when the App is healthy: Pods may still read it"
    running = [change for change in draft.unwanted if _running(facts, change)]
    return f"it is deleted when {running[0].key} is gone: Pods may still read it" if running else ""


def _quiet(draft: _Draft) -> bool:
    return not any(change.action in WRITES for change in draft.wanted)


def _running(facts: PlanInput, change: Change) -> bool:
    """Whether a member of a removed App is a workload that is there, or may be, and is not let go."""
    live = facts.observation.live(change.key)
    theirs = live is not None and live.owner != facts.key
    let_go = facts.gone(change.key) or change.release or theirs
    return stage_of(change.key.group_kind) is Stage.WORKLOADS and not let_go


def _assembled(facts: PlanInput, draft: _Draft) -> Plan:
    step = draft.hooks
    every = (*draft.wanted, *draft.unwanted, *step.changes)
    # What an earlier run left of a hook goes before anything else: it stands in the way.
    first = frozenset(change.key for change in step.writes)
    deletes = [change for change in every if change.action is Action.DELETE and change.key not in first]
    writes = [
        change for change in every if change.action in WRITES and (change.action is not Action.DELETE or change.key in first)
    ]
    still = [change for change in every if change.action not in WRITES]
    claims = facts.complete
    owners = claims.owners if claims else {}
    mine = (
        change.key
        # Of an App that is removed not even hooks are desired.
        for change in ((*draft.wanted, *step.changes) if facts.app is not None else ())
        if (change.key not in owners or owners[change.key].app == facts.key.app) and not of_others(change)
    )
    return Plan(
        app=facts.key,
        commit=facts.commit,
        stages=staged(writes),
        deletes=reversed_order(deletes),
        still=tuple(sorted(still, key=lambda change: change.key)),
        holds=draft.holds,
        waits=draft.waits,
        awaits=draft.awaits,
        desired=frozenset(mine),
        hooks=step.keys,
        run=step.run if facts.hooks.due else None,
        unfinished=step.unfinished,
    )
