"""Runs renderers for the hub: which one, from what, once per Fingerprint, within limits."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from fleet.aio import Limiter
from fleet.errors import FleetError, LocatedError, RenderError
from fleet.hooks import RenderContext, RenderedFile, Renderer, SourceTree
from fleet.hooks.guard import call
from fleet.hooks.registry import Registry
from fleet.hooks.tree import ParsedBlobs
from fleet.k8syaml import DEFAULT, Document, Limits
from fleet.model.app import App
from fleet.model.manifest import Rendered, RenderFailed
from fleet.model.revision import EntryKind
from fleet.render.cache import DiskCache, MemoryCache
from fleet.render.finish import assemble, parse
from fleet.render.fingerprint import fingerprint, program_identity
from fleet.render.inputs import InputTree, followed
from fleet.render.run import rendered_files
from fleet.render.settings import RenderSettings
from fleet.render.unit import RenderUnit, RenderValues


class RenderHost:
    """Renders units; one for the process. `describe` belongs to the loop's thread, as trees do.

    `cache_dir` may be deleted at any time: what it held is rendered again. Without one nothing is kept on disk.
    """

    def __init__(
        self,
        registry: Registry,
        cache_dir: Path | None = None,
        limits: Limits = DEFAULT,
        settings: RenderSettings | None = None,
    ) -> None:
        self.rendered = 0
        """How many times a renderer was run."""
        self._settings = settings or RenderSettings()
        self._limits = limits
        self._blobs = ParsedBlobs(limits=limits)
        self._renderers = {renderer.name: renderer for renderer in registry.renderers}
        self._kinds = frozenset(registry.app_kinds)
        self._disk = DiskCache(cache_dir, max_bytes=self._settings.cache_bytes)
        self._memory = MemoryCache(max_objects=self._settings.memory_objects)
        self._jobs: Limiter[str] = Limiter(total=self._settings.jobs, per_key=1)
        self._described: weakref.WeakKeyDictionary[SourceTree, dict[str, RenderUnit]] = weakref.WeakKeyDictionary()

    def describe(self, tree: SourceTree, app: App, values: RenderValues) -> RenderUnit:
        """Find an App's renderer, everything it renders from, and so its Fingerprint.

        Raises RenderError (RenderInvalid with all errors at once) when that cannot be told, PluginFailed, PathRefused.
        """
        known = self._described.setdefault(tree, {})
        asked = fingerprint({
            "path": app.path, "renderer": app.renderer, "options": app.options, "namespace": app.namespace,
            "values": [values.kube_version, values.api_versions],
        })  # fmt: skip
        if asked not in known:
            known[asked] = self._describe(tree, app, values)
        return known[asked]

    async def render(self, tree: SourceTree, unit: RenderUnit) -> Rendered | RenderFailed:
        """Give what a unit renders to, from memory, from disk, or by its renderer; `tree` is the one it was described from."""
        async with self._one_at_once(unit.fingerprint):
            known = self._memory.get(unit.fingerprint, now=asyncio.get_running_loop().time())
            return known if known is not None else await self._remembered(tree, unit)

    def finish(self, files: Iterable[RenderedFile], *, fingerprint: str, namespace: str) -> Rendered | RenderFailed:
        """Make Manifests of the text a renderer gave: all its errors at once, or all of its objects."""
        documents, errors = parse(files, limits=self._limits)
        if errors:
            return RenderFailed(fingerprint=fingerprint, errors=errors)
        return self.assemble(documents, fingerprint=fingerprint, namespace=namespace)

    def assemble(self, documents: Iterable[Document], *, fingerprint: str, namespace: str) -> Rendered | RenderFailed:
        """Make Manifests of documents, as `finish` does."""
        return assemble(documents, fingerprint=fingerprint, namespace=namespace, kinds=self._kinds)
