"""PersistentVolumeClaims, PersistentVolumes and VolumeAttachments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.health.rules.patience import changed, lapsing, moment
from fleet.health.rules.quantities import quantity
from fleet.health.rules.reading import conditions, is_true, section, text
from fleet.health.rules.verdicts import degraded, healthy, progressing, worst_of
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind, ObjectKey

CLASS = GroupKind("storage.k8s.io", "StorageClass")
# Set by the scheduler once a Pod that uses the claim has a node: from then on a volume is being made.
SELECTED_NODE = "volume.kubernetes.io/selected-node"
ERRORS = ("ControllerResizeError", "ModifyVolumeError", "NodeResizeError")
CHANGES = ("FileSystemResizePending", "ModifyingVolume", "Resizing")


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare the three."""
    return (
        HealthCheck(kind=GroupKind("", "PersistentVolumeClaim"), assess=assess_claim, related=(CLASS,)),
        HealthCheck(kind=GroupKind("", "PersistentVolume"), assess=assess_volume),
        HealthCheck(kind=GroupKind("storage.k8s.io", "VolumeAttachment"), assess=assess_attachment),
    )


def assess_claim(context: HealthContext) -> Health:
    """A claim is Healthy once bound to as much as it asks for, or while it rightly waits for its first consumer."""
    phase = text(section(context.live, "status"), "phase")
    spec = section(context.live, "spec")
    if phase == "Bound":
        return worst_of(_changes(context)) or healthy("Bound", f"bound to {text(spec, 'volumeName') or 'a volume'}")
    if phase == "Lost":
        return degraded(
            "Lost", f"its volume {text(spec, 'volumeName')} is gone: what was in it is lost unless it is brought back"
        )
    name = text(spec, "storageClassName")
    if _waits_for_consumer(context, name):
        return healthy("WaitForFirstConsumer", f"class {name} makes its volume when the first Pod uses it")
    if not name:
        said = "it names no class and there is no default one: it waits for a volume that fits"
        return lapsing(context, changed(context), "NoStorageClass", said)
    if context.looked and ObjectKey(CLASS.group, CLASS.kind, "", name) not in context.related:
        said = f"class {name} does not exist: it waits for a volume of that class that somebody makes"
        return lapsing(context, changed(context), "NoSuchStorageClass", said)
    said = f"class {name} has made no volume for it yet; its Events say why"
    return lapsing(context, changed(context), "NotBound", said)


def _waits_for_consumer(context: HealthContext, name: str) -> bool:
    mode = text(context.related.get(ObjectKey(CLASS.group, CLASS.kind, "", name), {}), "volumeBindingMode")
    selected = SELECTED_NODE in section(context.live, "metadata", "annotations")
    chosen = text(section(context.live, "spec"), "volumeName")
    return mode == "WaitForFirstConsumer" and not selected and not chosen


def _changes(context: HealthContext) -> Iterator[Health]:
    """What a bound claim has still to get, or cannot get: another size, or another class of attributes."""
    status, found = section(context.live, "status"), conditions(context.live)
    for name in (name for name in ERRORS if is_true(found.get(name))):
        yield degraded(name, str(found[name]))
    stage = text(section(status, "allocatedResourceStatuses"), "storage")
    modifying = section(status, "modifyVolumeStatus")
    target = text(modifying, "targetVolumeAttributesClassName")
    if stage.endswith("Infeasible"):
        yield degraded(stage, "its volume cannot grow to what it asks for; ask for less, or make another")
    if text(modifying, "status") == "Infeasible":
        yield degraded("ModifyInfeasible", f"its volume cannot get the attributes of class {target}")
    elif text(modifying, "status"):
        yield progressing("Modifying", f"its volume is to get the attributes of class {target}")
    for name in (name for name in CHANGES if is_true(found.get(name))):
        yield lapsing(context, moment(found[name].since), name, str(found[name]))
    asked, got = section(context.live, "spec", "resources", "requests").get("storage"), section(status, "capacity").get("storage")
    wanted, there = quantity(asked), quantity(got)
    if wanted is not None and there is not None and there < wanted:
        yield lapsing(context, changed(context), "Growing", f"it has {got} of the {asked} that it asks for")


def assess_volume(context: HealthContext) -> Health:
    """A volume is Healthy unless it is still being made or its reclaiming failed."""
    spec, status = section(context.live, "spec"), section(context.live, "status")
    phase, message = text(status, "phase"), text(status, "message")
    if phase == "Failed":
        return degraded("Failed", f"it could not be reclaimed: {message or text(status, 'reason')}")
    if phase in ("", "Pending"):
        since = moment(text(status, "lastPhaseTransitionTime"))
        return lapsing(context, since, "Pending", message or "it is not available yet")
    if phase == "Released" and text(spec, "persistentVolumeReclaimPolicy") == "Retain":
        return healthy(
            "Released", "its claim is gone; it keeps what was in it, and takes no other until spec.claimRef is removed"
        )
    return healthy(phase, f"it is {phase}" if phase in ("Available", "Bound", "Released") else "it exists")


def assess_attachment(context: HealthContext) -> Health:
    """An attachment is Healthy once attached, and Degraded while its last attempt failed."""
    spec, status = section(context.live, "spec"), section(context.live, "status")
    node = text(spec, "nodeName")
    if status.get("attached") is True:
        return healthy("Attached", f"attached to node {node}")
    if error := text(section(status, "attachError"), "message"):
        return degraded("AttachError", f"{text(spec, 'attacher')} could not attach it to node {node}: {error}")
    return lapsing(context, changed(context), "Attaching", f"{text(spec, 'attacher')} has not attached it to node {node} yet")
