"""When a live object is no longer what was last applied, what becomes of that, and what is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.model.app import DriftPolicy, IgnoreDrift
from fleet.model.drift import DriftKind, Exemption
from fleet.model.fields import FieldPath
from fleet.model.manifest import Manifest
from fleet.model.observation import observe
from fleet.model.plan import Action, Cause
from fleet.model.values import ABSENT
from fleet.plan.drift import drifts, written
from fleet.plan.exempt import exempted
from fleet.plan.fields import MASK, described, field_drifts
from fleet.plan.input import PlanInput
from fleet.plan.plan import plan
from tests.plan.given import actions, app, change, deployment, entry, facts, live_body, manifest, ours

WEB = deployment()
IMAGE = ("f:spec", "f:template", "f:spec", "f:containers", 'k:{"name":"web"}', "f:image")
REPLICAS = ("f:spec", "f:replicas")
WHEN = "2026-11-23T02:00:00Z"


def nested(edges: tuple[str, ...], leaf: dict[str, Any] | None = None) -> dict[str, Any]:
    tree: dict[str, Any] = leaf or {}
    for edge in reversed(edges):
        tree = {edge: tree}
    return tree


def taken(edges: tuple[str, ...], by: str = "kubectl-edit", **more: str) -> dict[str, Any]:
    """The object after somebody took a field of ours, with the value 9."""
    body = live_body(WEB)
    node = body["metadata"]["managedFields"][0]["fieldsV1"]
    for edge in edges[:-1]:
        node = node[edge]
    del node[edges[-1]]
    body["spec"] = {**body["spec"], "replicas": 9} if edges == REPLICAS else body["spec"]
    body["metadata"]["managedFields"].append(entry(by, nested(edges), time=WHEN, **more))
    return body


def added(edges: tuple[str, ...], by: str = "kubectl-annotate") -> dict[str, Any]:
    """The object after somebody added a field that was not ours."""
    body = live_body(WEB)
    body["metadata"]["managedFields"].append(entry(by, nested(edges), time=WHEN))
    return body


def against(body: dict[str, Any], desired: Manifest = WEB, **more: Any) -> PlanInput:
    """What was remembered when all was well, and what is there now."""
    return facts([desired], [observe(body)], written=facts([desired], [ours(desired)], **more).written, **more)


def test_nothing_drifts_when_nothing_changed() -> None:
    assert drifts(facts([WEB], [ours(WEB)])) == ()


def test_a_field_that_was_taken_from_us_is_drift() -> None:
    (drift,) = drifts(against(taken(REPLICAS)))
    assert (drift.kind, drift.manager, drift.time) == (DriftKind.OWNERSHIP, "kubectl-edit", WHEN)


def test_a_field_that_was_removed_is_drift_by_nobody_known() -> None:
    body = taken(REPLICAS)
    body["metadata"]["managedFields"].pop()
    (drift,) = drifts(against(body))
    assert (drift.kind, drift.manager, drift.time) == (DriftKind.OWNERSHIP, "", "")


def test_a_digest_mark_that_is_not_the_expected_one_is_drift() -> None:
    body = live_body(WEB)
    body["metadata"]["annotations"]["fleethub.dev/digest"] = "other"
    assert [drift.kind for drift in drifts(against(body))] == [DriftKind.MARK]


def test_an_object_that_is_gone_is_drift() -> None:
    given = facts([WEB], written=facts([WEB], [ours(WEB)]).written)
    assert [drift.kind for drift in drifts(given)] == [DriftKind.GONE]
    assert change(plan(given), WEB.key).cause is Cause.DRIFT


def test_an_object_that_was_never_written_is_not_gone() -> None:
    assert drifts(facts([WEB])) == ()


@pytest.mark.parametrize("manager", ["kubectl", "kubectl-edit", "kubectl-client-side-apply", "before-first-apply"])
def test_a_path_of_an_override_manager_is_drift(manager: str) -> None:
    (drift,) = drifts(against(added(("f:metadata", "f:annotations", "f:note"), manager)))
    assert (drift.kind, drift.manager, drift.time) == (DriftKind.OVERRIDE, manager, WHEN)


@pytest.mark.parametrize(
    "manager, edges",
    [
        pytest.param("kube-controller-manager", ("f:spec", "f:paused"), id="another controller's own field"),
        pytest.param("my-kubectl", ("f:spec", "f:paused"), id="a manager that only resembles one"),
        pytest.param(
            "kubectl-rollout",
            ("f:spec", "f:template", "f:metadata", "f:annotations", "f:kubectl.kubernetes.io/restartedAt"),
            id="rollout restart",
        ),
        pytest.param(
            "kubectl-annotate", ("f:metadata", "f:annotations", "f:kubectl.kubernetes.io/restartedAt"), id="on the object"
        ),
        pytest.param("kubectl-annotate", ("f:metadata", "f:annotations", "f:fleethub.dev/exempt"), id="an exemption"),
        pytest.param("kubectl-label", ("f:metadata", "f:labels", "f:fleethub.dev/x"), id="a label of ours to read"),
    ],
)
def test_what_is_not_drift(manager: str, edges: tuple[str, ...]) -> None:
    assert drifts(against(added(edges, manager))) == ()


def test_the_container_that_a_restart_made_is_not_drift() -> None:
    restarted = {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}
    body = live_body(WEB)
    fields = nested(("f:spec", "f:template", "f:metadata", "f:annotations"), restarted)
    body["metadata"]["managedFields"].append(entry("kubectl-rollout", fields))
    assert drifts(against(body)) == ()


def test_a_subresources_entry_is_not_an_override() -> None:
    body = live_body(WEB)
    body["metadata"]["managedFields"].append(entry("kubectl", nested(("f:status", "f:replicas")), subresource="status"))
    assert drifts(against(body)) == ()


def test_drift_is_reverted_by_force_with_the_override_managers_paths() -> None:
    made = change(plan(against(taken(REPLICAS))), WEB.key)
    assert (made.action, made.cause, made.force) == (Action.CONFIGURE, Cause.DRIFT, True)
    assert (made.take, made.take_from) == ((FieldPath(REPLICAS),), ("kubectl-edit",))


def test_only_managers_with_such_paths_are_taken_from() -> None:
    body = taken(REPLICAS, "horizontal-pod-autoscaler")
    body["metadata"]["managedFields"].append(entry("kubectl-set", nested(IMAGE)))
    made = change(plan(against(body)), WEB.key)
    assert (made.take, made.take_from) == ((FieldPath(IMAGE),), ("kubectl-set",))


def test_last_applied_configuration_is_taken_over() -> None:
    edges = ("f:metadata", "f:annotations", "f:kubectl.kubernetes.io/last-applied-configuration")
    assert change(plan(against(added(edges, "kubectl-client-side-apply"))), WEB.key).take == (FieldPath(edges),)


def test_a_container_is_not_taken_while_anything_below_it_stays() -> None:
    body = live_body(WEB)
    mixed = {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}, "f:note": {}}
    body["metadata"]["managedFields"].append(entry("kubectl-edit", nested(("f:metadata", "f:annotations"), mixed)))
    made = change(plan(against(body)), WEB.key)
    assert made.take == (FieldPath(("f:metadata", "f:annotations", "f:note")),)


def test_a_container_that_is_wholly_an_override_is_taken_whole() -> None:
    body = live_body(WEB)
    selector = ("f:spec", "f:template", "f:spec", "f:nodeSelector")
    body["metadata"]["managedFields"].append(entry("kubectl-edit", nested(selector, {".": {}, "f:disk": {}})))
    made = change(plan(against(body)), WEB.key)
    assert set(made.take) == {FieldPath(selector), FieldPath((*selector, "f:disk"))}


def test_drift_that_is_only_reported_is_not_reverted() -> None:
    given = against(taken(REPLICAS), app=app(drift=DriftPolicy.REPORT))
    assert (len(drifts(given)), actions(plan(given))) == (1, {"web": Action.SKIP})


def test_a_lost_object_of_a_report_only_app_is_not_created_again() -> None:
    given = facts([WEB], written=facts([WEB], [ours(WEB)]).written, app=app(drift=DriftPolicy.REPORT))
    assert actions(plan(given)) == {"web": Action.SKIP}


def test_a_commit_is_applied_to_a_report_only_app() -> None:
    given = facts([deployment(replicas=5)], [ours(WEB)], app=app(drift=DriftPolicy.REPORT))
    assert actions(plan(given)) == {"web": Action.CONFIGURE}


def test_a_contested_object_is_no_longer_reverted() -> None:
    given = against(taken(REPLICAS), contested=frozenset({WEB.key}))
    made = change(plan(given), WEB.key)
    assert (made.action, "contested" in made.reason, len(drifts(given))) == (Action.SKIP, True, 1)


def test_a_contested_object_still_takes_commits() -> None:
    given = facts([deployment(replicas=5)], [ours(WEB)], contested=frozenset({WEB.key}))
    assert actions(plan(given)) == {"web": Action.CONFIGURE}


def test_drift_is_told_of_a_paused_app_and_not_reverted() -> None:
    given = against(taken(REPLICAS), app=app(paused=True))
    assert (len(drifts(given)), plan(given).writes) == (1, False)


def exempting(*pointers: str) -> dict[str, Any]:
    answer = exempted(WEB, app(), {"fleethub.dev/ignore-drift": pointers})
    return {"exempt": {WEB.key: answer}}


@pytest.mark.parametrize(
    "pointer, edges",
    [
        pytest.param("/spec/replicas", REPLICAS, id="a field"),
        pytest.param("/spec/template/spec/containers/[name=web]/image", IMAGE, id="of a list item by its key"),
        pytest.param("/spec/template/spec/containers/0/image", IMAGE, id="of a list item by its index"),
        pytest.param("/spec/template", IMAGE, id="what holds it"),
        pytest.param("*", IMAGE, id="everything"),
    ],
)
def test_an_exempt_field_is_not_drift(pointer: str, edges: tuple[str, ...]) -> None:
    given = against(taken(edges, "kubectl-edit"), **exempting(pointer))
    assert drifts(given) == ()
    assert not plan(given).writes


def test_an_exempt_field_is_not_taken_over() -> None:
    body = taken(REPLICAS)
    body["metadata"]["managedFields"].append(entry("kubectl-set", nested(IMAGE)))
    made = change(plan(against(body, **exempting("/spec/replicas"))), WEB.key)
    assert (made.take, made.exempt) == ((FieldPath(IMAGE),), (FieldPath(REPLICAS),))


def test_what_is_exempt_is_known_from_the_first_write_on() -> None:
    desired = exempting("/spec/template/spec/containers/0/image")
    made = change(plan(facts([WEB], **desired)), WEB.key)
    first = written(ours(WEB), Exemption(key=WEB.key, paths=made.exempt), WEB)
    assert first == against(taken(IMAGE), **desired).written[WEB.key]
    assert drifts(facts([WEB], [observe(taken(IMAGE))], written={WEB.key: first}, **desired)) == ()


def test_the_apps_own_ignore_drift_exempts() -> None:
    rule = IgnoreDrift(kind="Deployment", fields=("/spec/replicas",))
    answer = exempted(WEB, app(ignore_drift=(rule,)), {})
    assert drifts(against(taken(REPLICAS), exempt={WEB.key: answer})) == ()


# --- which fields, old and new, who and when ---


def test_a_drift_tells_field_old_and_new_who_and_when() -> None:
    body = taken(REPLICAS)
    (drift,) = drifts(against(body))
    told = described(drift, WEB.body, body)
    assert [(str(one.path), one.git, one.live) for one in told.fields] == [("/spec/replicas", 2, 9)]
    assert (told.manager, told.time) == ("kubectl-edit", WHEN)


def test_a_scale_tells_who_although_it_is_a_subresource() -> None:
    body = taken(REPLICAS, "kubectl", subresource="scale")
    (drift,) = drifts(against(body))
    assert described(drift, WEB.body, body).manager == "kubectl"


def test_a_removed_field_is_absent_by_nobody_known() -> None:
    body = taken(REPLICAS)
    body["metadata"]["managedFields"].pop()
    del body["spec"]["replicas"]
    (drift,) = drifts(against(body))
    told = described(drift, WEB.body, body)
    assert [(str(one.path), one.git, one.live) for one in told.fields] == [("/spec/replicas", 2, ABSENT)]
    assert (told.manager, told.time) == ("", "")


def test_an_added_field_is_absent_in_git() -> None:
    body = added(("f:metadata", "f:annotations", "f:note"))
    body["metadata"]["annotations"]["note"] = "hand-made"
    assert [(one.git, one.live) for one in field_drifts(WEB.body, body)] == [(ABSENT, "hand-made")]


def test_a_removed_list_item_is_told_by_its_key() -> None:
    two = {"containers": [{"name": "web", "image": "web:1"}, {"name": "side", "image": "side:1"}]}
    desired = manifest("Deployment", "web", spec={"template": {"spec": two}})
    body = live_body(desired)
    containers = body["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:template"]["f:spec"]["f:containers"]
    del containers['k:{"name":"side"}']
    body["spec"] = {"template": {"spec": {"containers": two["containers"][:1]}}}
    (found,) = field_drifts(desired.body, body)
    assert (str(found.path), found.live) == ("/spec/template/spec/containers/[name=side]", ABSENT)


def test_a_value_that_the_api_server_writes_its_own_way_is_not_told() -> None:
    desired = manifest("Deployment", "web", spec={"cpu": "1000m", "replicas": 2})
    body = live_body(desired)
    body["spec"] = {"cpu": "1", "replicas": 2}
    assert field_drifts(desired.body, body) == ()


def test_exempt_and_operational_fields_are_not_told() -> None:
    body = taken(REPLICAS)
    restarted = ("f:spec", "f:template", "f:metadata", "f:annotations", "f:kubectl.kubernetes.io/restartedAt")
    body["metadata"]["managedFields"].append(entry("kubectl-rollout", nested(restarted)))
    assert field_drifts(WEB.body, body, exempt=[FieldPath(REPLICAS)]) == ()


def test_values_of_secrets_are_never_shown() -> None:
    desired = manifest("Secret", "keys", data={"token": "b2xk"}, type="Opaque")
    body = live_body(desired)
    del body["metadata"]["managedFields"][0]["fieldsV1"]["f:data"]["f:token"]
    body["data"] = {"token": "bmV3", "more": "bW9yZQ=="}
    applied = "kubectl.kubernetes.io/last-applied-configuration"
    body["metadata"]["annotations"][applied] = '{"data":{"token":"bmV3"}}'
    fields = {"f:data": {"f:token": {}, "f:more": {}}, "f:metadata": {"f:annotations": {f"f:{applied}": {}}}}
    body["metadata"]["managedFields"].append(entry("kubectl-edit", fields))
    found = {str(one.path): (one.git, one.live) for one in field_drifts(desired.body, body)}
    assert found == {
        "/data/token": (MASK, MASK),
        "/data/more": (ABSENT, MASK),
        "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration": (ABSENT, MASK),
    }
