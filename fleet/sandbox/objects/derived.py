"""Defaults that follow from other fields' values, and what the server's own conversions move: no table could tell them.

Each function completes one struct that was just made. Source: Kubernetes `pkg/apis/*/v1/defaults.go` and `conversion.go`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

Made = dict[str, Any]


def _image_policy(made: Made) -> None:
    if "imagePullPolicy" not in made:
        made["imagePullPolicy"] = _policy_of(made.get("image", ""))


def _policy_of(image: str) -> str:
    """An image that may be another tomorrow is pulled each time."""
    if "@" in image:
        return "IfNotPresent"
    tag = image.rpartition("/")[2].partition(":")[2]
    return "Always" if image and tag in ("", "latest") else "IfNotPresent"


def _volume_image(made: Made) -> None:
    if "pullPolicy" not in made and made.get("reference"):
        made["pullPolicy"] = _policy_of(made["reference"])


def _target_port(made: Made) -> None:
    if made.get("targetPort") in (0, ""):
        made["targetPort"] = made.get("port", 0)


def _policy_types(made: Made) -> None:
    if "policyTypes" not in made:
        made["policyTypes"] = ["Ingress", "Egress"] if made.get("egress") else ["Ingress"]


def _pod_spec(made: Made) -> None:
    account = made.get("serviceAccountName") or made.get("serviceAccount")
    if account:
        made["serviceAccountName"] = made["serviceAccount"] = account
    if made.get("hostNetwork"):
        for name in ("containers", "initContainers"):
            if made.get(name):
                made[name] = [_with_host_ports(container) for container in made[name]]


def _with_host_ports(container: Made) -> Made:
    ports = container.get("ports")
    if not ports:
        return container
    return {**container, "ports": [{"hostPort": port["containerPort"], **port} for port in ports]}


def _pod(made: Made) -> None:
    """Limits are requests, too, where a Pod says no others."""
    spec = made.get("spec") or {}
    for name in ("containers", "initContainers"):
        if any(_lacks_requests(container) for container in spec.get(name) or ()):
            spec = made["spec"] = {**spec, name: [_with_requests(container) for container in spec[name]]}


def _lacks_requests(container: Made) -> bool:
    resources = container.get("resources") or {}
    return bool((resources.get("limits") or {}).keys() - (resources.get("requests") or {}).keys())


def _with_requests(container: Made) -> Made:
    resources = container.get("resources") or {}
    if not resources.get("limits"):
        return container
    requests = {**resources["limits"], **(resources.get("requests") or {})}
    return {**container, "resources": {**resources, "requests": requests}}


def _secret(made: Made) -> None:
    texts = made.pop("stringData", None)
    if texts:
        written = {name: base64.b64encode(text.encode()).decode() for name, text in texts.items()}
        made["data"] = {**(made.get("data") or {}), **written}


def _namespace(made: Made) -> None:
    metadata = made.get("metadata") or {}
    if metadata.get("name"):
        label = {"kubernetes.io/metadata.name": metadata["name"]}
        made["metadata"] = {**metadata, "labels": {**(metadata.get("labels") or {}), **label}}


def _claims(made: Made) -> None:
    """A template of claims says what it is, as the server's conversion makes it."""
    claims = made.get("volumeClaimTemplates")
    if claims:
        head = {"kind": "PersistentVolumeClaim", "apiVersion": "v1"}
        made["volumeClaimTemplates"] = [{**claim, **head} for claim in claims]


def _definition(made: Made) -> None:
    names = dict(made.get("names") or {})
    kind = names.get("kind", "")
    if not names.get("singular"):
        names["singular"] = kind.lower()
    if not names.get("listKind") and kind:
        names["listKind"] = f"{kind}List"
    made["names"] = names


def _stored_versions(made: Made) -> None:
    status = made.get("status") or {}
    stored = [version.get("name", "") for version in (made.get("spec") or {}).get("versions") or () if version.get("storage")]
    if not status.get("storedVersions") and stored:
        made["status"] = {**status, "storedVersions": stored}


def _affinity(made: Made) -> None:
    """How long a client stays with a Pod; nothing where it does not."""
    if made.get("sessionAffinity") != "ClientIP":
        made.pop("sessionAffinityConfig", None)
        return
    client = (made.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    if not client.get("timeoutSeconds"):
        made["sessionAffinityConfig"] = {"clientIP": {"timeoutSeconds": 10800}}


def _labels_of_template(made: Made) -> None:
    labels = (((made.get("spec") or {}).get("template") or {}).get("metadata") or {}).get("labels")
    metadata = made.get("metadata") or {}
    if labels and not metadata.get("labels"):
        made["metadata"] = {**metadata, "labels": labels}


def _controller(made: Made) -> None:
    _labels_of_template(made)
    spec = made.get("spec") or {}
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels and not spec.get("selector"):
        made["spec"] = {**spec, "selector": labels}


def _pod_addresses(made: Made) -> None:
    """The one address, and the first of all: two ways to say it since there may be several."""
    one, several = made.get("podIP"), made.get("podIPs") or []
    if one and (not several or several[0].get("ip") != one):
        made["podIPs"] = [{"ip": one}]
    elif several and several[0].get("ip"):
        made["podIP"] = several[0]["ip"]


def _node_ranges(made: Made) -> None:
    one, several = made.get("podCIDR"), made.get("podCIDRs") or []
    if one and (not several or several[0] != one):
        made["podCIDRs"] = [one]
    elif several:
        made["podCIDR"] = several[0]


def _node_resources(made: Made) -> None:
    if made.get("capacity") and not made.get("allocatable"):
        made["allocatable"] = made["capacity"]


DERIVED: Mapping[str, Callable[[Made], None]] = {
    "apiextensions.v1.CustomResourceDefinitionSpec": _definition,
    "apiextensions.v1.CustomResourceDefinition": _stored_versions,
    "apps.v1.StatefulSetSpec": _claims,
    "batch.v1.Job": _labels_of_template,
    "core.v1.Container": _image_policy,
    "core.v1.EphemeralContainer": _image_policy,
    "core.v1.ImageVolumeSource": _volume_image,
    "core.v1.Namespace": _namespace,
    "core.v1.NodeSpec": _node_ranges,
    "core.v1.NodeStatus": _node_resources,
    "core.v1.Pod": _pod,
    "core.v1.PodStatus": _pod_addresses,
    "core.v1.PodSpec": _pod_spec,
    "core.v1.ReplicationController": _controller,
    "core.v1.Secret": _secret,
    "core.v1.ServiceSpec": _affinity,
    "core.v1.ServicePort": _target_port,
    "networking.v1.NetworkPolicySpec": _policy_types,
}
