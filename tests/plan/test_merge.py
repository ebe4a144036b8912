"""An exempt field keeps its live value: left out while another manager owns it, else sent as it lives."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.model.fields import FieldPath
from fleet.plan.merge import merge_exempt
from tests.plan.given import entry, live_body, manifest

CONTAINERS = [{"name": "web", "image": "web:1"}, {"name": "proxy", "image": "proxy:1"}]
WEB = manifest("Deployment", "web", spec={"replicas": 1, "template": {"spec": {"containers": CONTAINERS}}}, data={"a": "1"})


def path(pointer: str) -> FieldPath:
    return FieldPath.parse(pointer)


def lived(*, mine: dict[str, Any] | None = None, other: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """The live object, with other values in its spec, other fields of ours, and another manager's."""
    body = live_body(WEB)
    body["spec"] = {**body["spec"], **spec}
    managed = body["metadata"]["managedFields"]
    if mine is not None:
        managed[0]["fieldsV1"] = mine
    if other is not None:
        managed.append(entry("autoscaler", other, subresource="scale"))
    return body


def test_a_field_that_another_manager_owns_is_left_out_and_pins_the_object() -> None:
    live = lived(mine={"f:spec": {}}, other={"f:spec": {"f:replicas": {}}}, replicas=9)
    body, pinned = merge_exempt(WEB.body, live, [path("/spec/replicas")])
    assert ("replicas" in body["spec"], pinned) == (False, True)


def test_a_field_that_only_we_own_is_sent_as_it_lives_and_pins_the_object() -> None:
    body, pinned = merge_exempt(WEB.body, lived(replicas=3), [path("/spec/replicas")])
    assert (body["spec"]["replicas"], pinned) == (3, True)


def test_a_field_that_we_own_with_another_is_left_to_the_other() -> None:
    body, pinned = merge_exempt(WEB.body, lived(other={"f:spec": {"f:replicas": {}}}), [path("/spec/replicas")])
    assert ("replicas" in body["spec"], pinned) == (False, True)


def test_a_field_that_nobody_owns_is_sent_as_it_lives() -> None:
    body, pinned = merge_exempt(WEB.body, lived(mine={"f:data": {"f:a": {}}}, replicas=3), [path("/spec/replicas")])
    assert (body["spec"]["replicas"], pinned) == (3, True)


def test_a_field_that_is_not_there_any_more_is_not_put_back() -> None:
    live = lived(mine={"f:data": {"f:a": {}}})
    del live["spec"]["replicas"]
    body, pinned = merge_exempt(WEB.body, live, [path("/spec/replicas")])
    assert ("replicas" in body["spec"], pinned) == (False, False)


def test_a_field_that_left_git_and_only_we_own_stays_as_it_lives() -> None:
    live = lived(paused=True)
    live["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:paused"] = {}
    body, pinned = merge_exempt(WEB.body, live, [path("/spec/paused")])
    assert (body["spec"]["paused"], pinned) == (True, True)


def test_a_field_that_git_and_we_never_had_changes_nothing() -> None:
    body, pinned = merge_exempt(WEB.body, lived(paused=True, other={"f:spec": {"f:paused": {}}}), [path("/spec/paused")])
    assert (body, pinned) == (WEB.body, False)


def test_an_object_without_exempt_fields_is_sent_as_it_is() -> None:
    assert merge_exempt(WEB.body, lived(), []) == (WEB.body, False)


def test_the_body_itself_is_not_changed() -> None:
    merge_exempt(WEB.body, lived(replicas=3), [path("/spec/replicas"), path("/data")])
    assert (WEB.body["spec"]["replicas"], WEB.body["data"]) == (1, {"a": "1"})


def test_a_field_of_a_list_item_keeps_its_live_value_in_its_place() -> None:
    live = lived(template={"spec": {"containers": [{"name": "web", "image": "web:9"}, CONTAINERS[1]]}})
    body, _ = merge_exempt(WEB.body, live, [path("/spec/template/spec/containers/[name=web]/image")])
    assert body["spec"]["template"]["spec"]["containers"] == [{"name": "web", "image": "web:9"}, CONTAINERS[1]]


def test_a_whole_list_keeps_its_live_order() -> None:
    live = lived(template={"spec": {"containers": [CONTAINERS[1], {"name": "web", "image": "web:9"}]}})
    body, _ = merge_exempt(WEB.body, live, [path("/spec/template")])
    assert body["spec"]["template"]["spec"]["containers"] == [CONTAINERS[1], {"name": "web", "image": "web:9"}]


def test_of_a_subtree_only_what_is_ours_alone_is_sent() -> None:
    item = 'k:{"name":"web"}'
    image = {"f:spec": {"f:template": {"f:spec": {"f:containers": {item: {"f:image": {}}}}}}}
    live = lived(other=image, template={"spec": {"containers": [{"name": "web", "image": "web:9"}, CONTAINERS[1]]}})
    body, pinned = merge_exempt(WEB.body, live, [path("/spec/template")])
    assert body["spec"]["template"]["spec"]["containers"] == [{"name": "web"}, CONTAINERS[1]]
    assert pinned


def test_a_list_item_of_which_a_part_is_ours_still_names_itself() -> None:
    item = 'k:{"name":"web"}'
    shared = {"f:spec": {"f:template": {"f:spec": {"f:containers": {item: {".": {}, "f:name": {}}}}}}}
    body, _ = merge_exempt(WEB.body, lived(other=shared), [path("/spec/template")])
    assert body["spec"]["template"]["spec"]["containers"] == CONTAINERS


def test_a_container_is_not_left_empty_by_what_is_left_out() -> None:
    body, _ = merge_exempt(WEB.body, lived(mine={}, other={"f:data": {"f:a": {}}}), [path("/data/a")])
    assert "data" not in body


@pytest.mark.parametrize("manager", ["fleethub", "autoscaler"])
def test_a_piece_of_what_is_owned_as_a_whole_is_sent_as_it_lives(manager: str) -> None:
    live = lived(mine={"f:spec": {"f:replicas": {}}})
    live["metadata"]["managedFields"].append(entry(manager, {"f:data": {}}, operation="Apply"))
    if manager == "fleethub":
        live["metadata"]["managedFields"] = live["metadata"]["managedFields"][1:]
    live["data"] = {"a": "9"}
    body, pinned = merge_exempt(WEB.body, live, [path("/data/a")])
    assert (body["data"], pinned) == ({"a": "9"}, True)
