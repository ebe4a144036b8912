"""Strategic merge patches merge lists by their keys, and leave the items in the server's order."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.sandbox.typed.builtin import type_of
from fleet.sandbox.verbs.strategic import in_order, strategic_patch

DEPLOYMENT = type_of("apps", "v1", "Deployment")


def containers(old: list[Any], patch: list[Any], **more: Any) -> list[str]:
    assert DEPLOYMENT
    template = {"spec": {"template": {"spec": {"containers": old}}}}
    change = {"spec": {"template": {"spec": {"containers": patch, **more}}}}
    merged = strategic_patch(DEPLOYMENT, template, change)["spec"]["template"]["spec"]["containers"]
    return [f"{each['name']}={each.get('image', '')}" for each in merged]


MAIN, SIDE = {"name": "main", "image": "m:1"}, {"name": "side", "image": "s:1"}


@pytest.mark.parametrize(
    ("old", "patch", "found"),
    [
        pytest.param([MAIN], [{"name": "main", "image": "m:2"}], ["main=m:2"], id="changed"),
        pytest.param([MAIN], [SIDE], ["side=s:1", "main=m:1"], id="a-new-one-comes-first"),
        pytest.param([MAIN, SIDE], [{"name": "side", "image": "s:2"}], ["main=m:1", "side=s:2"], id="an-old-one-stays-behind"),
        pytest.param([MAIN, SIDE], [{"name": "side", "$patch": "delete"}], ["main=m:1"], id="deleted"),
        pytest.param([MAIN], [{"$patch": "replace"}, SIDE], ["side=s:1"], id="replaced"),
    ],
)
def test_containers_are_merged_by_name(old: list[Any], patch: list[Any], found: list[str]) -> None:
    assert containers(old, patch) == found


def test_a_wanted_order_is_kept() -> None:
    wanted = {"$setElementOrder/containers": [{"name": "side"}, {"name": "main"}]}
    assert containers([MAIN], [SIDE], **wanted) == ["side=s:1", "main=m:1"]
    assert containers([MAIN], [SIDE], **{"$setElementOrder/containers": [MAIN, SIDE]}) == ["main=m:1", "side=s:1"]


def test_items_that_only_the_server_has_stay_where_they_were_among_those_of_the_patch() -> None:
    assert in_order(["a", "b", "c", "d"], wanted=["c", "d"], had=["a", "b", "c"]) == ["a", "b", "c", "d"]
    assert in_order(["a", "b", "c"], wanted=["c"], had=["a", "b"]) == ["c", "a", "b"]
