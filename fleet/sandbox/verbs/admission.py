"""What a cluster refuses whatever the object says: nothing comes into a Namespace that is not there, or that goes."""

from __future__ import annotations

from typing import Any

from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.state import ClusterState, Target

NAMESPACES = "/namespaces"


def admit(state: ClusterState, target: Target, body: dict[str, Any]) -> None:
    """Let a new object in, or raise ApiStatus; after the plugin NamespaceLifecycle."""
    if not target.resource.namespaced:
        return
    namespace = state.store.get(NAMESPACES, "", target.namespace)
    if namespace is None:
        raise statuses.namespace_not_found(target.namespace)
    if namespace.deleting:
        name = body["metadata"].get("name") or ""
        raise statuses.terminating(target.resource, name, target.namespace)
