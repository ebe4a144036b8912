"""Taking over moves exactly the paths it names, from exactly the managers it names."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.errors import ApiConflict, Forbidden, Rejected
from fleet.kube.live.apply import immutable, is_stale, managers_of
from fleet.kube.live.ownership import Takeover, taken
from fleet.model.fields import FieldPath

REPLICAS = FieldPath.parse("/spec/replicas")
LABEL = FieldPath.parse("/metadata/labels/tier")
TIME = "2026-11-23T02:00:00Z"


def entry(manager: str, *, operation: str = "Update", subresource: str = "", **fields: Any) -> dict[str, Any]:
    found = {
        "manager": manager,
        "operation": operation,
        "apiVersion": "apps/v1",
        "fieldsType": "FieldsV1",
        "fieldsV1": {f"f:{name}": value for name, value in fields.items()},
        "time": TIME,
    }
    return {**found, "subresource": subresource} if subresource else found


def takeover(*paths: FieldPath) -> Takeover:
    return Takeover(paths=paths, managers=("kubectl*", "before-first-apply"), api_version="apps/v1")


OURS = entry("fleethub", operation="Apply", spec={"f:paused": {}})
SCALED = entry("kubectl", spec={"f:replicas": {}})


def test_a_path_moves_to_our_entry_and_an_empty_entry_goes() -> None:
    after = taken([OURS, SCALED], takeover(REPLICAS))

    assert after == [entry("fleethub", operation="Apply", spec={"f:paused": {}, "f:replicas": {}})]


def test_what_is_not_named_stays_with_its_manager() -> None:
    both = entry("kubectl-edit", spec={"f:replicas": {}, "f:template": {"f:metadata": {}}})

    after = taken([OURS, both], takeover(REPLICAS))

    assert after[1] == entry("kubectl-edit", spec={"f:template": {"f:metadata": {}}})


def test_our_entry_is_made_where_there_is_none() -> None:
    (after,) = taken([SCALED], takeover(REPLICAS))

    assert (after["manager"], after["operation"], after["apiVersion"]) == ("fleethub", "Apply", "apps/v1")
    assert after["fieldsV1"] == {"f:spec": {"f:replicas": {}}}


def test_two_managers_paths_come_together() -> None:
    labelled = entry("kubectl-label", metadata={"f:labels": {"f:tier": {}}})

    (after,) = taken([SCALED, labelled], takeover(REPLICAS, LABEL))

    assert after["fieldsV1"] == {"f:spec": {"f:replicas": {}}, "f:metadata": {"f:labels": {"f:tier": {}}}}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(entry("hpa", spec={"f:replicas": {}}), id="a manager that was not named"),
        pytest.param(entry("kubectl", subresource="scale", spec={"f:replicas": {}}), id="a subresource"),
        pytest.param(entry("fleethub", operation="Apply", spec={"f:replicas": {}}), id="ourselves"),
    ],
)
def test_others_lose_nothing(other: dict[str, Any]) -> None:
    assert taken([other], takeover(REPLICAS)) == [other]


def test_an_apply_entry_of_a_named_manager_loses_as_well() -> None:
    applied = entry("kubectl", operation="Apply", spec={"f:replicas": {}})

    assert taken([OURS, applied], takeover(REPLICAS))[1:] == []


def rejected(reason: str, *causes: str) -> Rejected:
    facts = {"verb": "PATCH", "path": "/x", "status": 422, "causes": tuple(("spec", cause) for cause in causes)}
    return Rejected(cluster="prod-eu-1", reason=reason, **facts)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(rejected('Deployment "web" is invalid', "Invalid value: {}: field is immutable"), id="a selector"),
        pytest.param(rejected("updates to statefulset spec for fields other than 'replicas' are forbidden"), id="StatefulSet"),
        pytest.param(rejected("spec.clusterIPs[0]: Invalid value: may not change once set"), id="a Service's address"),
        pytest.param(rejected("roleRef: Invalid value: cannot change roleRef"), id="a binding's role"),
    ],
)
def test_an_immutable_field_is_recognised(error: Rejected) -> None:
    assert immutable(error)


def test_another_rejection_is_not_about_an_immutable_field() -> None:
    forbidden = Forbidden(cluster="a", verb="PATCH", path="/x", status=403, reason="field is immutable to you")

    assert not immutable(rejected("spec.replicas: Invalid value: -1: must be greater than or equal to 0"))
    assert not immutable(forbidden)


def conflict(*causes: tuple[str, str]) -> ApiConflict:
    return ApiConflict(cluster="a", verb="PATCH", path="/x", status=409, reason="conflict", causes=causes)


def test_a_conflict_tells_who_owns_the_field() -> None:
    error = conflict((".spec.replicas", 'conflict with "kubectl-edit" using apps/v1'), (".a", 'conflict with "hpa"'))

    assert managers_of(error) == ("hpa", "kubectl-edit")
    assert not is_stale(error)
    assert is_stale(conflict())
