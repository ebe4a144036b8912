"""Take off a cluster what a test made, in a fraction of the time that a new cluster takes."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.controlplane.client import Kube, Resource
from tests.controlplane.stored import Kind, Revisions, Stored

Key = tuple[str, str, str, str]
Contents = Mapping[Key, Any]

# Seconds until a new cluster is the quicker way, if there were so many looks: what stood still was not looked at.
PATIENCE = 10
_LOOKS = 50
_NAMESPACES = ("", "namespaces")
# Not ours to delete: the server's own, another view of what is deleted anyway, and what goes with its Service.
_SERVERS = (
    ("coordination.k8s.io", "leases", "kube-system"),
    ("events.k8s.io", "events"),
    ("networking.k8s.io", "ipaddresses"),
)
_NOW = {"gracePeriodSeconds": 0, "propagationPolicy": "Background"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What a new cluster holds: as its API tells it, and as etcd does; and which versions of groups it tells of."""

    contents: Contents
    revisions: Revisions
    versions: frozenset[str]


def baseline(kube: Kube, stored: Stored) -> Baseline:
    """Return what is there now; both tell of one moment, unless the cluster does not come to rest."""
    for _ in range(20):
        revisions, found = stored.revisions(), contents(kube)
        if stored.revisions() == revisions:
            break
    return Baseline(contents=found, revisions=revisions, versions=_versions(kube))


def contents(kube: Kube, kinds: Collection[Kind] | None = None) -> dict[Key, Any]:
    """Return the metadata of what is there, of these kinds or of all, but for the servers' own leases and doubles."""
    return {key: metadata for key, metadata in kube.everything(kinds).items() if not _is_servers(key)}


async def clean(kube: Kube, stored: Stored, was: Baseline) -> bool:
    """Delete whatever was not there at the start; False when that was touched itself, or the rest does not go."""
    end = time.monotonic() + PATIENCE
    looks = itertools.count()
    kinds: set[Kind] = set()
    while next(looks) < _LOOKS or time.monotonic() < end:
        more = stored.kinds_beyond(was.revisions)
        if more is None:
            return False
        kinds |= more
        # Also of kinds of which etcd holds no more: an API server that answers so has heard of it.
        extra = {key: metadata for key, metadata in contents(kube, kinds).items() if key not in was.contents}
        # Discovery may tell for a moment of kinds that have gone: for the next test they would be there.
        if not extra and _versions(kube) <= was.versions:
            return True
        _delete(kube, extra)
        await asyncio.sleep(0.02)
    return False


def _versions(kube: Kube) -> frozenset[str]:
    """The versions of groups that discovery tells of."""
    return frozenset(
        f"{version['version']}.{group['metadata'].get('name', '')}" for group in kube.groups() for version in group["versions"]
    )


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
