"""Binding: a Pod gets its node. Nobody owns the field after it, and it is no new generation (measured)."""

from __future__ import annotations

from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.state import ClusterState, Target, live, now


def bind(state: ClusterState, target: Target, node: str) -> None:
    """Put a Pod on a node. Raises ApiStatus."""
    found = live(state, target)
    if found is None:
        raise statuses.not_found(target.resource, target.name)
    body = found.parsed()
    spec = body.setdefault("spec", {})
    if spec.get("nodeName"):
        why = f'pod {found.name} is already assigned to node "{spec["nodeName"]}"'
        place = f'pods/binding "{found.name}"'
        details = {"name": found.name, "kind": "pods/binding"}
        raise statuses.refusal(409, "Conflict", f"Operation cannot be fulfilled on {place}: {why}", details)
    spec["nodeName"] = node
    scheduled = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now()}
    status = body.setdefault("status", {})
    status["conditions"] = [*(each for each in status.get("conditions") or () if each["type"] != "PodScheduled"), scheduled]
    state.store.put(target.resource.storage, body)
