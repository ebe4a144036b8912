"""Readers of Argo CD's documents: Application, ApplicationSet, and AppProject, which declares nothing.

In: one document and the cluster it is read for. Out: the App it declares there, none when its destination is another
cluster, and a Notice for every field that has no effect here. What cannot be honoured is refused by name, with file and
line, and so is a repository, a branch or a cluster that is not this fleet's.

`reading` is the Application in plain values; who generates Applications hands its documents to `read`.

Never here: another repository, Argo CD's own settings, its cluster Secrets, or a program that renders.
"""

from __future__ import annotations

from collections.abc import Iterable

from fleet.hooks import AppKind, hookimpl
from fleet.mapping.builtin.argocd.application import read
from fleet.mapping.builtin.argocd.applicationset import read as read_set
from fleet.mapping.builtin.argocd.project import read as read_project
from fleet.model.keys import GroupKind

GROUP = "argoproj.io"

__all__ = ["GROUP", "fleet_app_kinds", "read"]


@hookimpl
def fleet_app_kinds() -> Iterable[AppKind]:
    """Declare the readers."""
    yield AppKind(kind=GroupKind(GROUP, "Application"), read=read)
    yield AppKind(kind=GroupKind(GROUP, "ApplicationSet"), read=read_set)
    yield AppKind(kind=GroupKind(GROUP, "AppProject"), read=read_project)
