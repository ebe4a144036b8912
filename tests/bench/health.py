"""Health: objects of mixed kinds, as clusters have them, each assessed by the check that the hub would take."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any

from fleet.health import assess
from fleet.health.rules import BUILTINS
from fleet.hooks import HealthContext
from fleet.hooks.registry import load
from fleet.model.health import HealthState
from fleet.model.keys import ObjectKey
from tests.bench.figures import Figure

OBJECTS = 10_000
TIMES = 9
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SINCE = "2026-11-23T11:58:00Z"

Body = dict[str, Any]


def measure() -> list[Figure]:
    """Assess them all, over and over; by processor time of one core, so that what else runs does not count."""
    registry = load(BUILTINS)
    contexts = [_context(number) for number in range(OBJECTS)]
    work = [(each, registry.health_check(ObjectKey.of(each.live).group_kind)) for each in contexts]
    rates, states = [], []
    for _ in range(TIMES):
        begun = time.process_time()
        states = [assess(context, check).state for context, check in work]
        rates.append(len(work) / (time.process_time() - begun))
    healthy = states.count(HealthState.HEALTHY) / len(states)
    kinds = len({check.kind for _, check in work})
    return [
        Figure(
            id="health",
            what=f"{len(work)} objects assessed by {kinds} rules, {healthy:.0%} of them Healthy",
            value=median(rates),
            unit="objects/s per core",
            samples=tuple(rates),
        )
    ]


def _context(number: int) -> HealthContext:
    live = KINDS[number % len(KINDS)](number)
    related = {ObjectKey.of(pod): pod for pod in _pods(live, number)} if live["kind"] == "Deployment" else {}
    return HealthContext(live=live, related=related, now=NOW)


def _object(kind: str, number: int, *, spec: Any = None, status: Any = None, **more: Any) -> Body:
    api_version, _, name = kind.partition(" ")
    fields = [
        {"manager": "fleethub", "operation": "Apply", "time": SINCE},
        {"manager": "kcm", "subresource": "status", "time": SINCE},
    ]
    metadata = {"name": f"it-{number}", "namespace": f"ns-{number % 50}", "uid": f"u-{number}", "generation": 3}
    metadata |= {"creationTimestamp": SINCE, "managedFields": fields, "labels": {"app": f"it-{number}"}}
    body = {"apiVersion": api_version, "kind": name, "metadata": metadata, **more}
    return body | ({"spec": spec} if spec is not None else {}) | ({"status": status} if status is not None else {})


def _condition(type_: str, status: str = "True", reason: str = "AsExpected") -> Body:
    times = {"lastTransitionTime": SINCE, "lastUpdateTime": SINCE}
    return {"type": type_, "status": status, "reason": reason, "message": "it is so", "observedGeneration": 3, **times}


def _deployment(number: int) -> Body:
    ready = 1 if _is_bad(number) else 3
    counts = {"replicas": 3, "updatedReplicas": 3, "readyReplicas": ready, "availableReplicas": ready, "observedGeneration": 3}
    found = [_condition("Available"), _condition("Progressing", reason="NewReplicaSetAvailable")]
    spec = {"replicas": 3, "progressDeadlineSeconds": 600, "selector": {"matchLabels": {"app": f"it-{number}"}}}
    return _object("apps/v1 Deployment", number, spec=spec, status={**counts, "conditions": found})


def _pods(owner: Body, number: int) -> list[Body]:
    """The Pods of a Deployment that is not well: only then the hub fetches them."""
    if not _is_bad(number):
        return []
    pods = [_pod(OBJECTS + 3 * number + each, bad=True) for each in range(3)]
    for pod in pods:
        pod["metadata"]["ownerReferences"] = [{"uid": owner["metadata"]["uid"], "controller": True}]
    return pods


def _pod(number: int, *, bad: bool = False) -> Body:
    last = {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": SINCE}}
    state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s"}} if bad else {"running": {"startedAt": SINCE}}
    main = {"name": "main", "ready": not bad, "restartCount": 3 * bad, "state": state, "lastState": last if bad else {}}
    found = [_condition("PodScheduled"), _condition("Initialized"), _condition("Ready", str(not bad))]
    status = {"phase": "Running", "conditions": found, "containerStatuses": [main]}
    return _object("v1 Pod", number, spec={"containers": [{"name": "main"}]}, status=status)


def _stateful_set(number: int) -> Body:
    counts = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas", "updatedReplicas", "observedGeneration"), 3)
    revisions = {"currentRevision": "it-2", "updateRevision": "it-2"}
    return _object("apps/v1 StatefulSet", number, spec={"replicas": 3}, status={**counts, **revisions})


def _daemon_set(number: int) -> Body:
    names = ("desiredNumberScheduled", "currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady")
    return _object("apps/v1 DaemonSet", number, spec={}, status={**dict.fromkeys(names, 9), "observedGeneration": 3})


def _job(number: int) -> Body:
    status = {"startTime": SINCE, "succeeded": 1, "conditions": [_condition("SuccessCriteriaMet"), _condition("Complete")]}
    return _object("batch/v1 Job", number, spec={"completions": 1, "backoffLimit": 6}, status=status)


def _claim(number: int) -> Body:
    spec = {"volumeName": "pv", "storageClassName": "fast", "resources": {"requests": {"storage": "10Gi"}}}
    return _object("v1 PersistentVolumeClaim", number, spec=spec, status={"phase": "Bound", "capacity": {"storage": "10Gi"}})


def _scaler(number: int) -> Body:
    active = _condition("ScalingActive", "False" if _is_bad(number) else "True", "FailedGetResourceMetric")
    status = {"currentReplicas": 3, "desiredReplicas": 3, "conditions": [_condition("AbleToScale"), active]}
    return _object("autoscaling/v2 HorizontalPodAutoscaler", number, spec={"maxReplicas": 9}, status=status)


def _route(number: int) -> Body:
    ref = {"name": "public", "namespace": "infra"}
    told = {"parentRef": ref, "controllerName": "c", "conditions": [_condition("Accepted"), _condition("ResolvedRefs")]}
    return _object("gateway.networking.k8s.io/v1 HTTPRoute", number, spec={"parentRefs": [ref]}, status={"parents": [told]})


def _ingress(number: int) -> Body:
    status = {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}
    return _object("networking.k8s.io/v1 Ingress", number, spec={"ingressClassName": "nginx"}, status=status)


def _custom(number: int) -> Body:
    """Operators' dialects, in turn: conditions of both polarities, a phase, counts."""
    ready = _condition("Ready", "False" if _is_bad(number) else "True")
    statuses: list[Mapping[str, Any]] = [
        {"observedGeneration": 3, "conditions": [ready, _condition("Synced"), _condition("Stalled", "False")]},
        {"phase": "Running", "conditions": [_condition("Available"), _condition("Degraded", "False")]},
        {"state": "creating" if _is_bad(number) else "online"},
        {"observedGeneration": 3, "replicas": 3, "readyReplicas": 3},
    ]
    return _object(f"g{number % 4}.example.com/v1 Thing", number, spec={}, status=statuses[number // len(KINDS) % len(statuses)])


def _is_bad(number: int) -> bool:
    return number // len(KINDS) % 10 == 0


def _plain(kind: str, **more: Any) -> Callable[[int], Body]:
    return lambda number: _object(kind, number, **more)


_SERVICE = _plain("v1 Service", spec={"type": "ClusterIP", "clusterIP": "10.0.0.1"}, status={"loadBalancer": {}})
# One after the other: how often a kind stands here is its share.
KINDS: tuple[Callable[[int], Body], ...] = (
    *(_plain("v1 ConfigMap"), _plain("v1 Secret"), _plain("v1 ServiceAccount"), _plain("rbac.authorization.k8s.io/v1 Role")),
    *(_deployment, _deployment, _deployment, _stateful_set, _daemon_set, _pod, _pod, _job),
    *(_SERVICE, _SERVICE, _SERVICE, _ingress, _route, _claim, _scaler),
    *(_custom, _custom, _custom, _custom, _custom),
)
