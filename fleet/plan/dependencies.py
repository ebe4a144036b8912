"""Apps that go after others: nothing of them is written until those they depend on are synced and Healthy."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.model.plan import WRITES, Action, Awaited, Cause, Change
from fleet.plan.holding import held
from fleet.plan.input import PlanInput

Both = tuple[tuple[Change, ...], tuple[Change, ...]]


def after_others(facts: PlanInput, wanted: tuple[Change, ...], unwanted: tuple[Change, ...]) -> tuple[Both, tuple[Awaited, ...]]:
    """Hold an App's writes, but what heals drift, while Apps that go first are not there yet, or its order is in error."""
    if facts.disorder:
        reason = "; ".join(str(error) for error in facts.disorder)
        return _all_held((wanted, unwanted), reason, ordered=False), ()
    if not facts.dependencies:
        return (wanted, unwanted), ()
    first, more = facts.dependencies[0], len(facts.dependencies) - 1
    reason = f"it waits for {first.reason}" + (f" (and {more} more)" if more else "")
    both = _all_held((wanted, unwanted), reason, ordered=True)
    waits = any(change.ordered for changes in both for change in changes)
    return both, facts.dependencies if waits else ()


def _all_held(both: Both, reason: str, *, ordered: bool) -> Both:
    return tuple(_held(both[0], reason, ordered=ordered)), tuple(_held(both[1], reason, ordered=ordered))


def _held(changes: Iterable[Change], reason: str, *, ordered: bool) -> Iterable[Change]:
    for change in changes:
        writes = change.release or (change.action in WRITES and change.cause is not Cause.DRIFT)
        yield held(change, reason, action=Action.HOLD, ordered=ordered) if writes else change
