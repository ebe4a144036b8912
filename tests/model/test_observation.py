"""What is kept of a live object, and that unknown is not absent."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.errors import ClusterUnreachable
from fleet.model.fields import FieldPath
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.observation import Absent, Observation, Unknown, members_hash, observe

KEY = ObjectKey("", "ConfigMap", "shop", "one")
OTHER = ObjectKey("", "ConfigMap", "shop", "two")
TRACKING = "argocd.argoproj.io/tracking-id"
INSTANCE = {"app.kubernetes.io/instance": "shop"}
HELM = {"app.kubernetes.io/managed-by": "Helm"}
RELEASE = {"annotations": {"meta.helm.sh/release-name": "shop", "meta.helm.sh/release-namespace": "shop"}}


def body(*entries: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    found = {"name": "one", "namespace": "shop", "uid": "u1", "resourceVersion": "7", **metadata}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {**found, "managedFields": list(entries)}}


def entry(manager: str, operation: str = "Update", subresource: str = "", field: str = "f:a") -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "subresource": subresource, "fieldsV1": {"f:data": {field: {}}}}


def test_ours_is_what_our_manager_applied() -> None:
    found = observe(body(entry("fleethub", "Update", field="f:b"), entry("fleethub", "Apply"), entry("kubectl")))
    assert list(found.own.paths()) == [FieldPath(("f:data", "f:a"))]
    assert [(one.manager, one.operation) for one in found.others] == [("fleethub", "Update"), ("kubectl", "Update")]


def test_entries_of_subresources_are_not_kept() -> None:
    found = observe(body(entry("fleethub", "Apply", "status"), entry("kubectl", subresource="scale")))
    assert (bool(found.own), found.others) == (False, ())


def test_ownership_changes_with_what_we_own_and_not_with_times() -> None:
    first = observe(body(entry("fleethub", "Apply")))
    later = observe(body({**entry("fleethub", "Apply"), "time": "2026-11-23T02:00:00Z"}))
    taken = observe(body(entry("fleethub", "Apply", field="f:b")))
    assert first.ownership == later.ownership
    assert first.ownership != taken.ownership


def test_a_partial_object_is_told_its_key() -> None:
    partial = {**body(), "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    assert observe(partial, key=KEY).key == KEY


def test_an_object_with_a_deletion_time_is_being_deleted() -> None:
    assert observe(body(deletionTimestamp="2026-11-23T02:00:00Z")).deleting
    assert not observe(body(deletionTimestamp=None)).deleting


def test_an_object_that_never_was_applied_is_ours_in_nothing() -> None:
    assert not observe({**body(), "metadata": {"name": "one", "namespace": "shop"}}).own


@pytest.mark.parametrize(
    "metadata, rival",
    [
        pytest.param({"annotations": {TRACKING: "shop:/ConfigMap:shop/one"}}, "argocd", id="Argo CD"),
        pytest.param({"annotations": {TRACKING: "x"}}, "argocd", id="Argo CD, in a way of its own"),
        pytest.param({"annotations": {TRACKING: "shop:/ConfigMap:shop/two"}}, "", id="Argo CD's, copied from another object"),
        pytest.param({"annotations": {TRACKING: "shop:apps/Deployment:shop/one"}}, "", id="Argo CD's, copied by a controller"),
        pytest.param({"labels": {"argocd.argoproj.io/instance": "x"}}, "argocd", id="Argo CD's own label"),
        pytest.param(
            {"labels": INSTANCE, "managedFields": [entry("argocd-controller", "Apply")]}, "argocd", id="Argo CD's default label"
        ),
        pytest.param({"labels": INSTANCE, "managedFields": [entry("helm")]}, "", id="the same label, of a chart"),
        pytest.param({"labels": {"kustomize.toolkit.fluxcd.io/name": "x"}}, "flux", id="Flux, a Kustomization"),
        pytest.param({"labels": {**HELM, "helm.toolkit.fluxcd.io/name": "x"}, **RELEASE}, "flux", id="Flux, a HelmRelease"),
        pytest.param({"labels": HELM, **RELEASE}, "helm", id="Helm"),
        pytest.param({"labels": HELM}, "", id="a chart's label that somebody else applied"),
        pytest.param({"labels": {"objectset.rio.cattle.io/hash": "x"}}, "rancher", id="Rancher Fleet"),
    ],
)
def test_another_engines_mark_is_seen(metadata: dict[str, Any], rival: str) -> None:
    assert observe({**body(), "metadata": {"name": "one", "namespace": "shop", **metadata}}).rivals == ((rival,) if rival else ())


def test_a_live_word_for_keeping_is_seen() -> None:
    assert observe(body(annotations={"fleethub.dev/prune": "false"})).kept


def test_the_owner_is_the_app_that_a_consistent_mark_names() -> None:
    marked = observe(body(annotations={"fleethub.dev/owner": f"prod-1/shop {KEY.member}"}))
    copied = observe(body(annotations={"fleethub.dev/owner": f"prod-1/shop {OTHER.member}"}))
    assert (marked.owner, copied.owner) == (AppKey("prod-1", "shop"), None)


def test_unknown_is_not_absent() -> None:
    unknown = Unknown(error=ClusterUnreachable(cluster="prod-1", reason="no route"))
    seen = Observation(objects={KEY: unknown, OTHER: Absent()})
    assert [seen.absent(key) for key in (KEY, OTHER)] == [False, True]
    assert [seen.live(key) for key in (KEY, OTHER)] == [None, None]


def test_what_was_not_looked_for_is_not_absent() -> None:
    assert not Observation(objects={}).absent(KEY)


def test_the_hash_over_members_changes_with_uid_ownership_and_membership() -> None:
    base = {KEY: ("u1", "o1"), OTHER: ("u2", "o2")}
    changed = [
        {**base, KEY: ("u9", "o1")},
        {**base, KEY: ("u1", "o9")},
        {KEY: ("u1", "o1")},
        {KEY: ("u2", "o2"), OTHER: ("u1", "o1")},
    ]
    assert members_hash(dict(reversed(base.items()))) == members_hash(base)
    assert members_hash(base) not in [members_hash(one) for one in changed]
