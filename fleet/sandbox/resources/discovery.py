"""The documents by which a server tells what it serves. What is the same for all clusters is written once."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import orjson

from fleet.sandbox.resources.catalogue import Catalogue
from fleet.sandbox.resources.resource import Resource
from fleet.schema.discovery import served

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v={};as=APIGroupDiscoveryList"


def aggregated(catalogue: Catalogue, path: str, version: str) -> bytes:
    """The answer to `/api` or `/apis` in one document."""
    if path == "/api" or not (catalogue.custom() or catalogue.absent):
        return _shared(path, version)
    return _aggregated(_all_groups(catalogue), version)


def etag(document: bytes) -> str:
    """What tells a client that the document is the one it has."""
    return f'"{hashlib.sha512(document).hexdigest().upper()}"'


@cache
def _shared(path: str, version: str) -> bytes:
    return _aggregated(served().core if path == "/api" else served().named, version)


def _aggregated(groups: Iterable[Mapping[str, Any]], version: str) -> bytes:
    head = {"kind": "APIGroupDiscoveryList", "apiVersion": f"apidiscovery.k8s.io/{version}", "metadata": {}}
    return orjson.dumps({**head, "items": list(groups)})


def _groups(custom: Mapping[tuple[str, str], Mapping[str, Resource]]) -> list[dict[str, Any]]:
    groups: dict[str, dict[str, Any]] = {}
    for (name, version), resources in custom.items():
        group = groups.setdefault(name, {"metadata": {"name": name, "creationTimestamp": None}, "versions": []})
        told = [_told(resource) for resource in resources.values()]
        group["versions"].append({"version": version, "resources": told, "freshness": "Current"})
    return list(groups.values())


def _told(resource: Resource) -> dict[str, Any]:
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    told: dict[str, Any] = {
        "resource": resource.plural,
        "responseKind": kind,
        "scope": "Namespaced" if resource.namespaced else "Cluster",
        "singularResource": resource.singular,
        "verbs": sorted(resource.verbs),
    }
    if resource.short_names:
        told["shortNames"] = list(resource.short_names)
    if resource.categories:
        told["categories"] = list(resource.categories)
    if resource.subresources:
        told["subresources"] = [
            {
                "subresource": each.name,
                "responseKind": {"group": each.group, "version": each.version, "kind": each.kind},
                "verbs": sorted(each.verbs),
            }
            for each in resource.subresources.values()
        ]
    return told


def versions() -> dict[str, Any]:
    """The answer to `/api`."""
    return {"kind": "APIVersions", "versions": ["v1"]}


def groups(catalogue: Catalogue) -> dict[str, Any]:
    """The answer to `/apis`."""
    return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(each) for each in _all_groups(catalogue)]}


def group(catalogue: Catalogue, name: str) -> dict[str, Any] | None:
    """The answer to `/apis/<group>`."""
    found = next((each for each in _all_groups(catalogue) if each["metadata"]["name"] == name), None)
    return {"kind": "APIGroup", "apiVersion": "v1", **_group(found)} if found else None


def _all_groups(catalogue: Catalogue) -> list[Mapping[str, Any]]:
    return [*served().named, *_groups(catalogue.custom()), *_stale(catalogue)]


def _stale(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Groups that are known to be there, and of which nothing else is known."""
    return [
        {"metadata": {"name": name, "creationTimestamp": None}, "versions": [{"version": version, "freshness": "Stale"}]}
        for name, version in sorted(catalogue.absent)
    ]


def _group(found: Mapping[str, Any]) -> dict[str, Any]:
    name = found["metadata"]["name"]
    told = [{"groupVersion": f"{name}/{each['version']}", "version": each["version"]} for each in found["versions"]]
    return {"name": name, "versions": told, "preferredVersion": told[0]}


def resources(catalogue: Catalogue, name: str, version: str) -> dict[str, Any] | None:
    """The answer to `/api/v1` or `/apis/<group>/<version>`; None when it is not served."""
    found = catalogue.version(name, version)
    if not found:
        return None
    listed = [entry for resource in found.values() for entry in _listed(resource)]
    # The core group's list is older than the rule that everything says its version.
    head = {"kind": "APIResourceList", **({"apiVersion": "v1"} if name else {})}
    return {**head, "groupVersion": f"{name}/{version}" if name else version, "resources": listed}


_CUSTOM_VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]


# In etcd they are still what they were first (measured).
_KEPT_AS = {"CustomResourceDefinition": "v1beta1"}


def _storage_hash(resource: Resource) -> str:
    """Tell kept versions apart; source: apiserver `discovery.StorageVersionHash`."""
    group, _, version = resource.storage_version.rpartition("/")
    version = _KEPT_AS.get(resource.kind, version)
    digest = hashlib.sha256(f"{group}/{version}/{resource.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def _listed(resource: Resource) -> Iterable[dict[str, Any]]:
    entry = {
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": _CUSTOM_VERBS if resource.custom else sorted(resource.verbs),
    }
    if resource.short_names:
        entry["shortNames"] = list(resource.short_names)
    if resource.categories:
        entry["categories"] = list(resource.categories)
    if "create" in resource.verbs and "list" in resource.verbs:
        entry["storageVersionHash"] = _storage_hash(resource)
    yield entry
    for each in resource.subresources.values():
        part: dict[str, Any] = {"name": f"{resource.plural}/{each.name}", "singularName": "", "namespaced": resource.namespaced}
        if each.group and each.name != "status":
            part |= {"group": each.group, "version": each.version}
        yield part | {"kind": each.kind, "verbs": sorted(each.verbs)}
