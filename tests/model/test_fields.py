"""Sets of fields obey the laws of sets, and pointers lead where they say."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.model.fields import FieldPath, FieldSet, Managed, item_edge

EDGES = st.sampled_from(["f:a", "f:b", "f:c", 'k:{"name":"x"}', 'v:"y"'])
PATHS = st.lists(EDGES, min_size=1, max_size=4).map(lambda edges: FieldPath(tuple(edges)))
SETS = st.lists(PATHS, max_size=8).map(FieldSet.of)


def members(fields: FieldSet) -> set[FieldPath]:
    return set(fields.paths())


def covered(path: FieldPath, by: FieldPath) -> bool:
    return path.edges[: len(by.edges)] == by.edges


@given(st.lists(PATHS, max_size=8))
def test_a_set_has_the_paths_it_was_made_of(paths: list[FieldPath]) -> None:
    assert members(FieldSet.of(paths)) == set(paths)


@given(SETS, SETS)
def test_a_union_has_the_members_of_both(left: FieldSet, right: FieldSet) -> None:
    assert members(left.union(right)) == members(left) | members(right)


@given(SETS, SETS)
def test_a_difference_has_the_members_of_the_one_and_not_of_the_other(left: FieldSet, right: FieldSet) -> None:
    assert members(left.minus(right)) == members(left) - members(right)


@given(SETS, st.lists(PATHS, max_size=3))
def test_without_paths_what_they_cover_is_gone(fields: FieldSet, paths: list[FieldPath]) -> None:
    assert members(fields.without(paths)) == {one for one in members(fields) if not any(covered(one, by) for by in paths)}


@given(SETS, st.lists(PATHS, max_size=3))
def test_under_paths_is_what_they_cover(fields: FieldSet, paths: list[FieldPath]) -> None:
    assert members(fields.under(paths)) == {one for one in members(fields) if any(covered(one, by) for by in paths)}


@given(SETS, st.lists(PATHS, max_size=3))
def test_what_is_under_paths_and_what_is_not_is_everything(fields: FieldSet, paths: list[FieldPath]) -> None:
    assert fields.under(paths).union(fields.without(paths)) == fields


@given(SETS, SETS, SETS)
def test_a_union_does_not_depend_on_order_or_grouping(one: FieldSet, two: FieldSet, three: FieldSet) -> None:
    assert one.union(two) == two.union(one)
    assert one.union(two).union(three) == one.union(two.union(three))


@given(SETS, SETS)
def test_equal_members_are_equal_sets_and_hash_alike(left: FieldSet, right: FieldSet) -> None:
    back = left.union(right).minus(right).union(left)
    assert (back, back.digest) == (left, left.digest)


@given(st.lists(PATHS, max_size=8, unique=True), st.randoms(use_true_random=False))
def test_a_digest_does_not_depend_on_order(paths: list[FieldPath], chance: Any) -> None:
    digest = FieldSet.of(paths).digest
    chance.shuffle(paths)
    assert FieldSet.of(paths).digest == digest


@given(SETS, SETS)
def test_different_members_hash_differently(left: FieldSet, right: FieldSet) -> None:
    assert (left.digest == right.digest) is (members(left) == members(right))


@given(SETS)
def test_a_set_is_true_when_it_has_members(fields: FieldSet) -> None:
    assert bool(fields) is bool(members(fields))
    assert bool(fields.minus(fields)) is False


@given(SETS, PATHS)
def test_a_path_is_covered_when_it_or_anything_below_is_a_member(fields: FieldSet, path: FieldPath) -> None:
    assert fields.covers(path) is any(covered(one, path) for one in members(fields))


def test_a_member_that_lost_its_children_is_written_as_a_leaf() -> None:
    fields = FieldSet({"f:data": {".": {}, "f:a": {}}})
    assert fields.without([FieldPath(("f:data", "f:a"))]) == FieldSet({"f:data": {}})


@pytest.mark.parametrize(
    "pointer, edges",
    [
        pytest.param("/spec/replicas", ("f:spec", "f:replicas"), id="fields"),
        pytest.param("/spec/containers/[name=web]/image", ("f:spec", "f:containers", 'k:{"name":"web"}', "f:image"), id="by key"),
        pytest.param("/ports/[port=80,protocol=TCP]", ("f:ports", 'k:{"port":80,"protocol":"TCP"}'), id="by two keys"),
        pytest.param("/ports/[protocol=TCP, port=80]", ("f:ports", 'k:{"port":80,"protocol":"TCP"}'), id="keys are sorted"),
        pytest.param("/a/[path=/x/y]/b", ("f:a", 'k:{"path":"/x/y"}', "f:b"), id="a slash in a selector"),
        pytest.param("/a/[on=true]", ("f:a", 'k:{"on":true}'), id="a boolean"),
        pytest.param("/metadata/annotations/a.b~1c", ("f:metadata", "f:annotations", "f:a.b/c"), id="an escaped slash"),
        pytest.param("/a/x~01", ("f:a", "f:x~1"), id="an escaped tilde before a digit"),
        pytest.param("/args/0", ("f:args", "i:0"), id="an index"),
    ],
)
def test_a_pointer_leads_where_it_says_and_is_written_back(pointer: str, edges: tuple[str, ...]) -> None:
    path = FieldPath.parse(pointer)
    assert path.edges == edges
    assert FieldPath.parse(str(path)) == path


@pytest.mark.parametrize("pointer", ["", "/", "spec", "/spec/", "//spec", "/a/[b]", "/a/[b=1", "/a/[b=1]c", "/a/[=1]", "*"])
def test_a_malformed_pointer_is_refused(pointer: str) -> None:
    with pytest.raises(ValueError, match="write it as"):
        FieldPath.parse(pointer)


def test_a_digit_that_is_no_number_is_a_name() -> None:
    assert FieldPath.parse("/data/²").edges == ("f:data", "f:²")


def test_a_path_holds_what_the_api_server_names_an_item_by() -> None:
    assert item_edge({"protocol": "TCP", "containerPort": 80}) == 'k:{"containerPort":80,"protocol":"TCP"}'


def test_an_entry_is_written_back_as_it_was_read() -> None:
    entry = {
        "manager": "kubectl",
        "operation": "Update",
        "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {"f:replicas": {}}},
        "time": "2026-11-23T02:00:00Z",
        "subresource": "scale",
    }
    assert Managed.read(entry).write() == entry
