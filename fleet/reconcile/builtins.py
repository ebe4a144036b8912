"""The built-in plugins, listed once. They are written exactly as others are."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from fleet.health.rules import BUILTINS as HEALTH_RULES
from fleet.mapping.builtin import argocd, flux, native
from fleet.plan.builtin import flux_marks, ignore_drift
from fleet.render.builtin import helm, kustomize, plain

BUILTINS: Sequence[ModuleType] = (plain, kustomize, helm, native, argocd, flux, ignore_drift, flux_marks, *HEALTH_RULES)
