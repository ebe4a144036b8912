"""Namespaces that go: emptied first, as the namespace controller does it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from fleet.sandbox.storage import Change, Stored
from fleet.sandbox.verbs.admission import NAMESPACES
from fleet.sandbox.verbs.garbage import discard
from fleet.sandbox.verbs.state import ClusterState, now


def react(state: ClusterState, resource: str, change: Change) -> None:
    """Note that a Namespace is to be emptied, or that one has become emptier."""
    after = change.after
    if resource == NAMESPACES:
        if change.kind == "DELETED":
            state.terminating.discard(after.name)
        elif after.deleting:
            state.terminating.add(after.name)
            state.later(lambda: _empty(state, after.name))
    elif after.namespace in state.terminating and change.kind == "DELETED":
        state.later(lambda: _finalize(state, after.namespace))


def _empty(state: ClusterState, name: str) -> None:
    for resource, found in list(state.store.everything(name)):
        if state.store.get(resource, found.namespace, found.name) and not found.deleting:
            discard(state, resource, found)
    _finalize(state, name)


def _finalize(state: ClusterState, name: str) -> None:
    """Let a Namespace go in which nothing is left."""
    found = state.store.get(NAMESPACES, "", name)
    if found is None or not found.deleting:
        return
    left = list(state.store.everything(name))
    if left:
        _explain(state, found, left)
        return
    body = found.parsed()
    (body.get("spec") or {}).pop("finalizers", None)
    if body["metadata"].get("finalizers"):
        state.store.put(NAMESPACES, body)
    else:
        state.store.drop(NAMESPACES, found, body)


def _explain(state: ClusterState, found: Stored, left: list[tuple[str, Stored]]) -> None:
    """Say in the Namespace's status what it waits for."""
    kinds = Counter(_qualified(resource) for resource, _ in left)
    remain = ", ".join(f"{kind} has {count} resource instances" for kind, count in sorted(kinds.items()))
    held = Counter(finalizer for _, each in left for finalizer in each.metadata().get("finalizers") or ())
    waits = ", ".join(f"{finalizer} in {count} resource instances" for finalizer, count in sorted(held.items()))
    body = found.parsed()
    before = {each["type"]: each for each in body["status"].get("conditions") or ()}
    conditions = [
        ("NamespaceDeletionDiscoveryFailure", "False", "ResourcesDiscovered", "All resources successfully discovered"),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        ("NamespaceDeletionContentFailure", "False", "ContentDeleted", _DELETED),
        ("NamespaceContentRemaining", "True", "SomeResourcesRemain", f"Some resources are remaining: {remain}"),
    ]
    if waits:
        words = f"Some content in the namespace has finalizers remaining: {waits}"
        conditions.append(("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", words))
    told = [_condition(before, each) for each in conditions]
    if body["status"].get("conditions") != told:
        body["status"]["conditions"] = told
        state.store.put(NAMESPACES, body)


_DELETED = "All content successfully deleted, may be waiting on finalization"


def _condition(before: Mapping[str, Mapping[str, str]], said: tuple[str, str, str, str]) -> dict[str, str]:
    """A condition; one that says what it said keeps its time."""
    kind, status, reason, message = said
    old = before.get(kind) or {}
    since = old["lastTransitionTime"] if old.get("status") == status else now()
    return {"type": kind, "status": status, "lastTransitionTime": since, "reason": reason, "message": message}


def _qualified(resource: str) -> str:
    group, _, plural = resource.partition("/")
    return f"{plural}.{group}"
