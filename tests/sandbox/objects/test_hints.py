"""What the server takes, and warns of."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.sandbox.objects.hints import hints

TWICE: dict[str, Any] = {"containers": [{"name": "web", "env": [{"name": "A"}, {"name": "B"}, {"name": "A"}]}]}
HIDES = 'containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply'


@pytest.mark.parametrize(
    "group, kind, body, told",
    [
        pytest.param("", "Pod", {"spec": TWICE}, (f"spec.{HIDES}",), id="a Pod"),
        pytest.param(
            "apps", "Deployment", {"spec": {"template": {"spec": TWICE}}}, (f"spec.template.spec.{HIDES}",), id="a template"
        ),
        pytest.param("", "Pod", {"spec": {"containers": [{"name": "web", "env": [{"name": "A"}]}]}}, (), id="all is well"),
        pytest.param("example.com", "Pod", {"spec": TWICE}, (), id="a custom kind of the same name"),
    ],
)
def test_a_variable_that_hides_another_is_warned_of(group: str, kind: str, body: Any, told: tuple[str, ...]) -> None:
    assert hints(body, group=group, kind=kind) == told


def test_a_spread_without_a_selector_is_warned_of() -> None:
    spec = {"topologySpreadConstraints": [{"maxSkew": 1, "labelSelector": {}}, {"maxSkew": 1}]}

    assert hints({"spec": spec}, group="", kind="Pod") == (
        "spec.topologySpreadConstraints[1].labelSelector: a null labelSelector results in matching no pod",
    )
