"""CustomResourceDefinitions: what they define is served at once, and no longer when they go."""

from __future__ import annotations

from functools import partial
from typing import Any

from fleet.sandbox.resources.resource import Custom, Resource, Subresource, make
from fleet.sandbox.storage import Change, Stored
from fleet.sandbox.verbs import naming, shaping
from fleet.sandbox.verbs.deleting import CLEANUP
from fleet.sandbox.verbs.ending import finish
from fleet.sandbox.verbs.garbage import discard
from fleet.sandbox.verbs.state import ClusterState, Options, Target

DEFINITIONS = "apiextensions.k8s.io/customresourcedefinitions"
_ALL = frozenset({"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"})
_PART = frozenset({"get", "patch", "update"})


def react(state: ClusterState, resource: str, change: Change) -> None:
    """Serve what is defined; note that a definition is to be accepted, or its objects to go."""
    if resource == DEFINITIONS:
        _definition_changed(state, change)
    elif change.kind == "DELETED" and state.going:
        state.later(lambda: _cleaned(state, resource))


def _definition_changed(state: ClusterState, change: Change) -> None:
    name = change.after.name
    if change.kind == "DELETED":
        state.catalogue.withdraw(name)
        state.going.pop(name, None)
        _end_watches(state, name)
        for other in _of_group(state, change.after.parsed()["spec"]["group"], name):
            state.later(partial(_accept, state, other["metadata"]["name"]))
        return
    body = change.after.parsed()
    if "deletionTimestamp" in body["metadata"]:
        if name not in state.going:
            state.going[name] = f"{body['spec']['group']}/{body['spec']['names']['plural']}"
            state.later(lambda: _clean(state, name))
        return
    if change.before is None or change.before.parsed().get("spec") != body.get("spec"):
        state.catalogue.withdraw(name)
        # Whatever changes in it, a real server takes down what served its kind and builds it anew.
        _end_watches(state, name)
        if _naming(state, body)[1] is None:
            state.catalogue.serve(resources_of(body))
    if not established(body):
        state.later(lambda: _accept(state, name))


def _end_watches(state: ClusterState, definition: str) -> None:
    for told in state.on_withdrawn:
        told(definition)


def resources_of(body: dict[str, Any]) -> list[Resource]:
    """The resources that a definition defines, one per served version, the preferred version first."""
    spec = body["spec"]
    storage = next((version["name"] for version in spec["versions"] if version.get("storage")), "")
    versions = sorted((version for version in spec["versions"] if version.get("served")), key=_priority)
    return [_resource(body["metadata"]["name"], spec, version, storage) for version in versions]


def _priority(version: dict[str, Any]) -> tuple[int, int, int, str]:
    """The order of versions: stable before beta before alpha, the higher first, others after them by name."""
    rest = version["name"].removeprefix("v")
    for rank, word in enumerate(("", "beta", "alpha")):
        major, _, minor = rest.partition(word) if word else (rest, "", "")
        if major.isdecimal() and (minor.isdecimal() if word else not minor):
            return rank, -int(major), -int(minor or 0), ""
    return 3, 0, 0, version["name"]


def _resource(definition: str, spec: dict[str, Any], version: dict[str, Any], storage: str) -> Resource:
    names, subresources = spec["names"], version.get("subresources") or {}
    parts = {}
    if "status" in subresources:
        parts["status"] = _part("status", spec["group"], version["name"], names["kind"])
    if "scale" in subresources:
        parts["scale"] = _part("scale", "autoscaling", "v1", "Scale")
    return make(
        group=spec["group"],
        version=version["name"],
        plural=names["plural"],
        singular=names.get("singular") or names["kind"].lower(),
        kind=names["kind"],
        list_kind=names.get("listKind") or f"{names['kind']}List",
        namespaced=spec["scope"] == "Namespaced",
        verbs=_ALL,
        short_names=tuple(names.get("shortNames") or ()),
        categories=tuple(names.get("categories") or ()),
        subresources=parts,
        storage_version=f"{spec['group']}/{storage}",
        custom=Custom(definition=definition, version=version, scale=subresources.get("scale")),
    )


def _part(name: str, group: str, version: str, kind: str) -> Subresource:
    return Subresource(name=name, verbs=_PART, group=group, version=version, kind=kind)


def established(body: dict[str, Any]) -> bool:
    """Whether a definition's names stand in its status as it wants them."""
    status = body.get("status") or {}
    conditions = {each["type"]: each["status"] for each in status.get("conditions") or ()}
    return conditions.get("Established") == "True" and status.get("acceptedNames") == body["spec"]["names"]


def _accept(state: ClusterState, name: str) -> None:
    found = state.store.get(DEFINITIONS, "", name)
    if found is None:
        return
    body = found.parsed()
    if established(body) or "deletionTimestamp" in body["metadata"]:
        return
    status = body["status"] = dict(body.get("status") or {})
    status["acceptedNames"], conflict = _naming(state, body)
    if conflict and any(each.get("reason") == conflict[0] for each in status.get("conditions") or ()):
        return
    kept = [each for each in status.get("conditions") or () if each["type"] not in ("NamesAccepted", "Established")]
    status["conditions"] = [*kept, *naming.conditions(conflict)]
    if conflict is None and not state.catalogue.of_kind(body["spec"]["group"], body["spec"]["names"]["kind"]):
        state.catalogue.serve(resources_of(body))
    served = state.catalogue.stored_as(DEFINITIONS)
    if served is not None:
        options = Options(manager="kube-apiserver", subresource="status")
        state.store.put(DEFINITIONS, shaping.updated(served, found.parsed(), body, options))


def _naming(state: ClusterState, body: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, str] | None]:
    others = _of_group(state, body["spec"]["group"], body["metadata"]["name"])
    return naming.accepted(body["spec"]["names"], [(other.get("status") or {}).get("acceptedNames") or {} for other in others])


def _of_group(state: ClusterState, group: str, name: str) -> list[dict[str, Any]]:
    """The other definitions of a group."""
    bodies = (found.parsed() for found in state.store.collection(DEFINITIONS).ordered() if found.name != name)
    return [body for body in bodies if body["spec"]["group"] == group]


def _clean(state: ClusterState, name: str) -> None:
    storage = state.going.get(name)
    if storage is None:
        return
    for found in list(state.store.collection(storage).ordered()):
        if not found.deleting:
            discard(state, storage, found)
    _cleaned(state, storage)


def _cleaned(state: ClusterState, storage: str) -> None:
    """Let definitions go whose last object is gone."""
    for name, kept_as in list(state.going.items()):
        found = state.store.get(DEFINITIONS, "", name)
        if kept_as != storage or found is None or state.store.collection(storage).objects:
            continue
        _release(state, found)


def _release(state: ClusterState, found: Stored) -> None:
    served = state.catalogue.of_kind("apiextensions.k8s.io", "CustomResourceDefinition")
    body = found.parsed()
    metadata = body["metadata"]
    finalizers = metadata.get("finalizers") or []
    if served is None or CLEANUP not in finalizers:
        return
    metadata["finalizers"] = [each for each in finalizers if each != CLEANUP]
    if not metadata["finalizers"]:
        del metadata["finalizers"]
    target = Target(resource=served, namespace="", name=found.name)
    if not finish(state, target, found, body):
        state.store.put(DEFINITIONS, body)
