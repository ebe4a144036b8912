"""Which node takes a Pod: by name, selector, required affinity and taints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.sandbox.controllers.reading.fields import Object, labels, name, section, spec
from fleet.sandbox.controllers.reading.selectors import includes, satisfies

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_REPELS = frozenset({"NoSchedule", "NoExecute"})


def fits(pod_spec: Mapping[str, Any], node: Object) -> bool:
    """Whether the node is one that the Pod may run on."""
    named = pod_spec.get("nodeName")
    if named and named != name(node):
        return False
    return is_chosen(pod_spec, node) and not untolerated(pod_spec, node)


def is_chosen(pod_spec: Mapping[str, Any], node: Object) -> bool:
    """Whether selector and required affinity take the node."""
    terms = section(pod_spec, "affinity", "nodeAffinity", _REQUIRED).get("nodeSelectorTerms")
    by_affinity = terms is None or any(_takes(term, node) for term in terms)
    return by_affinity and includes(labels(node), pod_spec.get("nodeSelector") or {})


def untolerated(pod_spec: Mapping[str, Any], node: Object) -> list[Mapping[str, Any]]:
    """The taints that keep the Pod off the node."""
    taints = [taint for taint in (*_cordon(node), *(spec(node).get("taints") or ())) if taint.get("effect") in _REPELS]
    tolerations = pod_spec.get("tolerations") or ()
    return [taint for taint in taints if not any(_tolerates(each, taint) for each in tolerations)]


def unfitting(pod_spec: Mapping[str, Any], nodes: Iterable[Object]) -> str:
    """Say as the scheduler does why none of the nodes takes the Pod."""
    reasons: dict[str, int] = {}
    count = 0
    for node in nodes:
        count += 1
        reason = _reason(pod_spec, node)
        reasons[reason] = reasons.get(reason, 0) + 1
    told = ", ".join(f"{number} {reason}" for reason, number in sorted(reasons.items())) or "no nodes available to schedule pods"
    if not count:
        return told
    return (
        f"0/{count} nodes are available: {told}. no new claims to deallocate, preemption: 0/{count} nodes are available: "
        f"{count} Preemption is not helpful for scheduling."
    )


def _reason(pod_spec: Mapping[str, Any], node: Object) -> str:
    if not is_chosen(pod_spec, node):
        return "node(s) didn't match Pod's node affinity/selector"
    if found := untolerated(pod_spec, node):
        value = f": {found[0]['value']}" if found[0].get("value") else ""
        return f"node(s) had untolerated taint {{{found[0].get('key')}{value}}}"
    return "Insufficient cpu"


def _cordon(node: Object) -> list[Mapping[str, Any]]:
    """What `kubectl cordon` says of a node, as the taint that it amounts to."""
    return [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}] if spec(node).get("unschedulable") else []


def _takes(term: Mapping[str, Any], node: Object) -> bool:
    by_labels = all(satisfies(each, labels(node)) for each in term.get("matchExpressions") or ())
    by_fields = all(satisfies(each, {"metadata.name": name(node)}) for each in term.get("matchFields") or ())
    return by_labels and by_fields and bool(term)


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") not in (None, "", taint.get("effect")):
        return False
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, "", taint.get("key"))
    return toleration.get("key") == taint.get("key") and (toleration.get("value") or "") == (taint.get("value") or "")
