"""What a definition says of its kind's status is read by version, and a kind that is to report is waited for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from fleet.health import declared_of
from fleet.model.declared import Column, Declared
from tests.health.objects import NOW, judge, live, said
from tests.health.test_assess import VALUES


def definition(status: Any = None, *columns: str, subresources: Any = None, **version: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": {"spec": {"type": "object"}, "status": status or {}}}
    printed = [{"name": f"C{number}", "type": "string", "jsonPath": path} for number, path in enumerate(columns)]
    whole = {"name": "v1", "schema": {"openAPIV3Schema": schema}, "additionalPrinterColumns": printed}
    subresources = {"status": {}} if subresources is None else subresources
    return {"kind": "CustomResourceDefinition", "spec": {"versions": [{**whole, "subresources": subresources, **version}]}}


def properties(**fields: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": kind} for name, kind in fields.items()}}


def test_a_definition_says_what_its_status_holds() -> None:
    crd = definition(properties(conditions="array", phase="string"), ".status.phase", ".spec.size", ".metadata.creationTimestamp")

    assert declared_of(crd) == {
        "v1": Declared(
            status=True,
            conditions=True,
            fields=("conditions", "phase"),
            columns=(Column(name="C0", path=("status", "phase")),),
        )
    }


@pytest.mark.parametrize(
    "path, path_read, condition",
    [
        pytest.param(
            '.status.conditions[?(@.type=="Ready")].status', ("status", "conditions"), "Ready", id="a condition, by its type"
        ),
        pytest.param(".status.conditions[?(@.type == 'Ready')].reason", ("status", "conditions"), "Ready", id="other quotes"),
        pytest.param(".status.conditions[-1:].type", ("status", "conditions"), "", id="the last condition"),
        pytest.param("$.status['sync-state']", ("status", "sync-state"), "", id="brackets"),
        pytest.param(".status.nodes[*].phase", ("status", "nodes"), "", id="a wildcard"),
    ],
)
def test_a_column_is_read_as_far_as_plain_names_lead(path: str, path_read: tuple[str, ...], condition: str) -> None:
    assert declared_of(definition({}, path))["v1"].columns == (Column(name="C0", path=path_read, condition=condition),)


@pytest.mark.parametrize(
    "crd, reports",
    [
        pytest.param(definition(properties(conditions="array")), True, id="conditions"),
        pytest.param(definition(properties(conditions="object")), True, id="conditions as a map"),
        pytest.param(definition({}, ".status.phase"), True, id="a column of the status"),
        pytest.param(definition(properties(url="string"), ".spec.size"), False, id="other fields and columns"),
        pytest.param(
            definition({"type": "object", "x-kubernetes-preserve-unknown-fields": True}), False, id="a status of anything"
        ),
    ],
)
def test_a_kind_is_known_to_report_by_conditions_or_columns_of_its_status(crd: Any, reports: bool) -> None:
    assert declared_of(crd)["v1"].reports is reports


def test_each_version_says_its_own() -> None:
    crd = definition(properties(conditions="array"))
    crd["spec"]["versions"].append({"name": "v2", "schema": {}})

    assert {name: declared.reports for name, declared in declared_of(crd).items()} == {"v1": True, "v2": False}


@given(crd=VALUES, version=VALUES)
def test_no_definition_makes_the_reader_raise(crd: Any, version: Any) -> None:
    assert declared_of({"spec": crd}) is not None
    assert set(declared_of(definition(version, subresources=version))) == {"v1"}


def test_a_kind_that_is_declared_to_report_is_waited_for_until_it_does() -> None:
    silent = live("example.com/v1 Widget", spec={})
    hour_ago = NOW - timedelta(hours=1)

    assert said(judge(silent, last_write=hour_ago, declared=Declared(conditions=True))) == ("Progressing", "NotReported")
    assert said(judge(silent, last_write=hour_ago, declared=Declared(status=True))) == ("Healthy", "NoStatus")
