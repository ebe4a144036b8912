"""What a watch event means: Apps to look at again."""

from __future__ import annotations

from fleet.health.rules.jobs import is_complete
from fleet.kube.live.cache import Event
from fleet.model.health import Health
from fleet.model.keys import GroupKind
from fleet.model.observation import LiveObject
from fleet.plan.hook_run import HookSeen

JOB = GroupKind("batch", "Job")


def concerned(event: Event) -> frozenset[str]:
    """The Apps of this cluster that are to be looked at again because of an event; empty when it is no news to them.

    Status, and whatever other controllers write of their own, changes neither marks nor ownership nor what people's
    managers own.
    """
    before, after = event.before, event.after
    if before is not None and after is not None and _same(before, after):
        return frozenset()
    return owners(event)


def completed(event: Event) -> str:
    """The digest mark of a Job that an event shows complete; empty for all else, hooks too: these are told by run."""
    if event.after is None or event.body is None or event.key.group_kind != JOB or event.after.marks.run:
        return ""
    return event.after.marks.digest if is_complete(event.body) else ""


def hook_seen(event: Event, health: Health | None) -> HookSeen | None:
    """What an event tells of a hook's object; None of all others, and of one that is going: how it ended was told before."""
    if event.after is None or health is None or event.after.deleting or not event.after.marks.run:
        return None
    return HookSeen(event.after.marks.run, health)


def owners(event: Event) -> frozenset[str]:
    """The Apps that the object's marks name, before and after."""
    found = (live.owner for live in (event.before, event.after) if live is not None)
    return frozenset(owner.app for owner in found if owner is not None)


def _same(before: LiveObject, after: LiveObject) -> bool:
    return (
        before.uid == after.uid
        and before.marks == after.marks
        and before.own == after.own
        and before.deleting == after.deleting
        and before.kept == after.kept
        and before.rivals == after.rivals
        and _owners(before) == _owners(after)
    )


def _owners(live: LiveObject) -> frozenset[tuple[str, str, str]]:
    return frozenset((entry.manager, entry.operation, entry.fields.digest) for entry in live.others)
