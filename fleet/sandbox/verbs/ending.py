"""The end of an object: once nothing holds it, the update that took off the last finalizer is its last."""

from __future__ import annotations

from typing import Any

from fleet.sandbox.storage import Stored
from fleet.sandbox.storage.stored import stored
from fleet.sandbox.verbs.state import ClusterState, Target


def finish(state: ClusterState, target: Target, found: Stored, body: dict[str, Any]) -> Stored | None:
    """Remove an object whose update left it without anything that holds it; None when it stays."""
    metadata = body["metadata"]
    if "deletionTimestamp" not in metadata or metadata.get("finalizers") or metadata.get("deletionGracePeriodSeconds"):
        return None
    if target.resource.storage == "/namespaces" and (body.get("spec") or {}).get("finalizers"):
        return None
    state.store.drop(target.resource.storage, found, found.parsed())
    # What is answered is the update; that the object went, watches tell, as it was last stored.
    return stored(body, found.revision)
