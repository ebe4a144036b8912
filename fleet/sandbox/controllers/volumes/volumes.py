"""PersistentVolumes: free, bound, or released by a claim that is gone."""

from __future__ import annotations

from fleet.sandbox.controllers.reading.fields import (
    Object,
    finalizers,
    is_going,
    notes,
    section,
    spec,
    status,
    uid,
    with_metadata,
    with_status,
)
from fleet.sandbox.controllers.reading.kinds import CLAIM
from fleet.sandbox.controllers.reading.turns import NOTHING, Delete, Outcome, Turn, Update
from fleet.sandbox.controllers.volumes.claims import PROVISIONED_BY

PROTECTION = "kubernetes.io/pv-protection"


def decide(turn: Turn) -> Outcome:
    """Say how it stands; one that was made for a claim goes with it, if that is its policy."""
    if is_going(turn.live):
        return _let_go(turn)
    phase = _phase(turn)
    if phase == "Released" and _goes_with_claim(turn.live):
        return Outcome(writes=(Delete(obj=turn.live),))
    if status(turn.live).get("phase") == phase:
        return NOTHING
    body = with_status(turn.live, {**status(turn.live), "phase": phase})
    return Outcome(writes=(Update(body=body, subresource="status"),))


def _phase(turn: Turn) -> str:
    reserved = section(spec(turn.live), "claimRef")
    if not reserved.get("uid"):
        return "Available"
    claim = turn.seen.get(CLAIM, str(reserved.get("namespace")), str(reserved.get("name")))
    there = claim is not None and uid(claim) == reserved["uid"]
    return "Bound" if there else "Released"


def _goes_with_claim(volume: Object) -> bool:
    return spec(volume).get("persistentVolumeReclaimPolicy") == "Delete" and PROVISIONED_BY in notes(volume)


def _let_go(turn: Turn) -> Outcome:
    if _phase(turn) == "Bound" or PROTECTION not in finalizers(turn.live):
        return NOTHING
    kept = [each for each in finalizers(turn.live) if each != PROTECTION]
    return Outcome(writes=(Update(body=with_metadata(turn.live, finalizers=kept)),))
