"""What a cluster refuses whatever the object says: nothing comes into a Namespace that is not there, or that goes."""

from __future__ import annotations

from typing import Any

from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.state import ClusterState, Target

NAMESPACES = "/namespaces"
PODS = "/pods"
# For how long a Pod stays on a node that is gone.
_GONE = {
    "node.kubernetes.io/not-ready": 300,
    "node.kubernetes.io/unreachable": 300,
}


def admit(state: ClusterState, target: Target, body: dict[str, Any]) -> None:
    """Let a new object in, completed where it is a Pod, or raise ApiStatus; after the plugin NamespaceLifecycle."""
    if not target.resource.namespaced:
        return
    if target.resource.storage == PODS:
        _complete_pod(body)
    namespace = state.store.get(NAMESPACES, "", target.namespace)
    if namespace is None:
        raise statuses.namespace_not_found(target.namespace)
    if namespace.deleting:
        name = body["metadata"].get("name") or ""
        raise statuses.terminating(target.resource, name, target.namespace)


def _complete_pod(body: dict[str, Any]) -> None:
    """Set what the plugins DefaultTolerationSeconds and Priority do; no PriorityClass is looked up."""
    spec = body.get("spec")
    if not spec:
        return
    spec.setdefault("priority", 0)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    given = spec.get("tolerations") or []
    lacking = [key for key in _GONE if not any(_tolerates(each, key) for each in given)]
    if lacking:
        more = [{"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _GONE[key]} for key in lacking]
        spec["tolerations"] = [*given, *more]


def _tolerates(toleration: dict[str, Any], key: str) -> bool:
    return toleration.get("key") in (None, key) and toleration.get("effect") in (None, "NoExecute")
