"""Namespaces that go: emptied first, as the namespace controller does it."""

from __future__ import annotations

from fleet.sandbox.storage import Change
from fleet.sandbox.verbs.admission import NAMESPACES
from fleet.sandbox.verbs.garbage import discard
from fleet.sandbox.verbs.state import ClusterState


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
    if found is None or next(iter(state.store.everything(name)), None) is not None:
        return
    body = found.parsed()
    (body.get("spec") or {}).pop("finalizers", None)
    if body["metadata"].get("finalizers"):
        state.store.put(NAMESPACES, body)
    else:
        state.store.drop(NAMESPACES, found, body)
