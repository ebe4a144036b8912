"""The status of a Pod in each of its states, as a kubelet writes it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from fleet.sandbox.controllers.reading.conditions import conditions, in_place
from fleet.sandbox.controllers.reading.fields import Object, name, namespace, spec, status, uid
from fleet.sandbox.controllers.reading.instants import stamp
from fleet.sandbox.controllers.reading.kinds import NODE
from fleet.sandbox.controllers.reading.turns import Turn
from fleet.sandbox.controllers.settings import Fate

Container: TypeAlias = Mapping[str, Any]
State: TypeAlias = dict[str, Any]

_UNREADY = "ContainersNotReady", "containers with unready status: [{}]"
RESTARTS = 5


def running(turn: Turn, *, ready: bool) -> dict[str, Any]:
    """Its containers run; ready ones answer."""
    begun = _begun(turn)

    def of(container: Container) -> State:
        return _container(container, {"running": {"startedAt": begun}}, ready=ready, started=True)

    whole = {**_whole(turn, "Running", of, unready=() if ready else _names(turn)), **_addresses(turn)}
    return {**whole, "initContainerStatuses": _initialized(turn, begun)} if _inits(turn) else whole


def unpulled(turn: Turn) -> dict[str, Any]:
    """The image of a container cannot be had; the others wait to be created."""
    bad = {each["name"] for each in of_fate(turn, Fate.PULL_FAILS)}

    def of(container: Container) -> State:
        if container["name"] not in bad:
            return _container(container, {"waiting": {"reason": "ContainerCreating"}})
        message = f'Back-off pulling image "{container["image"]}"'
        return _container(container, {"waiting": {"message": message, "reason": "ImagePullBackOff"}})

    return _whole(turn, "Pending", of, unready=_names(turn))


def crashing(turn: Turn) -> dict[str, Any]:
    """A container has ended with an error again and again, and waits to be started once more."""
    bad = {each["name"] for each in (*of_fate(turn, Fate.CRASHES), *of_fate(turn, Fate.FAILS))}
    begun = _begun(turn)
    ended = _terminated(begun, code=1, reason="Error")

    def of(container: Container) -> State:
        if container["name"] not in bad:
            return _container(container, {"running": {"startedAt": begun}}, ready=True, started=True)
        pod = f"{name(turn.live)}_{namespace(turn.live)}({uid(turn.live)})"
        message = f"back-off 1m20s restarting failed container={container['name']} pod={pod}"
        waiting = _container(container, {"waiting": {"message": message, "reason": "CrashLoopBackOff"}})
        return {**waiting, "lastState": ended, "restartCount": RESTARTS}

    whole = _whole(turn, "Running", of, unready=[each for each in _names(turn) if each in bad])
    return {**whole, **_addresses(turn)}


def failed(turn: Turn) -> dict[str, Any]:
    """Its containers have ended, one with an error, and are not restarted."""
    bad = {each["name"] for each in (*of_fate(turn, Fate.FAILS), *of_fate(turn, Fate.CRASHES))}
    begun = _begun(turn)

    def of(container: Container) -> State:
        code = int(container["name"] in bad)
        return _container(container, _terminated(begun, code=code, reason="Error" if code else "Completed"))

    return _whole(turn, "Failed", of, unready=_names(turn), because="PodFailed")


def succeeded(turn: Turn) -> dict[str, Any]:
    """Its containers have ended well."""
    begun = _begun(turn)

    def of(container: Container) -> State:
        return _container(container, _terminated(begun, now=stamp(turn.now)))

    whole = _whole(turn, "Succeeded", of, unready=_names(turn), because="PodCompleted")
    kept = {field: status(turn.live)[field] for field in ("podIP", "podIPs", "hostIP", "hostIPs") if field in status(turn.live)}
    return {**whole, **kept}


def of_fate(turn: Turn, fate: Fate) -> list[Container]:
    """The containers of a Pod that end so."""
    return [each for each in spec(turn.live).get("containers") or () if turn.settings.fate(each.get("image", "")) == fate]


def _names(turn: Turn) -> list[str]:
    return [each["name"] for each in spec(turn.live).get("containers") or ()]


def _inits(turn: Turn) -> list[Container]:
    return list(spec(turn.live).get("initContainers") or ())


def _begun(turn: Turn) -> str:
    return str(status(turn.live).get("startTime") or stamp(turn.now))


def _terminated(begun: str, *, code: int = 0, reason: str = "Completed", now: str = "") -> State:
    return {"terminated": {"exitCode": code, "finishedAt": now or begun, "reason": reason, "startedAt": begun}}


def _container(container: Container, state: State, *, ready: bool = False, started: bool = False) -> State:
    return {
        "name": container["name"],
        "state": state,
        "lastState": {},
        "ready": ready,
        "restartCount": 0,
        "image": container.get("image", ""),
        "imageID": "",
        "started": started,
    }


def _initialized(turn: Turn, begun: str) -> list[State]:
    """Init containers have done their work; sidecars go on."""
    done = _terminated(begun)
    sides = {each["name"] for each in _inits(turn) if each.get("restartPolicy") == "Always"}
    return [
        _container(each, {"running": {"startedAt": begun}}, ready=True, started=True)
        if each["name"] in sides
        else {**_container(each, done, ready=True), "started": False}
        for each in _inits(turn)
    ]


def _whole(
    turn: Turn, phase: str, of: Callable[[Container], State], *, unready: list[str] | tuple[()], because: str = ""
) -> dict[str, Any]:
    found = conditions(turn.live)
    for kind in ("Initialized", "Ready", "ContainersReady"):
        about = unready if kind in ("Ready", "ContainersReady") else []
        found = in_place(found, _condition(turn, kind, about, because))
    for gate in spec(turn.live).get("readinessGates") or ():
        found = in_place(found, _condition(turn, gate["conditionType"], [], ""))
    containers = [of(each) for each in spec(turn.live).get("containers") or ()]
    own = {"phase": phase, "conditions": found, "startTime": _begun(turn), "containerStatuses": containers}
    return {**status(turn.live), **own}


def _condition(turn: Turn, kind: str, unready: list[str] | tuple[()], because: str) -> dict[str, Any]:
    told = {"type": kind, "status": "False" if unready else "True", "lastProbeTime": None, "lastTransitionTime": stamp(turn.now)}
    if unready:
        told["reason"] = because or _UNREADY[0]
        if not because:
            told["message"] = _UNREADY[1].format(" ".join(unready))
    return told


def _addresses(turn: Turn) -> dict[str, Any]:
    """Addresses that stay the same for the life of a Pod, made up of its UID."""
    host = _node_address(turn)
    digest = hashlib.blake2b(uid(turn.live).encode(), digest_size=3).digest()
    own = host if spec(turn.live).get("hostNetwork") else f"10.{128 + digest[0] % 64}.{digest[1]}.{1 + digest[2] % 254}"
    on_host = {"hostIP": host, "hostIPs": [{"ip": host}]} if host else {}
    return {**on_host, "podIP": own, "podIPs": [{"ip": own}]}


def _node_address(turn: Turn) -> str:
    node: Object | None = turn.seen.get(NODE, "", str(spec(turn.live).get("nodeName")))
    addresses = status(node).get("addresses") or () if node else ()
    return next((str(each["address"]) for each in addresses if each.get("type") == "InternalIP"), "")
