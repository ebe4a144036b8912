"""What the server warns of, though it takes the object: what is probably not meant.

Source: Kubernetes `pkg/api/pod/warnings.go`; those that people meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_TEMPLATED = ("spec", "template", "spec")
# Where a kind has the spec of a Pod.
_PODS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "Pod"): ("spec",),
    ("", "ReplicationController"): _TEMPLATED,
    ("apps", "DaemonSet"): _TEMPLATED,
    ("apps", "Deployment"): _TEMPLATED,
    ("apps", "ReplicaSet"): _TEMPLATED,
    ("apps", "StatefulSet"): _TEMPLATED,
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template", "spec"),
    ("batch", "Job"): _TEMPLATED,
}


def hints(body: Mapping[str, Any], *, group: str, kind: str) -> tuple[str, ...]:
    """Return the warnings that an object of a built-in kind deserves."""
    path = _PODS.get((group, kind))
    if path is None:
        return ()
    spec: Any = body
    for name in path:
        spec = spec.get(name) or {}
    return tuple(_of_pod(spec, ".".join(path)))


def _of_pod(spec: Mapping[str, Any], path: str) -> Iterator[str]:
    for place, spread in enumerate(spec.get("topologySpreadConstraints") or ()):
        if "labelSelector" not in spread:
            yield f"{path}.topologySpreadConstraints[{place}].labelSelector: a null labelSelector results in matching no pod"
    for word in ("initContainers", "containers"):
        for place, container in enumerate(spec.get(word) or ()):
            yield from _of_container(container, f"{path}.{word}[{place}]")


def _of_container(container: Mapping[str, Any], path: str) -> Iterator[str]:
    seen: set[str] = set()
    for place, variable in enumerate(container.get("env") or ()):
        name = variable["name"]
        if name in seen:
            yield f'{path}.env[{place}]: hides previous definition of "{name}", which may be dropped when using apply'
        seen.add(name)
