"""What stands in the columns of built-in kinds; source: Kubernetes' `pkg/printers/internalversion`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from fleet.sandbox.serving.ages import age, duration
from fleet.sandbox.serving.podcells import pod

Body: TypeAlias = dict[str, Any]
NONE, UNKNOWN = "<none>", "<unknown>"


def parts(body: Body) -> tuple[Body, Body, Body]:
    """Metadata, spec and status; each there."""
    return body["metadata"], body.get("spec") or {}, body.get("status") or {}


def born(body: Body, now: datetime) -> str:
    """An object's age."""
    return age(body["metadata"].get("creationTimestamp"), now)


def selector(said: Mapping[str, Any] | None) -> str:
    """A selector of labels as text."""
    labels = (said or {}).get("matchLabels", said or {})
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()) if isinstance(value, str)) or NONE


def containers(spec: Body) -> tuple[str, str]:
    """The names and images of a template's containers."""
    inner = ((spec.get("template") or {}).get("spec") or {}).get("containers") or []
    return ",".join(each["name"] for each in inner), ",".join(each.get("image", "") for each in inner)


def _deployment(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    ready = f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}"
    counts = (status.get("updatedReplicas", 0), status.get("availableReplicas", 0))
    return [metadata["name"], ready, *counts, born(body, now), *containers(spec), selector(spec.get("selector"))]


def _replica_set(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    counts = (spec.get("replicas", 0), status.get("replicas", 0), status.get("readyReplicas", 0))
    return [metadata["name"], *counts, born(body, now), *containers(spec), selector(spec.get("selector"))]


def _stateful_set(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    return [metadata["name"], f"{status.get('readyReplicas', 0)}/{spec.get('replicas', 0)}", born(body, now), *containers(spec)]


def _daemon_set(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    names = "desiredNumberScheduled currentNumberScheduled numberReady updatedNumberScheduled numberAvailable".split()
    nodes = selector(((spec.get("template") or {}).get("spec") or {}).get("nodeSelector"))
    counts = [status.get(name, 0) for name in names]
    return [metadata["name"], *counts, nodes, born(body, now), *containers(spec), selector(spec.get("selector"))]


def _job(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    done = status.get("succeeded", 0)
    wanted = spec.get("completions")
    completions = f"{done}/{wanted}" if wanted is not None else f"{done}/1 of {spec.get('parallelism', 1)}"
    row = [metadata["name"], _job_state(spec, status), completions, _job_time(status, now), born(body, now)]
    return [*row, *containers(spec), selector(spec.get("selector"))]


def _job_state(spec: Body, status: Body) -> str:
    held = {each["type"] for each in status.get("conditions") or () if each.get("status") == "True"}
    for word in ("Complete", "Failed"):
        if word in held:
            return word
    if spec.get("suspend") and "Suspended" in held:
        return "Suspended"
    return "Terminating" if "FailureTarget" in held else "Running"


def _job_time(status: Body, now: datetime) -> str:
    if not status.get("startTime"):
        return ""
    end = datetime.fromisoformat(status["completionTime"]) if status.get("completionTime") else now
    return duration(int((end - datetime.fromisoformat(status["startTime"])).total_seconds()))


def _cron_job(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    last = age(status["lastScheduleTime"], now) if status.get("lastScheduleTime") else NONE
    template = (spec.get("jobTemplate") or {}).get("spec") or {}
    row = [metadata["name"], spec.get("schedule"), spec.get("timeZone") or NONE, bool(spec.get("suspend"))]
    shown = [*row, len(status.get("active") or ()), last, born(body, now), *containers(template)]
    return [*shown, selector(template.get("selector"))]


def _service(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    row = [metadata["name"], spec.get("type"), spec.get("clusterIP") or NONE, _external(spec, status), _ports(spec)]
    return [*row, born(body, now), selector(spec.get("selector"))]


def _external(spec: Body, status: Body) -> str:
    given = list(spec.get("externalIPs") or ())
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName"))
    if spec.get("type") == "LoadBalancer":
        points = (status.get("loadBalancer") or {}).get("ingress") or ()
        given = [*(each.get("ip") or each.get("hostname") for each in points), *given]
        return ",".join(given) or "<pending>"
    return ",".join(given) or NONE


def _ports(spec: Body) -> str:
    def port(said: Body) -> str:
        outer = f":{said['nodePort']}" if said.get("nodePort") else ""
        return f"{said['port']}{outer}/{said.get('protocol', 'TCP')}"

    return ",".join(map(port, spec.get("ports") or ())) or NONE


def _ingress(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    hosts = [each.get("host") for each in spec.get("rules") or () if each.get("host")]
    shown = ",".join(hosts[:3]) + (f" + {len(hosts) - 3} more..." if len(hosts) > 3 else "")
    points = (status.get("loadBalancer") or {}).get("ingress") or ()
    address = ",".join(each.get("ip") or each.get("hostname") or "" for each in points)
    ports = "80, 443" if spec.get("tls") else "80"
    return [metadata["name"], spec.get("ingressClassName") or NONE, shown or "*", address, ports, born(body, now)]


def _claim(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    phase = "Terminating" if metadata.get("deletionTimestamp") else status.get("phase")
    bound = bool(spec.get("volumeName"))
    capacity = (status.get("capacity") or {}).get("storage", "") if bound else ""
    modes = _modes(status.get("accessModes")) if bound else ""
    row = [metadata["name"], phase, spec.get("volumeName", ""), capacity, modes, spec.get("storageClassName", "")]
    return [*row, spec.get("volumeAttributesClassName") or "<unset>", born(body, now), spec.get("volumeMode", "<unset>")]


def _volume(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    claim = spec.get("claimRef")
    phase = "Terminating" if metadata.get("deletionTimestamp") else status.get("phase")
    row = [metadata["name"], (spec.get("capacity") or {}).get("storage", ""), _modes(spec.get("accessModes"))]
    row += [
        spec.get("persistentVolumeReclaimPolicy", ""),
        phase,
        f"{claim.get('namespace')}/{claim.get('name')}" if claim else "",
    ]
    row += [spec.get("storageClassName", ""), spec.get("volumeAttributesClassName") or "<unset>", status.get("reason", "")]
    return [*row, born(body, now), spec.get("volumeMode", "<unset>")]


_SHORT = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def _modes(said: Sequence[str] | None) -> str:
    return ",".join(short for mode, short in _SHORT.items() if mode in (said or ()))


def _namespace(body: Body, now: datetime) -> Sequence[Any]:
    return [body["metadata"]["name"], parts(body)[2].get("phase"), born(body, now)]


def _config_map(body: Body, now: datetime) -> Sequence[Any]:
    count = len(body.get("data") or ()) + len(body.get("binaryData") or ())
    return [body["metadata"]["name"], count, born(body, now)]


def _secret(body: Body, now: datetime) -> Sequence[Any]:
    return [body["metadata"]["name"], body.get("type"), len(body.get("data") or ()), born(body, now)]


def _lease(body: Body, now: datetime) -> Sequence[Any]:
    return [body["metadata"]["name"], parts(body)[1].get("holderIdentity", ""), born(body, now)]


def _autoscaler(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    reference = spec.get("scaleTargetRef") or {}
    targets = ", ".join(_target(each) for each in spec.get("metrics") or ()) or NONE
    row = [metadata["name"], f"{reference.get('kind')}/{reference.get('name')}", targets]
    least = str(spec["minReplicas"]) if spec.get("minReplicas") is not None else "<unset>"
    return [*row, least, spec.get("maxReplicas"), status.get("currentReplicas", 0), born(body, now)]


def _target(metric: Body) -> str:
    resource = metric.get("resource") or {}
    target = resource.get("target") or {}
    wanted = target.get("averageUtilization")
    return (
        f"{resource.get('name')}: {UNKNOWN}/{wanted}%"
        if wanted is not None
        else f"{UNKNOWN}/{target.get('averageValue', 'auto')}"
    )


def _event(body: Body, now: datetime) -> Sequence[Any]:
    about, source = body.get("involvedObject") or {}, body.get("source") or {}
    last = body.get("lastTimestamp") or body.get("eventTime") or body["metadata"]["creationTimestamp"]
    first = body.get("firstTimestamp") or body.get("eventTime") or body["metadata"]["creationTimestamp"]
    where = ", ".join(each for each in (source.get("component") or body.get("reportingComponent"), source.get("host")) if each)
    subject = f"{about.get('kind', '').lower()}/{about.get('name', '')}"
    row = [age(last, now), body.get("type"), body.get("reason"), subject, about.get("fieldPath", ""), where]
    return [*row, (body.get("message") or "").strip(), age(first, now), body.get("count", 1), body["metadata"]["name"]]


def _node(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    ready = {each["type"]: each["status"] for each in status.get("conditions") or ()}.get("Ready")
    state = {"True": "Ready", None: "Unknown"}.get(ready, "NotReady") + (
        ",SchedulingDisabled" if spec.get("unschedulable") else ""
    )
    prefix = "node-role.kubernetes.io/"
    roles = ",".join(sorted(key[len(prefix) :] for key in metadata.get("labels") or () if key.startswith(prefix))) or NONE
    info = status.get("nodeInfo") or {}
    places = {each["type"]: each["address"] for each in status.get("addresses") or ()}
    more = [info.get(key) or UNKNOWN for key in ("osImage", "kernelVersion", "containerRuntimeVersion")]
    outer = [places.get("InternalIP", NONE), places.get("ExternalIP", NONE), *more]
    return [metadata["name"], state, roles, born(body, now), info.get("kubeletVersion", ""), *outer]


def _policy(body: Body, now: datetime) -> Sequence[Any]:
    return [body["metadata"]["name"], selector(parts(body)[1].get("podSelector")), born(body, now)]


def _budget(body: Body, now: datetime) -> Sequence[Any]:
    metadata, spec, status = parts(body)
    limits = [spec.get(key, "N/A") for key in ("minAvailable", "maxUnavailable")]
    return [metadata["name"], *map(str, limits), status.get("disruptionsAllowed", 0), born(body, now)]


def _binding(body: Body, now: datetime) -> Sequence[Any]:
    role, subjects = body.get("roleRef") or {}, body.get("subjects") or []
    users = ", ".join(each["name"] for each in subjects if each["kind"] == "User")
    groups = ", ".join(each["name"] for each in subjects if each["kind"] == "Group")
    accounts = ", ".join(f"{each.get('namespace', '')}/{each['name']}" for each in subjects if each["kind"] == "ServiceAccount")
    return [body["metadata"]["name"], f"{role.get('kind')}/{role.get('name')}", born(body, now), users, groups, accounts]


def _endpoints(body: Body, now: datetime) -> Sequence[Any]:
    found = [
        f"{address['ip']}:{port['port']}"
        for subset in body.get("subsets") or ()
        for port in subset.get("ports") or ()
        for address in subset.get("addresses") or ()
    ]
    more = f" + {len(found) - 3} more..." if len(found) > 3 else ""
    return [body["metadata"]["name"], ",".join(found[:3]) + more or NONE, born(body, now)]


CELLS: Mapping[str, Callable[[Body, datetime], Sequence[Any]]] = {
    "apps/deployments": _deployment,
    "apps/replicasets": _replica_set,
    "apps/statefulsets": _stateful_set,
    "apps/daemonsets": _daemon_set,
    "batch/jobs": _job,
    "batch/cronjobs": _cron_job,
    "/pods": pod,
    "/services": _service,
    "/endpoints": _endpoints,
    "/namespaces": _namespace,
    "/configmaps": _config_map,
    "/secrets": _secret,
    "/events": _event,
    "/nodes": _node,
    "/persistentvolumeclaims": _claim,
    "/persistentvolumes": _volume,
    "/replicationcontrollers": _replica_set,
    "networking.k8s.io/ingresses": _ingress,
    "networking.k8s.io/networkpolicies": _policy,
    "policy/poddisruptionbudgets": _budget,
    "autoscaling/horizontalpodautoscalers": _autoscaler,
    "coordination.k8s.io/leases": _lease,
    "rbac.authorization.k8s.io/rolebindings": _binding,
    "rbac.authorization.k8s.io/clusterrolebindings": _binding,
}
