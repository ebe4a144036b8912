"""Flux's annotations that say what of an object may differ, as git has them: `ssa`, `reconcile` and `driftDetection`."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.errors import IgnoreDriftInvalid
from fleet.hooks import DriftExemption, ExemptionContext, hookimpl

_WHOLE = ("*",)
_SSA = "kustomize.toolkit.fluxcd.io/ssa"
_DISABLING = ("kustomize.toolkit.fluxcd.io/reconcile", "helm.toolkit.fluxcd.io/driftDetection")
_POLICIES = {"override": (), "ifnotpresent": _WHOLE, "ignore": _WHOLE}
"""What is exempt for each apply policy. An ignored object that is not there is made nevertheless: git says that it should be."""


@hookimpl
def fleet_drift_exemptions() -> Iterable[DriftExemption]:
    """Declare the annotations."""
    yield DriftExemption(name="flux-ssa", annotation=_SSA, where="git", fields=policy)
    for annotation in _DISABLING:
        yield DriftExemption(name=annotation.partition("/")[2], annotation=annotation, where="git", fields=disabled)


def policy(context: ExemptionContext) -> Iterable[str]:
    """Read an apply policy. `Merge` would keep what kubectl added and take back what it changed: that is refused by name."""
    found = _POLICIES.get(context.value.casefold())
    if found is None:
        reason = "it is Override, IfNotPresent or Ignore here; name the fields with fleethub.dev/ignore-drift instead of Merge"
        raise IgnoreDriftInvalid(annotation=_SSA, value=context.value, reason=reason)
    return found


def disabled(context: ExemptionContext) -> Iterable[str]:
    """The whole object, where the annotation says `disabled`."""
    return _WHOLE if context.value.casefold() == "disabled" else ()
