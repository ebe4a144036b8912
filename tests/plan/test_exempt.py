"""Reading what may differ, and finding the fields it names."""

from __future__ import annotations

import pytest

from fleet.errors import PluginFailed
from fleet.model.app import App, IgnoreDrift
from fleet.model.drift import Exemption, ExemptionFailed
from fleet.model.manifest import Manifest
from fleet.model.observation import observe
from fleet.plan.exempt import exempted, located
from tests.plan.given import app, deployment, entry, live_body, manifest, ours

WEB = deployment()


def read(*pointers: str, of: Manifest = WEB, by: App | None = None) -> object:
    return exempted(of, by or app(), {"ignore-drift": pointers})


def found(*pointers: str, of: Manifest = WEB) -> set[str]:
    answer = exempted(of, app(), {"ignore-drift": pointers})
    assert isinstance(answer, Exemption)
    return {str(path) for path in located(answer, of, ours(of))}


def test_nothing_said_is_nothing_exempt() -> None:
    assert exempted(WEB, app(), {}) is None
    assert exempted(WEB, app(), {"some-plugin": ()}) is None


@pytest.mark.parametrize(
    "pointer",
    [
        pytest.param("spec/replicas", id="no slash"),
        pytest.param("/", id="no field"),
        pytest.param("/spec//replicas", id="an empty step"),
        pytest.param("/spec/containers/[web]/image", id="a selector without value"),
        pytest.param("/spec/containers/[name=web]x/image", id="a selector with an end"),
        pytest.param("/kind", id="the kind"),
        pytest.param("/metadata/name", id="the name"),
        pytest.param("/metadata/labels/fleethub.dev~1fleet", id="a mark"),
        pytest.param("/metadata/labels/applyset.kubernetes.io~1part-of", id="the ApplySet's mark"),
    ],
)
def test_a_malformed_exemption_is_a_failure_that_says_which(pointer: str) -> None:
    answer = read("/spec/replicas", pointer)
    assert isinstance(answer, ExemptionFailed)
    assert repr(pointer) in answer.reason or "[web]" in answer.reason


def test_one_function_that_failed_makes_the_whole_answer_a_failure() -> None:
    error = PluginFailed(plugin="keda", function="fields", reason="KeyError: 'spec'")
    answer = exempted(WEB, app(), {"ignore-drift": ["/spec/replicas"], "keda": error})
    assert isinstance(answer, ExemptionFailed)
    assert "keda" in answer.reason


def test_what_several_say_is_exempt_together() -> None:
    by = app(ignore_drift=(IgnoreDrift(kind="Deployment", fields=("/spec/paused",)),))
    answer = exempted(WEB, by, {"one": ["/spec/replicas"], "two": ["/spec/replicas", "/data"]})
    assert isinstance(answer, Exemption)
    assert [str(path) for path in answer.paths] == ["/spec/replicas", "/data", "/spec/paused"]


@pytest.mark.parametrize(
    "rule, meant",
    [
        pytest.param({"kind": "Deployment"}, True, id="the kind"),
        pytest.param({"kind": "Deployment", "group": "apps", "namespace": "shop", "name": "web"}, True, id="all of it"),
        pytest.param({"kind": "*", "group": "ap*"}, True, id="patterns"),
        pytest.param({"kind": "StatefulSet"}, False, id="another kind"),
        pytest.param({"kind": "Deployment", "group": "batch"}, False, id="another group"),
        pytest.param({"kind": "Deployment", "name": "db"}, False, id="another name"),
        pytest.param({"kind": "Deployment", "namespace": "till"}, False, id="another namespace"),
    ],
)
def test_the_apps_own_rule_is_for_the_objects_it_names(rule: dict[str, str], meant: bool) -> None:
    by = app(ignore_drift=(IgnoreDrift(fields=("/spec/replicas",), **rule),))
    assert (read(by=by) is not None) is meant


def test_a_list_item_is_found_by_index_and_by_another_of_its_fields() -> None:
    container = "/spec/template/spec/containers"
    assert found(f"{container}/0/image", f"{container}/[image=web:1]/env") == {
        f"{container}/[name=web]/image",
        f"{container}/[name=web]/env",
    }


def test_a_port_is_found_although_it_does_not_name_its_protocol() -> None:
    container = "/spec/template/spec/containers/[name=web]"
    assert found(f"{container}/ports/[containerPort=80]/name") == {f"{container}/ports/[containerPort=80,protocol=TCP]/name"}


def test_a_number_may_be_a_name() -> None:
    settings = manifest(name="settings", data={"8080": "x"})
    assert found("/data/8080", of=settings) == {"/data/8080"}
    assert [path.edges for path in located(exempted(settings, app(), {"a": ["/data/8080"]}), settings, ours(settings))] == [
        ("f:data", "f:8080")
    ]


def test_a_container_of_our_marks_is_exempt_but_for_them() -> None:
    noted = deployment(annotations={"note": "x", "fleethub.dev/prune": "false"})
    assert found("/metadata/annotations", "/metadata/labels", of=noted) == {"/metadata/annotations/note"}


def test_everything_but_identity_and_marks_may_differ_of_a_whole_object() -> None:
    noted = deployment(annotations={"note": "x"})
    assert found("*", of=noted) == {"/metadata/annotations/note", "/spec"}


def test_what_git_no_longer_has_is_found_in_what_we_own() -> None:
    live = ours(deployment(annotations={"old": "x"}))
    whole = exempted(WEB, app(), {"a": ["*"]})
    assert "/metadata/annotations/old" in {str(path) for path in located(whole, WEB, live)}


def test_every_item_is_found_in_git_and_live() -> None:
    containers = "/spec/template/spec/containers"
    sidecar = {"name": "sidecar", "image": "proxy:1"}
    body = live_body(WEB)
    body["spec"]["template"]["spec"]["containers"].append(sidecar)
    fields = {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"sidecar"}': {".": {}, "f:image": {}}}}}}}
    body["metadata"]["managedFields"].append(entry("injector", fields))
    answer = exempted(WEB, app(), {"a": [f"{containers}/[*]/image"]})
    assert isinstance(answer, Exemption)
    assert {str(path) for path in located(answer, WEB, observe(body))} == {
        f"{containers}/[name=web]/image",
        f"{containers}/[name=sidecar]/image",
    }


def test_what_a_named_manager_owns_may_differ_and_not_all_that_is_beside_it() -> None:
    body = live_body(deployment(annotations={"note": "x"}))
    fields = {"f:metadata": {"f:annotations": {".": {}, "f:injected": {}}}, "f:spec": {"f:replicas": {}}}
    body["metadata"]["managedFields"] += [entry("injector", fields), entry("somebody", {"f:spec": {"f:paused": {}}})]
    by = app(ignore_drift=(IgnoreDrift(kind="*", managers=("injector",)),))
    answer = exempted(WEB, by, {})
    assert isinstance(answer, Exemption)
    assert {str(path) for path in located(answer, WEB, observe(body))} == {"/metadata/annotations/injected", "/spec/replicas"}
    assert located(answer, WEB, None) == ()
