"""Who controls an object, and the reference that says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.controllers.reading.fields import Object, metadata, name, uid


def controller(obj: Object) -> Mapping[str, Any]:
    """The reference to an object's controller; empty where it has none."""
    for reference in metadata(obj).get("ownerReferences") or ():
        if reference.get("controller"):
            return dict(reference)
    return {}


def controlled_by(obj: Object, owner: Object) -> bool:
    """Whether `owner` is its controller."""
    return controller(obj).get("uid") == uid(owner)


def reference(owner: Object) -> dict[str, Any]:
    """The reference that makes `owner` the controller; it blocks the owner's foreground deletion."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": name(owner),
        "uid": uid(owner),
        "controller": True,
        "blockOwnerDeletion": True,
    }
