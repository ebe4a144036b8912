"""Live objects to judge, and the judgement by the check that the hub would take."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from fleet.health import assess
from fleet.health.rules import BUILTINS
from fleet.hooks import HealthContext
from fleet.hooks.registry import load
from fleet.model.health import Health
from fleet.model.keys import ObjectKey

REGISTRY = load(BUILTINS)
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)

Body = Mapping[str, Any]


def judge(live: Body, *related: Body, **facts: Any) -> Health:
    """The Health of an object by the built-in rule of its kind."""
    check = REGISTRY.health_check(ObjectKey.of(live).group_kind)
    context = HealthContext(live=live, related={ObjectKey.of(body): body for body in related}, now=NOW, **facts)
    return assess(context, check)


def said(health: Health) -> tuple[str, str]:
    """State and reason, as tables of cases write them."""
    return str(health.state), health.reason


def live(kind: str, *, spec: Body | None = None, status: Body | None = None, **metadata: Any) -> dict[str, Any]:
    """An object at generation 1; `kind` is written `apps/v1 Deployment`."""
    api_version, _, name = kind.partition(" ")
    body = {"apiVersion": api_version, "kind": name, "metadata": {"name": "it", "uid": "u-it", "generation": 1, **metadata}}
    return {**body, **({"spec": spec} if spec is not None else {}), **({"status": status} if status is not None else {})}


def condition(text: str, message: str = "", **more: Any) -> dict[str, Any]:
    """A condition, written `Ready=False` or `Ready=False Reason`."""
    head, _, reason = text.partition(" ")
    name, _, status = head.partition("=")
    return {"type": name, "status": status, "reason": reason, "message": message, **more}


def conditions(*texts: str) -> list[dict[str, Any]]:
    """Several of them."""
    return [condition(text) for text in texts]


def told(text: str, message: str = "", since: str = "2026-11-23T11:59:00Z") -> dict[str, Any]:
    """A condition that says since when."""
    return condition(text, message, lastTransitionTime=since)


def of(kind: str, *found: Body, spec: Body | None = None, status: Body | None = None, **metadata: Any) -> dict[str, Any]:
    """An object with these conditions in its status."""
    return live(kind, spec=spec or {}, status={**({"conditions": list(found)} if found else {}), **(status or {})}, **metadata)


def pod(name: str, owner: str, *, waiting: str = "", message: str = "") -> dict[str, Any]:
    """A Pod that another object controls, with one container that waits."""
    containers: Iterable[Any] = (
        [{"name": "main", "state": {"waiting": {"reason": waiting, "message": message}}}] if waiting else []
    )
    body = live("v1 Pod", status={"phase": "Pending", "containerStatuses": list(containers)}, name=name, uid=f"u-{name}")
    body["metadata"]["ownerReferences"] = [{"uid": owner, "controller": True}]
    return body
