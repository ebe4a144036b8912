"""All controllers: the kind each decides for, and which other objects wake it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from fleet.model.keys import GroupKind
from fleet.sandbox.controllers import surroundings
from fleet.sandbox.controllers.network import addresses, endpoints
from fleet.sandbox.controllers.pods import kubelet, scheduling
from fleet.sandbox.controllers.reading.fields import Object, labels, name, namespace, section, spec, uid
from fleet.sandbox.controllers.reading.kinds import (
    AUTOSCALER,
    BUDGET,
    CLAIM,
    CONFIG_MAP,
    DAEMON_SET,
    DEPLOYMENT,
    ENDPOINTS,
    INGRESS,
    JOB,
    NAMESPACE,
    NODE,
    POD,
    REPLICA_SET,
    REPLICATION_CONTROLLER,
    REVISION,
    SERVICE,
    SERVICE_ACCOUNT,
    SLICE,
    STATEFUL_SET,
    STORAGE_CLASS,
    VOLUME,
)
from fleet.sandbox.controllers.reading.owners import controller
from fleet.sandbox.controllers.reading.seen import Seen
from fleet.sandbox.controllers.reading.selectors import includes, selects
from fleet.sandbox.controllers.reading.turns import Outcome, Turn
from fleet.sandbox.controllers.volumes import claims, volumes
from fleet.sandbox.controllers.volumes.classes import claim_names
from fleet.sandbox.controllers.workloads import (
    autoscalers,
    budgets,
    daemonsets,
    deployments,
    jobs,
    replicasets,
    statefulsets,
)
from fleet.sandbox.controllers.workloads.adopting import selector_of

# Namespace and name of an object whose kind is known.
Place: TypeAlias = tuple[str, str]
Wakes: TypeAlias = Callable[[Object, Seen], Iterable[Place]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controller:
    """Decides for the objects of one kind; a changed object of `woken_by` wakes those it names."""

    name: str
    kind: GroupKind
    decide: Callable[[Turn], Outcome]
    woken_by: Mapping[GroupKind, Wakes] = field(default_factory=dict)


def _place(obj: Object) -> Place:
    return namespace(obj), name(obj)


def _owner(kind: GroupKind, *, selecting: bool = False) -> Wakes:
    """The controller of an object, if it is of this kind; of an orphan, where that is asked for, those that select it."""

    def wakes(obj: Object, seen: Seen) -> Iterable[Place]:
        owner = controller(obj)
        if owner.get("kind") == kind.kind:
            return [(namespace(obj), owner["name"])]
        if owner or not selecting:
            return ()
        return [_place(each) for each in seen.all(kind, namespace(obj)) if _takes(each, obj)]

    return wakes


def _takes(selecting: Object, obj: Object) -> bool:
    selector = selector_of(selecting)
    return bool(selector) and selects(selector, labels(obj))


def _deployment_of_pod(pod: Object, seen: Seen) -> Iterable[Place]:
    """A Deployment that recreates its Pods waits for the last of the old ones."""
    found = seen.get(REPLICA_SET, namespace(pod), str(controller(pod).get("name", "")))
    return _owner(DEPLOYMENT)(found, seen) if found else ()


def _every(kind: GroupKind) -> Wakes:
    return lambda _, seen: [_place(each) for each in seen.all(kind)]


def _unbound_pods(obj: Object, seen: Seen) -> Iterable[Place]:
    return [_place(pod) for pod in seen.all(POD, namespace(obj)) if not spec(pod).get("nodeName")]


def _services_of_pod(pod: Object, seen: Seen) -> Iterable[Place]:
    services = seen.all(SERVICE, namespace(pod))
    return [_place(each) for each in services if (wanted := spec(each).get("selector")) and includes(labels(pod), wanted)]


def _same_name(obj: Object, seen: Seen) -> Iterable[Place]:
    return [_place(obj)]


def _its_namespace(obj: Object, seen: Seen) -> Iterable[Place]:
    known = name(obj) in ("default", surroundings.ROOT_CA)
    return [("", namespace(obj))] if known else ()


def _claims_of_pod(pod: Object, seen: Seen) -> Iterable[Place]:
    return [(namespace(pod), each) for each in claim_names(pod)]


def _claims_of_volume(volume: Object, seen: Seen) -> Iterable[Place]:
    reserved = section(spec(volume), "claimRef")
    if reserved:
        return [(str(reserved.get("namespace", "")), str(reserved.get("name", "")))]
    return [_place(each) for each in seen.all(CLAIM) if not spec(each).get("volumeName")]


def _volumes_of_claim(claim: Object, seen: Seen) -> Iterable[Place]:
    bound = str(spec(claim).get("volumeName") or "")
    return [("", bound)] if bound else [_place(each) for each in seen.all(VOLUME) if not spec(each).get("claimRef")]


def _autoscalers_of(target: Object, seen: Seen) -> Iterable[Place]:
    found = seen.all(AUTOSCALER, namespace(target))
    return [_place(each) for each in found if section(spec(each), "scaleTargetRef").get("name") == name(target)]


def _budgets_of_pod(pod: Object, seen: Seen) -> Iterable[Place]:
    return [_place(each) for each in seen.all(BUDGET, namespace(pod)) if _takes(each, pod)]


def _pods_of_job(job: Object, seen: Seen) -> Iterable[Place]:
    return [_place(pod) for pod in seen.owned(POD, uid(job))]


_SCALED = {DEPLOYMENT: _autoscalers_of, STATEFUL_SET: _autoscalers_of, REPLICA_SET: _autoscalers_of}

ROSTER: tuple[Controller, ...] = (
    Controller(
        name="deployment",
        kind=DEPLOYMENT,
        decide=deployments.decide,
        woken_by={REPLICA_SET: _owner(DEPLOYMENT, selecting=True), POD: _deployment_of_pod},
    ),
    Controller(
        name="replicaset", kind=REPLICA_SET, decide=replicasets.decide, woken_by={POD: _owner(REPLICA_SET, selecting=True)}
    ),
    Controller(
        name="replicationcontroller",
        kind=REPLICATION_CONTROLLER,
        decide=replicasets.decide,
        woken_by={POD: _owner(REPLICATION_CONTROLLER, selecting=True)},
    ),
    Controller(
        name="statefulset",
        kind=STATEFUL_SET,
        decide=statefulsets.decide,
        woken_by={POD: _owner(STATEFUL_SET, selecting=True), REVISION: _owner(STATEFUL_SET)},
    ),
    Controller(
        name="daemonset",
        kind=DAEMON_SET,
        decide=daemonsets.decide,
        woken_by={POD: _owner(DAEMON_SET, selecting=True), REVISION: _owner(DAEMON_SET), NODE: _every(DAEMON_SET)},
    ),
    Controller(name="job", kind=JOB, decide=jobs.decide, woken_by={POD: _owner(JOB)}),
    Controller(name="job-finalizer", kind=POD, decide=jobs.free, woken_by={JOB: _pods_of_job}),
    Controller(name="scheduler", kind=POD, decide=scheduling.decide, woken_by={NODE: _unbound_pods, CLAIM: _unbound_pods}),
    Controller(name="kubelet", kind=POD, decide=kubelet.decide),
    Controller(
        name="endpoint",
        kind=SERVICE,
        decide=endpoints.decide,
        woken_by={POD: _services_of_pod, SLICE: _owner(SERVICE), ENDPOINTS: _same_name},
    ),
    Controller(name="endpoint-remover", kind=ENDPOINTS, decide=endpoints.forget, woken_by={SERVICE: _same_name}),
    Controller(name="balancer", kind=SERVICE, decide=addresses.balance),
    Controller(name="ingress", kind=INGRESS, decide=addresses.publish),
    Controller(
        name="claim",
        kind=CLAIM,
        decide=claims.decide,
        woken_by={VOLUME: _claims_of_volume, POD: _claims_of_pod, STORAGE_CLASS: _every(CLAIM)},
    ),
    Controller(name="volume", kind=VOLUME, decide=volumes.decide, woken_by={CLAIM: _volumes_of_claim}),
    Controller(name="autoscaler", kind=AUTOSCALER, decide=autoscalers.decide, woken_by=_SCALED),
    Controller(name="disruption", kind=BUDGET, decide=budgets.decide, woken_by={POD: _budgets_of_pod}),
    Controller(
        name="namespace",
        kind=NAMESPACE,
        decide=surroundings.furnish,
        woken_by={SERVICE_ACCOUNT: _its_namespace, CONFIG_MAP: _its_namespace},
    ),
    Controller(name="node", kind=NODE, decide=surroundings.enliven),
)

# What the controllers look at at all.
KINDS = frozenset({each.kind for each in ROSTER} | {kind for each in ROSTER for kind in each.woken_by})
