"""What must hold of a cluster when the hub is at rest, asked of the API server alone.

`faults` gives what differs from git; what must never change, whatever happens, is in `Foreign` and `Witness`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.controlplane import ControlPlane
from tests.controlplane.audit import Request
from tests.flows.soak_story import KINDS, NAMESPACES, Desired, Key, Story

FLEET = "acme"
OURS = "fleethub-system"
# Controllers copy a Service's labels to these.
COPIES = {"endpoints", "endpointslices"}
Metadata = Mapping[str, Any]


def faults(plane: ControlPlane, cluster: str, story: Story) -> list[str]:
    """Every way in which a cluster differs from what git wants; empty at rest. `cluster` is its name in the fleet."""
    desired = story.desired(cluster)
    live = _followed(plane)
    found = [f"{_name(key)} is missing" for key in sorted(desired.keys() - live.keys())]
    found += [f"{_name(key)} is left behind" for key in sorted(live.keys() - desired.keys())]
    for key in sorted(desired.keys() & live.keys()):
        found += [f"{_name(key)}: {fault}" for fault in _object_faults(live[key], desired[key], cluster, story)]
    maps = {each["metadata"]["name"]: each for each in plane.kube.list(f"/api/v1/namespaces/{OURS}/configmaps")}
    found += _inventory_faults(maps, desired, story.apps(cluster))
    found += _record_faults(maps, story.apps(cluster))
    return found


def _followed(plane: ControlPlane) -> dict[Key, Metadata]:
    """Every object of the monorepo's kinds that carries the fleet's label."""
    found: dict[Key, Metadata] = {}
    for kind in KINDS.values():
        group = kind.version.rpartition("/")[0]
        for body in plane.kube.list(f"{_root(kind.version)}/{kind.plural}", labelSelector=f"fleethub.dev/fleet={FLEET}"):
            key = Key(group, kind.plural, body["metadata"].get("namespace", ""), body["metadata"]["name"])
            if _is_ours(key, body["metadata"]):
                found[key] = body
    return found


def ours(plane: ControlPlane) -> dict[Key, Metadata]:
    """The metadata of every object, of whatever kind, that carries the fleet's label, but for the hub's own, and copies."""
    found = {Key(*key): metadata for key, metadata in plane.kube.everything().items()}
    return {key: metadata for key, metadata in found.items() if _is_ours(key, metadata)}


def _is_ours(key: Key, metadata: Metadata) -> bool:
    foreign = key.name.startswith("foreign-") or key.namespace == OURS or key.plural in COPIES
    return (metadata.get("labels") or {}).get("fleethub.dev/fleet") == FLEET and not foreign


def _object_faults(body: Mapping[str, Any], wanted: Desired, cluster: str, story: Story) -> Iterator[str]:
    # A list does not repeat what all its items are.
    yield from _differences(
        wanted.item.expected, {**body, "apiVersion": KINDS[wanted.item.kind].version, "kind": wanted.item.kind}, ""
    )
    for name in ("data", "rules"):  # all of it is ours
        if name in wanted.item.expected and body.get(name) != wanted.item.expected[name]:
            yield f"{name} is {body.get(name)}"
    annotations = body["metadata"].get("annotations") or {}
    owner = f"{cluster}/{wanted.app} {wanted.item.member}"
    if annotations.get("fleethub.dev/owner") != owner:
        yield f"its owner is {annotations.get('fleethub.dev/owner')!r}, not {owner!r}"
    if annotations.get("fleethub.dev/revision") not in story.commits:
        yield f"its revision is {annotations.get('fleethub.dev/revision')!r}"
    if not annotations.get("fleethub.dev/digest"):
        yield "it has no digest"
    if body["metadata"].get("deletionTimestamp"):
        yield "it is being deleted"


def _differences(wanted: Any, live: Any, path: str) -> Iterator[str]:
    """Where the live value does not hold what is wanted; a mapping may hold more."""
    if isinstance(wanted, dict) and isinstance(live, dict):
        for name, value in wanted.items():
            yield from _differences(value, live.get(name), f"{path}/{name}")
    elif isinstance(wanted, list) and isinstance(live, list) and len(wanted) == len(live):
        for place, value in enumerate(wanted):
            yield from _differences(value, live[place], f"{path}/{place}")
    elif wanted != live and not (wanted == {} and live is None):
        yield f"{path} is {live!r}, not {wanted!r}"


def _inventory_faults(maps: Mapping[str, Any], desired: Mapping[Key, Desired], apps: set[str]) -> Iterator[str]:
    listed: dict[str, set[str]] = {}
    for name, body in maps.items():
        if name.startswith(("app", "part")):
            listed.setdefault(body["data"]["app"], set()).update(body["data"]["members"].splitlines())
    for app in sorted(listed.keys() | apps):
        wanted = {each.item.member for each in desired.values() if each.app == app}
        if listed.get(app) != (wanted if app in apps else None):
            there = sorted(listed[app]) if app in listed else "not there"
            yield f"the Inventory of {app} is {there}, and git wants {sorted(wanted) if app in apps else 'none'}"


def _record_faults(maps: Mapping[str, Any], apps: set[str]) -> Iterator[str]:
    entries: dict[str, Any] = {}
    for name, body in maps.items():
        if name.startswith("record."):
            entries |= json.loads(body["data"]["apps.json"])
    for app in sorted(entries.keys() ^ apps):
        yield f"the Record has {'an entry' if app in entries else 'no entry'} for {app}"
    for app in sorted(entries.keys() & apps):
        last = entries[app]["outcomes"][-1][1]
        if last != "synced":
            yield f"the Record says that {app} is {last}"


class Foreign:
    """Objects of others, among ours: they are never touched."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane = plane
        self._bodies = dict(_foreign_bodies())
        for path, body in self._bodies.items():
            plane.kube.create(path.rpartition("/")[0], body).ok()
        self._before = self._now()

    def faults(self) -> list[str]:
        """Those whose UID or resourceVersion is not what it was."""
        now = self._now()
        return [
            f"foreign {path} is {now[path]}, and was {before}" for path, before in self._before.items() if now[path] != before
        ]

    def _now(self) -> dict[str, tuple[str, str]]:
        found = {path: self.plane.kube.get(path).body.get("metadata", {}) for path in self._bodies}
        return {path: (metadata.get("uid", ""), metadata.get("resourceVersion", "")) for path, metadata in found.items()}


def _foreign_bodies() -> Iterator[tuple[str, Any]]:
    copied = {"fleethub.dev/owner": f"soak-1/soak-1 ConfigMap {NAMESPACES[0]}/another", "fleethub.dev/digest": "0"}
    yield "/api/v1/namespaces/foreign-space", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "foreign-space"}}
    for namespace in (*NAMESPACES, "foreign-space"):
        for kind in ("ConfigMap", "Secret", "Role"):
            path = f"{_root(KINDS[kind].version)}/namespaces/{namespace}/{KINDS[kind].plural}"
            body = {"apiVersion": KINDS[kind].version, "kind": kind, "metadata": {"name": f"foreign-{kind.lower()}"}}
            yield f"{path}/{body['metadata']['name']}", {**body, **KINDS[kind].fields("foreign", 1)}  # type: ignore[index]
        # Our label, and a mark that names another object: as controllers copy them.
        metadata = {"name": "foreign-copy", "labels": {"fleethub.dev/fleet": FLEET}, "annotations": copied}
        copy = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
        yield f"/api/v1/namespaces/{namespace}/configmaps/foreign-copy", copy


class Witness:
    """Remembers which objects there were, and what the hub may ever have written."""

    def __init__(self, plane: ControlPlane, cluster: str) -> None:
        self.plane = plane
        self.cluster = cluster
        self.uids: dict[Key, str] = {}
        self.wanted: set[Key] = set()
        self._mark = plane.audit_mark()

    def commit(self, story: Story) -> None:
        """Git wants these now."""
        self.wanted |= story.desired(self.cluster).keys()

    def rest(self, story: Story) -> list[str]:
        """At rest: nothing else is ours, what survived has its UID, and nothing was written that was never git's."""
        surviving, desired = story.surviving[self.cluster], story.desired(self.cluster)
        now = {key: str(metadata["uid"]) for key, metadata in ours(self.plane).items()}
        left = [f"{_name(key)} is left behind" for key in now.keys() - desired.keys()]
        kept = [key for key in surviving if key in self.uids]
        lost = [f"{_name(key)} has another UID than before" for key in kept if now.get(key) != self.uids[key]]
        strange = [f"the hub sent {each.verb} {each.uri} ({each.code})" for each in self._writes() if self._is_strange(each)]
        self.uids, self._mark = now, self.plane.audit_mark()
        return [*left, *lost, *strange]

    def _writes(self) -> list[Request]:
        return [each for each in self.plane.audit_since(self._mark, agent="fleethub") if each.is_write]

    def _is_strange(self, request: Request) -> bool:
        if request.namespace == OURS or (request.resource == "namespaces" and request.name in ("", OURS)):
            return request.resource not in ("configmaps", "leases", "namespaces")
        # A Namespace's own requests carry its name as their namespace.
        namespace = "" if request.resource == "namespaces" else request.namespace
        return Key(request.group, request.resource, namespace, request.name) not in self.wanted


def lease_time(plane: ControlPlane) -> str:
    """When the hub renewed its lease last; empty when it has none."""
    body = plane.kube.get(f"/apis/coordination.k8s.io/v1/namespaces/{OURS}/leases/fleethub").body
    spec = body.get("spec") or {}
    return f"{spec.get('holderIdentity')} {spec.get('renewTime')}"


def is_busy(plane: ControlPlane, mark: int) -> list[str]:
    """What the hub wrote since a mark, but for its lease."""
    requests = plane.audit_since(mark, agent="fleethub")
    return [f"{each.verb} {each.uri}" for each in requests if each.is_write and each.resource != "leases"]


def meddle(plane: ControlPlane, key: Key) -> None:
    """Edit a managed field of one of ours as somebody at a terminal would; one that is not there (yet) is left."""
    changes: Mapping[str, Any] = {
        "configmaps": {"data": {"value": "meddled"}},
        "secrets": {"data": {"password": "bWVkZGxlZA=="}},
        "services": {"spec": {"selector": {"app": "meddled"}}},
        "serviceaccounts": {"metadata": {"annotations": {"example.com/edition": "meddled"}}},
        "roles": {"rules": []},
        "ingresses": {"metadata": {"annotations": {"example.com/edition": "meddled"}}},
        "deployments": {"spec": {"replicas": 4}},
    }
    if key.plural in changes:
        plane.kube.patch(_path(key), changes[key.plural], kind="merge", fieldManager="kubectl-edit")


def _path(key: Key) -> str:
    version = next(kind.version for kind in KINDS.values() if kind.plural == key.plural)
    namespace = f"/namespaces/{key.namespace}" if key.namespace else ""
    return f"{_root(version)}{namespace}/{key.plural}/{key.name}"


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _name(key: Key) -> str:
    return "/".join(part for part in (key.plural, key.namespace, key.name) if part)
