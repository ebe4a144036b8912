"""StatefulSets: numbered Pods, one after the other, each with its own claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fleet.sandbox.controllers.reading.fields import (
    Object,
    generation,
    is_going,
    labels,
    name,
    namespace,
    number,
    section,
    spec,
    status,
    with_status,
    without_empty,
)
from fleet.sandbox.controllers.reading.kinds import CLAIM, POD
from fleet.sandbox.controllers.reading.readiness import has_ended, is_active, is_available, is_ready, next_available
from fleet.sandbox.controllers.reading.turns import Create, Delete, Event, Outcome, Turn, Update, Write
from fleet.sandbox.controllers.workloads.adopting import claimed
from fleet.sandbox.controllers.workloads.revisions import OF_POD, Revisions, revisions, template_of, unneeded
from fleet.sandbox.controllers.workloads.templates import generated, pod_of

SOURCE = "statefulset-controller"
HASH = "controller.kubernetes.io/hash"
INDEX = "apps.kubernetes.io/pod-index"
POD_NAME = "statefulset.kubernetes.io/pod-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The Pods of a StatefulSet: those that are wanted, by ordinal, and those above, the highest first."""

    wanted: dict[int, Object]
    surplus: tuple[Object, ...]

    @property
    def all(self) -> tuple[Object, ...]:
        """Every Pod."""
        return (*self.wanted.values(), *self.surplus)


def decide(turn: Turn) -> Outcome:
    """Take the next steps in order, and say how it stands."""
    pods, adopted = claimed(turn, POD)
    if adopted:
        return Outcome(writes=adopted)
    selector = section(spec(turn.live), "selector").get("matchLabels") or {}
    history = revisions(turn, label=HASH, marked=selector)
    members = _members(turn.live, pods)
    steps = () if is_going(turn.live) else _steps(turn, history, members)
    told = _told(turn, history, members)
    used = (str(status(turn.live).get("currentRevision", "")),)
    tidied = () if is_going(turn.live) else unneeded(turn, history, pods, used=used)
    return Outcome(
        writes=(*history.writes, *steps, *told, *tidied),
        events=_said(turn, steps),
        again=next_available(pods, _minimum(turn.live), turn.now),
    )


def ordinal(pod: Object) -> int:
    """The number at the end of a Pod's name; -1 where there is none."""
    last = name(pod).rpartition("-")[2]
    return int(last) if last.isdigit() else -1


def _ordinals(live: Object) -> range:
    start = number(section(spec(live), "ordinals"), "start")
    return range(start, start + number(spec(live), "replicas", 1))


def _members(live: Object, pods: list[Object]) -> Members:
    known = sorted((pod for pod in pods if ordinal(pod) >= 0), key=ordinal)
    wanted = {ordinal(pod): pod for pod in known if ordinal(pod) in _ordinals(live)}
    return Members(wanted=wanted, surplus=tuple(pod for pod in reversed(known) if ordinal(pod) not in wanted))


def _steps(turn: Turn, history: Revisions, members: Members) -> tuple[Write, ...]:
    """First every wanted Pod, then those that are too many, then those of an older template."""
    ordered = spec(turn.live).get("podManagementPolicy", "OrderedReady") == "OrderedReady"
    made: list[Write] = []
    for each in _ordinals(turn.live):
        step, blocked = _one(turn, history, members.wanted.get(each), each)
        made += step
        if (blocked and ordered) or any(isinstance(write, Delete) for write in step):
            return tuple(made)
    if members.surplus:
        return (*made, *_fewer(members, ordered=ordered))
    return (*made, *_updating(turn, history, members)) if not made else tuple(made)


def _one(turn: Turn, history: Revisions, pod: Object | None, place: int) -> tuple[tuple[Write, ...], bool]:
    """What one ordinal needs, and whether those after it have to wait for it."""
    if pod is None:
        made = _pod(turn.live, history, place)
        return (*_claims(turn, made), Create(body=made)), True
    if has_ended(pod):
        return (() if is_going(pod) else (Delete(obj=pod),)), True
    return (), not (is_active(pod) and is_available(pod, _minimum(turn.live), turn.now))


def _fewer(members: Members, *, ordered: bool) -> tuple[Write, ...]:
    going = [pod for pod in members.surplus if is_going(pod)]
    staying = [Delete(obj=pod) for pod in members.surplus if not is_going(pod)]
    if not ordered:
        return tuple(staying)
    return () if going else tuple(staying[:1])


def _updating(turn: Turn, history: Revisions, members: Members) -> tuple[Write, ...]:
    """Delete the highest Pod of an older template, once all above it are available again."""
    strategy = section(spec(turn.live), "updateStrategy")
    if strategy.get("type") == "OnDelete":
        return ()
    partition = number(section(strategy, "rollingUpdate"), "partition")
    for place in reversed(_ordinals(turn.live)):
        pod = members.wanted[place]
        if place < partition or not (is_active(pod) and is_available(pod, _minimum(turn.live), turn.now)):
            return ()
        if labels(pod).get(OF_POD) != name(history.update):
            return (Delete(obj=pod),)
    return ()


def _pod(live: Object, history: Revisions, place: int) -> dict[str, Any]:
    """Make the Pod of an ordinal; below the partition it is of the template that was current before."""
    strategy = section(spec(live), "updateStrategy")
    rolls = strategy.get("type", "RollingUpdate") == "RollingUpdate"
    below = rolls and place < number(section(strategy, "rollingUpdate"), "partition")
    of = history.named(str(status(live).get("currentRevision", ""))) if below else history.update
    own_name = f"{name(live)}-{place}"
    made = pod_of(live, template_of(of), name=own_name, generateName=generated(name(live)))
    marks = {OF_POD: name(of), INDEX: str(place), POD_NAME: own_name}
    made["metadata"]["labels"] = {**made["metadata"].get("labels", {}), **marks}
    made["spec"] = {**made["spec"], "hostname": own_name}
    if service := spec(live).get("serviceName"):
        made["spec"]["subdomain"] = service
    if claims := _claim_names(live, own_name):
        own = [{"name": volume, "persistentVolumeClaim": {"claimName": claim}} for volume, claim in claims.items()]
        others = [each for each in made["spec"].get("volumes") or () if each["name"] not in claims]
        made["spec"]["volumes"] = [*own, *others]
    return made


def _claim_names(live: Object, pod: str) -> dict[str, str]:
    templates = spec(live).get("volumeClaimTemplates") or ()
    return {name(each): f"{name(each)}-{pod}" for each in templates}


def _claims(turn: Turn, pod: Object) -> tuple[Write, ...]:
    """The claims of a Pod that are not there; they outlive it."""
    live = turn.live
    found: list[Write] = []
    for template in spec(live).get("volumeClaimTemplates") or ():
        claim = f"{name(template)}-{name(pod)}"
        if turn.seen.get(CLAIM, namespace(live), claim) is None:
            own = {**labels(template), **(section(spec(live), "selector").get("matchLabels") or {})}
            meta = {"name": claim, "namespace": namespace(live), "labels": own}
            found.append(
                Create(body={"apiVersion": "v1", "kind": CLAIM.kind, "metadata": meta, "spec": template.get("spec") or {}})
            )
    return tuple(found)


def _told(turn: Turn, history: Revisions, members: Members) -> tuple[Write, ...]:
    live, minimum = turn.live, _minimum(turn.live)
    update, current = name(history.update), str(status(live).get("currentRevision") or name(history.update))
    there = [pod for pod in members.all if status(pod).get("phase")]
    staying = [labels(pod).get(OF_POD) for pod in there if not is_going(pod)]
    ready = [pod for pod in there if status(pod).get("phase") == "Running" and is_ready(pod)]
    counts = {
        "readyReplicas": len(ready),
        "currentReplicas": staying.count(current),
        "updatedReplicas": staying.count(update),
    }
    wanted = number(spec(live), "replicas", 1)
    rolls = section(spec(live), "updateStrategy").get("type", "RollingUpdate") == "RollingUpdate"
    if rolls and counts["updatedReplicas"] == counts["readyReplicas"] == len(there) == wanted:
        current, counts["currentReplicas"] = update, counts["updatedReplicas"]
    whole = {
        **without_empty(counts),
        "observedGeneration": generation(live),
        "replicas": len(there),
        "availableReplicas": sum(is_available(pod, minimum, turn.now) for pod in ready),
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": number(status(live), "collisionCount"),
    }
    return (Update(body=with_status(live, whole), subresource="status"),) if whole != dict(status(live)) else ()


def _said(turn: Turn, steps: tuple[Write, ...]) -> tuple[Event, ...]:
    said = []
    for write in steps:
        verb, reason = ("delete", "SuccessfulDelete") if isinstance(write, Delete) else ("create", "SuccessfulCreate")
        what = write.obj if isinstance(write, Delete) else write.body if isinstance(write, Create) else None
        if what is not None and what.get("kind") == POD.kind:
            message = f"{verb} Pod {name(what)} in StatefulSet {name(turn.live)} successful"
            said.append(Event(about=turn.live, reason=reason, message=message, source=SOURCE))
    return tuple(said)


def _minimum(live: Object) -> int:
    return number(spec(live), "minReadySeconds")
