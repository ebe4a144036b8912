"""ControllerRevisions: the templates that a StatefulSet or DaemonSet had, numbered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.sandbox.controllers.reading.fields import (
    Object,
    is_going,
    labels,
    metadata,
    name,
    namespace,
    number,
    section,
    spec,
    status,
    uid,
)
from fleet.sandbox.controllers.reading.hashing import free_hash
from fleet.sandbox.controllers.reading.kinds import REVISION
from fleet.sandbox.controllers.reading.owners import reference
from fleet.sandbox.controllers.reading.turns import Create, Delete, Turn, Update, Write

# The label of a Pod that says of which revision it is.
OF_POD = "controller-revision-hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revisions:
    """The revision of the current template, all others with the oldest first, and what is to be written for them."""

    update: Object
    others: tuple[Object, ...]
    writes: tuple[Write, ...]

    def named(self, name_of: str) -> Object:
        """The revision of this name, or the current one where there is none."""
        return next((each for each in self.others if name(each) == name_of), self.update)


def revisions(turn: Turn, *, label: str, marked: Mapping[str, str], noted: Mapping[str, str] | None = None) -> Revisions:
    """Find the current template among the revisions; make it where it is new, and the newest again where it is an old one.

    `label` is where the hash is written on the revision; `marked` and `noted` are its other labels and annotations.
    """
    found = sorted(turn.seen.owned(REVISION, uid(turn.live)), key=lambda each: (number(each, "revision"), name(each)))
    data = {"spec": {"template": {**(spec(turn.live).get("template") or {}), "$patch": "replace"}}}
    newest = number(found[-1], "revision") if found else 0
    same = next((each for each in reversed(found) if each.get("data") == data), None)
    if same is None:
        of_data = free_hash(data, status(turn.live).get("collisionCount"), is_taken=lambda each: _is_taken(turn, each))
        marks = {"labels": {**marked, label: of_data}, **({"annotations": dict(noted)} if noted else {})}
        made = {**_made(turn.live, of_data, marks), "data": data, "revision": newest + 1}
        return Revisions(update=made, others=tuple(found), writes=(Create(body=made),))
    if same is not found[-1]:
        renewed = {**same, "revision": newest + 1}
        others = tuple(each for each in found if each is not same)
        return Revisions(update=renewed, others=others, writes=(Update(body=renewed),))
    return Revisions(update=same, others=tuple(found[:-1]), writes=())


def _is_taken(turn: Turn, of_data: str) -> bool:
    return turn.seen.get(REVISION, namespace(turn.live), f"{name(turn.live)}-{of_data}") is not None


def _made(live: Object, of_data: str, marks: Mapping[str, Any]) -> dict[str, Any]:
    place = {"name": f"{name(live)}-{of_data}", "namespace": namespace(live)}
    meta = {**place, **marks, "ownerReferences": [reference(live)]}
    return {"apiVersion": "apps/v1", "kind": REVISION.kind, "metadata": meta}


def template_of(revision: Object) -> dict[str, Any]:
    """The template that a revision keeps."""
    kept = section(revision, "data", "spec", "template")
    return {field: value for field, value in kept.items() if field != "$patch"}


def unneeded(turn: Turn, among: Revisions, pods: Iterable[Object], *, used: Iterable[str] = ()) -> tuple[Write, ...]:
    """Delete the oldest revisions above the limit that no Pod is of."""
    in_use = {labels(pod).get(OF_POD, "") for pod in pods} | set(used)
    idle = [each for each in among.others if not _is_used(each, in_use) and not is_going(each) and metadata(each).get("uid")]
    limit = number(spec(turn.live), "revisionHistoryLimit", 10)
    return tuple(Delete(obj=each) for each in idle[: max(0, len(idle) - limit)])


def _is_used(revision: Object, in_use: set[str]) -> bool:
    return name(revision) in in_use or labels(revision).get(OF_POD, name(revision)) in in_use
