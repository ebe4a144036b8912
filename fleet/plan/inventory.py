"""What must be in an App's Inventory before the first write of a Plan, and what may leave it after the last."""

from __future__ import annotations

from dataclasses import replace

from fleet.model.inventory import Inventory
from fleet.model.keys import ObjectKey
from fleet.model.observation import LiveObject, Observation
from fleet.model.plan import Action, ChangeSet, Plan
from fleet.plan.input import PlanInput
from fleet.plan.prune import leaves, settled


def grown(facts: PlanInput, plan: Plan) -> Inventory | None:
    """The Inventory that must be written before anything else is: old members and new, so that a crash leaks no object.

    The very Inventory that was found when there is nothing to write into it; None when there is none and none is needed. Write it
    when it is not equal to the one that was found.
    """
    found, app = facts.inventory, facts.app
    if facts.silence or app is None:
        return found
    members = facts.members | _added(facts, plan)
    if found is None and not members:
        return None
    wanted = Inventory(
        app=facts.key,
        fleet=facts.fleet,
        cluster=facts.identity,
        intended=facts.commit,
        declared_by=app.declared_by,
        on_removal=app.on_removal,
        prune=app.prune,
        members=members,
    )
    return found if found and _same(found, wanted) else wanted


def shrunk(facts: PlanInput, plan: Plan, *, done: ChangeSet, after: Observation) -> Inventory | None:
    """The Inventory that is to be written after a Sync; None when it is to be deleted (or was not there and is not needed).

    A key leaves it when its object is seen gone; when its mark names another App whose Inventory lists it; when it is undesired
    and never carried our mark; or when it was let go. Never while it is not certain that git no longer wants it.
    """
    inventory = grown(facts, plan)
    if inventory is None or facts.silence or not settled(facts):
        return inventory
    released = frozenset(one.change.key for one in done.done if one.change.release and one.error is None)
    left = frozenset(key for key in inventory.members if not _leaves(facts, key, plan, after) and key not in released)
    if facts.app is None and not left:
        return None
    return inventory if left == inventory.members else inventory.with_members(left)


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
