"""A group is as healthy as its worst, says how many are in which state, and names the first that makes it so."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.model.health import Cause, Health, HealthState, joined, spoken, together, worst
from fleet.model.keys import AppKey, ObjectKey

APP = AppKey("one", "shop")
STATES = st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from(HealthState))


def objects(states: Mapping[str, HealthState]) -> dict[ObjectKey, Health]:
    return {key(name): Health(state=state, reason="Told", message=f"{name} says so") for name, state in states.items()}


def key(name: str) -> ObjectKey:
    return ObjectKey("", "ConfigMap", "shop", name)


def test_the_worst_counts_and_the_first_of_that_is_the_cause() -> None:
    states = {"d": HealthState.DEGRADED, "c": HealthState.DEGRADED, "b": HealthState.PROGRESSING, "a": HealthState.HEALTHY}
    found = together(objects(states), APP)
    assert (found.state, found.cause) == (
        HealthState.DEGRADED,
        Cause(cluster="one", app="shop", key=key("c"), health=objects(states)[key("c")]),
    )
    assert [*found.counts.items()] == [(HealthState.DEGRADED, 2), (HealthState.PROGRESSING, 1), (HealthState.HEALTHY, 1)]


@pytest.mark.parametrize(
    "states, reason, message",
    [
        pytest.param({}, "Empty", "no objects", id="none"),
        pytest.param({"a": HealthState.HEALTHY, "b": HealthState.HEALTHY}, "Healthy", "2 objects", id="all Healthy"),
        pytest.param({"a": HealthState.SUSPENDED}, "Told", "ConfigMap/shop/a: a says so", id="one that is not"),
    ],
)
def test_it_is_said_as_one_health(states: Mapping[str, HealthState], reason: str, message: str) -> None:
    found = worst(objects(states))
    assert (found.reason, found.message) == (reason, message)


def test_of_equally_bad_groups_the_first_is_the_cause() -> None:
    bad = {"x": HealthState.MISSING}
    groups = [together(objects(states), AppKey("one", app)) for app, states in (("a", {}), ("b", bad), ("c", bad))]
    found = joined(groups)
    assert (found.state, found.counts, found.cause and found.cause.app) == (HealthState.MISSING, {HealthState.MISSING: 2}, "b")


def test_nothing_joined_is_healthy() -> None:
    assert spoken(joined([])) == worst({})


@given(STATES, STATES)
def test_no_part_of_a_group_is_worse_than_the_group_and_none_is_lost(
    first: dict[str, HealthState], more: dict[str, HealthState]
) -> None:
    groups = [together(objects(states), APP) for states in (first, more)]
    found = joined(groups)
    told = [*first.values(), *more.values()]
    assert found.state == max(told, default=HealthState.HEALTHY)
    assert dict(found.counts) == {state: told.count(state) for state in set(told)}
    assert (found.cause is None) == (found.state is HealthState.HEALTHY)
    assert found.cause is None or found.cause.health.state is found.state
