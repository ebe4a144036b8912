"""PersistentVolumeClaims and PersistentVolumes."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.health.rules.reading import section, text
from fleet.health.rules.verdicts import degraded, healthy, progressing
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind, ObjectKey

CLASS = GroupKind("storage.k8s.io", "StorageClass")
# Set by the scheduler once a Pod that uses the claim has a node: from then on a volume is being made.
SELECTED_NODE = "volume.kubernetes.io/selected-node"


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare both."""
    return (
        HealthCheck(kind=GroupKind("", "PersistentVolumeClaim"), assess=assess_claim, related=(CLASS,)),
        HealthCheck(kind=GroupKind("", "PersistentVolume"), assess=assess_volume),
    )


def assess_claim(context: HealthContext) -> Health:
    """A claim is Healthy once bound, or while it rightly waits for its first consumer."""
    phase = text(section(context.live, "status"), "phase")
    spec = section(context.live, "spec")
    if phase == "Bound":
        return healthy("Bound", f"bound to {text(spec, 'volumeName') or 'a volume'}")
    if phase == "Lost":
        return degraded(
            "Lost", f"its volume {text(spec, 'volumeName')} is gone: what was in it is lost unless it is brought back"
        )
    name = text(spec, "storageClassName")
    if _waits_for_consumer(context, name):
        return healthy("WaitForFirstConsumer", f"class {name} makes its volume when the first Pod uses it")
    if not name:
        return progressing("NoStorageClass", "it names no class and there is no default one: it waits for a volume that fits")
    return progressing("NotBound", f"class {name} has made no volume for it yet")


def _waits_for_consumer(context: HealthContext, name: str) -> bool:
    mode = text(context.related.get(ObjectKey(CLASS.group, CLASS.kind, "", name), {}), "volumeBindingMode")
    selected = SELECTED_NODE in section(context.live, "metadata", "annotations")
    chosen = text(section(context.live, "spec"), "volumeName")
    return mode == "WaitForFirstConsumer" and not selected and not chosen


def assess_volume(context: HealthContext) -> Health:
    """A volume is Healthy unless it is still being made or its reclaiming failed."""
    status = section(context.live, "status")
    phase, message = text(status, "phase"), text(status, "message")
    if phase == "Failed":
        return degraded("Failed", f"it could not be reclaimed: {message or text(status, 'reason')}")
    if phase in ("", "Pending"):
        return progressing("Pending", message or "it is not available yet")
    return healthy(phase, f"it is {phase}" if phase in ("Available", "Bound", "Released") else "it exists")
