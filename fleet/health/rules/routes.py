"""Routes and policies of the Gateway API: taken by every parent that they name, with all that they point to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.health.rules.parents import GROUP, name_of, place_of, problems
from fleet.health.rules.patience import changed, lapsing
from fleet.health.rules.reading import mappings, section, text
from fleet.health.rules.settled import assess as assess_settled
from fleet.health.rules.verdicts import healthy, worst_of
from fleet.hooks import HealthCheck, HealthContext, Look, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind, ObjectKey

GATEWAY = GroupKind(GROUP, "Gateway")
KINDS = "GRPCRoute HTTPRoute TCPRoute TLSRoute UDPRoute"

Place = tuple[str, str, str, str, str, str]


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare them; a ReferenceGrant reports nothing."""
    routes = (HealthCheck(kind=GroupKind(GROUP, kind), assess=assess_route, related=related) for kind in KINDS.split())
    return (
        *routes,
        HealthCheck(kind=GroupKind(GROUP, "BackendTLSPolicy"), assess=assess_policy),
        HealthCheck(kind=GroupKind(GROUP, "ReferenceGrant"), assess=assess_settled, needs_body=False),
    )


def related(live: Mapping[str, Any]) -> Iterator[Look]:
    """The Gateways that a route names, in whatever namespace."""
    for group, kind, namespace, name, *_ in _parents(live):
        if GroupKind(group, kind) == GATEWAY:
            yield Look(GATEWAY, namespace, name=name)


def assess_route(context: HealthContext) -> Health:
    """A route is Healthy once every parent that it names has accepted it and found what it points to."""
    parents = _parents(context.live)
    if not parents:
        return healthy("NoParents", "it names no parent, so that nothing serves it")
    names = "; ".join(map(name_of, parents))
    return worst_of(_against(context, parents)) or healthy("Accepted", f"accepted by {names}")


def assess_policy(context: HealthContext) -> Health:
    """A BackendTLSPolicy is Healthy once a Gateway that uses its Service has accepted it."""
    ancestors = mappings(section(context.live, "status"), "ancestors")
    if not ancestors:
        said = "no Gateway has told of it: does a route use its Service, and does a controller know this kind?"
        return lapsing(context, changed(context), "NotReported", said)
    told = [(place_of(section(each, "ancestorRef"), _namespace(context.live)), each) for each in _in_turn(ancestors)]
    found = worst_of(bad for place, each in told for bad in _of_one(context, each, place))
    return found or healthy("Accepted", f"accepted by {'; '.join(sorted({name_of(place) for place, _ in told}))}")


def _in_turn(told: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """By parent, and of one parent by controller: whatever their order in the status is."""
    refs = ("parentRef", "ancestorRef")
    return sorted(told, key=lambda each: (*(place_of(section(each, ref), "") for ref in refs), text(each, "controllerName")))


def _parents(live: Mapping[str, Any]) -> list[Place]:
    refs = mappings(section(live, "spec"), "parentRefs")
    return sorted({place_of(ref, _namespace(live)) for ref in refs})


def _against(context: HealthContext, parents: list[Place]) -> Iterator[Health]:
    told = _in_turn(mappings(section(context.live, "status"), "parents"))
    for place in parents:
        # Of a parent that it no longer names its status may still tell.
        mine = [each for each in told if place_of(section(each, "parentRef"), _namespace(context.live)) == place]
        if not mine:
            yield _untold(context, place)
        for each in mine:
            yield from _of_one(context, each, place)


def _of_one(context: HealthContext, told: Mapping[str, Any], place: Place) -> Iterator[Health]:
    names = [("Accepted",), ("ResolvedRefs",)]
    yield from problems(context, told, f"{name_of(place)}: ", names[:1])
    yield from problems(context, told, f"{name_of(place)}: ", names[1:], demanded=False)


def _untold(context: HealthContext, place: Place) -> Health:
    group, kind, namespace, name, *_ = place
    key = ObjectKey(group, kind, namespace, name)
    if key.group_kind == GATEWAY and context.looked and key not in context.related:
        return lapsing(context, changed(context), "ParentNotFound", f"Gateway {key.place} does not exist")
    return lapsing(context, changed(context), "NotReported", f"no controller has told whether {name_of(place)} takes it")


def _namespace(live: Mapping[str, Any]) -> str:
    return text(section(live, "metadata"), "namespace")
