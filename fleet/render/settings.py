"""What rendering may cost, and which programs the operator chose for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fleet.model.charts import LockedChart


class ChartSource(Protocol):
    """Where packaged charts come from."""

    async def package(self, locked: LockedChart) -> bytes:
        """The packaged chart, from the cache or fetched; raises FleetError, also for content with another digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderSettings:
    """Bounds of rendering; each has the default that a hub without settings gets."""

    charts: ChartSource | None = None
    """Where charts of repositories come from; None: from nowhere."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """Name (`kustomize`, `helm`) to path, for those that are not to be the packaged ones."""
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)
    """Renders at once: a kustomize build keeps a core busy."""
    deadline: float = 60.0
    """Seconds one render may take; a Renderer may ask for less."""
    max_output: int = 64 * 1024 * 1024
    """Bytes one render may give."""
    max_memory: int = 1024 * 1024 * 1024
    """Bytes a worker process may allocate."""
    cache_bytes: int = 1024 * 1024 * 1024
    """Size of the cache on disk."""
    memory_objects: int = 50_000
    """Manifests kept in memory; about 4 KiB each."""
    retry_after: float = 60.0
    """Seconds before a render that failed for a passing reason (a deadline, a plugin) is tried again."""
