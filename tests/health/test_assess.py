"""What holds for every kind: nothing raises, order and unknown fields change nothing, what is being deleted is."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import HealthCheck as TooSlow
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.errors import FleetError
from fleet.health import Look, assess, looks, missing
from fleet.health.rules import BUILTINS
from fleet.health.rules.endpoints import SLICE
from fleet.health.rules.parents import GROUP as GATEWAYS
from fleet.health.rules.vocabulary import POSITIVE, TRANSITIONAL
from fleet.health.rules.webhooks import GROUP
from fleet.hooks import HealthCheck, HealthContext
from fleet.hooks.declarations import ANY_KIND
from fleet.hooks.registry import load
from fleet.model.health import Health, HealthState
from fleet.model.keys import GroupKind, ObjectKey
from fleet.schema import kinds
from tests.health.objects import NOW, REGISTRY, condition, judge, live, said

WIDGET = GroupKind("example.com", "Widget")
CHECKS = st.sampled_from(sorted(REGISTRY.health_checks.values(), key=lambda check: check.kind))

# What stands in real objects, so that the search goes deep into the rules, and what should not.
NAMES = st.sampled_from(
    "spec status metadata conditions type reason message phase replicas readyReplicas updatedReplicas availableReplicas "
    "observedGeneration generation creationTimestamp containerStatuses initContainerStatuses state waiting terminated "
    "exitCode name uid ownerReferences controller finalizers loadBalancer ingress ip updateStrategy rollingUpdate partition "
    "suspend paused progressDeadlineSeconds storageClassName volumeName ingressClassName annotations health startTime "
    "desiredNumberScheduled parents parentRefs parentRef listeners ancestors gatewayClassName webhooks clientConfig service "
    "endpoints hard used managedFields time subresource lastTransitionTime restartCount lastState ready requests storage "
    "capacity modifyVolumeStatus attachError expressionWarnings unschedulable active lastScheduleTime lastSuccessfulTime".split()
)
WORDS = st.sampled_from(
    "True False Unknown Ready Available Running Pending Failed Unschedulable PodScheduled CrashLoopBackOff LoadBalancer Bound "
    "Accepted Programmed ScalingActive Approved 10Gi 9e99 status "
    "2026-11-23T12:00:00Z 9999-12-31T23:59:59-23:59 0001-01-01T00:00:00+23:59".split()
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=6),
    max_leaves=40,
)
# Anything, as long as no name in it says what it is about.
MUTE = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("colour flavour weight".split()), inner, max_size=3)
    ),
    max_leaves=20,
)
PARTS = ("metadata", "spec", "status", "volumeBindingMode", "kind", "webhooks", "endpoints")
BODIES = st.fixed_dictionaries({}, optional=dict.fromkeys(PARTS, VALUES))
UNTOLD = ("NodeLost", "NotUnderstood", "Unknown", "Uncertain")
STATUSES = st.sampled_from(["True", "False", "Unknown", ""])
TYPES = st.sampled_from([*sorted(POSITIVE | TRANSITIONAL), "Stalled", "Failed", "Degraded", "Paused", "Initialized"])
CONDITIONS = st.lists(
    st.fixed_dictionaries(
        {"type": TYPES, "status": STATUSES, "reason": st.sampled_from(["", "Creating", "SyncFailed"])},
        optional={"observedGeneration": st.integers(0, 2), "lastTransitionTime": WORDS, "message": st.text(max_size=5)},
    ),
    max_size=6,
)


@settings(suppress_health_check=[TooSlow.too_slow])
@given(check=CHECKS, body=BODIES, related=st.lists(BODIES, max_size=3))
def test_no_object_makes_a_rule_raise_or_say_nothing(check: HealthCheck, body: Any, related: list[Any]) -> None:
    seen = [*looks(body, check), Look(WIDGET, name="other")]
    others = {
        ObjectKey(look.kind.group, look.kind.kind, look.namespace, look.name or f"o{number}"): other
        for number, (look, other) in enumerate(zip(seen * 3, related, strict=False))
    }

    health = assess(HealthContext(live=body, related=others, now=NOW), check)

    assert health.state is not HealthState.UNKNOWN or health.reason in UNTOLD or check.kind.kind == "Node"
    assert health.reason.isalnum()
    assert health.message
    assert "\n" not in health.message
    assert health.again is None or health.again > 0


@given(check=CHECKS, found=CONDITIONS, seed=st.integers())
def test_the_order_of_conditions_changes_nothing(check: HealthCheck, found: list[Any], seed: int) -> None:
    shuffled = random.Random(seed).sample(found, len(found))
    bodies = [live("x.io/v1 W", status={"conditions": each, "phase": "Running"}) for each in (found, shuffled)]

    first, second = (assess(HealthContext(live=body, now=NOW), check) for body in bodies)

    assert first == second


@given(check=CHECKS, body=BODIES, found=CONDITIONS, value=MUTE)
def test_fields_that_no_rule_knows_change_nothing(check: HealthCheck, body: Any, found: list[Any], value: Any) -> None:
    plain = {**body, "status": {"conditions": found}}
    more = [{**each, "unheardOf": value} for each in found]
    extended = {**body, "status": {"conditions": more, "unheardOf": value}, "unheardOf": value}

    assert assess(HealthContext(live=extended, now=NOW), check) == assess(HealthContext(live=plain, now=NOW), check)


def test_every_built_in_kind_that_can_be_watched_has_a_rule_of_its_own() -> None:
    watched = {GroupKind(*name) for name, kind in kinds().items() if "watch" in kind.versions[0].verbs}

    assert watched - set(REGISTRY.health_checks) == set()
    others = {kind for kind in set(REGISTRY.health_checks) - watched if kind.group != GATEWAYS}
    assert others == {ANY_KIND}


def test_bodies_are_watched_of_just_those_kinds_that_say_something_in_them() -> None:
    telling = {GroupKind(GROUP, "MutatingWebhookConfiguration"), GroupKind(GROUP, "ValidatingWebhookConfiguration"), SLICE}
    reporting = {GroupKind(*name) for name, kind in kinds().items() if "status" in kind.versions[0].subresources}
    needing = {kind for kind, check in REGISTRY.health_checks.items() if check.needs_body and kind.group != GATEWAYS}

    assert needing == reporting | telling | {ANY_KIND}


def test_a_kind_whose_body_is_not_watched_is_judged_by_its_metadata() -> None:
    partial = {"metadata": {"name": "it", "uid": "u"}}

    states = {
        kind: assess(HealthContext(live=partial, now=NOW), check).state
        for kind, check in REGISTRY.health_checks.items()
        if not check.needs_body
    }

    assert set(states.values()) == {HealthState.HEALTHY}
    assert {GroupKind("", "ConfigMap"), GroupKind("", "Secret"), GroupKind("rbac.authorization.k8s.io", "Role")} <= set(states)


def test_all_built_in_rules_load() -> None:
    registry = load(BUILTINS)

    assert registry.broken == ()
    assert registry.health_check(WIDGET).kind == ANY_KIND


@pytest.mark.parametrize(
    "kind, metadata, message",
    [
        pytest.param("apps/v1 Deployment", {}, "it is being deleted", id="a Deployment"),
        pytest.param("v1 ConfigMap", {}, "it is being deleted", id="a kind whose body is not watched"),
        pytest.param(
            "example.com/v1 Widget",
            {"finalizers": ["z.io/last", "a.io/first"]},
            "it is being deleted; it waits for a.io/first, z.io/last",
            id="one that waits for finalizers",
        ),
    ],
)
def test_what_is_being_deleted_is_progressing_and_says_what_it_waits_for(kind: str, metadata: Any, message: str) -> None:
    health = judge(live(kind, deletionTimestamp="2026-11-23T12:00:00Z", **metadata))

    assert (*said(health), health.message) == ("Progressing", "Terminating", message)


def test_a_namespace_that_is_being_deleted_says_what_is_left_in_it() -> None:
    left = [
        condition("NamespaceContentRemaining=True SomeResourcesRemain", "Some resources remain: widgets. has 1 instances"),
        condition("NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered", "All resources discovered"),
    ]
    body = live(
        "v1 Namespace",
        spec={"finalizers": ["kubernetes"]},
        status={"phase": "Terminating", "conditions": left},
        deletionTimestamp="2026-11-23T12:00:00Z",
    )

    assert judge(body).message == "it is being deleted; it waits for kubernetes: Some resources remain: widgets. has 1 instances"


class Refused(FleetError):
    """{what} is not to be had"""


def raises(error: Exception) -> Any:
    def check(context: Any) -> Health:
        raise error

    return check


@pytest.mark.parametrize(
    "function, message",
    [
        pytest.param(raises(KeyError("replicas")), "KeyError: 'replicas'", id="it raises"),
        pytest.param(raises(Refused(what="that")), "that is not to be had", id="it raises an error of ours"),
        pytest.param(lambda context: "fine", "answered str instead of a Health", id="it answers something else"),
        pytest.param(lambda context: None, "answered NoneType instead of a Health", id="it answers nothing"),
    ],
)
def test_a_check_that_fails_makes_the_object_unknown_and_says_why(function: Any, message: str) -> None:
    check = HealthCheck(kind=WIDGET, assess=function)

    health = assess(HealthContext(live=live("example.com/v1 Widget"), now=NOW), check)

    assert said(health) == ("Unknown", "CheckFailed")
    assert message in health.message


@pytest.mark.parametrize(
    "related, message",
    [
        pytest.param(raises(KeyError("spec")), "KeyError: 'spec'", id="it raises"),
        pytest.param(lambda live: iter([WIDGET]), "it gave GroupKind, not a Look", id="it asks for something else"),
    ],
)
def test_a_check_that_cannot_say_what_it_must_see_makes_the_object_unknown(related: Any, message: str) -> None:
    check = HealthCheck(kind=WIDGET, assess=lambda context: missing(ObjectKey("", "X", "", "x")), related=related)

    health = assess(HealthContext(live=live("example.com/v1 Widget"), now=NOW), check)

    assert said(health) == ("Unknown", "CheckFailed")
    assert message in health.message


def test_a_message_is_one_line_that_fits_a_screen() -> None:
    trace = condition("Ready=False Boom", "Traceback:\n" + "  at line\n" * 1000)

    health = judge(live("example.com/v1 Widget", status={"conditions": [trace]}))

    assert health.message.startswith("Ready=False (Boom): Traceback: at line at line")
    assert (len(health.message), health.message[-1]) == (500, "…")


def test_an_object_that_is_not_there_is_missing() -> None:
    health = missing(ObjectKey("apps", "Deployment", "shop", "web"))

    assert (*said(health), health.message) == ("Missing", "NotFound", "Deployment.apps/shop/web is not in the cluster")
