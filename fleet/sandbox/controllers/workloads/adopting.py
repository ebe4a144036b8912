"""What belongs to a workload: what it controls, and orphans that its selector takes, which it adopts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.model.keys import GroupKind
from fleet.sandbox.controllers.reading.fields import Object, is_going, metadata, namespace, section, spec, uid, with_metadata
from fleet.sandbox.controllers.reading.kinds import REPLICATION_CONTROLLER
from fleet.sandbox.controllers.reading.owners import controller, reference
from fleet.sandbox.controllers.reading.turns import Turn, Update, Write, kind_of


def claimed(turn: Turn, kind: GroupKind) -> tuple[list[Object], tuple[Write, ...]]:
    """The objects of a kind that it controls, and the writes that make it the controller of those that nobody controls."""
    own = turn.seen.owned(kind, uid(turn.live))
    if is_going(turn.live):
        return own, ()
    selector = selector_of(turn.live)
    matching = turn.seen.selected(kind, namespace(turn.live), selector) if selector else []
    orphans = (each for each in matching if not controller(each) and not is_going(each))
    return own, tuple(Update(body=_adopted(each, turn.live)) for each in orphans)


def _adopted(orphan: Object, owner: Object) -> dict[str, object]:
    return with_metadata(orphan, ownerReferences=[*(metadata(orphan).get("ownerReferences") or ()), reference(owner)])


def selector_of(live: Object) -> Mapping[str, Any]:
    """The LabelSelector of a workload; a ReplicationController's is a plain map."""
    found = section(spec(live), "selector")
    return {"matchLabels": found} if found and kind_of(live) == REPLICATION_CONTROLLER else found
