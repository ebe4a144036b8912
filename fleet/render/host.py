"""Runs renderers for the hub: which one, from what, once per Fingerprint, within limits."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from fleet.aio import Limiter, Threads
from fleet.errors import FleetError
from fleet.hooks import RenderContext, RenderedFile, Renderer, SourceTree
from fleet.hooks.guard import call_async
from fleet.hooks.registry import Registry
from fleet.hooks.tree import LimitedTree, ParsedBlobs
from fleet.k8syaml import DEFAULT, Document, Limits
from fleet.model.app import App, Notice
from fleet.model.manifest import Rendered, RenderFailed
from fleet.render.cache import DiskCache, MemoryCache
from fleet.render.describe import chosen, described, settled
from fleet.render.fingerprint import fingerprint
from fleet.render.finish import assemble, parse
from fleet.render.inputs import InputTree
from fleet.render.repeat import differences
from fleet.render.run import private_directory, rendered_files, workers
from fleet.render.settings import RenderSettings
from fleet.render.unit import RenderUnit, RenderValues

T = TypeVar("T")
Parsed = tuple[tuple[Document, ...], tuple[FleetError, ...]]
_AT_ONCE = 100  # documents that are finished on the loop: about a millisecond, what a thread would cost as well


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
        """How many Fingerprints were rendered afresh."""
        self._settings = settings or RenderSettings()
        self._limits = limits
        self._blobs = ParsedBlobs(limits=limits)
        self._renderers = {renderer.name: renderer for renderer in registry.renderers}
        self._kinds = frozenset(registry.app_kinds)
        self._private = private_directory(cache_dir)
        self._disk = DiskCache(cache_dir / "by-fingerprint" if cache_dir else None, max_bytes=self._settings.cache_bytes)
        size, retry_after = self._settings.memory_objects, self._settings.retry_after
        self._memory = MemoryCache[Rendered | RenderFailed](max_objects=size, retry_after=retry_after)
        self._failures = MemoryCache[RenderFailed](max_objects=size, retry_after=retry_after)
        self._places: Limiter[str] = Limiter(total=self._settings.jobs, per_key=1)
        self._threads = Threads(limit=self._settings.jobs, name="render")
        self._workers = workers(limit=self._settings.jobs, max_memory=self._settings.max_memory)
        self._described: weakref.WeakKeyDictionary[SourceTree, dict[str, RenderUnit]] = weakref.WeakKeyDictionary()

    def describe(self, tree: SourceTree, app: App, values: RenderValues) -> RenderUnit:
        """Find an App's renderer, everything it renders from, and so its Fingerprint; asked again of one tree, it costs nothing.

        Raises RenderError (RenderInvalid with all errors at once) when that cannot be told, PluginFailed, PathRefused.
        """
        known = self._described.setdefault(tree, {})
        facts = {"app": [app.key.app, app.path, app.renderer, app.namespace], "options": app.options}
        rules = [*map(astuple, app.ignore_drift)]
        asked = fingerprint({**facts, "values": [values.kube_version, values.api_versions], "rules": rules})
        if asked not in known:
            context = RenderContext(tree=tree, path=app.path, options=app.options, namespace=app.namespace, name=app.key.app)
            renderer = chosen(self._renderers.values(), context, name=app.renderer)
            known[asked] = described(renderer, self._bounded(context, renderer), values, rules=app.ignore_drift)
        return known[asked]

    async def render(self, tree: SourceTree, unit: RenderUnit) -> Rendered | RenderFailed:
        """Give what a unit renders to, from memory, from disk, or by its renderer; `tree` is the one it was described from.

        However many ask at once, one of them renders; if that one is cancelled, the next does.
        """
        known = self._recall(unit)
        if known is not None:
            return known
        async with self._places.slot(unit.fingerprint):
            return self._recall(unit) or await self._result(tree, unit)

    async def documents(self, tree: SourceTree, unit: RenderUnit) -> tuple[Document, ...] | RenderFailed:
        """Give a unit's documents as its renderer wrote them, not checked and not kept in memory; `assemble` is the rest."""
        async with self._places.slot(unit.fingerprint):
            documents, failed = await self._documents(tree, unit)
            return failed or documents

    async def notices(self, tree: SourceTree, unit: RenderUnit) -> tuple[Notice, ...]:
        """Say what of a unit has no effect here, as its renderer tells it; raises FleetError where that cannot be told."""
        renderer = self._renderers[unit.renderer]
        if renderer.notices is None:
            return ()
        context = self._bounded(self._inputs(tree, unit), renderer)
        return tuple(await call_async(renderer.notices, context, plugin=renderer.name, timeout=context.deadline))

    def finish(self, files: Iterable[RenderedFile], *, fingerprint: str, namespace: str) -> Rendered | RenderFailed:
        """Make Manifests of the text a renderer gave: all its errors at once, or all of its objects."""
        documents, errors = parse(files, limits=self._limits)
        if errors:
            return RenderFailed(fingerprint=fingerprint, errors=errors)
        return self.assemble(documents, fingerprint=fingerprint, namespace=namespace)

    def assemble(self, documents: Iterable[Document], *, fingerprint: str, namespace: str) -> Rendered | RenderFailed:
        """Make Manifests of documents, as `finish` does."""
        return assemble(documents, fingerprint=fingerprint, namespace=namespace, kinds=self._kinds)

    def _bounded(self, context: RenderContext, renderer: Renderer) -> RenderContext:
        """Add what the operator set: limits, and the programs this renderer may run."""
        programs = self._settings.programs
        return RenderContext(
            tree=context.tree,
            path=context.path,
            options=context.options,
            namespace=context.namespace,
            name=context.name,
            kube_version=context.kube_version,
            api_versions=context.api_versions,
            deadline=min(renderer.timeout, self._settings.deadline),
            max_output=self._settings.max_output,
            chart=self._settings.charts.package if self._settings.charts else context.chart,
            programs={name: programs[name] for name in renderer.programs if programs.get(name)},
        )

    def _recall(self, unit: RenderUnit) -> Rendered | RenderFailed | None:
        now = asyncio.get_running_loop().time()
        return self._memory.get(unit.fingerprint, now=now) or self._failures.get(unit.fingerprint, now=now)

    async def _result(self, tree: SourceTree, unit: RenderUnit) -> Rendered | RenderFailed:
        documents, failed = await self._documents(tree, unit)
        result = await self._assembled(documents, unit)
        if failed is not None:
            return self._failed(failed, result)
        self._memory.put(result, now=asyncio.get_running_loop().time())
        return result

    def _failed(self, failed: RenderFailed, rest: Rendered | RenderFailed) -> RenderFailed:
        """Say also what is wrong with the documents that could be read, and keep those."""
        if isinstance(rest, RenderFailed):
            told = replace(failed, errors=(*failed.errors, *rest.errors), read=rest.read)
        else:
            told = replace(failed, read=failed.read or rest.manifests)
        self._failures.put(told, now=asyncio.get_running_loop().time())
        return told

    async def _documents(self, tree: SourceTree, unit: RenderUnit) -> tuple[tuple[Document, ...], RenderFailed | None]:
        """Give the documents, all or what could be read of them, and why not all."""
        failed = self._failures.get(unit.fingerprint, now=asyncio.get_running_loop().time())
        if failed is not None:
            return (), failed
        errors: tuple[FleetError, ...]
        try:
            documents, errors = await self._from_disk(unit) or await self._fresh(tree, unit)
        except FleetError as error:
            documents, errors = (), (error,)
        if not errors:
            return documents, None
        failed = RenderFailed(fingerprint=unit.fingerprint, errors=errors)
        self._failures.put(failed, now=asyncio.get_running_loop().time())
        return documents, failed

    async def _from_disk(self, unit: RenderUnit) -> Parsed | None:
        if not self._disk.holds(unit.fingerprint):
            return None
        documents = await self._in_thread(self._disk.get, unit.fingerprint, what=f"reading the render of {unit.path}")
        return None if documents is None else (documents, ())

    async def _fresh(self, tree: SourceTree, unit: RenderUnit) -> Parsed:
        renderer = self._renderers[unit.renderer]
        bounded = self._bounded(self._inputs(tree, unit), renderer)
        self.rendered += 1
        files = await rendered_files(renderer, bounded, private=self._private, workers=self._workers)
        again = files
        if not await settled(renderer, bounded):
            second = replace(bounded, again=True)
            again = await rendered_files(renderer, second, private=self._private, workers=self._workers)
        return await self._in_thread(self._parsed, files, again, unit, what=f"reading what {unit.renderer} gave for {unit.path}")

    def _inputs(self, tree: SourceTree, unit: RenderUnit) -> RenderContext:
        # Trees belong to the loop's thread: what is needed of this one is taken before a renderer's thread starts.
        return RenderContext(
            tree=LimitedTree(InputTree(tree, unit.inputs), self._blobs),
            path=unit.path,
            options=unit.options,
            namespace=unit.namespace,
            name=unit.name,
            kube_version=unit.values.kube_version,
            api_versions=unit.values.api_versions,
        )

    def _parsed(self, files: Sequence[RenderedFile], again: Sequence[RenderedFile], unit: RenderUnit) -> Parsed:
        documents, errors = parse(files, limits=self._limits)
        if not errors and again != files:
            errors = differences(documents, parse(again, limits=self._limits)[0], unit)
        if not errors:
            self._disk.put(unit.fingerprint, documents)
        return documents, errors

    async def _assembled(self, documents: tuple[Document, ...], unit: RenderUnit) -> Rendered | RenderFailed:
        assembling = partial(self.assemble, documents, fingerprint=unit.fingerprint, namespace=unit.namespace)
        if len(documents) <= _AT_ONCE:
            return assembling()
        return await self._in_thread(assembling, what=f"reading what {unit.renderer} gave for {unit.path}")

    async def _in_thread(self, function: Callable[..., T], *arguments: object, what: str) -> T:
        return await self._threads.run(function, *arguments, seconds=self._settings.deadline, what=what)
