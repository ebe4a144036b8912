"""Marks: written on every member, and believed only where they name the object they stand on."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pytest

from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Manifest, Origin, Scope
from fleet.model.marks import Marks, applyset_id, confirmed, inventory_name, keeps, marked, overwrites, replaces

SHOP = AppKey("prod-1", "shop")
BODY: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web"}, "annotations": {"note": "x"}},
}
WEB = Manifest.of(BODY, origin=Origin("apps/shop/web.yaml", 1), scope=Scope.NAMESPACED, namespace="shop")


def sent() -> dict[str, Any]:
    return marked(WEB, fleet="acme", app=SHOP, revision="c1")


def test_every_member_carries_every_mark() -> None:
    metadata = sent()["metadata"]
    assert metadata["labels"] == {
        "app": "web",
        "applyset.kubernetes.io/part-of": applyset_id("shop"),
        "fleethub.dev/fleet": "acme",
    }
    assert metadata["annotations"] == {
        "note": "x",
        "fleethub.dev/owner": "prod-1/shop Deployment.apps shop/web",
        "fleethub.dev/digest": WEB.digest,
        "fleethub.dev/revision": "c1",
        "fleethub.dev/source": "apps/shop/web.yaml:1",
    }


def test_marking_leaves_the_manifest_as_it_was() -> None:
    sent()
    assert set(WEB.body["metadata"]["labels"]) == {"app"}


def test_marks_are_read_back_as_they_were_written() -> None:
    marks = Marks.read(sent()["metadata"])
    assert (marks.fleet, marks.digest, marks.revision, marks.source) == ("acme", WEB.digest, "c1", "apps/shop/web.yaml:1")
    assert (marks.owner_of(WEB.key), marks.part_of) == (SHOP, applyset_id("shop"))


def test_the_digest_is_of_what_git_says_alone() -> None:
    elsewhere = Manifest.of(BODY, origin=Origin("other.yaml", 9), scope=Scope.NAMESPACED, namespace="shop")
    assert elsewhere.digest == WEB.digest


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(ObjectKey("apps", "Deployment", "shop", "other"), id="another name"),
        pytest.param(ObjectKey("apps", "Deployment", "till", "web"), id="another namespace"),
        pytest.param(ObjectKey("apps", "ReplicaSet", "shop", "web"), id="another kind"),
        pytest.param(ObjectKey("", "Deployment", "shop", "web"), id="another group"),
    ],
)
def test_a_mark_that_names_another_object_is_no_mark(key: ObjectKey) -> None:
    assert Marks.read(sent()["metadata"]).owner_of(key) is None


@pytest.mark.parametrize("owner", ["", "nonsense", "prod-1 Deployment.apps shop/web", "/shop Deployment.apps shop/web"])
def test_a_mark_that_names_no_app_is_no_mark(owner: str) -> None:
    assert Marks(owner=owner).owner_of(WEB.key) is None


@pytest.mark.parametrize("metadata", [{}, {"labels": None, "annotations": None}])
def test_an_unmarked_object_has_no_marks(metadata: dict[str, None]) -> None:
    assert Marks.read(metadata) == Marks()


def test_the_applyset_id_is_what_the_kep_says() -> None:
    parent = f"{inventory_name('shop')}.fleethub-system.ConfigMap."
    hashed = base64.urlsafe_b64encode(hashlib.sha256(parent.encode()).digest()).decode().rstrip("=")
    assert applyset_id("shop") == f"applyset-{hashed}-v1"
    assert len(applyset_id("shop")) <= 63


@pytest.mark.parametrize(
    "annotations, kept",
    [
        pytest.param({}, False, id="nothing said"),
        pytest.param({"fleethub.dev/prune": "false"}, True, id="ours"),
        pytest.param({"fleethub.dev/prune": "true"}, False, id="ours, the other way"),
        pytest.param({"helm.sh/resource-policy": "keep"}, True, id="Helm"),
        pytest.param({"kustomize.toolkit.fluxcd.io/prune": "disabled"}, True, id="Flux"),
        pytest.param({"kustomize.toolkit.fluxcd.io/prune": "Disabled"}, True, id="Flux, in capitals"),
        pytest.param({"argocd.argoproj.io/sync-options": "Prune=false"}, True, id="Argo"),
        pytest.param({"argocd.argoproj.io/sync-options": "Validate=false, Delete=false"}, True, id="Argo, among others"),
        pytest.param({"argocd.argoproj.io/sync-options": "Prune=true"}, False, id="Argo, the other way"),
    ],
)
def test_every_tools_word_for_keeping_is_heard(annotations: dict[str, str], kept: bool) -> None:
    assert keeps({"annotations": annotations}) is kept


REPLACING = {
    "our own word": {"fleethub.dev/replace": "true"},
    "Flux": {"kustomize.toolkit.fluxcd.io/force": "enabled"},
    "Argo CD": {"argocd.argoproj.io/sync-options": "Force=true, Prune=true,Replace=true"},
}


@pytest.mark.parametrize("annotations", REPLACING.values(), ids=REPLACING.keys())
def test_an_object_may_be_replaced_by_any_engines_word(annotations: dict[str, str]) -> None:
    assert replaces({"annotations": annotations})


@pytest.mark.parametrize(
    "annotations",
    [
        pytest.param({}, id="nothing is said"),
        pytest.param({"fleethub.dev/replace": "false"}, id="no"),
        pytest.param({"argocd.argoproj.io/sync-options": "Replace=true"}, id="a PUT deletes nothing"),
        pytest.param({"argocd.argoproj.io/sync-options": "Force=true"}, id="a forced apply deletes nothing"),
        pytest.param({"kustomize.toolkit.fluxcd.io/force": "disabled"}, id="Flux's no"),
    ],
)
def test_nothing_else_lets_an_object_be_replaced(annotations: dict[str, str]) -> None:
    assert not replaces({"annotations": annotations})


@pytest.mark.parametrize(
    ("options", "overwritten", "replaced"),
    [
        pytest.param("", (False, True), (False, False), id="nothing said"),
        pytest.param("Replace=true", (True, True), (False, False), id="Replace"),
        pytest.param("Replace=false", (False, False), (False, False), id="an exception"),
        pytest.param("Force=true", (False, False), (False, True), id="Force"),
        pytest.param("Force=true,Replace=true", (False, False), (True, True), id="both"),
    ],
)
def test_an_app_says_replace_for_each_of_its_objects(
    options: str, overwritten: tuple[bool, bool], replaced: tuple[bool, bool]
) -> None:
    annotations = {"argocd.argoproj.io/sync-options": options}
    assert tuple(overwrites(annotations, overwrite=app) for app in (False, True)) == overwritten
    assert tuple(replaces({"annotations": annotations}, overwrite=app) for app in (False, True)) == replaced


@pytest.mark.parametrize(
    ("options", "asks"), [("Prune=confirm", True), ("Validate=false, Delete=confirm", True), ("Prune=true", False), ("", False)]
)
def test_an_object_may_ask_for_a_confirmation(options: str, asks: bool) -> None:
    assert confirmed({"argocd.argoproj.io/sync-options": options}) is asks
