"""Right objects are accepted, wrong ones refused with the field that is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.cli.validating.bodies import judge, pointer_of
from fleet.cli.validating.kinds import Definitions, Kinds, Unserved
from fleet.model.manifest import Manifest, Origin, Scope
from fleet.schema import scope
from tests.cli.agreement import excepted
from tests.cli.wrong import right, wrong

ORIGIN = Origin("a.yaml", 1)
DEFINITION, *_ = right()
DEFINED = [Manifest.of(DEFINITION, origin=ORIGIN, scope=Scope.CLUSTER, namespace="")]
KINDS = Kinds(DEFINED, Definitions())


def judged(body: dict[str, Any], kinds: Kinds = KINDS) -> list[tuple[str, str]]:
    """Where something is wrong, and by which rule; the object in the namespace `default`, as a cluster's is."""
    group = body["apiVersion"].rpartition("/")[0]
    where = Scope(scope(group, body["kind"]) or "Namespaced")
    manifest = Manifest.of(body, origin=ORIGIN, scope=where, namespace="default")
    model = kinds.of(body["apiVersion"], body["kind"])
    assert model is not None
    assert not isinstance(model, Unserved)
    return [(each.pointer, each.rule) for each in judge(model, manifest.body)]


@pytest.mark.parametrize("body", [pytest.param(body, id=body["kind"]) for body in right()])
def test_nothing_is_wrong_with_what_a_server_accepts(body: dict[str, Any]) -> None:
    assert judged(body) == []


def test_a_stranger_and_another_type_are_found_in_every_field() -> None:
    missed = [
        each.name
        for each in wrong()
        if each.name.endswith((" stranger", " type")) and not excepted(each.name) and not judged(each.body)
    ]
    free = ("/data stranger", "/spec/free", "/matchLabels stranger", "/labels stranger", "/selector stranger")
    assert [name for name in missed if not any(part in name for part in free)] == []


WEB: dict[str, Any] = {"name": "web", "image": "nginx"}


def pod(**container: Any) -> dict[str, Any]:
    """A Pod with one container."""
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{**WEB, **container}]}}


@pytest.mark.parametrize(
    "body, expected",
    [
        pytest.param(pod(imagee="x"), [("/spec/containers/0/imagee", "unknown-field")], id="stranger"),
        pytest.param(pod(image=True), [("/spec/containers/0/image", "wrong-type")], id="type"),
        pytest.param(pod(imagePullPolicy="always"), [("/spec/containers/0/imagePullPolicy", "invalid")], id="choice"),
        pytest.param(pod(ports=[{"name": "http"}]), [("/spec/containers/0/ports/0", "required")], id="left-out"),
        pytest.param(pod(env=[{"name": "A"}, {"name": "A"}]), [("/spec/containers/0/env", "invalid")], id="key-twice"),
        pytest.param(pod(resources={"limits": {"a": ""}}), [("/spec/containers/0/resources/limits/a", "wrong-type")], id="odd"),
        pytest.param(pod(readinessProbe={}), [("/spec/containers/0/readinessProbe", "required")], id="none-of-several"),
        pytest.param(
            pod(image=1, tty="no", nothing=1),
            [
                ("/spec/containers/0/image", "wrong-type"),
                ("/spec/containers/0/nothing", "unknown-field"),
                ("/spec/containers/0/tty", "wrong-type"),
            ],
            id="all-at-once",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_place(body: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert sorted(judged(body)) == expected


@pytest.mark.parametrize(
    "spec, expected",
    [
        pytest.param({}, [("/spec", "required")], id="required"),
        pytest.param({"size": "big"}, [("/spec/size", "invalid")], id="type"),
        pytest.param({"size": 10}, [("/spec/size", "invalid")], id="bound"),
        pytest.param({"size": 1, "color": "blue"}, [("/spec/color", "invalid")], id="choice"),
        pytest.param({"size": 1, "port": "x"}, [("/spec/port", "invalid")], id="pattern"),
        pytest.param({"size": 1, "port": 1.5}, [("/spec/port", "invalid")], id="whole-number-or-text"),
        pytest.param({"size": 1, "more": 1}, [("/spec/more", "unknown-field")], id="stranger"),
        pytest.param({"size": 1, "free": {"a": {"b": 1}}}, [], id="kept-unknown"),
        pytest.param({"size": 1, "tags": ["a", "a"]}, [("/spec/tags/1", "invalid")], id="set"),
        pytest.param({"size": 1, "parts": [{"count": 1}]}, [("/spec/parts/0", "required")], id="key-of-a-list"),
    ],
)
def test_custom_kinds_are_judged_by_their_definition(spec: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    body = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec}
    assert judged(body) == expected


@pytest.mark.parametrize(
    "api_version, kind, says",
    [
        pytest.param("apps/v1beta1", "Deployment", "serves Deployment in apps/v1, not in apps/v1beta1", id="old"),
        pytest.param("v1", "Deployment", "has no kind Deployment in v1", id="other-group"),
        pytest.param("example.com/v1beta1", "Widget", "serves Widget in example.com/v1", id="not-served-by-its-definition"),
    ],
)
def test_a_version_that_is_not_served_names_the_one_that_is(api_version: str, kind: str, says: str) -> None:
    found = KINDS.of(api_version, kind)
    assert isinstance(found, Unserved)
    assert says in found.message


def test_a_kind_that_nothing_defines_is_not_judged() -> None:
    assert KINDS.of("foo.io/v1", "Bar") is None


@pytest.mark.parametrize(
    "path, pointer",
    [
        pytest.param("spec.list[1].name", "/spec/list/1/name", id="item"),
        pytest.param('.spec.list[name="b"].name', "/spec/list/1/name", id="item-by-key"),
        pytest.param("metadata.labels.a.b/c", "/metadata/labels/a.b~1c", id="key-with-dots"),
        pytest.param("metadata.labels[a.b/c]", "/metadata/labels/a.b~1c", id="key-in-brackets"),
        pytest.param("spec.list[7].name", "/spec/list", id="nothing-there"),
        pytest.param("spec.other.name", "/spec", id="nearest"),
        pytest.param("<nil>", "", id="the-object"),
    ],
)
def test_a_servers_path_leads_to_a_field(path: str, pointer: str) -> None:
    body = {"metadata": {"labels": {"a.b/c": "x"}}, "spec": {"list": [{"name": "a"}, {"name": "b"}]}}
    assert pointer_of(body, path) == pointer
