"""The class of a claim, when it is bound, and who uses it."""

from __future__ import annotations

from fleet.sandbox.controllers.reading.fields import Object, notes, spec
from fleet.sandbox.controllers.reading.kinds import STORAGE_CLASS
from fleet.sandbox.controllers.reading.seen import Seen

DEFAULT = "storageclass.kubernetes.io/is-default-class"
# Set on a claim by the scheduler: from then on its volume may be made.
SELECTED_NODE = "volume.kubernetes.io/selected-node"
# What names no maker of volumes.
NO_PROVISIONER = "kubernetes.io/no-provisioner"


def class_of(seen: Seen, claim: Object) -> Object | None:
    """The StorageClass that a claim names; None where it names none, or one that is not there."""
    name = spec(claim).get("storageClassName")
    return seen.get(STORAGE_CLASS, "", str(name)) if name else None


def default_class(seen: Seen) -> Object | None:
    """The class that claims get that name none."""
    return next((each for each in seen.all(STORAGE_CLASS) if notes(each).get(DEFAULT) == "true"), None)


def waits_for_consumer(seen: Seen, claim: Object) -> bool:
    """Whether a claim is bound only once a Pod that uses it has a node."""
    found = class_of(seen, claim)
    return found is not None and found.get("volumeBindingMode") == "WaitForFirstConsumer"


def claim_names(pod: Object) -> list[str]:
    """The claims that a Pod's volumes name."""
    volumes = spec(pod).get("volumes") or ()
    return [each["persistentVolumeClaim"]["claimName"] for each in volumes if each.get("persistentVolumeClaim")]
