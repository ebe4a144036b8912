"""Which rules a kind has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from fleet.sandbox.objects.problems import metadata, others, pods, workloads
from fleet.sandbox.objects.problems.causes import Cause

Body: TypeAlias = Mapping[str, Any]
Rule: TypeAlias = Callable[[Body], Iterator[Cause]]
Change: TypeAlias = Callable[[Body, Body], Iterator[Cause]]


def of_new(body: Body, *, group: str, kind: str) -> list[Cause]:
    """Return what is wrong with an object that is to be created."""
    return [*metadata.of_new(body["metadata"], group=group, kind=kind), *_of_any(body, group, kind)]


def of_change(body: Body, old: Body, *, group: str, kind: str) -> list[Cause]:
    """Return what is wrong with an object that is to replace another; what is of metadata twice, as the server says it."""
    found = list(metadata.of_change(body["metadata"], old["metadata"]))
    changed = _CHANGES.get((group, kind))
    return [*found, *found, *_of_any(body, group, kind), *(changed(body, old) if changed else ())]


def _of_any(body: Body, group: str, kind: str) -> Iterator[Cause]:
    rule = _RULES.get((group, kind))
    return rule(body) if rule else iter(())


def _in_spec(rule: Rule) -> Rule:
    return lambda body: rule(body.get("spec") or {})


def _between_specs(rule: Change) -> Change:
    return lambda body, old: rule(body.get("spec") or {}, old.get("spec") or {})


def _pod(body: Body) -> Iterator[Cause]:
    return pods.of_spec(body.get("spec") or {}, "spec")


def _scale(body: Body) -> Iterator[Cause]:
    return workloads.not_negative("spec.replicas", (body.get("spec") or {}).get("replicas"))


_RULES: dict[tuple[str, str], Rule] = {
    ("", "ConfigMap"): others.data,
    ("", "Secret"): others.data,
    ("", "Pod"): _pod,
    ("", "Service"): others.service,
    ("", "PersistentVolumeClaim"): others.claim,
    **{("apps", kind): _in_spec(workloads.replicated) for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")},
    ("batch", "Job"): _in_spec(workloads.job),
    ("batch", "CronJob"): _in_spec(workloads.cron_job),
    ("autoscaling", "HorizontalPodAutoscaler"): others.scaler,
    ("autoscaling", "Scale"): _scale,
    ("networking.k8s.io", "Ingress"): others.ingress,
    ("coordination.k8s.io", "Lease"): others.lease,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): others.definition,
}
_CHANGES: dict[tuple[str, str], Change] = {
    ("", "ConfigMap"): others.data_change,
    ("", "Secret"): others.data_change,
    ("", "Pod"): _between_specs(pods.of_change),
    ("", "Service"): others.service_change,
    ("", "PersistentVolumeClaim"): others.claim_change,
    **{("apps", kind): _between_specs(workloads.replicated_change) for kind in ("Deployment", "ReplicaSet", "DaemonSet")},
    ("apps", "StatefulSet"): _between_specs(workloads.stateful_change),
    ("batch", "Job"): _between_specs(workloads.job_change),
    ("rbac.authorization.k8s.io", "RoleBinding"): others.binding_change,
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): others.binding_change,
}
