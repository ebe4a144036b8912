"""Pods as the kubelet writes their status, to be judged by themselves or as an owner's."""

from __future__ import annotations

from typing import Any

from tests.health.objects import Body, condition, live

START = "2026-11-23T11:59:00Z"
LONG_AGO = "2026-11-23T11:45:00Z"


def running(name: str = "main", *, ready: bool = False, started: bool = True, restarts: int = 0, last: Body | None = None) -> Any:
    """The status of a container that runs; `last` says how its last run ended."""
    state = {"running": {"startedAt": START}}
    return container(name, state, ready=ready, started=started, restarts=restarts, last=last)


def waits(reason: str, message: str = "", *, name: str = "main", restarts: int = 0, last: Body | None = None) -> Any:
    """The status of a container that waits."""
    return container(name, {"waiting": {"reason": reason, "message": message}}, restarts=restarts, last=last)


def ended(code: int, *, name: str = "main", reason: str = "Error", message: str = "") -> dict[str, Any]:
    """The status of a container that has ended."""
    end = {"exitCode": code, "reason": reason, "message": message, "startedAt": START, "finishedAt": START}
    return container(name, {"terminated": end})


def container(name: str, state: Body, *, last: Body | None = None, restarts: int = 0, **more: Any) -> dict[str, Any]:
    """One entry of `containerStatuses`, with the fields that the kubelet always writes."""
    before = {"terminated": last} if last else {}
    whole = {"name": name, "image": "shop:1", "imageID": "", "ready": False, "started": False, **more}
    return {**whole, "restartCount": restarts, "state": state, "lastState": before}


def pod(*containers: Body, phase: str = "Running", init: list[Body] | None = None, spec: Body | None = None, **more: Any) -> Any:
    """A Pod with a node whose containers are not all ready.

    Of `more`, `since` says since when, `found` are further conditions, `status` further fields of it, `owner` is its
    controller's UID; the rest is metadata.
    """
    since, found, owner = more.pop("since", START), more.pop("found", []), more.pop("owner", "")
    ready = condition("Ready=False ContainersNotReady", "containers with unready status: [main]", lastTransitionTime=since)
    status: dict[str, Any] = {
        "phase": phase,
        "conditions": [condition("PodScheduled=True"), ready, *found],
        "containerStatuses": list(containers),
        "initContainerStatuses": init or [],
        **more.pop("status", {}),
    }
    if owner:
        more["ownerReferences"] = [{"uid": owner, "controller": True}]
    return live("v1 Pod", spec=spec or {}, status=status, **{"creationTimestamp": LONG_AGO, **more})
