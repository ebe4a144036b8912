"""What is built in is known without asking a cluster; what is not, is not guessed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fleet.schema import kind_of, kinds, scope


@pytest.mark.parametrize(
    "group, kind, expected",
    [
        pytest.param("apps", "Deployment", "Namespaced", id="of a group"),
        pytest.param("", "ConfigMap", "Namespaced", id="of the core group"),
        pytest.param("", "Namespace", "Cluster", id="a namespace lies in none"),
        pytest.param("rbac.authorization.k8s.io", "ClusterRole", "Cluster", id="cluster role"),
        pytest.param("apiextensions.k8s.io", "CustomResourceDefinition", "Cluster", id="definition"),
        pytest.param("events.k8s.io", "Event", "Namespaced", id="one of two groups"),
    ],
)
def test_the_scope_of_a_built_in_kind_is_known(group: str, kind: str, expected: str) -> None:
    assert scope(group, kind) == expected


@pytest.mark.parametrize(
    "group, kind",
    [
        pytest.param("example.com", "Deployment", id="a built-in name in another group"),
        pytest.param("", "Deployment", id="the group left out"),
        pytest.param("apps", "deployment", id="not as it is spelt"),
        pytest.param("apps", "Scale", id="only a subresource"),
    ],
)
def test_the_scope_of_any_other_kind_is_not_guessed(group: str, kind: str) -> None:
    assert scope(group, kind) is None


def test_the_version_that_the_server_prefers_comes_first() -> None:
    found = kind_of("autoscaling", "HorizontalPodAutoscaler")

    assert found is not None
    assert [version.name for version in found.versions] == ["v2", "v1"]
    assert found.plural == "horizontalpodautoscalers"


def test_every_kind_has_a_scope_a_plural_and_a_version() -> None:
    lacking = [
        kind for kind in kinds().values() if kind.scope not in ("Namespaced", "Cluster") or not kind.plural or not kind.versions
    ]

    assert lacking == []
    assert len(kinds()) > 60


def test_the_facts_are_not_read_before_somebody_asks() -> None:
    program = "from fleet.schema import kinds; print(kinds.cache_info().misses)"

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said == "0\n"
