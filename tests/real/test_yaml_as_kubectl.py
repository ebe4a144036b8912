"""What kubectl and a real API server make of a text is what we read from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fleet.k8syaml import dump, load_documents
from tests.controlplane import ControlPlane
from tests.controlplane.waiting import eventually
from tests.k8syaml.cases import VALUES

CASES = "/apis/example.com/v1/namespaces/default/cases"
SCHEMA = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "cases.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "cases", "kind": "Case", "singular": "case", "listKind": "CaseList"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": SCHEMA}}],
    },
}


async def define_cases(cluster: ControlPlane) -> None:
    cluster.kube.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", DEFINITION).ok()
    await eventually(lambda: cluster.kube.get(CASES).status == 200)
    # kubectl looks a kind up before it writes one, and the server tells of it a moment after it serves it.
    await eventually(lambda: "Case" in {resource.kind for resource in cluster.kube.discover()})


def case(name: str, text: str) -> str:
    return f"apiVersion: example.com/v1\nkind: Case\nmetadata: {{name: '{name}'}}\nvalue: {text}\n"


def stored(cluster: ControlPlane) -> dict[str, Any]:
    return {item["metadata"]["name"]: as_fleet(item.get("value")) for item in cluster.kube.list(CASES)}


def as_fleet(value: Any) -> Any:
    """Numbers that are no int64 are floats to Kubernetes; Go prints them without an exponent."""
    if isinstance(value, dict):
        return {key: as_fleet(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_fleet(item) for item in value]
    return float(value) if type(value) is int and not -(2**63) <= value < 2**63 else value


async def test_a_cluster_stores_what_the_table_says(real_cluster: ControlPlane, tmp_path: Path) -> None:
    await define_cases(real_cluster)
    text = "---\n".join(case(name, text) for name, text, _ in VALUES)
    (tmp_path / "cases.yaml").write_text(text)
    await real_cluster.kubectl("create", "-f", str(tmp_path / "cases.yaml"))
    found = stored(real_cluster)
    assert found == {name: value for name, _, value in VALUES}
    read = load_documents(text, file="cases.yaml")
    assert {each.value["metadata"]["name"]: each.value.get("value") for each in read} == found


async def test_a_cluster_stores_what_was_dumped(real_cluster: ControlPlane, tmp_path: Path) -> None:
    await define_cases(real_cluster)
    read = load_documents("---\n".join(case(name, text) for name, text, _ in VALUES), file="cases.yaml")
    (tmp_path / "dumped.yaml").write_text(dump(each.value for each in read))
    await real_cluster.kubectl("create", "-f", str(tmp_path / "dumped.yaml"))
    assert stored(real_cluster) == {name: value for name, _, value in VALUES}
