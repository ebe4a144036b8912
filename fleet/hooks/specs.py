"""The hookspecs: each is called once, when a plugin is loaded."""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from fleet.hooks.declarations import AppKind, DriftExemption, Gate, HealthCheck, Notifier, Renderer

PROJECT = "fleet"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a function of a plugin as the implementation of the hook it is named after."""


@hookspec
def fleet_renderers() -> Iterable[Renderer]:
    """Declare renderers."""
    raise NotImplementedError


@hookspec
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare health checks."""
    raise NotImplementedError


@hookspec
def fleet_drift_exemptions() -> Iterable[DriftExemption]:
    """Declare what may differ from git."""
    raise NotImplementedError


@hookspec
def fleet_app_kinds() -> Iterable[AppKind]:
    """Declare kinds of documents that are read as Apps."""
    raise NotImplementedError


@hookspec
def fleet_notifiers() -> Iterable[Notifier]:
    """Declare ways to tell people."""
    raise NotImplementedError


@hookspec
def fleet_gates() -> Iterable[Gate]:
    """Declare gates of rollouts."""
    raise NotImplementedError
