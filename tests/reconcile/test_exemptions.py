"""What plugins say may differ reaches the Plan; what they fail to say holds the object."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.hooks import DriftExemption, ExemptionContext
from fleet.model.app import App, DeclaredBy, IgnoreDrift
from fleet.model.drift import Exemption, ExemptionFailed
from fleet.model.fields import FieldPath
from fleet.model.keys import AppKey
from fleet.model.manifest import Manifest, Origin, Scope
from fleet.reconcile.exemptions import exempted

NOTE = "example.com/may-differ"


def deployment(**annotations: str) -> Manifest:
    """A Deployment with annotations."""
    metadata = {"name": "web", "namespace": "shop", "annotations": annotations}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 1}}
    return Manifest.of(body, origin=Origin("web.yaml", 1), scope=Scope.NAMESPACED, namespace="shop")


def app(*rules: IgnoreDrift) -> App:
    """An App with its own word on drift."""
    return App(key=AppKey("one", "shop"), declared_by=DeclaredBy(origin=Origin("apps.yaml", 1)), ignore_drift=rules)


def value(context: ExemptionContext) -> Iterable[str]:
    """Say what the annotation says."""
    return context.value.split(",")


def broken(context: ExemptionContext) -> Iterable[str]:
    """Fail as plugins do."""
    raise KeyError(context.value)


BY_NOTE = DriftExemption(name="note", annotation=NOTE, fields=value)


def test_an_annotation_in_git_names_what_may_differ() -> None:
    manifest = deployment(**{NOTE: "/spec/replicas"})
    found = exempted(app(), [manifest], [BY_NOTE])[manifest.key]
    assert isinstance(found, Exemption)
    assert found.paths == (FieldPath.parse("/spec/replicas"),)


def test_an_object_without_the_annotation_is_not_asked_about() -> None:
    failing = DriftExemption(name="note", annotation=NOTE, fields=broken)
    assert exempted(app(), [deployment()], [failing]) == {}


def test_an_exemption_for_live_objects_says_nothing_of_git() -> None:
    live = DriftExemption(name="note", annotation=NOTE, fields=value, where="live")
    assert exempted(app(), [deployment(**{NOTE: "/spec/replicas"})], [live]) == {}


def test_a_plugin_that_fails_holds_the_object_and_is_named() -> None:
    manifest = deployment(**{NOTE: "x"})
    found = exempted(app(), [manifest], [DriftExemption(name="note", annotation=NOTE, fields=broken)])[manifest.key]
    assert isinstance(found, ExemptionFailed)
    assert NOTE in found.reason


def test_an_answer_that_is_no_pointer_holds_the_object() -> None:
    manifest = deployment(**{NOTE: "spec.replicas"})
    assert isinstance(exempted(app(), [manifest], [BY_NOTE])[manifest.key], ExemptionFailed)


def test_the_app_s_own_word_and_a_plugin_s_add_up() -> None:
    manifest = deployment(**{NOTE: "/spec/paused"})
    rule = IgnoreDrift(kind="Deployment", fields=("/spec/replicas",))
    found = exempted(app(rule), [manifest], [BY_NOTE])[manifest.key]
    assert isinstance(found, Exemption)
    assert set(found.paths) == {FieldPath.parse("/spec/replicas"), FieldPath.parse("/spec/paused")}
