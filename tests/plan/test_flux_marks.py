"""Flux's annotations on an object say what may differ; what is not honoured of them holds the object, by name."""

from __future__ import annotations

import pytest

from fleet.errors import IgnoreDriftInvalid
from fleet.hooks import ExemptionContext
from fleet.hooks.registry import load
from fleet.plan.builtin import flux_marks

SSA, RECONCILE = "kustomize.toolkit.fluxcd.io/ssa", "kustomize.toolkit.fluxcd.io/reconcile"
DETECTION = "helm.toolkit.fluxcd.io/driftDetection"
DECLARED = {each.annotation: each for each in load([flux_marks]).drift_exemptions}


def said(annotation: str, value: str) -> tuple[str, ...]:
    return tuple(DECLARED[annotation].fields(ExemptionContext(value=value, manifest=None, live=None)))


@pytest.mark.parametrize(
    "annotation, value, expected",
    [
        (SSA, "Override", ()),
        (SSA, "IfNotPresent", ("*",)),
        (SSA, "ifnotpresent", ("*",)),
        (SSA, "Ignore", ("*",)),
        (RECONCILE, "disabled", ("*",)),
        (RECONCILE, "enabled", ()),
        (DETECTION, "Disabled", ("*",)),
    ],
)
def test_what_flux_leaves_alone_may_differ(annotation: str, value: str, expected: tuple[str, ...]) -> None:
    assert said(annotation, value) == expected


@pytest.mark.parametrize("value", ["Merge", "merged", ""])
def test_another_policy_holds_the_object_and_says_what_to_write(value: str) -> None:
    with pytest.raises(IgnoreDriftInvalid, match=r"fleethub\.dev/ignore-drift instead of Merge"):
        said(SSA, value)


def test_only_git_decides() -> None:
    assert {each.where for each in DECLARED.values()} == {"git"}
