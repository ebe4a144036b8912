"""Take off a cluster what a test made, in a fraction of the time that a new cluster takes."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from tests.controlplane.client import Kube, Resource

Key = tuple[str, str, str, str]
Contents = Mapping[Key, Any]

# Seconds until a new cluster is the quicker way, if there were so many looks: what stood still was not looked at.
PATIENCE = 10
_LOOKS = 50
_NAMESPACES = ("", "namespaces")
_VERSIONS = ("apiregistration.k8s.io", "apiservices")
# Not ours to delete: the server's own, another view of what is deleted anyway, and what goes with its Service.
_SERVERS = (
    ("coordination.k8s.io", "leases", "kube-system"),
    ("events.k8s.io", "events"),
    ("networking.k8s.io", "ipaddresses"),
)
_NOW = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}


def contents(kube: Kube) -> dict[Key, Any]:
    """Return the metadata of what is there, but for the servers' own leases and doubles."""
    return {key: metadata for key, metadata in kube.everything().items() if not _is_servers(key)}


async def clean(kube: Kube, baseline: Contents) -> bool:
    """Delete whatever was not there at the start; False when that was touched itself, or the rest does not go."""
    end = time.monotonic() + PATIENCE
    looks = itertools.count()
    while next(looks) < _LOOKS or time.monotonic() < end:
        found = contents(kube)
        if any(found.get(key, {}).get("resourceVersion") != was["resourceVersion"] for key, was in baseline.items()):
            return False
        extra = {key: metadata for key, metadata in found.items() if key not in baseline}
        if not extra and not _outlived(kube, found):
            return True
        _delete(kube, extra)
        await asyncio.sleep(0.02)
    return False


def _outlived(kube: Kube, found: Contents) -> set[str]:
    """The versions of groups that discovery tells of although they have gone: for the next test they would be there."""
    told = {
        f"{version['version']}.{group['metadata'].get('name', '')}" for group in kube.groups() for version in group["versions"]
    }
    return told - {key[3] for key in found if key[:2] == _VERSIONS}


def _delete(kube: Kube, extra: Contents) -> None:
    resources = {(resource.group, resource.plural): resource for resource in kube.discover()}
    # Owners before what they own, which their controllers would make anew. Namespaces last: what is in them goes faster one
    # by one than by their controller, where there is one at all.
    depths = _depths(extra)
    for key, metadata in sorted(extra.items(), key=lambda item: (item[0][:2] == _NAMESPACES, depths[item[0]])):
        resource = resources.get(key[:2])
        if resource is None:  # Its CRD went a moment ago.
            continue
        path = _path(resource, key)
        if metadata.get("finalizers"):
            kube.patch(path, {"metadata": {"finalizers": None}})
        kube.delete(path, _NOW)
        if key[:2] == _NAMESPACES and {other[2] for other in extra}.isdisjoint({key[3]}):
            _finalize(kube, path)


def _depths(extra: Contents) -> dict[Key, int]:
    """How many owners each object has above it."""
    owners = {metadata["uid"]: metadata.get("ownerReferences") or () for metadata in extra.values()}

    def depth(uid: str, left: int = 5) -> int:
        return 1 + max((depth(each["uid"], left - 1) for each in owners.get(uid, ())), default=0) if left else 0

    return {key: depth(metadata["uid"]) for key, metadata in extra.items()}


def _finalize(kube: Kube, path: str) -> None:
    """Let an emptied namespace go without its controller."""
    namespace = kube.get(path)
    if namespace.status == 200:
        kube.replace(f"{path}/finalize", {**namespace.body, "spec": {"finalizers": []}})


def _path(resource: Resource, key: Key) -> str:
    namespace = f"/namespaces/{key[2]}" if key[2] else ""
    return f"{resource.root}{namespace}/{resource.plural}/{quote(key[3])}"


def _is_servers(key: Key) -> bool:
    return any(key[: len(prefix)] == prefix for prefix in _SERVERS)
