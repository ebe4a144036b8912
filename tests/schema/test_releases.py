"""What other releases of Kubernetes serve is known as exactly as what the release of the tests does."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from fleet.schema import releases, types
from fleet.schema.releases import base, minors, nearer, nearest, release

WORDS = {
    "string",
    "boolean",
    "int32",
    "int64",
    "double",
    "bytes",
    "quantity",
    "time",
    "microtime",
    "int-or-string",
    "raw",
    "any",
    "object",
}
# An alpha's, which only a server writes.
CHANGED = [("core.v1.PodStatus", "nodeAllocatableResourceClaimStatuses")]
OTHERS = [minor for minor in minors() if minor != base()]


def test_the_last_releases_are_known_without_a_gap() -> None:
    assert minors() == ("1.31", "1.32", "1.33", "1.34", "1.35", "1.36", "1.37")
    assert [minor for minor in OTHERS if not release(minor).kubernetes.startswith(f"v{minor}.")] == []


@pytest.mark.parametrize(
    "asked, known",
    [
        pytest.param("1.33", "1.33", id="known"),
        pytest.param("v1.33.2", "1.33", id="with a patch"),
        pytest.param("1.9", "1.31", id="older: the oldest"),
        pytest.param("1.40", "1.37", id="newer: the newest"),
        pytest.param("", "1.36", id="not said"),
        pytest.param("latest", "1.36", id="no version"),
    ],
)
def test_the_nearest_known_release_is_taken(asked: str, known: str) -> None:
    assert nearest(asked) == known


@pytest.mark.parametrize(
    "minor, group, kind, versions",
    [
        pytest.param("1.31", "flowcontrol.apiserver.k8s.io", "FlowSchema", ("v1", "v1beta3"), id="a beta that was on"),
        pytest.param("1.32", "flowcontrol.apiserver.k8s.io", "FlowSchema", ("v1",), id="and was removed"),
        pytest.param("1.32", "networking.k8s.io", "ServiceCIDR", (), id="not yet stable"),
        pytest.param("1.33", "networking.k8s.io", "ServiceCIDR", ("v1",), id="stable"),
        pytest.param("1.36", "autoscaling", "HorizontalPodAutoscaler", ("v2", "v1"), id="the newer first"),
        pytest.param("1.34", "apps", "Scale", (), id="only a subresource"),
        pytest.param("1.34", "", "DeleteOptions", (), id="no object"),
    ],
)
def test_a_release_serves_what_it_served_when_nothing_was_turned_on(minor: str, group: str, kind: str, versions: Any) -> None:
    assert release(minor).versions(group, kind) == versions


@pytest.mark.parametrize("minor", OTHERS)
def test_every_type_that_a_release_names_is_there(minor: str) -> None:
    known = release(minor).types
    used = {word for name in release(minor).kinds.values() for word in (name, *_named(known[name].get("fields", {}).values()))}
    seen: set[str] = set()
    while used - seen:
        name = (used - seen).pop()
        seen.add(name)
        struct = known.get(name, {})
        used |= {*_named([*struct.get("fields", {}).values(), struct.get("is")])}
    assert [name for name in sorted(used) if name not in known and name not in WORDS] == []
    assert len(release(minor).kinds) > 55


@pytest.mark.parametrize("minor", OTHERS)
def test_a_field_has_the_type_that_its_neighbour_gives_it(minor: str) -> None:
    """So what the server of the base does to a field is done to it in each release."""
    here, there = release(minor).types, release(nearer(minor)).types
    both = [(name, field) for name in {*here} & {*there} for field in {*_fields(here[name])} & {*_fields(there[name])}]
    other = [each for each in both if _fields(here[each[0]])[each[1]] != _fields(there[each[0]])[each[1]]]
    assert [each for each in other if each not in CHANGED] == []
    assert len(both) > 1500


def test_what_only_one_release_calls_required_is_not() -> None:
    assert "serviceName" in release("1.32").types["apps.v1.StatefulSetSpec"]["required"]
    assert release("1.32").struct("apps.v1.StatefulSetSpec").required == types.struct("apps.v1.StatefulSetSpec").required


def test_a_change_takes_away_adds_and_goes_within() -> None:
    before = {"a": {"x": 1, "y": 2}, "b": {"z": 3}, "c": [1]}
    assert releases.changed(before, {"a": {"x": None, "w": 4}, "b": None, "c": [2], "d": {"v": 5}}) == {
        "a": {"y": 2, "w": 4},
        "c": [2],
        "d": {"v": 5},
    }
    assert before["a"] == {"x": 1, "y": 2}


def test_other_releases_are_not_read_before_somebody_asks() -> None:
    program = (
        "from fleet.schema import releases as r, types; r.nearest(''); r.nearest('1.36'); r.release('1.36');"
        "print(r._data.cache_info().misses); r.release('1.33'); print(r._data.cache_info().misses)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "1"]


def _fields(entry: Any) -> dict[str, Any]:
    return entry.get("fields") or {}


def _named(written: Any) -> Iterator[str]:
    for each in written:
        if isinstance(each, list):
            yield from _named([each[1]])
        elif each:
            yield each
