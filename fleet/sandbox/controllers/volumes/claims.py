"""PersistentVolumeClaims: bound to a volume that fits, or to one that is made for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.controllers.reading.fields import (
    Object,
    finalizers,
    is_going,
    metadata,
    name,
    namespace,
    notes,
    section,
    spec,
    status,
    uid,
    with_metadata,
    with_spec,
    with_status,
)
from fleet.sandbox.controllers.reading.kinds import POD, VOLUME
from fleet.sandbox.controllers.reading.readiness import has_ended
from fleet.sandbox.controllers.reading.seen import Seen
from fleet.sandbox.controllers.reading.turns import NOTHING, Create, Event, Outcome, Turn, Update
from fleet.sandbox.controllers.volumes.classes import (
    NO_PROVISIONER,
    SELECTED_NODE,
    claim_names,
    class_of,
    default_class,
    waits_for_consumer,
)
from fleet.sandbox.controllers.volumes.quantities import amount

SOURCE = "persistentvolume-controller"
PROTECTION = "kubernetes.io/pvc-protection"
COMPLETED = "pv.kubernetes.io/bind-completed"
BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"


def decide(turn: Turn) -> Outcome:
    """Bind the claim, or say how it stands."""
    if is_going(turn.live):
        return _release(turn)
    if bound := str(spec(turn.live).get("volumeName") or ""):
        return _bound(turn, turn.seen.get(VOLUME, "", bound))
    found = default_class(turn.seen)
    if spec(turn.live).get("storageClassName") is None and found is not None:
        return Outcome(writes=(Update(body=with_spec(turn.live, storageClassName=name(found))),))
    if waits_for_consumer(turn.seen, turn.live) and SELECTED_NODE not in notes(turn.live):
        return _told(turn, {"phase": "Pending"}, "WaitForFirstConsumer", _WAITING)
    volume = _fitting(turn.seen, turn.live)
    return _bind(turn, volume) if volume else _provide(turn)


_WAITING = "waiting for first consumer to be created before binding"


def _release(turn: Turn) -> Outcome:
    """Let it go once no Pod uses it."""
    pods = turn.seen.all(POD, namespace(turn.live))
    used = any(name(turn.live) in claim_names(pod) and not has_ended(pod) for pod in pods)
    if used or PROTECTION not in finalizers(turn.live):
        return NOTHING
    kept = [each for each in finalizers(turn.live) if each != PROTECTION]
    return Outcome(writes=(Update(body=with_metadata(turn.live, finalizers=kept)),))


def _fitting(seen: Seen, claim: Object) -> Object | None:
    """The smallest free volume that is large enough, or one that is reserved for this claim."""
    fits = [each for each in seen.all(VOLUME) if _fits(each, claim)]
    return min(fits, key=lambda each: (not spec(each).get("claimRef"), _size(each), name(each)), default=None)


def _fits(volume: Object, claim: Object) -> bool:
    reserved = spec(volume).get("claimRef")
    if reserved and not _is_for(reserved, claim):
        return False
    same = (spec(volume).get("storageClassName") or "") == (spec(claim).get("storageClassName") or "")
    modes = set(spec(claim).get("accessModes") or ()) <= set(spec(volume).get("accessModes") or ())
    wanted = section(spec(claim), "resources", "requests").get("storage", "0")
    return same and modes and _size(volume) >= amount(wanted) and not is_going(volume)


def _is_for(reserved: Mapping[str, Any], claim: Object) -> bool:
    here = (reserved.get("namespace"), reserved.get("name")) == (namespace(claim), name(claim))
    return here and reserved.get("uid") in (None, "", uid(claim))


def _size(volume: Object) -> float:
    return amount(section(spec(volume), "capacity").get("storage", "0"))


def _bind(turn: Turn, volume: Object) -> Outcome:
    """Write both sides: first the volume's, so that nobody else takes it."""
    claim = turn.live
    to_claim = {
        "apiVersion": "v1",
        "kind": claim["kind"],
        "namespace": namespace(claim),
        "name": name(claim),
        "uid": uid(claim),
        "resourceVersion": metadata(claim).get("resourceVersion", ""),
    }
    marks = {**notes(claim), COMPLETED: "yes", BY_CONTROLLER: "yes"}
    taken = with_spec(with_metadata(claim, annotations=marks), volumeName=name(volume))
    if section(spec(volume), "claimRef").get("uid"):
        return Outcome(writes=(Update(body=taken),))
    kept = with_metadata(volume, annotations={**notes(volume), BY_CONTROLLER: "yes"})
    return Outcome(writes=(Update(body=with_spec(kept, claimRef=to_claim)), Update(body=taken)))


def _bound(turn: Turn, volume: Object | None) -> Outcome:
    if volume is None or not _is_for(section(spec(volume), "claimRef"), turn.live):
        lost = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
        was_bound = status(turn.live).get("phase") == "Bound"
        return _told(turn, {"phase": "Lost"}, "ClaimLost", lost, warning=True) if was_bound else NOTHING
    return _told(
        turn, {"phase": "Bound", "accessModes": spec(volume).get("accessModes"), "capacity": section(spec(volume), "capacity")}
    )


def _provide(turn: Turn) -> Outcome:
    """Make a volume, where the class does that and it is wanted."""
    found = class_of(turn.seen, turn.live)
    pending = {"phase": "Pending"}
    if found is None:
        named = spec(turn.live).get("storageClassName")
        why = f'storageclass.storage.k8s.io "{named}" not found' if named else _NO_CLASS
        return _told(turn, pending, "ProvisioningFailed" if named else "FailedBinding", why, warning=bool(named))
    provisioner = str(found.get("provisioner", ""))
    if provisioner == NO_PROVISIONER:
        why = f"no volume plugin matched name: {provisioner}"
        return _told(turn, pending, "ProvisioningFailed", why, warning=True)
    delay = turn.settings.bind_after
    if delay is None or turn.waited < delay:
        told = _told(turn, pending)
        return Outcome(writes=told.writes, again=None if delay is None else delay - turn.waited)
    message = f"Successfully provisioned volume pvc-{uid(turn.live)}"
    said = Event(about=turn.live, reason="ProvisioningSucceeded", message=message, source=provisioner)
    return Outcome(writes=(Create(body=_volume(turn.live, found)),), events=(said,))


_NO_CLASS = "no persistent volumes available for this claim and no storage class is set"


def _volume(claim: Object, of_class: Object) -> dict[str, Any]:
    size = section(spec(claim), "resources", "requests").get("storage", "1Gi")
    to_claim = {"apiVersion": "v1", "kind": claim["kind"], "namespace": namespace(claim), "name": name(claim), "uid": uid(claim)}
    return {
        "apiVersion": "v1",
        "kind": VOLUME.kind,
        "metadata": {"name": f"pvc-{uid(claim)}", "annotations": {PROVISIONED_BY: of_class.get("provisioner", "")}},
        "spec": {
            "accessModes": spec(claim).get("accessModes") or ["ReadWriteOnce"],
            "capacity": {"storage": size},
            "claimRef": to_claim,
            "hostPath": {"path": f"/var/lib/volumes/{uid(claim)}"},
            "persistentVolumeReclaimPolicy": of_class.get("reclaimPolicy", "Delete"),
            "storageClassName": name(of_class),
        },
    }


def _told(turn: Turn, wanted: Mapping[str, Any], reason: str = "", message: str = "", *, warning: bool = False) -> Outcome:
    said = (Event(about=turn.live, reason=reason, message=message, source=SOURCE, warning=warning),) if reason else ()
    if dict(status(turn.live)) == wanted:
        return Outcome(events=said)
    return Outcome(writes=(Update(body=with_status(turn.live, wanted), subresource="status"),), events=said)
