"""What becomes of dependents when their owner goes, after the garbage collector of kube-controller-manager.

Background: the owner goes first. Foreground: it waits for those that block it. Orphan: they lose their reference and stay.
"""

from __future__ import annotations

from typing import Any

from fleet.errors import ApiStatus
from fleet.sandbox.storage import Change, Stored
from fleet.sandbox.storage.store import owners
from fleet.sandbox.verbs.deleting import FOREGROUND, ORPHAN, DeleteOptions, delete
from fleet.sandbox.verbs.ending import finish
from fleet.sandbox.verbs.state import ClusterState, Target


def react(state: ClusterState, resource: str, change: Change) -> None:
    """Note what follows from a change."""
    after = change.after
    if change.kind == "DELETED":
        if state.store.owned_by(after.uid):
            state.later(lambda: _owner_gone(state, after.uid))
        if after.owned and state.waiting:
            state.later(lambda: _dependent_gone(state, after))
        return
    if after.deleting and (b'"orphan"' in after.data or b'"foregroundDeletion"' in after.data):
        state.later(lambda: _owner_waits(state, resource, after.namespace, after.name))
    if after.owned and (change.before is None or not change.before.owned):
        state.later(lambda: _look_at(state, resource, after.namespace, after.name))


def _owner_gone(state: ClusterState, uid: str) -> None:
    for resource, namespace, name in state.store.owned_by(uid):
        _look_at(state, resource, namespace, name)


def _dependent_gone(state: ClusterState, gone: Stored) -> None:
    for uid in owners(gone.parsed()):
        if place := state.waiting.get(uid):
            _owner_waits(state, *place)


def _look_at(state: ClusterState, resource: str, namespace: str, name: str) -> None:
    """Delete an object all of whose owners are gone; take off the references to those that are, where one is left."""
    found = state.store.get(resource, namespace, name)
    if found is None or not found.owned:
        return
    body = found.parsed()
    if "deletionTimestamp" in body["metadata"]:
        return
    references = body["metadata"]["ownerReferences"]
    standing = [each for each in references if _stands(state, namespace, each)]
    if len(standing) == len(references):
        return
    if standing:
        body["metadata"]["ownerReferences"] = standing
        state.store.put(resource, body)
        return
    discard(state, resource, found)


def _stands(state: ClusterState, namespace: str, reference: dict[str, Any]) -> bool:
    group, _, version = reference["apiVersion"].rpartition("/")
    resource = state.catalogue.of_kind(group, reference["kind"], version)
    if resource is None:
        # Which objects there are of a kind that is not served, nobody can tell: nothing is collected.
        return True
    owner = state.store.get(resource.storage, namespace if resource.namespaced else "", reference["name"])
    return owner is not None and owner.uid == reference["uid"]


def discard(state: ClusterState, resource: str, found: Stored, *, propagation: str = "Background") -> None:
    """Delete an object for the cluster's own reasons; one that is gone already is as good."""
    served = state.catalogue.stored_as(resource)
    if served is None:
        return
    target = Target(resource=served, namespace=found.namespace, name=found.name)
    try:
        delete(state, target, DeleteOptions(propagation=propagation, uid=found.uid))
    except ApiStatus:
        return


def _owner_waits(state: ClusterState, resource: str, namespace: str, name: str) -> None:
    """Let an owner go on that was deleted in the foreground, or orphaning, as far as its dependents let it."""
    found = state.store.get(resource, namespace, name)
    if found is None:
        return
    body = found.parsed()
    finalizers = body["metadata"].get("finalizers") or []
    if "deletionTimestamp" not in body["metadata"]:
        return
    if ORPHAN in finalizers:
        _orphan_dependents(state, found.uid)
        _take_off(state, resource, found, ORPHAN)
    elif FOREGROUND in finalizers:
        state.waiting[found.uid] = (resource, namespace, name)
        if not _blocked(state, found.uid):
            state.waiting.pop(found.uid, None)
            _take_off(state, resource, found, FOREGROUND)


def _blocked(state: ClusterState, uid: str) -> bool:
    """Delete an owner's dependents; tell whether one that blocks it is still there."""
    for place in state.store.owned_by(uid):
        found = state.store.get(*place)
        if found is None or found.deleting:
            continue
        discard(state, place[0], found, propagation="Foreground" if state.store.owned_by(found.uid) else "Background")
    return any(_blocks(state, place, uid) for place in state.store.owned_by(uid))


def _blocks(state: ClusterState, place: tuple[str, str, str], uid: str) -> bool:
    found = state.store.get(*place)
    if found is None:
        return False
    references = found.parsed()["metadata"]["ownerReferences"]
    return any(each["uid"] == uid and each.get("blockOwnerDeletion") for each in references)


def _orphan_dependents(state: ClusterState, uid: str) -> None:
    for place in state.store.owned_by(uid):
        found = state.store.get(*place)
        if found is None:
            continue
        body = found.parsed()
        left = [each for each in body["metadata"]["ownerReferences"] if each["uid"] != uid]
        if left:
            body["metadata"]["ownerReferences"] = left
        else:
            del body["metadata"]["ownerReferences"]
        state.store.put(place[0], body)


def _take_off(state: ClusterState, resource: str, found: Stored, finalizer: str) -> None:
    served = state.catalogue.stored_as(resource)
    if served is None:
        return
    body = found.parsed()
    metadata = body["metadata"]
    metadata["finalizers"] = [each for each in metadata["finalizers"] if each != finalizer]
    if not metadata["finalizers"]:
        del metadata["finalizers"]
    if not finish(state, Target(resource=served, namespace=found.namespace, name=found.name), found, body):
        state.store.put(resource, body)
