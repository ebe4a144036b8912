"""Whose a live object is: told by marks that are consistent, never by marks that merely stand there."""

from __future__ import annotations

from enum import StrEnum

from fleet.model.engines import ENGINES, named
from fleet.model.observation import LiveObject
from fleet.plan.input import PlanInput


class Whose(StrEnum):
    """Whose a live object is, seen from one App on one cluster."""

    OURS = "ours"
    """Its mark names itself, this App, this fleet and this cluster."""
    DAMAGED = "ours, with damaged marks"
    """This App's Inventory lists it and our manager applied it, but somebody changed a mark: it may be healed, not deleted."""
    APP = "another App's"
    """Its mark names itself and another App of this cluster."""
    ALIEN = "another fleet's or cluster's"
    RIVAL = "another engine's"
    NOBODY = "not ours"
    """No mark, or a mark that names another object: controllers copy labels and annotations."""


def whose(live: LiveObject, facts: PlanInput) -> Whose:
    """Tell whose a live object is."""
    owner, fleet = live.owner, live.marks.fleet
    if (fleet and fleet != facts.fleet) or (owner and owner.cluster != facts.key.cluster):
        return Whose.ALIEN
    if owner and owner.app != facts.key.app:
        return Whose.APP
    if owner and fleet:
        return Whose.OURS
    if not facts.departed.issuperset(live.rivals):
        return Whose.RIVAL
    # Only we write entries of our manager: a copy of the object, marks and all, has none.
    if live.key in facts.members and live.own:
        return Whose.DAMAGED
    return Whose.NOBODY


def never_marked(live: LiveObject) -> bool:
    """Whether an object never was ours: our manager applied nothing of it, and no mark of its own is on it."""
    return not live.own and live.owner is None


def moved(live: LiveObject, facts: PlanInput) -> bool:
    """Whether an object's mark names another App that has it in its Inventory: then it need not be in ours."""
    owner = live.owner
    if owner is None or whose(live, facts) is not Whose.APP:
        return False
    theirs = facts.inventories.get(owner.app)
    return theirs is not None and live.key in theirs.members


def conflict(live: LiveObject, whom: Whose) -> str:
    """Say why an object that is another's is not written."""
    if whom is Whose.RIVAL:
        return f"it carries the mark of {named(live.rivals)}, which may still reconcile it{_way_out(live.rivals)}"
    fleet = f"fleet {live.marks.fleet}" if live.marks.fleet else "a fleet it does not name"
    owner = f", {live.owner}" if live.owner else ""
    return f"it is marked as belonging to {fleet}{owner}"


def _way_out(rivals: tuple[str, ...]) -> str:
    words = [word for word in rivals if ENGINES[word].adoptable]
    if len(words) < len(rivals):
        return "; it is taken over when the mark is gone"
    return "; " + " and ".join(f"`fleet adopt --from {word}`" for word in words) + " says that it is gone"
