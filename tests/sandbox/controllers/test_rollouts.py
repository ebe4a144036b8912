"""How many replicas each ReplicaSet should have, whatever the sizes and bounds are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.sandbox.controllers.workloads.rollouts import Rollout, proportional, read, rolling, wants

MAXIMUM = "deployment.kubernetes.io/max-replicas"


def live(replicas: int, surge: Any = "25%", unavailable: Any = "25%") -> dict[str, Any]:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    return {"metadata": {"name": "web"}, "spec": {"replicas": replicas, "strategy": strategy, "template": {}}}


def replica_set(name: str, replicas: int, available: int, **annotations: str) -> dict[str, Any]:
    metadata = {"name": name, "annotations": {key.replace("_", "-"): value for key, value in annotations.items()}}
    return {"metadata": metadata, "spec": {"replicas": replicas}, "status": {"availableReplicas": available}}


def rollout(deployment: dict[str, Any], new: dict[str, Any], *old: dict[str, Any]) -> Rollout:
    return Rollout(live=deployment, new=new, old=old)


@pytest.mark.parametrize(
    "replicas, surge, unavailable, expected",
    [
        pytest.param(4, "25%", "25%", (1, 1), id="whole"),
        pytest.param(5, "25%", "25%", (2, 1), id="surge is rounded up, unavailability down"),
        pytest.param(1, "25%", "25%", (1, 0), id="one"),
        pytest.param(3, 0, 0, (0, 1), id="none at all would never move"),
        pytest.param(2, 0, 5, (0, 2), id="no more than there are"),
        pytest.param(0, "25%", "25%", (0, 0), id="nothing"),
    ],
)
def test_the_bounds_are_those_of_kubernetes(replicas: int, surge: Any, unavailable: Any, expected: tuple[int, int]) -> None:
    bounds = rollout(live(replicas, surge, unavailable), replica_set("new", 0, 0))
    assert (bounds.surge, bounds.unavailable) == expected


@given(
    replicas=st.integers(0, 12),
    old=st.lists(st.integers(0, 6), min_size=0, max_size=3),
    surge=st.sampled_from([0, 1, 3, "25%", "100%"]),
    unavailable=st.sampled_from([0, 1, 2, "25%", "50%"]),
)
def test_a_rollout_stays_in_its_bounds_and_comes_to_its_end(replicas: int, old: list[int], surge: Any, unavailable: Any) -> None:
    """Every new Pod becomes available; the old ones were."""
    deployment = live(replicas, surge, unavailable)
    sizes = {"new": 0, **{f"old-{number}": size for number, size in enumerate(old)}}
    begun = sum(sizes.values())
    for _ in range(100):
        sets = {name: replica_set(name, size, size) for name, size in sizes.items()}
        now = rollout(deployment, sets["new"], *(each for name, each in sets.items() if name != "new"))
        steps = rolling(now)
        if not steps:
            break
        grown = sum(sizes.values())
        sizes |= steps
        assert sum(sizes.values()) <= max(grown, replicas + now.surge)
        assert sum(sizes.values()) >= min(grown, replicas - now.unavailable)
    assert sizes["new"] == replicas
    assert sum(sizes.values()) == replicas, f"began with {begun}"


@given(
    replicas=st.integers(1, 12),
    old=st.integers(1, 12),
    surge=st.sampled_from([0, 1, "25%"]),
    unavailable=st.sampled_from([0, 1, "25%"]),
)
def test_a_rollout_that_never_becomes_available_takes_off_no_more_than_it_may(
    replicas: int, old: int, surge: Any, unavailable: Any
) -> None:
    deployment = live(replicas, surge, unavailable)
    sizes = {"new": 0, "old": old}
    for _ in range(100):
        now = rollout(deployment, replica_set("new", sizes["new"], 0), replica_set("old", sizes["old"], sizes["old"]))
        if not (steps := rolling(now)):
            break
        sizes |= steps
    assert sizes["old"] >= min(old, replicas - now.unavailable)


def test_old_pods_that_are_not_available_go_first() -> None:
    now = rollout(live(4, 0, 1), replica_set("new", 1, 1), replica_set("broken", 2, 0), replica_set("fine", 2, 2))
    assert rolling(now) == {"broken": 0}


@given(replicas=st.integers(0, 20), new=st.integers(1, 10), old=st.integers(1, 10))
def test_a_new_size_in_the_middle_of_a_rollout_is_shared_out(replicas: int, new: int, old: int) -> None:
    before = {MAXIMUM: str(new + old)}
    one, other = replica_set("new", new, 0), replica_set("old", old, old)
    one["metadata"]["annotations"] = other["metadata"]["annotations"] = before
    now = rollout(live(replicas), one, other)

    sizes = proportional(now)

    assert sum(sizes.values()) == (replicas + now.surge if replicas else 0)
    assert min(sizes.values()) >= 0


def test_the_current_replica_set_is_the_one_of_the_same_template() -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": []}}
    marked = {**template, "metadata": {"labels": {"app": "web", "pod-template-hash": "1"}}}
    same = {"metadata": {"name": "web-1"}, "spec": {"replicas": 1, "template": marked}}
    other = {"metadata": {"name": "web-0"}, "spec": {"replicas": 1, "template": {**marked, "spec": {}}}}

    found = read({"metadata": {"name": "web"}, "spec": {"template": template}}, [other, same])

    assert (found.new, found.old) == (same, (other,))
    assert wants(same) == 1
