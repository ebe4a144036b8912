"""What hinders a Pod: that it has no node, what prepares it, its containers, its readiness; always with which one and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.health.rules.reading import conditions, is_false, is_true, mappings, number, section, text

CRASHING = "CrashLoopBackOff"
# Waiting for these is what a container does that will be fine.
_ORDINARY = frozenset({"", "ContainerCreating", "PodInitializing"})
# No registry, node or other object can mend these: the Pod itself must be written anew.
_HOPELESS = frozenset({"InvalidImageName"})

# How much a hindrance explains: the least counts first.
FAILING, UNREADY, STARTING, ENDED = range(4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hindrance:
    """One thing that keeps a Pod from being ready. `hopeless`: nothing that happens elsewhere will change it."""

    rank: int
    reason: str
    message: str
    restarts: int = 0
    hopeless: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container's status, with what its Pod's spec says of it."""

    title: str
    status: Mapping[str, Any]
    restarts_after: str
    """Always, OnFailure or Never."""
    prepares: bool
    """Whether it must end before the Pod's containers start."""


def hindrances(pod: Mapping[str, Any]) -> list[Hindrance]:
    """Everything that keeps a Pod from being ready, what explains most first."""
    return sorted(_hindrances(pod), key=lambda found: found.rank)


def containers(pod: Mapping[str, Any]) -> list[Container]:
    """The containers that a Pod's status tells of: those that prepare it first, then by name."""
    spec, status = section(pod, "spec"), section(pod, "status")
    policy = text(spec, "restartPolicy") or "Always"
    said = {text(each, "name"): text(each, "restartPolicy") for each in mappings(spec, "initContainers")}
    found = [_prepares(each, said, policy) for each in _by_name(status, "initContainerStatuses")]
    own = {text(each, "name"): text(each, "restartPolicy") for each in mappings(spec, "containers")}
    for each in _by_name(status, "containerStatuses"):
        name = text(each, "name")
        after = own.get(name) or policy
        found.append(Container(title=f"container {name}", status=each, restarts_after=after, prepares=False))
    return found


def end_of(state: Mapping[str, Any]) -> str:
    """How a container ended, by its terminated state: `OOMKilled (exit code 137)`, and what it left behind to be read."""
    code = state.get("exitCode")
    reason = text(state, "reason") or ("Completed" if code == 0 else "Error")
    message = text(state, "message")
    return f"{reason} (exit code {code}){f': {message}' if message else ''}"


def failure(pod: Mapping[str, Any]) -> str:
    """Why a Pod that has failed did so: who evicted or preempted it, or how its containers ended."""
    status = section(pod, "status")
    said = ": ".join(filter(None, (text(status, "reason"), text(status, "message"))))
    disrupted = conditions(pod).get("DisruptionTarget")
    if not said and disrupted is not None and is_true(disrupted):
        said = ": ".join(filter(None, (disrupted.reason, disrupted.message)))
    ended = "; ".join(each.message for each in map(_ended, containers(pod)) if each)
    return said or ended or "a container ended with an error, and the Pod is not restarted; read its logs"


def _prepares(status: Mapping[str, Any], said: Mapping[str, str], policy: str) -> Container:
    # An init container that is always restarted runs beside the others: a sidecar.
    name = text(status, "name")
    if said.get(name) == "Always":
        return Container(title=f"sidecar container {name}", status=status, restarts_after="Always", prepares=False)
    after = "Never" if policy == "Never" else "OnFailure"
    return Container(title=f"init container {name}", status=status, restarts_after=after, prepares=True)


def _by_name(status: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return sorted(mappings(status, name), key=lambda each: text(each, "name"))


def _hindrances(pod: Mapping[str, Any]) -> Iterator[Hindrance]:
    status, found = section(pod, "status"), conditions(pod)
    phase, scheduled, ready = text(status, "phase"), found.get("PodScheduled"), found.get("Ready")
    if phase == "Failed":
        yield Hindrance(rank=ENDED, reason=text(status, "reason") or "Failed", message=failure(pod))
        return
    if phase == "Succeeded" or is_true(ready):
        return
    if scheduled is not None and is_false(scheduled):
        yield Hindrance(rank=FAILING, reason=scheduled.reason, message=f"{scheduled.reason}: {scheduled.message}")
    inside = containers(pod)
    yield from (hindrance for each in inside if (hindrance := _of(each)))
    if ready is not None and ready.reason == "ReadinessGatesNotReady":
        yield Hindrance(rank=UNREADY, reason=ready.reason, message=ready.message or "a gate of its readiness is not met")
    if phase == "Pending" and is_true(scheduled) and not any(_has_begun(each) for each in inside):
        said = "its containers are not created yet: volumes, network or images are not there; its Events say more"
        yield Hindrance(rank=STARTING, reason="ContainerCreating", message=said)


def _of(container: Container) -> Hindrance | None:
    return _waiting(container) or _ended(container) or _unready(container)


def _waiting(container: Container) -> Hindrance | None:
    state = section(container.status, "state", "waiting")
    reason, restarts = text(state, "reason"), number(container.status, "restartCount")
    if reason in _ORDINARY:
        return None
    why = (_history(container) if reason == CRASHING else "") or text(state, "message")
    message = f"{container.title}: {reason}{f': {why}' if why else ''}"
    return Hindrance(rank=FAILING, reason=reason, message=message, restarts=restarts, hopeless=reason in _HOPELESS)


def _ended(container: Container) -> Hindrance | None:
    state = section(container.status, "state", "terminated")
    if state.get("exitCode") in (None, 0):
        return None
    message = f"{container.title} ended with {end_of(state)}"
    hopeless = container.restarts_after == "Never"
    restarts = number(container.status, "restartCount")
    return Hindrance(rank=FAILING, reason="ContainerFailed", message=message, restarts=restarts, hopeless=hopeless)


def _unready(container: Container) -> Hindrance | None:
    if "running" not in section(container.status, "state"):
        return None
    before = f"; {history}" if (history := _history(container)) else ""
    if container.prepares:
        return Hindrance(rank=STARTING, reason="PodInitializing", message=f"{container.title} is running{before}")
    if container.status.get("ready") is not False:
        return None
    probe = "startup" if container.status.get("started") is False else "readiness"
    message = f"{container.title} runs, and its {probe} probe does not succeed{before}"
    return Hindrance(rank=UNREADY, reason="NotReady", message=message, restarts=number(container.status, "restartCount"))


def _history(container: Container) -> str:
    last = section(container.status, "lastState", "terminated")
    if "exitCode" not in last:
        return ""
    times = number(container.status, "restartCount")
    return f"restarted {times} {'time' if times == 1 else 'times'}, last ended with {end_of(last)}"


def _has_begun(container: Container) -> bool:
    state = section(container.status, "state")
    return "running" in state or "terminated" in state or text(section(state, "waiting"), "reason") not in _ORDINARY
