"""What is wrong with a workload (k8s.io/kubernetes `pkg/apis/{apps,batch}/validation`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.sandbox.objects.problems import metadata, pods
from fleet.sandbox.objects.problems.causes import IMMUTABLE, Cause, forbidden, invalid, not_supported, required

_NEGATIVE = "must be greater than or equal to 0"
_STATEFUL = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)
_OF_STATEFUL = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)


def replicated(spec: Mapping[str, Any]) -> Iterator[Cause]:
    """Of Deployments, ReplicaSets, StatefulSets and DaemonSets: selector, template and counts."""
    for name in ("replicas", "minReadySeconds", "revisionHistoryLimit"):
        yield from not_negative(f"spec.{name}", spec.get(name))
    selector, template = spec.get("selector"), spec.get("template") or {}
    if selector is None:
        yield required("spec.selector")
    elif not any(selector.values()):
        yield invalid("spec.selector", selector, "empty selector is invalid for deployment")
    found = (template.get("metadata") or {}).get("labels")
    yield from metadata.labels(found or {}, "spec.template.metadata.labels")
    if not _selects((selector or {}).get("matchLabels"), found):
        yield invalid("spec.template.metadata.labels", found, "`selector` does not match template `labels`")
    yield from _template(template, "spec.template")
    policy = (template.get("spec") or {}).get("restartPolicy", "Always")
    if policy != "Always":
        yield not_supported("spec.template.spec.restartPolicy", policy, ("Always",))


def replicated_change(spec: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Cause]:
    """Of Deployments, ReplicaSets and DaemonSets: the selector stays."""
    if spec.get("selector") != old.get("selector"):
        yield invalid("spec.selector", spec.get("selector"), IMMUTABLE)


def stateful_change(spec: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Cause]:
    """Of StatefulSets: nearly everything stays."""
    if any(spec.get(name) != old.get(name) for name in {*spec, *old} - set(_STATEFUL)):
        yield forbidden("spec", _OF_STATEFUL)


def job(spec: Mapping[str, Any], path: str = "spec") -> Iterator[Cause]:
    """Of Jobs, and of a CronJob's template of one."""
    for name in ("parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished"):
        yield from not_negative(f"{path}.{name}", spec.get(name))
    template = spec.get("template") or {}
    yield from _template(template, f"{path}.template")
    policy = (template.get("spec") or {}).get("restartPolicy", "Always")
    if policy == "Always":
        yield required(f"{path}.template.spec.restartPolicy", 'valid values: "OnFailure", "Never"')


def job_change(spec: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Cause]:
    """Of Jobs: what runs stays."""
    for name in ("selector", "template", "completionMode", "podFailurePolicy", "backoffLimitPerIndex"):
        if spec.get(name) != old.get(name):
            yield invalid(f"spec.{name}", spec.get(name), IMMUTABLE)


def cron_job(spec: Mapping[str, Any]) -> Iterator[Cause]:
    """Of CronJobs."""
    schedule = spec.get("schedule", "")
    fields = schedule.split()
    if not schedule:
        yield required("spec.schedule")
    elif not schedule.startswith("@") and len(fields) != 5:
        detail = f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]"
        yield invalid("spec.schedule", schedule, detail)
    yield from job((spec.get("jobTemplate") or {}).get("spec") or {}, "spec.jobTemplate.spec")


def not_negative(path: str, count: Any) -> Iterator[Cause]:
    """Say when a count is below zero."""
    if count is not None and count < 0:
        yield invalid(path, count, _NEGATIVE)


def _template(template: Mapping[str, Any], path: str) -> Iterator[Cause]:
    yield from pods.of_spec(template.get("spec") or {}, f"{path}.spec")


def _selects(wanted: Mapping[str, str] | None, labels: Mapping[str, str] | None) -> bool:
    if wanted is None:
        return False
    return all((labels or {}).get(name) == value for name, value in wanted.items())
