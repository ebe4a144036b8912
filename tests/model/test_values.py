"""Reading and changing values by path leaves the body itself as it was."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from fleet.model.fields import FieldPath
from fleet.model.values import ABSENT, edge_of, item_has, value_at, with_value, without_value

BODY: dict[str, Any] = {
    "data": {"8080": "x", "none": None},
    "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53}, {"port": 80, "protocol": "TCP"}],
    "containers": [{"name": "web", "image": "web:1"}, {"name": "side", "image": "side:1"}],
    "finalizers": ["a", "b"],
}


def at(pointer: str) -> FieldPath:
    return FieldPath.parse(pointer)


TABLE = [
    pytest.param("/containers/[name=side]/image", "side:1", id="by key"),
    pytest.param("/containers/0/image", "web:1", id="by index"),
    pytest.param("/data/8080", "x", id="a number that is a name"),
    pytest.param("/data/none", None, id="null is a value"),
    pytest.param("/ports/[port=53,protocol=UDP]", BODY["ports"][0], id="by both keys"),
    pytest.param("/ports/[port=53,protocol=TCP]", BODY["ports"][1], id="by a key that is left to its default"),
    pytest.param("/containers/9", ABSENT, id="beyond the end"),
    pytest.param("/containers/[name=db]", ABSENT, id="no such item"),
    pytest.param("/data/8080/x", ABSENT, id="below a value"),
    pytest.param("/containers/image", ABSENT, id="a name in a list"),
    pytest.param("/data/[name=x]", ABSENT, id="a selector in a mapping"),
]


@pytest.mark.parametrize("pointer, value", TABLE)
def test_a_value_is_read_by_its_path(pointer: str, value: object) -> None:
    assert value_at(BODY, at(pointer)) == value


@pytest.mark.parametrize("pointer, value", TABLE)
def test_what_was_removed_is_absent_and_nothing_else_is_changed(pointer: str, value: object) -> None:
    before = copy.deepcopy(BODY)
    left = without_value(BODY, at(pointer))
    assert before == BODY
    assert (left == BODY) is (value is ABSENT)


@pytest.mark.parametrize(
    "pointer",
    [
        "/new/a/b",
        "/containers/[name=side]/image",
        "/containers/[name=db]/image",
        "/ports/[port=53,protocol=TCP]/name",
        "/data/8080",
    ],
)
def test_what_was_set_is_read_back_and_the_body_stays(pointer: str) -> None:
    before = copy.deepcopy(BODY)
    assert value_at(with_value(BODY, at(pointer), "set"), at(pointer)) == "set"
    assert before == BODY


def test_a_missing_item_is_added_with_its_keys() -> None:
    made = with_value(BODY, at("/containers/[name=db]/image"), "db:1")
    assert made["containers"] == [*BODY["containers"], {"name": "db", "image": "db:1"}]


def test_an_item_is_set_in_its_place() -> None:
    made = with_value(BODY, at("/containers/[name=web]"), {"name": "web"})
    assert made["containers"] == [{"name": "web"}, BODY["containers"][1]]


def test_a_removed_item_leaves_the_others_in_order() -> None:
    assert without_value(BODY, FieldPath(("f:finalizers", 'v:"a"')))["finalizers"] == ["b"]


def test_a_container_that_is_empty_after_it_stays() -> None:
    assert without_value({"data": {"a": 1}}, at("/data/a")) == {"data": {}}


@pytest.mark.parametrize(
    "edge, position",
    [
        pytest.param("i:1", 1, id="index"),
        pytest.param('v:"b"', 1, id="value"),
        pytest.param('v:"c"', None, id="no such value"),
    ],
)
def test_an_edge_out_of_a_list_leads_to_one_item(edge: str, position: int | None) -> None:
    found = [index for index, item in enumerate(BODY["finalizers"]) if edge_of(item, index, (edge,)) == edge]
    assert found == ([] if position is None else [position])


def test_text_and_number_of_the_same_digits_select_the_same_item() -> None:
    assert item_has({"name": "8080"}, {"name": 8080})
    assert not item_has({"name": "8081"}, {"name": 8080})
    assert not item_has("name", {"name": "name"})


def test_absent_is_not_null() -> None:
    assert ABSENT is not None
    assert repr(ABSENT) == "ABSENT"
