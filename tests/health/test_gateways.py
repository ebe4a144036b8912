"""Kinds of the Gateway API: taken by a controller, in every place that they name, in this generation."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.health import Look, looks
from fleet.health.rules.parents import GROUP
from fleet.model.keys import GroupKind, ObjectKey
from tests.health.kubelet import LONG_AGO
from tests.health.objects import REGISTRY, Body, condition, judge, live, said

LONG = {"creationTimestamp": LONG_AGO}
# What the definitions of the API itself put there, before any controller has seen the object.
NOBODY = "1970-01-01T00:00:00Z"


def told(text: str, message: str = "", *, generation: int = 1, since: str = "2026-11-23T11:59:00Z") -> dict[str, Any]:
    return condition(text, message, observedGeneration=generation, lastTransitionTime=since)


ACCEPTED, PROGRAMMED, RESOLVED = (
    told("Accepted=True Accepted"),
    told("Programmed=True Programmed"),
    told("ResolvedRefs=True ResolvedRefs"),
)
DEFAULTS = [told(f"{name}=Unknown Pending", "Waiting for controller", since=NOBODY) for name in ("Accepted", "Programmed")]


def gateway_class(*found: Body, **metadata: Any) -> Any:
    spec = {"controllerName": "example.com/c"}
    return live(f"{GROUP}/v1 GatewayClass", spec=spec, status={"conditions": list(found)}, **{"name": "public", **metadata})


def gateway(*found: Body, listeners: list[Body] | None = None, **metadata: Any) -> Any:
    spec = {"gatewayClassName": "public", "listeners": [{"name": "http"}, {"name": "https"}]}
    status = {"conditions": list(found), "addresses": [{"value": "192.0.2.7"}], "listeners": listeners or []}
    return live(f"{GROUP}/v1 Gateway", spec=spec, status=status, **{"namespace": "infra", **metadata})


def listener(name: str, *found: Body) -> Any:
    return {"name": name, "attachedRoutes": 2, "conditions": list(found)}


def ref(name: str = "it", namespace: str = "infra", **more: Any) -> Any:
    return {"name": name, "namespace": namespace, **more}


def route(*parents: Body, refs: list[Body] | None = None, kind: str = "HTTPRoute", **metadata: Any) -> Any:
    spec = {"parentRefs": [ref()] if refs is None else refs}
    return live(f"{GROUP}/v1 {kind}", spec=spec, status={"parents": list(parents)}, **{"namespace": "shop", **metadata})


def parent(*found: Body, of: Body | None = None) -> Any:
    return {"parentRef": of or ref(), "controllerName": "example.com/c", "conditions": list(found)}


def policy(*ancestors: Body, **metadata: Any) -> Any:
    told_of = [{"ancestorRef": each["parentRef"], "conditions": each["conditions"]} for each in ancestors]
    return live(f"{GROUP}/v1 BackendTLSPolicy", spec={}, status={"ancestors": told_of}, namespace="shop", **metadata)


GOOD = [listener(name, ACCEPTED, RESOLVED, PROGRAMMED, told("Conflicted=False NoConflicts")) for name in ("http", "https")]
CLASS = gateway_class(ACCEPTED)
GATEWAY = gateway(ACCEPTED, PROGRAMMED)
TAKEN = parent(ACCEPTED, RESOLVED)


@pytest.mark.parametrize(
    "body, related, expected",
    [
        pytest.param(CLASS, [], ("Healthy", "Accepted", "example.com/c has accepted it"), id="a class"),
        pytest.param(
            gateway_class(DEFAULTS[0]),
            [],
            ("Progressing", "Pending", "example.com/c: Accepted=Unknown (Pending): Waiting for controller"),
            id="a class that nobody has looked at",
        ),
        pytest.param(
            gateway_class(DEFAULTS[0], **LONG),
            [],
            (
                "Degraded",
                "Pending",
                "example.com/c: Accepted=Unknown (Pending): Waiting for controller (since 2026-11-23T11:45:00Z)",
            ),
            id="a class that nobody ever looks at",
        ),
        pytest.param(
            gateway_class(),
            [],
            ("Progressing", "NotReported", "example.com/c: no controller has told of Accepted yet"),
            id="a class without a status",
        ),
        pytest.param(
            gateway_class(told("Accepted=False InvalidParameters", "no such ConfigMap")),
            [],
            ("Degraded", "InvalidParameters", "example.com/c: Accepted=False (InvalidParameters): no such ConfigMap"),
            id="a class that was refused",
        ),
        pytest.param(
            gateway(ACCEPTED, PROGRAMMED, listeners=GOOD),
            [],
            ("Healthy", "Programmed", "it is served at 192.0.2.7; 2 listeners, 4 routes attached"),
            id="a Gateway",
        ),
        pytest.param(
            gateway(told("Scheduled=True Scheduled"), told("Ready=True Ready")),
            [],
            ("Healthy", "Programmed", "it is served at 192.0.2.7; 0 listeners, 0 routes attached"),
            id="a Gateway of an older controller",
        ),
        pytest.param(
            gateway(*DEFAULTS),
            [CLASS],
            ("Progressing", "Pending", "Accepted=Unknown (Pending): Waiting for controller"),
            id="a Gateway that nobody has looked at",
        ),
        pytest.param(
            gateway(*DEFAULTS),
            [],
            ("Progressing", "ClassNotFound", "its class public does not exist"),
            id="a Gateway of no class",
        ),
        pytest.param(
            gateway(*DEFAULTS, **LONG),
            [gateway_class(DEFAULTS[0])],
            ("Degraded", "ClassNotAccepted", "no controller has accepted its class public (since 2026-11-23T11:45:00Z)"),
            id="a Gateway of a class that nobody takes",
        ),
        pytest.param(
            gateway(ACCEPTED, told("Programmed=False AddressNotAssigned", "no address")),
            [CLASS],
            ("Progressing", "AddressNotAssigned", "Programmed=False (AddressNotAssigned): no address"),
            id="a Gateway without an address",
        ),
        pytest.param(
            gateway(ACCEPTED, told("Programmed=False Invalid", "bad")),
            [CLASS],
            ("Degraded", "Invalid", "Programmed=False (Invalid): bad"),
            id="a Gateway that cannot be",
        ),
        pytest.param(
            gateway(ACCEPTED, PROGRAMMED, told("PartiallyInvalid=True Odd")),
            [],
            ("Degraded", "Odd", "PartiallyInvalid=True (Odd)"),
            id="half of it",
        ),
        pytest.param(
            gateway(ACCEPTED, told("Programmed=True Programmed", generation=1), generation=2),
            [],
            ("Progressing", "OldGeneration", "Accepted is of generation 1, and the object is at 2"),
            id="good news of an older generation",
        ),
        pytest.param(
            gateway(told("Accepted=False Invalid", generation=1), generation=2),
            [CLASS],
            ("Progressing", "OldGeneration", "Accepted is of generation 1, and the object is at 2"),
            id="bad news of an older generation",
        ),
        pytest.param(
            gateway(
                ACCEPTED,
                PROGRAMMED,
                listeners=[GOOD[0], listener("https", told("ResolvedRefs=False InvalidCertificateRef", "no Secret"))],
            ),
            [],
            ("Progressing", "InvalidCertificateRef", "listener https: ResolvedRefs=False (InvalidCertificateRef): no Secret"),
            id="a listener whose certificate may still come",
        ),
        pytest.param(
            gateway(
                ACCEPTED, PROGRAMMED, listeners=[GOOD[0], listener("https", told("Conflicted=True HostnameConflict", "twice"))]
            ),
            [],
            ("Degraded", "HostnameConflict", "listener https: Conflicted=True (HostnameConflict): twice"),
            id="a listener in conflict",
        ),
        pytest.param(
            gateway(ACCEPTED, PROGRAMMED, listeners=GOOD[:1]),
            [],
            ("Progressing", "NotReported", "no controller has told of listener https yet"),
            id="a listener that nobody has told of",
        ),
        pytest.param(route(TAKEN), [GATEWAY], ("Healthy", "Accepted", "accepted by Gateway infra/it"), id="a route"),
        pytest.param(route(TAKEN, kind="GRPCRoute"), [], ("Healthy", "Accepted", "accepted by Gateway infra/it"), id="of gRPC"),
        pytest.param(
            route(refs=[]),
            [],
            ("Healthy", "NoParents", "it names no parent, so that nothing serves it"),
            id="a route without parents",
        ),
        pytest.param(
            route(),
            [GATEWAY],
            ("Progressing", "NotReported", "no controller has told whether Gateway infra/it takes it"),
            id="a new route",
        ),
        pytest.param(
            route(**LONG),
            [],
            ("Degraded", "ParentNotFound", "Gateway infra/it does not exist (since 2026-11-23T11:45:00Z)"),
            id="a route of a Gateway that does not exist",
        ),
        pytest.param(
            route(refs=[{"name": "api", "kind": "Service", "group": ""}]),
            [],
            ("Progressing", "NotReported", "no controller has told whether Service shop/api takes it"),
            id="a route of a mesh",
        ),
        pytest.param(
            route(TAKEN, refs=[ref(), ref(sectionName="https")]),
            [GATEWAY],
            ("Progressing", "NotReported", "no controller has told whether Gateway infra/it, section https takes it"),
            id="a route that one of its parents has not told of",
        ),
        pytest.param(
            route(
                parent(told("Accepted=False NotAllowedByListeners", "not this namespace"), RESOLVED),
                TAKEN | {"parentRef": ref("two")},
            ),
            [GATEWAY],
            ("Degraded", "NotAllowedByListeners", "Gateway infra/it: Accepted=False (NotAllowedByListeners): not this namespace"),
            id="a route that was refused",
        ),
        pytest.param(
            route(parent(ACCEPTED, told("ResolvedRefs=False BackendNotFound", "no Service api"))),
            [GATEWAY],
            ("Progressing", "BackendNotFound", "Gateway infra/it: ResolvedRefs=False (BackendNotFound): no Service api"),
            id="a route to what may still come",
        ),
        pytest.param(
            route(parent(ACCEPTED, told("ResolvedRefs=False BackendNotFound", "no Service api", since=LONG_AGO))),
            [GATEWAY],
            (
                "Degraded",
                "BackendNotFound",
                "Gateway infra/it: ResolvedRefs=False (BackendNotFound): no Service api (since 2026-11-23T11:45:00Z)",
            ),
            id="a route to what does not come",
        ),
        pytest.param(
            route(parent(ACCEPTED, told("ResolvedRefs=False RefNotPermitted"))),
            [GATEWAY],
            ("Degraded", "RefNotPermitted", "Gateway infra/it: ResolvedRefs=False (RefNotPermitted)"),
            id="a route to what it may not use",
        ),
        pytest.param(
            route(TAKEN, parent(told("Accepted=False NoMatchingParent"), of=ref("gone"))),
            [GATEWAY],
            ("Healthy", "Accepted", "accepted by Gateway infra/it"),
            id="what is told of a parent that it no longer names",
        ),
        pytest.param(
            policy(),
            [],
            (
                "Progressing",
                "NotReported",
                "no Gateway has told of it: does a route use its Service, and does a controller know this kind?",
            ),
            id="a policy that nobody keeps to yet",
        ),
        pytest.param(policy(TAKEN), [], ("Healthy", "Accepted", "accepted by Gateway infra/it"), id="a policy"),
        pytest.param(
            policy(TAKEN, parent(told("Accepted=False NoValidCACertificate"), of=ref("two"))),
            [],
            ("Degraded", "NoValidCACertificate", "Gateway infra/two: Accepted=False (NoValidCACertificate)"),
            id="a policy that one refuses",
        ),
        pytest.param(
            live(f"{GROUP}/v1beta1 ReferenceGrant"),
            [],
            ("Healthy", "Exists", "it exists, and its kind reports no status"),
            id="a grant",
        ),
    ],
)
def test_a_kind_of_the_gateway_api_is_healthy_when_every_place_has_taken_it(body: Any, related: list[Any], expected: Any) -> None:
    health = judge(body, *related)

    assert (*said(health), health.message) == expected


def test_what_nobody_looked_for_is_not_said_to_be_missing() -> None:
    assert said(judge(gateway(*DEFAULTS), looked=False)) == ("Progressing", "Pending")
    assert said(judge(route(), looked=False)) == ("Progressing", "NotReported")


@pytest.mark.parametrize(
    "body, expected",
    [
        pytest.param(gateway(), (Look(GroupKind(GROUP, "GatewayClass"), name="public"),), id="the class of a Gateway"),
        pytest.param(
            route(refs=[ref(), ref(sectionName="https"), ref("two"), {"name": "api", "kind": "Service", "group": ""}]),
            (Look(GroupKind(GROUP, "Gateway"), "infra", name="it"), Look(GroupKind(GROUP, "Gateway"), "infra", name="two")),
            id="the Gateways of a route, each once",
        ),
        pytest.param(route(refs=[]), (), id="none"),
    ],
)
def test_what_it_names_is_looked_for(body: Any, expected: tuple[Look, ...]) -> None:
    assert looks(body, REGISTRY.health_check(ObjectKey.of(body).group_kind)) == expected
