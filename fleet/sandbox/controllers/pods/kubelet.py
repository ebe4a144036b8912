"""A fake kubelet: a Pod with a node runs and is ready after a while, or fails as its images say."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.sandbox.controllers.pods import statuses
from fleet.sandbox.controllers.reading.fields import is_going, metadata, name, number, spec, status, with_status
from fleet.sandbox.controllers.reading.instants import passed
from fleet.sandbox.controllers.reading.owners import controller
from fleet.sandbox.controllers.reading.readiness import has_ended, is_ready
from fleet.sandbox.controllers.reading.turns import KUBELET, NOTHING, Delete, Event, Outcome, Turn, Update
from fleet.sandbox.controllers.settings import Fate

# The worst of a Pod's containers decides.
_WORST = (Fate.PULL_FAILS, Fate.FAILS, Fate.CRASHES, Fate.NEVER_READY)


def decide(turn: Turn) -> Outcome:
    """Take a Pod one step on, or off when it is being deleted."""
    if not spec(turn.live).get("nodeName"):
        return NOTHING
    if is_going(turn.live):
        return _end(turn)
    if has_ended(turn.live):
        return NOTHING
    match fate(turn):
        case Fate.PULL_FAILS:
            return _become(turn, statuses.unpulled(turn), said=_unpulled(turn))
        case Fate.CRASHES:
            return _become(turn, statuses.crashing(turn), said=_crashing(turn))
        case Fate.FAILS:
            return _become(turn, statuses.failed(turn))
        case Fate.NEVER_READY:
            return _become(turn, statuses.running(turn, ready=False))
    return _run(turn)


def fate(turn: Turn) -> Fate:
    """What becomes of the Pod. One that may be restarted does not fail, it crashes; one that may not does not crash."""
    containers = spec(turn.live).get("containers") or ()
    worst = _worst(turn.settings.fate(each.get("image", "")) for each in containers)
    policy = spec(turn.live).get("restartPolicy", "Always")
    if worst is Fate.FAILS and policy == "Always":
        return Fate.CRASHES
    return Fate.FAILS if worst is Fate.CRASHES and policy == "Never" else worst


def _worst(fates: Iterable[Fate]) -> Fate:
    found = set(fates)
    return next((each for each in _WORST if each in found), Fate.READY)


def _run(turn: Turn) -> Outcome:
    # Who is ready stays so, also when the controllers begin anew and know not since when.
    left = turn.settings.ready_after - turn.waited if not is_ready(turn.live) else -turn.waited
    said = () if status(turn.live).get("containerStatuses") else _started(turn)
    if left > 0:
        started = _become(turn, statuses.running(turn, ready=False), said=said)
        return Outcome(writes=started.writes, events=started.events, again=left)
    if controller(turn.live).get("kind") != "Job":
        return _become(turn, statuses.running(turn, ready=True), said=said)
    left = turn.settings.ready_after + turn.settings.job_takes - turn.waited
    if left > 0:
        begun = NOTHING if is_ready(turn.live) else _become(turn, statuses.running(turn, ready=True), said=said)
        return Outcome(writes=begun.writes, events=begun.events, again=left)
    return _become(turn, statuses.succeeded(turn), said=said)


def _end(turn: Turn) -> Outcome:
    """Delete it for good once its containers had their time; its deletionTimestamp is that of the end of its grace period."""
    grace = number(metadata(turn.live), "deletionGracePeriodSeconds")
    left = turn.settings.deleted_after - passed(metadata(turn.live)["deletionTimestamp"], turn.now) - grace
    if turn.settings.deleted_after and left > 0:
        return Outcome(again=left)
    return Outcome(writes=(Delete(obj=turn.live, now=True),))


def _become(turn: Turn, wanted: dict[str, object], *, said: tuple[Event, ...] = ()) -> Outcome:
    if wanted == dict(status(turn.live)):
        return NOTHING
    return Outcome(writes=(Update(body=with_status(turn.live, wanted), manager=KUBELET, subresource="status"),), events=said)


def _event(turn: Turn, reason: str, message: str, *, warning: bool = False) -> Event:
    return Event(about=turn.live, reason=reason, message=message, source=KUBELET, warning=warning)


def _started(turn: Turn) -> tuple[Event, ...]:
    names = [each["name"] for each in spec(turn.live).get("containers") or ()]
    return tuple(_event(turn, "Started", f"Container started: {each}") for each in names)


def _unpulled(turn: Turn) -> tuple[Event, ...]:
    bad = statuses.of_fate(turn, Fate.PULL_FAILS)
    failed = [_event(turn, "Failed", f'Failed to pull image "{each["image"]}": not found', warning=True) for each in bad]
    backing = [_event(turn, "BackOff", f'Back-off pulling image "{each["image"]}"') for each in bad]
    return (*failed, *backing)


def _crashing(turn: Turn) -> tuple[Event, ...]:
    bad = statuses.of_fate(turn, Fate.CRASHES)
    message = f"Back-off restarting failed container {{}} in pod {name(turn.live)}"
    return tuple(_event(turn, "BackOff", message.format(each["name"]), warning=True) for each in bad)
