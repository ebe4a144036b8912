"""One thing to render, known by its Fingerprint before it is rendered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.model.app import IgnoreDrift


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderValues:
    """What of a cluster a render may depend on; declared in git, never asked of the cluster."""

    kube_version: str = ""
    api_versions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderUnit:
    """What an App renders from; two Apps with the same Fingerprint are one unit, whatever cluster they are on."""

    fingerprint: str
    inputs: tuple[tuple[str, str], ...]
    """(path, git id) of everything that decides the result, sorted; the id of what was looked for and is missing is empty, that
    of a directory that was only looked through is LISTED."""
    renderer: str
    path: str
    namespace: str
    options: Mapping[str, Any] = field(hash=False, repr=False)
    values: RenderValues = RenderValues()
    may_differ: tuple[IgnoreDrift, ...] = ()
    """What the App lets differ, where its renderer does not certainly give the same each time."""
    name: str = ""
    """The App's name, where the renderer has a use for it."""
