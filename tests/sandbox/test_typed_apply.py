"""Server-side apply: who owns what, what is kept, what is taken away, what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fleet.sandbox.typed import managed
from fleet.sandbox.typed.builtin import type_of
from fleet.sandbox.typed.checking import told
from fleet.sandbox.typed.conflicts import LAST_APPLIED, Conflicts
from fleet.sandbox.typed.managed import Misfit, Schema, Write

EMPTY: dict[str, Any] = {
    "metadata": {},
    "spec": {"selector": None, "strategy": {}, "template": {"metadata": {}, "spec": {"containers": None}}},
    "status": {},
}
DEPLOYMENT = type_of("apps", "v1", "Deployment")
assert DEPLOYMENT
SCHEMA = Schema(type=DEPLOYMENT, empty=EMPTY, reset={"": {"f:status": {}}})
WEB = 'k:{"name":"web"}'


def deployment(spec: Mapping[str, Any] | None = None, **metadata: Any) -> dict[str, Any]:
    made = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", **metadata}}
    return {**made, "spec": dict(spec)} if spec is not None else made


def pods(*containers: Mapping[str, Any]) -> dict[str, Any]:
    return {"template": {"spec": {"containers": list(containers)}}}


def write(manager: str = "git", second: int = 0, *, force: bool = False, subresource: str = "") -> Write:
    now = f"2026-01-01T00:00:{second:02}Z"
    return Write(manager=manager, api_version="apps/v1", now=now, force=force, subresource=subresource)


def apply(live: dict[str, Any] | None, body: dict[str, Any], by: Write | None = None) -> dict[str, Any]:
    return managed.apply(SCHEMA, live, body, by or write())


def update(live: dict[str, Any] | None, body: dict[str, Any], by: Write) -> dict[str, Any]:
    return managed.update(SCHEMA, live, body, by)


def owned(live: dict[str, Any], manager: str = "git") -> Any:
    entries = [entry for entry in live["metadata"].get("managedFields", []) if entry["manager"] == manager]
    return entries[0]["fieldsV1"] if entries else None


def test_an_applier_owns_what_it_applied_and_nothing_else() -> None:
    live = apply(None, deployment({"replicas": 2, **pods({"name": "web", "image": "web:1"})}, labels={"app": "web"}))

    assert owned(live) == {
        "f:metadata": {"f:labels": {"f:app": {}}},
        "f:spec": {
            "f:replicas": {},
            "f:template": {"f:spec": {"f:containers": {WEB: {".": {}, "f:image": {}, "f:name": {}}}}},
        },
    }


def test_a_new_object_keeps_what_its_kind_always_has() -> None:
    live = apply(None, deployment({"replicas": 2}))

    assert live["status"] == {}
    assert live["spec"]["strategy"] == {}


def test_an_entry_says_who_applied_in_which_version_and_when() -> None:
    live = apply(None, deployment({"replicas": 2}), write("git", 7))

    (entry,) = live["metadata"]["managedFields"]
    assert {name: value for name, value in entry.items() if name != "fieldsV1"} == {
        "manager": "git",
        "operation": "Apply",
        "apiVersion": "apps/v1",
        "time": "2026-01-01T00:00:07Z",
        "fieldsType": "FieldsV1",
    }


def test_applying_the_same_again_changes_nothing() -> None:
    body = deployment({"replicas": 2, **pods({"name": "web", "image": "web:1"})})
    live = apply(None, body)

    again = apply(live, body, write("git", 9))

    assert managed.settled(live, again) is live


def test_a_field_that_is_applied_no_longer_goes_when_nobody_else_owns_it() -> None:
    live = apply(None, deployment({"replicas": 2}, labels={"app": "web", "old": "yes"}))

    live = apply(live, deployment({"replicas": 2}, labels={"app": "web"}))

    assert live["metadata"]["labels"] == {"app": "web"}


def test_a_field_that_is_applied_no_longer_stays_when_another_owns_it() -> None:
    live = apply(None, deployment({"replicas": 2}))
    live = apply(live, deployment({"replicas": 2}), write("other", 1))

    live = apply(live, deployment())

    assert live["spec"]["replicas"] == 2
    assert owned(live) is None
    assert owned(live, "other") == {"f:spec": {"f:replicas": {}}}


def test_an_item_of_a_list_goes_with_its_last_owner() -> None:
    live = apply(None, deployment(pods({"name": "web", "image": "web:1"}, {"name": "side", "image": "side:1"})))

    live = apply(live, deployment(pods({"name": "web", "image": "web:1"})))

    assert [each["name"] for each in live["spec"]["template"]["spec"]["containers"]] == ["web"]


def test_defaults_in_an_item_go_with_it() -> None:
    live = apply(None, deployment(pods({"name": "web", "image": "web:1"}, {"name": "side", "image": "side:1"})))
    for container in live["spec"]["template"]["spec"]["containers"]:
        container["terminationMessagePolicy"] = "File"

    live = apply(live, deployment(pods({"name": "web", "image": "web:1"})))

    assert live["spec"]["template"]["spec"]["containers"] == [
        {"name": "web", "image": "web:1", "terminationMessagePolicy": "File"}
    ]


def test_another_value_of_an_owned_field_is_a_conflict() -> None:
    live = apply(None, deployment({"replicas": 2}))

    with pytest.raises(Conflicts) as refused:
        apply(live, deployment({"replicas": 3}), write("other", 1))

    assert str(refused.value) == 'Apply failed with 1 conflict: conflict with "git": .spec.replicas'
    assert refused.value.causes() == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "git"', "field": ".spec.replicas"}
    ]


def test_several_conflicts_are_told_by_manager() -> None:
    live = apply(None, deployment({"replicas": 2, **pods({"name": "web", "image": "web:1"})}))
    live = update(live, {**live, "spec": {**live["spec"], "paused": True}}, write("hand", 1))

    with pytest.raises(Conflicts) as refused:
        apply(live, deployment({"replicas": 3, "paused": False, **pods({"name": "web", "image": "web:2"})}), write("other", 2))

    assert str(refused.value) == (
        'Apply failed with 3 conflicts: conflicts with "git":\n'
        "- .spec.replicas\n"
        '- .spec.template.spec.containers[name="web"].image\n'
        'conflicts with "hand" using apps/v1:\n'
        "- .spec.paused"
    )


def test_force_takes_the_field() -> None:
    live = apply(None, deployment({"replicas": 2}))

    live = apply(live, deployment({"replicas": 3}), write("other", 1, force=True))

    assert live["spec"]["replicas"] == 3
    assert owned(live) is None
    assert owned(live, "other") == {"f:spec": {"f:replicas": {}}}


def test_the_same_value_is_owned_together() -> None:
    live = apply(None, deployment({"replicas": 2}))

    live = apply(live, deployment({"replicas": 2}), write("other", 1))

    assert owned(live) == owned(live, "other") == {"f:spec": {"f:replicas": {}}}


def test_an_update_takes_what_it_changes() -> None:
    live = apply(None, deployment({"replicas": 2, "paused": True}))

    live = update(live, {**live, "spec": {**live["spec"], "replicas": 5}}, write("hand", 1))

    assert owned(live) == {"f:spec": {"f:paused": {}}}
    assert owned(live, "hand") == {"f:spec": {"f:replicas": {}}}


def test_an_update_that_removes_a_field_leaves_it_to_nobody() -> None:
    live = apply(None, deployment({"replicas": 2, "paused": True}))

    live = update(live, {**live, "spec": {"replicas": 2}}, write("hand", 1))

    assert owned(live) == {"f:spec": {"f:replicas": {}}}
    assert owned(live, "hand") is None


def test_a_create_owns_every_field_with_its_parents() -> None:
    live = update(None, {**EMPTY, **deployment({**EMPTY["spec"], **pods({"name": "web"})}, labels={"app": "web"})}, write("hand"))

    assert owned(live, "hand") == {
        "f:metadata": {"f:labels": {".": {}, "f:app": {}}},
        "f:spec": {"f:template": {"f:spec": {"f:containers": {WEB: {".": {}, "f:name": {}}}}}},
    }


def test_the_time_of_an_update_is_that_of_its_last_change() -> None:
    live = apply(None, deployment({"replicas": 2}))
    live = update(live, {**live, "spec": {**live["spec"], "replicas": 5}}, write("hand", 1))

    live = update(live, {**live, "spec": {**live["spec"], "replicas": 5}}, write("hand", 2))

    assert [entry["time"] for entry in live["metadata"]["managedFields"]] == ["2026-01-01T00:00:01Z"]


def test_what_nobody_owned_belongs_to_before_first_apply() -> None:
    live = {**EMPTY, **deployment({**EMPTY["spec"], "replicas": 2}, uid="1")}

    live = apply(live, deployment({"paused": True}))

    assert owned(live, "before-first-apply") == {"f:spec": {"f:replicas": {}}}


def test_an_empty_list_forgets_all_owners() -> None:
    live = apply(None, deployment({"replicas": 2}, uid="1"))

    live = update(live, {**live, "metadata": {**live["metadata"], "managedFields": []}}, write("hand", 1))

    assert "managedFields" not in live["metadata"]


def test_a_status_write_has_an_entry_of_its_own() -> None:
    live = apply(None, deployment({"replicas": 2}))

    live = update(live, {**live, "status": {"replicas": 2}}, write("controller", 1, subresource="status"))

    entry = live["metadata"]["managedFields"][-1]
    assert (entry["subresource"], entry["fieldsV1"]) == ("status", {"f:status": {"f:replicas": {}}})


def test_the_status_that_the_main_resource_is_given_is_not_owned() -> None:
    live = apply(None, {**deployment({"replicas": 2}), "status": {"replicas": 1}})

    assert owned(live) == {"f:spec": {"f:replicas": {}}}


def test_a_null_is_owned() -> None:
    live = apply(None, deployment({"replicas": None}))

    assert owned(live) == {"f:spec": {"f:replicas": {}}}


def test_a_key_that_has_a_default_may_be_left_out() -> None:
    port = {"containerPort": 80}
    live = apply(None, deployment(pods({"name": "web", "ports": [port]})))

    ports = owned(live)["f:spec"]["f:template"]["f:spec"]["f:containers"][WEB]["f:ports"]
    assert ports == {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}}


def test_the_same_key_twice_is_refused() -> None:
    with pytest.raises(Misfit) as refused:
        apply(None, deployment(pods({"name": "web"}, {"name": "web"})))

    assert told(refused.value.mismatches) == '.spec.template.spec.containers: duplicate entries for key [name="web"]'


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Misfit) as refused:
        apply(None, deployment({"replica": 2}))

    assert told(refused.value.mismatches) == ".spec.replica: field not declared in schema"


def test_an_atomic_list_is_owned_as_one() -> None:
    live = apply(None, deployment(pods({"name": "web", "args": ["a"]})))

    with pytest.raises(Conflicts):
        apply(live, deployment(pods({"name": "web", "args": ["a", "b"]})), write("other", 1))

    assert owned(live)["f:spec"]["f:template"]["f:spec"]["f:containers"][WEB]["f:args"] == {}


def test_applied_items_come_in_their_order_and_others_keep_their_place() -> None:
    live = apply(None, deployment(pods({"name": "a"}, {"name": "b"}, {"name": "c"})))

    live = apply(live, deployment(pods({"name": "c"}, {"name": "a"})), write("other", 1))

    assert [each["name"] for each in live["spec"]["template"]["spec"]["containers"]] == ["b", "c", "a"]


def test_kubectl_takes_what_client_side_apply_had_set() -> None:
    said = '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":2}}'
    before = {**EMPTY, **deployment({**EMPTY["spec"], "replicas": 2}, annotations={LAST_APPLIED: said})}
    live = update(None, before, write("kubectl-client-side-apply"))

    live = apply(live, deployment({"replicas": 3}), write("kubectl", 1))

    assert live["spec"]["replicas"] == 3
    assert '"replicas":3' in live["metadata"]["annotations"][LAST_APPLIED]


def test_the_oldest_of_many_updaters_are_joined() -> None:
    live = update(None, {**EMPTY, **deployment(EMPTY["spec"], labels={"first": "1"})}, write("hand-0"))
    for number in range(1, 12):
        labels = {**live["metadata"]["labels"], f"label-{number}": "1"}
        live = update(live, {**live, "metadata": {**live["metadata"], "labels": labels}}, write(f"hand-{number}", number))

    managers = [entry["manager"] for entry in live["metadata"]["managedFields"]]
    assert len(managers) == 10
    assert managers[0] == "ancient-changes"


def test_a_number_is_owned_where_anything_may_be() -> None:
    service = type_of("", "v1", "Service")
    assert service
    body = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {"ports": [{"port": 80, "targetPort": 8080}]},
    }

    live = managed.apply(Schema(type=service, empty={}), None, body, write())

    assert owned(live)["f:spec"]["f:ports"]['k:{"port":80,"protocol":"TCP"}'] == {".": {}, "f:port": {}, "f:targetPort": {}}


def test_an_item_that_cannot_be_told_from_others_leaves_nobody_an_owner() -> None:
    live = update(None, {**EMPTY, **deployment(EMPTY["spec"], finalizers=[None])}, write("hand"))

    assert "managedFields" not in live["metadata"]
