"""Turns a Change that was decided into one that is not made, and says why."""

from __future__ import annotations

from fleet.model.plan import Action, Cause, Change


def held(change: Change, reason: str, *, action: Action = Action.HOLD, ordered: bool = False) -> Change:
    """The same Change, not made; of a replace it still shows that something would be deleted."""
    return Change(
        action=action,
        key=change.key,
        manifest=change.manifest,
        live=change.live,
        cause=Cause.PRUNE if change.action is Action.REPLACE else change.cause,
        reason=reason,
        error=change.error,
        revision=change.revision,
        ordered=ordered,
    )
