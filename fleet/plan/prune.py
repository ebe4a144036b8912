"""What happens to one member of the Inventory that git no longer wants."""

from __future__ import annotations

from enum import StrEnum

from fleet.model.app import OnRemoval, Propagation, Standing
from fleet.model.keys import ObjectKey
from fleet.model.observation import LiveObject
from fleet.model.plan import Action, Cause, Change
from fleet.plan.input import PlanInput
from fleet.plan.ownership import Whose, moved, never_marked, whose


class _Fate(StrEnum):
    DELETE = "delete"
    RELEASE = "release"
    KEEP = "keep"


def prune(facts: PlanInput, key: ObjectKey) -> Change:
    """Decide over one undesired member, as if Claims were complete and nothing were held: those wait later.

    Of §"Guards", what concerns the object itself is decided here: nobody claims it, discovery knows its kind, the Inventory
    lists it (it is a member), its mark names itself, this App, this fleet and this cluster. UID and resourceVersion go with the
    Change; the API server tests them.
    """
    if facts.gone(key):
        return _still(key, "it is gone")
    claims = facts.complete
    claim = claims.owners.get(key) if claims else None
    if claim is not None:
        return _still(key, f"App {claim.app} claims it, and takes it over in place", live=facts.observation.live(key))
    live = facts.observation.live(key)
    if live is None:
        return _still(key, "whether it is there could not be told", action=Action.HOLD)
    if live.deleting:
        return _still(key, "it is being deleted", live=live)
    if whose(live, facts) is not Whose.OURS:
        return _not_ours(facts, live)
    if key.group_kind not in facts.served:
        return _still(key, f"{key.group_kind} was not discovered", live=live, action=Action.HOLD)
    return _fated(facts, live)


def settled(facts: PlanInput) -> bool:
    """Whether git tells for certain what this App no longer wants."""
    if facts.app is not None:
        return facts.standing is Standing.DECLARED and facts.manifests is not None
    return facts.standing in (Standing.REMOVED, Standing.CONFIRMED, Standing.ORPHANED)


def leaves(facts: PlanInput, live: LiveObject) -> bool:
    """Whether an undesired object that is still there need no longer be in the Inventory."""
    return moved(live, facts) or (whose(live, facts) in (Whose.NOBODY, Whose.RIVAL) and never_marked(live))


def _not_ours(facts: PlanInput, live: LiveObject) -> Change:
    if leaves(facts, live):
        reason = f"{live.owner} has it now" if live.owner else "it does not carry our mark, and never did"
        return _still(live.key, reason, live=live)
    named = f"its mark names {live.owner}" if live.owner and live.owner != facts.key else "its marks were changed"
    return _still(live.key, f"it is not deleted: {named}", live=live)


def _fated(facts: PlanInput, live: LiveObject) -> Change:
    fate, reason = _fate(facts, live)
    if fate is _Fate.KEEP:
        return _still(live.key, reason, live=live)
    release = fate is _Fate.RELEASE
    return Change(
        action=Action.SKIP if release else Action.DELETE,
        key=live.key,
        live=live,
        cause=Cause.PRUNE,
        reason=reason,
        revision=facts.commit_of(live.key),
        release=release,
        propagation=_propagation(facts),
    )


def _propagation(facts: PlanInput) -> Propagation:
    if facts.app is not None:
        return facts.app.propagation
    return facts.inventory.propagation if facts.inventory else Propagation.BACKGROUND


def _fate(facts: PlanInput, live: LiveObject) -> tuple[_Fate, str]:
    inventory = facts.inventory
    if not settled(facts) or inventory is None:
        return _Fate.KEEP, "whether the App is still declared could not be told"
    if live.key in facts.withheld.alone:
        return _Fate.KEEP, "git says that it is left alone"
    if live.kept:
        return _Fate.RELEASE, "it says that it is to be kept for good"
    if live.key in facts.withheld.installed:
        return _Fate.RELEASE, "it is of another engine's installation, which is not applied"
    if facts.app is not None:
        prunes = facts.app.prune
        return (_Fate.DELETE, "git no longer wants it") if prunes else (_Fate.RELEASE, "the App does not prune")
    if facts.orphan or facts.standing is Standing.ORPHANED:
        return _Fate.RELEASE, "the cluster's directory is gone: its objects stay"
    if inventory.declared_by is None:
        return _Fate.KEEP, "the Inventory does not say where the App was declared"
    if inventory.on_removal is OnRemoval.ORPHAN:
        return _Fate.RELEASE, "the App was removed, and leaves its objects"
    return _Fate.DELETE, "the App was removed"


def _still(key: ObjectKey, reason: str, *, live: LiveObject | None = None, action: Action = Action.SKIP) -> Change:
    return Change(action=action, key=key, live=live, cause=Cause.PRUNE, reason=reason)
