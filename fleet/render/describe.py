"""Which renderer an App takes, and everything its result depends on, before anything is rendered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, replace

from fleet.errors import RenderError
from fleet.hooks import RenderContext, Renderer
from fleet.hooks.guard import call, call_async
from fleet.model.app import IgnoreDrift
from fleet.model.revision import EntryKind
from fleet.render.fingerprint import fingerprint, program_identity
from fleet.render.inputs import identify
from fleet.render.unit import RenderUnit, RenderValues


def chosen(renderers: Iterable[Renderer], context: RenderContext, *, name: str) -> Renderer:
    """Find the renderer an App names, or the first of the highest priority that detects its directory."""
    _must_be_directory(context)
    known = {renderer.name: renderer for renderer in renderers}
    if name and name not in known:
        raise RenderError(path=context.path, reason=f"there is no renderer {name}; there are {', '.join(sorted(known))}")
    if name:
        return known[name]
    for renderer in sorted(known.values(), key=lambda each: -each.priority):
        if call(renderer.detect, context, plugin=renderer.name):
            return renderer
    raise RenderError(path=context.path, reason=f"the directory holds nothing that {' or '.join(sorted(known))} would render")


def described(
    renderer: Renderer, context: RenderContext, values: RenderValues, *, rules: tuple[IgnoreDrift, ...] = ()
) -> RenderUnit:
    """Ask a renderer for its inputs and hash everything that decides the result; `rules`: the App's own `ignoreDrift`."""
    values = values if renderer.cluster_values else RenderValues()
    name = context.name if renderer.named else ""
    context = replace(context, name=name, kube_version=values.kube_version, api_versions=values.api_versions)
    # A list, so that a generator runs inside the guard.
    paths = call(lambda given: list(renderer.inputs(given)), context, plugin=renderer.name)
    inputs = identify(context.tree, paths)
    may_differ = rules if rules and not repeats(renderer, context) else ()
    facts = {
        "renderer": [renderer.name, renderer.version],
        "programs": {name: program_identity(path) for name, path in context.programs.items()},
        "path": context.path,
        "options": context.options,
        "namespace": context.namespace,
        "kubeVersion": values.kube_version,
        "apiVersions": values.api_versions,
        "inputs": inputs,
        **({"name": name} if name else {}),
        **({"mayDiffer": [[*astuple(rule)] for rule in may_differ]} if may_differ else {}),
    }
    return RenderUnit(
        fingerprint=fingerprint(facts),
        inputs=inputs,
        renderer=renderer.name,
        path=context.path,
        namespace=context.namespace,
        name=name,
        options=context.options,
        values=values,
        may_differ=may_differ,
    )


def repeats(renderer: Renderer, context: RenderContext) -> bool:
    """Whether a renderer certainly gives the same each time."""
    if isinstance(renderer.repeatable, bool):
        return renderer.repeatable
    return call(renderer.repeatable, context, plugin=renderer.name)


async def settled(renderer: Renderer, context: RenderContext) -> bool:
    """Whether a renderer certainly gives the same each time, as far as that is known when it renders."""
    if repeats(renderer, context):
        return True
    return renderer.settled is not None and bool(
        await call_async(renderer.settled, context, plugin=renderer.name, timeout=context.deadline)
    )


def _must_be_directory(context: RenderContext) -> None:
    entry = context.tree.entry(context.path)
    if entry is None:
        raise RenderError(path=context.path, reason="there is no such directory")
    if entry.kind is not EntryKind.DIRECTORY:
        raise RenderError(path=context.path, reason=f"an App is a directory, and this is a {entry.kind}")
