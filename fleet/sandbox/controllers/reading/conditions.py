"""Conditions in a status: found by type, and put there as the controllers of Kubernetes do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from fleet.sandbox.controllers.reading.fields import Object, status

Condition: TypeAlias = Mapping[str, Any]


def conditions(obj: Object) -> list[Condition]:
    """The conditions of an object's status."""
    return list(status(obj).get("conditions") or ())


def find(among: Iterable[Condition], kind: str) -> Condition:
    """The condition of this type; empty where there is none."""
    return next((each for each in among if each.get("type") == kind), {})


def holds(obj: Object, kind: str) -> bool:
    """Whether the object has this condition and it is True."""
    return find(conditions(obj), kind).get("status") == "True"


def without(among: Iterable[Condition], kind: str) -> list[Condition]:
    """All but the condition of this type."""
    return [each for each in among if each.get("type") != kind]


def moved_last(among: Iterable[Condition], new: Condition) -> list[Condition]:
    """Set a condition as Deployments and ReplicaSets do.

    Of the same status and reason it stays as it is; otherwise it goes to the end, and keeps its lastTransitionTime while its
    status is the same.
    """
    before = list(among)
    old = find(before, new["type"])
    if old and (old["status"], old.get("reason")) == (new["status"], new.get("reason")):
        return before
    since = old["lastTransitionTime"] if old and old["status"] == new["status"] else new["lastTransitionTime"]
    return [*without(before, new["type"]), {**new, "lastTransitionTime": since}]


def in_place(among: Iterable[Condition], new: Condition) -> list[Condition]:
    """Set a condition as Pods, Jobs and autoscalers do: where it stands, with its lastTransitionTime while its status stays."""
    before = list(among)
    old = find(before, new["type"])
    if not old:
        return [*before, new]
    since = old.get("lastTransitionTime") if old["status"] == new["status"] else new["lastTransitionTime"]
    return [{**new, "lastTransitionTime": since} if each is old else each for each in before]
