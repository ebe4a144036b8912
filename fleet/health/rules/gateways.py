"""GatewayClasses and Gateways: taken by a controller, and each listener with all it needs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.health.rules.parents import GROUP, problems
from fleet.health.rules.patience import changed, lapsing
from fleet.health.rules.reading import conditions, is_true, listed, mappings, number, section, text
from fleet.health.rules.verdicts import healthy, worst_of
from fleet.hooks import HealthCheck, HealthContext, Look, hookimpl
from fleet.model.health import Health
from fleet.model.keys import GroupKind, ObjectKey

CLASS = GroupKind(GROUP, "GatewayClass")
# The second names are those from before v1beta1 of the API.
ACCEPTED, PROGRAMMED = ("Accepted", "Scheduled"), ("Programmed", "Ready")


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare both."""
    return (
        HealthCheck(kind=CLASS, assess=assess_class),
        HealthCheck(kind=GroupKind(GROUP, "Gateway"), assess=assess_gateway, related=related),
    )


def related(live: Mapping[str, Any]) -> Iterator[Look]:
    """The class that a Gateway names."""
    if name := text(section(live, "spec"), "gatewayClassName"):
        yield Look(CLASS, name=name)


def assess_class(context: HealthContext) -> Health:
    """A class is Healthy once the controller that it names has accepted it."""
    controller = text(section(context.live, "spec"), "controllerName")
    bad = worst_of(problems(context, section(context.live, "status"), f"{controller}: ", [("Accepted",)]))
    return bad or healthy("Accepted", f"{controller} has accepted it")


def assess_gateway(context: HealthContext) -> Health:
    """A Gateway is Healthy once it and all of its listeners are accepted and programmed."""
    status = section(context.live, "status")
    found = _listeners(context)
    bad = worst_of([*problems(context, status, "", [ACCEPTED, PROGRAMMED]), *found])
    if bad is None:
        return healthy("Programmed", _served(status))
    accepted = conditions(context.live).get("Accepted")
    untaken = accepted is None or accepted.status not in ("True", "False")
    return (_classless(context) if untaken else None) or bad


def _listeners(context: HealthContext) -> Iterator[Health]:
    told = mappings(section(context.live, "status"), "listeners")
    for each in sorted(told, key=lambda each: text(each, "name")):
        names = [("Accepted",), ("ResolvedRefs",), ("Programmed",)]
        yield from problems(context, each, f"listener {text(each, 'name')}: ", names, demanded=False)
    declared = {text(each, "name") for each in mappings(section(context.live, "spec"), "listeners")}
    if told and (untold := declared - {text(each, "name") for each in told}):
        yield lapsing(context, changed(context), "NotReported", f"no controller has told of listener {listed(untold)} yet")


def _classless(context: HealthContext) -> Health | None:
    """Why nobody takes the Gateway, where that is known: its class is not there, or is taken by nobody itself."""
    name = text(section(context.live, "spec"), "gatewayClassName")
    found = context.related.get(ObjectKey(CLASS.group, CLASS.kind, "", name))
    if found is None and context.looked:
        return lapsing(context, changed(context), "ClassNotFound", f"its class {name} does not exist")
    if found is not None and not is_true(conditions(found).get("Accepted")):
        return lapsing(context, changed(context), "ClassNotAccepted", f"no controller has accepted its class {name}")
    return None


def _served(status: Mapping[str, Any]) -> str:
    addresses = listed(value for each in mappings(status, "addresses") if (value := text(each, "value")))
    told = mappings(status, "listeners")
    routes = sum(number(each, "attachedRoutes") for each in told)
    return f"it is served at {addresses or 'no address that it tells of'}; {len(told)} listeners, {routes} routes attached"
