"""DaemonSets: one Pod on every node that takes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.controllers.reading.fields import (
    Object,
    generation,
    is_going,
    labels,
    name,
    notes,
    number,
    section,
    share,
    spec,
    status,
    with_status,
    without_empty,
)
from fleet.sandbox.controllers.reading.fitting import fits
from fleet.sandbox.controllers.reading.kinds import NODE, POD
from fleet.sandbox.controllers.reading.readiness import created, has_ended, is_available, is_ready, next_available
from fleet.sandbox.controllers.reading.turns import Create, Delete, Event, Outcome, Turn, Update, Write
from fleet.sandbox.controllers.workloads.adopting import claimed
from fleet.sandbox.controllers.workloads.revisions import OF_POD, Revisions, revisions, template_of, unneeded
from fleet.sandbox.controllers.workloads.templates import pod_of

SOURCE = "daemonset-controller"
GENERATION = "deprecated.daemonset.template.generation"
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
# A DaemonSet's Pods run where others would not (pkg/controller/daemon/util).
_TOLERATED = {
    "not-ready": "NoExecute",
    "unreachable": "NoExecute",
    "disk-pressure": "NoSchedule",
    "memory-pressure": "NoSchedule",
    "pid-pressure": "NoSchedule",
    "unschedulable": "NoSchedule",
}


def decide(turn: Turn) -> Outcome:
    """Make and delete Pods by node, and say how it stands."""
    pods, adopted = claimed(turn, POD)
    if adopted:
        return Outcome(writes=adopted)
    marked = section(spec(turn.live), "template", "metadata").get("labels") or {}
    history = revisions(turn, label=OF_POD, marked=marked, noted=notes(turn.live))
    by_node = _by_node(pods)
    steps = () if is_going(turn.live) else _steps(turn, history, by_node)
    told = _told(turn, history, by_node)
    tidied = () if is_going(turn.live) else unneeded(turn, history, pods)
    return Outcome(
        writes=(*history.writes, *steps, *told, *tidied),
        events=_said(turn, steps),
        again=next_available(pods, number(spec(turn.live), "minReadySeconds"), turn.now),
    )


def node_of(pod: Object) -> str:
    """The node that a Pod is on, or was made for."""
    if bound := spec(pod).get("nodeName"):
        return str(bound)
    for term in section(spec(pod), "affinity", "nodeAffinity", _REQUIRED).get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field.get("key") == "metadata.name":
                return str(field["values"][0])
    return ""


def _by_node(pods: list[Object]) -> dict[str, list[Object]]:
    found: dict[str, list[Object]] = {}
    for pod in sorted(pods, key=created):
        found.setdefault(node_of(pod), []).append(pod)
    return found


def _template(live: Object, history: Revisions) -> dict[str, Any]:
    """The Pods' template with the tolerations of a DaemonSet and the marks of its revision."""
    template = template_of(history.update)
    meta = template.get("metadata") or {}
    marks = {OF_POD: labels(history.update)[OF_POD]}
    if of_template := notes(live).get(GENERATION):
        marks["pod-template-generation"] = of_template
    tolerated = [
        {"key": f"node.kubernetes.io/{key}", "operator": "Exists", "effect": effect} for key, effect in _TOLERATED.items()
    ]
    wanted = template.get("spec") or {}
    own = {**wanted, "tolerations": [*(wanted.get("tolerations") or ()), *tolerated]}
    return {**template, "metadata": {**meta, "labels": {**(meta.get("labels") or {}), **marks}}, "spec": own}


def _pod(live: Object, template: Mapping[str, Any], node: str) -> dict[str, Any]:
    """Make the Pod for a node: the scheduler has no other choice."""
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    affinity = section(template, "spec", "affinity")
    by_node = {**(affinity.get("nodeAffinity") or {}), _REQUIRED: {"nodeSelectorTerms": [term]}}
    made = pod_of(live, template)
    made["spec"] = {**made["spec"], "affinity": {**affinity, "nodeAffinity": by_node}}
    return made


def _takes(live: Object, node: Object, template: Mapping[str, Any]) -> bool:
    return fits(template.get("spec") or {}, node)


def _steps(turn: Turn, history: Revisions, by_node: Mapping[str, list[Object]]) -> tuple[Write, ...]:
    template = _template(turn.live, history)
    made: list[Write] = []
    nodes = {name(node): node for node in turn.seen.all(NODE)}
    for node_name, node in nodes.items():
        there = by_node.get(node_name, [])
        wanted = _takes(turn.live, node, template)
        ended = [pod for pod in there if has_ended(pod)]
        surplus = ended if wanted else there
        made += [Delete(obj=pod) for pod in surplus if not is_going(pod)]
        if wanted and not there:
            made.append(Create(body=_pod(turn.live, template, node_name)))
    lost = [pod for node_name, there in by_node.items() if node_name not in nodes for pod in there]
    made += [Delete(obj=pod) for pod in lost if not is_going(pod)]
    return tuple(made) if made else _updating(turn, history, by_node)


def _updating(turn: Turn, history: Revisions, by_node: Mapping[str, list[Object]]) -> tuple[Write, ...]:
    """Delete Pods of an older template, as many at once as may be unavailable; those that are unavailable anyway count least."""
    strategy = section(spec(turn.live), "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return ()
    template = _template(turn.live, history)
    wanted = [node for node in turn.seen.all(NODE) if _takes(turn.live, node, template)]
    limits = section(strategy, "rollingUpdate")
    room = max(1, share(limits.get("maxUnavailable", 1), len(wanted), up=True))
    pods = [pod for node in wanted for pod in by_node.get(name(node), [])]
    minimum = number(spec(turn.live), "minReadySeconds")
    fit = {name(pod): is_available(pod, minimum, turn.now) and not is_going(pod) for pod in pods}
    old = [pod for pod in pods if labels(pod).get(OF_POD) != labels(history.update)[OF_POD] and not is_going(pod)]
    broken = [pod for pod in old if not fit[name(pod)]]
    room -= sum(not each for each in fit.values())
    whole = [pod for pod in old if fit[name(pod)]]
    return tuple(Delete(obj=pod) for pod in [*broken, *whole[: max(0, room)]])


def _told(turn: Turn, history: Revisions, by_node: Mapping[str, list[Object]]) -> tuple[Write, ...]:
    live, minimum = turn.live, number(spec(turn.live), "minReadySeconds")
    template = _template(live, history)
    nodes = turn.seen.all(NODE)
    wanted = [name(node) for node in nodes if _takes(live, node, template)]
    oldest = [by_node[node][0] for node in wanted if node in by_node]
    hash_of = labels(history.update)[OF_POD]
    available = sum(is_available(pod, minimum, turn.now) for pod in oldest)
    some = {
        "observedGeneration": generation(live),
        "updatedNumberScheduled": sum(labels(pod).get(OF_POD) == hash_of for pod in oldest),
        "numberAvailable": available,
        "numberUnavailable": len(wanted) - available,
        "collisionCount": status(live).get("collisionCount"),
    }
    whole = {
        "currentNumberScheduled": len(oldest),
        "numberMisscheduled": sum(name(node) in by_node and name(node) not in wanted for node in nodes),
        "desiredNumberScheduled": len(wanted),
        "numberReady": sum(is_ready(pod) for pod in oldest),
        **without_empty(some),
    }
    return (Update(body=with_status(live, whole), subresource="status"),) if whole != dict(status(live)) else ()


def _said(turn: Turn, steps: tuple[Write, ...]) -> tuple[Event, ...]:
    gone = [write.obj for write in steps if isinstance(write, Delete)]
    return tuple(
        Event(about=turn.live, reason="SuccessfulDelete", message=f"Deleted pod: {name(pod)}", source=SOURCE) for pod in gone
    )
