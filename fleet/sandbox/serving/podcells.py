"""What kubectl shows of a Pod; source: `printPod` of Kubernetes' `pkg/printers/internalversion`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from fleet.sandbox.serving.ages import age

_NONE = "<none>"


def pod(body: dict[str, Any], now: datetime) -> Sequence[Any]:
    """The cells of a Pod."""
    metadata, spec, status = body["metadata"], body.get("spec") or {}, body.get("status") or {}
    states = status.get("containerStatuses") or []
    ready = sum(bool(each.get("ready")) for each in states)
    row = [metadata["name"], f"{ready}/{len(spec.get('containers') or ())}", _state(body), _restarts(states, now)]
    row += [age(metadata.get("creationTimestamp"), now), status.get("podIP") or _NONE, spec.get("nodeName") or _NONE]
    return [*row, status.get("nominatedNodeName") or _NONE, _gates(spec, status)]


def _state(body: dict[str, Any]) -> str:
    status = body.get("status") or {}
    word = status.get("reason") or status.get("phase") or ""
    for state in reversed(status.get("initContainerStatuses") or ()):
        if reason := _reason(state):
            word = f"Init:{reason}"
    for state in reversed(status.get("containerStatuses") or ()):
        word = _reason(state) or word
    return "Terminating" if body["metadata"].get("deletionTimestamp") else str(word)


def _reason(container: dict[str, Any]) -> str:
    state = container.get("state") or {}
    waiting, ended = state.get("waiting") or {}, state.get("terminated") or {}
    if waiting.get("reason"):
        return str(waiting["reason"])
    if ended.get("reason"):
        return str(ended["reason"])
    return f"ExitCode:{ended['exitCode']}" if ended else ""


def _restarts(states: Sequence[dict[str, Any]], now: datetime) -> str:
    count = sum(each.get("restartCount", 0) for each in states)
    ends = [((each.get("lastState") or {}).get("terminated") or {}).get("finishedAt") for each in states]
    last = max((end for end in ends if end), default=None)
    return f"{count} ({age(last, now)} ago)" if count and last else str(count)


def _gates(spec: dict[str, Any], status: dict[str, Any]) -> str:
    gates = [each["conditionType"] for each in spec.get("readinessGates") or ()]
    if not gates:
        return _NONE
    held = {each["type"] for each in status.get("conditions") or () if each["status"] == "True"}
    return f"{sum(gate in held for gate in gates)}/{len(gates)}"
