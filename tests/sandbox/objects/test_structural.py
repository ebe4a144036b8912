"""Custom objects get what their structural schema says; the conformance suite compares the same with a real server."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.sandbox.objects.structural import defaulted, pruned
from fleet.sandbox.objects.structural_problems import problems, scale_problems

TEXT = {"type": "string"}


def of(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def test_what_the_schema_does_not_know_goes_and_is_named() -> None:
    value = {"apiVersion": "v1", "metadata": {"any": 1}, "spec": {"a": "x", "b": 1}, "top": 1}

    kept, unknown = pruned(value, of(spec=of(a=TEXT)))

    assert kept == {"apiVersion": "v1", "metadata": {"any": 1}, "spec": {"a": "x"}}
    assert unknown == ["spec.b", "top"]


def test_unknown_fields_inside_a_list_are_named_by_their_number() -> None:
    assert pruned({"a": [{"x": 1}]}, of(a={"type": "array", "items": of()})) == ({"a": [{}]}, ["a[0].x"])


def test_what_is_to_be_preserved_stays_and_what_is_known_below_is_still_pruned() -> None:
    schema = of(a={**of(known=of(b=TEXT)), "x-kubernetes-preserve-unknown-fields": True})

    kept, unknown = pruned({"a": {"free": {"deep": 1}, "known": {"b": "x", "c": 1}}}, schema)

    assert kept == {"a": {"free": {"deep": 1}, "known": {"b": "x"}}}
    assert unknown == ["a.known.c"]


def test_free_maps_keep_their_keys() -> None:
    free = {"type": "object", "additionalProperties": of(a=TEXT)}
    assert pruned({"m": {"k": {"a": "x", "b": 1}}}, of(m=free)) == ({"m": {"k": {"a": "x"}}}, ["m.k.b"])


def test_defaults_come_where_nothing_stands_and_inside_of_defaults() -> None:
    schema = of(options={**of(level={"type": "integer", "default": 3}), "default": {}}, size={**TEXT, "default": "m"})
    assert defaulted({}, schema) == {"options": {"level": 3}, "size": "m"}
    assert defaulted({"options": {"level": 9}, "size": "s"}, schema) == {"options": {"level": 9}, "size": "s"}


def test_a_null_stays_only_where_it_may_be_one() -> None:
    schema = of(plain=TEXT, may={**TEXT, "nullable": True}, has={**TEXT, "default": "d"})
    assert defaulted({"plain": None, "may": None, "has": None}, schema) == {"may": None, "has": "d"}


def test_defaulting_changes_nothing_that_it_is_given() -> None:
    value: dict[str, Any] = {"a": {}}
    defaulted(value, of(a=of(b={**TEXT, "default": "x"})))
    assert value == {"a": {}}


@pytest.mark.parametrize(
    ("schema", "value", "reason", "message"),
    [
        pytest.param(TEXT, 5, "TypeInvalid", 'Invalid value: "integer": f in body must be of type string: "integer"', id="type"),
        pytest.param({"enum": ["a"]}, "b", "NotSupported", 'Unsupported value: "b": supported values: "a"', id="enum"),
        pytest.param(
            {"minimum": 1}, 0, "Invalid", "Invalid value: 0: f in body should be greater than or equal to 1", id="least"
        ),
        pytest.param({"maximum": 1}, 2, "Invalid", "Invalid value: 2: f in body should be less than or equal to 1", id="most"),
        pytest.param({"pattern": "^a$"}, "b", "Invalid", "Invalid value: \"b\": f in body should match '^a$'", id="pattern"),
        pytest.param(
            {"minLength": 2}, "a", "Invalid", 'Invalid value: "a": f in body should be at least 2 chars long', id="short"
        ),
        pytest.param({"maxLength": 1}, "ab", "TooLong", "Too long: may not be more than 1 bytes", id="long"),
        pytest.param({"maxItems": 1}, [1, 2], "TooMany", "Too many: 2: must have at most 1 items", id="items"),
        pytest.param(
            {"x-kubernetes-int-or-string": True},
            [],
            "TypeInvalid",
            'Invalid value: "array": f in body must be of type integer,string: "array"',
            id="int-or-string",
        ),
    ],
)
def test_a_value_that_is_not_allowed_has_one_cause(schema: Any, value: Any, reason: str, message: str) -> None:
    cause = {"reason": f"FieldValue{reason}", "message": message, "field": "f"}
    assert problems({"f": value}, of(f=schema)) == [cause]


def test_a_field_that_is_required_and_not_there_is_named_with_its_path() -> None:
    schema = of(spec={**of(a=TEXT), "required": ["a"]})
    assert [cause["field"] for cause in problems({"spec": {}}, schema)] == ["spec.a"]


def test_sets_and_maps_hold_a_key_once() -> None:
    tags = {"type": "array", "x-kubernetes-list-type": "set"}
    ports = {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port"]}

    found = problems({"tags": ["a", "a"], "ports": [{"port": 1, "n": 1}, {"port": 1}]}, of(tags=tags, ports=ports))

    assert {cause["field"]: cause["message"] for cause in found} == {
        "tags[1]": 'Duplicate value: "a"',
        "ports[1]": 'Duplicate value: {"port":1}',
    }


def test_replicas_of_a_scale_are_numbers_from_zero() -> None:
    paths = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    assert scale_problems({"spec": {"replicas": 3}}, paths) == []
    assert [cause["field"] for cause in scale_problems({"spec": {"replicas": -1}}, paths)] == [".spec.replicas"]
