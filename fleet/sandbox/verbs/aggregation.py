"""APIServices: groups that another server answers for. In a sandbox there is none, so such a group is always down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.storage import Change
from fleet.sandbox.verbs.state import ClusterState

SERVICES = "apiregistration.k8s.io/apiservices"


def react(state: ClusterState, resource: str, change: Change) -> None:
    """Keep in mind which groups have a server that does not answer."""
    if resource == SERVICES:
        note(state, change.after.parsed(), gone=change.kind == "DELETED")


def note(state: ClusterState, body: Mapping[str, Any], *, gone: bool = False) -> None:
    """Take an APIService down, or off."""
    spec = body.get("spec") or {}
    if not spec.get("service"):
        return
    place = (spec.get("group", ""), spec.get("version", ""))
    if gone:
        state.catalogue.absent.discard(place)
    else:
        state.catalogue.absent.add(place)
    state.catalogue.edition += 1
