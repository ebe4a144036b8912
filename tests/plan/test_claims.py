"""Which App owns which object, and the order of writes."""

from __future__ import annotations

import pytest

from fleet.errors import MappingError
from fleet.model.app import Problem
from fleet.model.claims import Claims, ClaimsIncomplete
from fleet.model.keys import GroupKind
from fleet.model.plan import Action, Change
from fleet.plan.claims import claims
from fleet.plan.order import reversed_order, stage_of, staged
from fleet.plan.plan import plan
from tests.plan.given import COMMIT, app, cluster_map, facts, manifest

APPS = {"shop": app("shop"), "till": app("till")}
ONE, TWO = manifest(name="one"), manifest(name="two")


def test_every_key_belongs_to_the_app_that_wants_it() -> None:
    found = claims(cluster_map(APPS), {"shop": (ONE,), "till": (TWO,)}, COMMIT)
    assert isinstance(found, Claims)
    assert {key.name: claim.app for key, claim in found.owners.items()} == {"one": "shop", "two": "till"}
    assert (found.commit, found.refused) == (COMMIT, {})


def test_a_key_claimed_twice_goes_to_the_app_declared_first() -> None:
    found = claims(cluster_map(dict(reversed(APPS.items()))), {"till": (ONE,), "shop": (ONE,)}, COMMIT)
    assert isinstance(found, Claims)
    first, second = found.refused[ONE.key]
    assert (found.owners[ONE.key].app, first.app, second.app) == ("shop", "shop", "till")


@pytest.mark.parametrize(
    "how, manifests",
    [
        pytest.param({"failed": ["till"]}, {"shop": (ONE,)}, id="a render failed"),
        pytest.param({}, {"shop": (ONE,)}, id="a render is not there yet"),
        pytest.param(
            {"problems": [Problem(error=MappingError(file="a", line=1, message="no"), clusters=("prod-1",))]},
            {"shop": (ONE,), "till": (TWO,)},
            id="the chain has an error",
        ),
    ],
)
def test_claims_are_incomplete_when_anything_could_be_missing(how: dict[str, list[object]], manifests: dict[str, object]) -> None:
    assert isinstance(claims(cluster_map(APPS, **how), manifests, COMMIT), ClaimsIncomplete)  # type: ignore[arg-type]


def test_a_cluster_without_apps_has_complete_claims() -> None:
    assert claims(cluster_map({}), {}, COMMIT) == Claims(commit=COMMIT, owners={}, refused={})


ORDERED = [
    ["Namespace", "CustomResourceDefinition", "ClusterRole"],
    ["ServiceAccount", "ConfigMap", "Secret", "Role"],
    ["Deployment", "Job", "Widget"],
    ["APIService"],
]


def test_definitions_go_first_then_settings_then_workloads_then_what_intercepts() -> None:
    made = plan(facts([manifest(kind, kind.lower()) for stage in reversed(ORDERED) for kind in stage]))
    assert [{change.key.kind for change in stage} for stage in made.stages] == [set(stage) for stage in ORDERED]


@pytest.mark.parametrize(
    "kind, stage",
    [
        pytest.param("StorageClass.storage.k8s.io", 1, id="StorageClass"),
        pytest.param("PriorityClass.scheduling.k8s.io", 1, id="PriorityClass"),
        pytest.param("RoleBinding.rbac.authorization.k8s.io", 1, id="RoleBinding"),
        pytest.param("ClusterRoleBinding.rbac.authorization.k8s.io", 1, id="ClusterRoleBinding"),
        pytest.param("ValidatingWebhookConfiguration.admissionregistration.k8s.io", 3, id="a validating webhook"),
        pytest.param("MutatingWebhookConfiguration.admissionregistration.k8s.io", 3, id="a mutating webhook"),
        pytest.param("Deployment.example.com", 2, id="a custom kind of a known name"),
    ],
)
def test_each_kind_has_its_stage(kind: str, stage: int) -> None:
    assert stage_of(GroupKind.parse(kind)) == stage


def test_deletes_go_the_other_way() -> None:
    deletes = [Change(action=Action.DELETE, key=manifest(kind, kind.lower()).key) for stage in ORDERED for kind in stage]
    kinds = [change.key.kind for change in reversed_order(deletes)]
    assert (kinds[0], set(kinds[-3:])) == ("APIService", set(ORDERED[0]))


def test_order_does_not_depend_on_the_order_of_what_is_ordered() -> None:
    changes = [Change(action=Action.CREATE, key=manifest(kind, kind.lower()).key) for stage in ORDERED for kind in stage]
    assert staged(changes) == staged(reversed(changes))
