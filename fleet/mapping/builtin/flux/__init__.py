"""Readers of Flux's documents: Kustomization and HelmRelease; their sources, which declare nothing; and what has no effect here.

In: one document and the cluster it is read for; what it names (GitRepository, HelmRepository, ConfigMap…) is looked up among
the cluster's own. Out: the App it declares there, and a Notice for every field that has no effect here. What cannot be
honoured is refused by name, with file and line, and so is a source that is not this repository.

Never here: another repository, an object that is only in a cluster, Flux's own settings, decryption, or a program.
"""

from __future__ import annotations

from collections.abc import Iterable

from fleet.hooks import AppKind, hookimpl
from fleet.mapping.builtin.flux.helmrelease import KIND as HELM_RELEASE
from fleet.mapping.builtin.flux.helmrelease import read as read_release
from fleet.mapping.builtin.flux.kustomization import KIND as KUSTOMIZATION
from fleet.mapping.builtin.flux.kustomization import read as read_kustomization
from fleet.mapping.builtin.flux.silent import KINDS as SILENT
from fleet.mapping.builtin.flux.silent import read as read_silent
from fleet.mapping.builtin.flux.sources import GROUP, TABLES
from fleet.mapping.builtin.flux.sources import read as read_source
from fleet.model.keys import GroupKind

__all__ = ["fleet_app_kinds"]


@hookimpl
def fleet_app_kinds() -> Iterable[AppKind]:
    """Declare the readers."""
    yield AppKind(kind=KUSTOMIZATION, read=read_kustomization)
    yield AppKind(kind=HELM_RELEASE, read=read_release)
    yield from (AppKind(kind=GroupKind(GROUP, kind), read=read_source) for kind in TABLES)
    yield from (AppKind(kind=kind, read=read_silent) for kind in SILENT)
