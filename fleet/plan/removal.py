"""The hooks of an App that is removed: whether they run at all, and what they wait for.

An App is removed when deletes are made for it: one whose objects all moved to others, or are all let go, has no hooks to run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fleet.errors import FleetError
from fleet.model.manifest import Manifest
from fleet.model.plan import Action, Change, Hold
from fleet.plan.desired import CLAIMS_WAIT
from fleet.plan.holding import held
from fleet.plan.input import PlanInput
from fleet.plan.prune import leaves


def removal_hooks(facts: PlanInput, unwanted: tuple[Change, ...]) -> tuple[tuple[Change, ...], tuple[Manifest, ...]]:
    """Tell the members of a removed App that just go from its hooks, and which of these run.

    None unless something else is deleted, or they began before; nor what another App has now.
    """
    claims = facts.complete
    others = claims.owners if claims else {}
    hooks = tuple(manifest for manifest in facts.leaving if manifest.key not in others)
    keys = {manifest.key for manifest in hooks}
    ordinary = tuple(change for change in unwanted if change.key not in keys)
    goes = any(change.action is Action.DELETE for change in ordinary)
    return (ordinary, hooks) if goes or facts.hooks.removing else (unwanted, ())


def removal_barred(facts: PlanInput, holds: Iterable[Hold], unwanted: Iterable[Change]) -> str:
    """Why no hook may run yet: Claims are incomplete, or all that would be deleted is held."""
    if facts.complete is None:
        return CLAIMS_WAIT
    hold = next(iter(holds), None)
    return hold.reason if hold and not any(change.action is Action.DELETE for change in unwanted) else ""


def still_there(facts: PlanInput, unwanted: Iterable[Change]) -> str:
    """What of a removed App is not gone or let go yet; empty when nothing is left."""
    for change in unwanted:
        live = facts.observation.live(change.key)
        if not (facts.gone(change.key) or (live is not None and not live.deleting and leaves(facts, live))):
            return f"{change.key}: {change.reason}"
    return ""


def not_told(untold: FleetError, unwanted: tuple[Change, ...]) -> tuple[Change, ...]:
    """Delete and let go nothing while it is not known what has to run before; the error stands at the first alone."""
    first = next((change for change in unwanted if change.action is Action.DELETE), None)
    if first is None:
        return unwanted
    stopped = (held(each, str(untold)) if each.action is Action.DELETE or each.release else each for each in unwanted)
    return tuple(replace(each, error=untold) if each.key == first.key else each for each in stopped)
