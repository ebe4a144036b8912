"""Flux's apply policy of an object: what may differ where git says that it is only made, and a word that is none.

`Ignore` and `reconcile: disabled` are not heard here: such an object never becomes a desired one.
"""

from __future__ import annotations

from collections.abc import Iterable

from fleet.errors import IgnoreDriftInvalid
from fleet.hooks import DriftExemption, ExemptionContext, hookimpl
from fleet.model import flux_words

_POLICIES = {"override": (), "merge": (), "ifnotpresent": ("*",), "ignore": ("*",)}
"""What is exempt for each apply policy. That `Merge` leaves what others added is said where fields are taken over."""


@hookimpl
def fleet_drift_exemptions() -> Iterable[DriftExemption]:
    """Declare the word."""
    yield DriftExemption(name="flux-ssa", annotation=flux_words.SSA, label=True, where="git", fields=policy)


def policy(context: ExemptionContext) -> Iterable[str]:
    """Read an apply policy; raises IgnoreDriftInvalid for one that Flux does not know either, and would pass over."""
    said = flux_words.said(context.manifest.metadata, flux_words.SSA) if context.manifest else (context.value.casefold(),)
    unknown = [value for value in said if value not in _POLICIES]
    if unknown:
        reason = "it is Override, Merge, IfNotPresent or Ignore"
        raise IgnoreDriftInvalid(annotation=flux_words.SSA, value=context.value, reason=reason)
    return [pointer for value in said for pointer in _POLICIES[value]]
