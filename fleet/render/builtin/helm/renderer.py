"""The declaration of the renderer, and its functions."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from fleet.errors import ProgramFailed, SourceInvalid
from fleet.hooks import RenderContext, RenderedFile, Renderer, hookimpl
from fleet.render.builtin.helm import library, program
from fleet.render.builtin.helm.changing import later, may_change
from fleet.render.builtin.helm.chart import CHART, Chart, chart_at, counted
from fleet.render.builtin.helm.choices import NAME, Choices, read_choices, wrong
from fleet.render.builtin.helm.output import Sources, objects
from fleet.render.builtin.helm.post import through
from fleet.render.builtin.helm.values import merged, path_of, placed, with_parameters
from fleet.render.builtin.patterns import base_of, expression

# What a template says to look at the chart's other files.
_FILES = re.compile(rb"\bFiles\b")


def _version() -> str:
    try:
        return f"1+{library.PACKAGE}-{version(library.PACKAGE)}"
    except PackageNotFoundError:
        return "1"


@hookimpl
def fleet_renderers() -> Iterable[Renderer]:
    """Declare this renderer."""
    return [
        Renderer(
            name=NAME,
            version=_version(),
            detect=detect,
            inputs=inputs,
            render=render,
            priority=20,
            named=True,
            cluster_values=True,
            repeatable=repeatable,
            programs=(NAME,),
        )
    ]


def detect(context: RenderContext) -> bool:
    """Take a directory with a Chart.yaml."""
    return any(entry.name == CHART for entry in context.tree.children(context.path))


def inputs(context: RenderContext) -> Iterable[str]:
    """Name the files of the chart that count, and every file with values; what was looked through or is missing too."""
    choices = read_choices(context)
    chart = chart_at(context.tree, context.path)
    yield from chart.looked
    yield from (entry.path for entry in _counted(context, chart, choices).values())
    for pattern in choices.value_files:
        if (base := base_of(pattern)) != pattern.removeprefix("/"):
            yield f"{base}/"
    yield from _value_files(context, choices, missing=True)
    yield from (file.path for file in choices.file_parameters)


def repeatable(context: RenderContext) -> bool:
    """Tell that no template, nor any value that may be one, asks for chance or the time."""
    choices = read_choices(context)
    return not may_change([*chart_at(context.tree, context.path).texts(context.tree), *_said(context, choices)])


async def render(context: RenderContext) -> Iterable[RenderedFile]:
    """Render the chart and say where each object came from."""
    work = await asyncio.to_thread(_prepare, context)
    texts = await (_by_program(context, work) if NAME in context.programs else _by_library(context, work))
    places = {path: entry.path for path, entry in work.chart.entries.items()}
    files = objects(texts, Sources(work.chart.root, work.files, places), skip_tests=work.choices.skip_tests)
    return await through(context, files, work.choices.post)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    choices: Choices
    chart: Chart
    files: Mapping[str, bytes] = field(hash=False)
    below: Mapping[str, Any] = field(hash=False)
    """Values without parameters."""
    values: Mapping[str, Any] = field(hash=False)


def _prepare(context: RenderContext) -> _Work:
    choices = read_choices(context)
    chart = chart_at(context.tree, context.path)
    files = {path: context.tree.read(entry.path) for path, entry in _counted(context, chart, choices).items()}
    if context.again:
        files = {path: later(text) if "templates/" in path else text for path, text in files.items()}
    below: dict[str, Any] = {}
    for path in _value_files(context, choices, missing=False):
        below = merged(below, _values(context, path))
    below = merged(below, choices.values)
    values = with_parameters(below, choices.parameters)
    for file in choices.file_parameters:
        values = placed(values, path_of(file), context.tree.read(file.path).decode("utf-8", "replace"))
    return _Work(choices=choices, chart=chart, files=files, below=below, values=values)


async def _by_library(context: RenderContext, work: _Work) -> Mapping[str, str]:
    request = library.Request(
        files=work.files,
        values=work.values,
        release=work.choices.release,
        namespace=work.choices.namespace,
        kube_version=work.choices.kube_version,
        api_versions=work.choices.api_versions,
        skip_schema=work.choices.skip_schema,
    )
    answer: library.Answer = await context.work(library.render, request)
    if answer.error:
        raise wrong(context, answer.error)
    return answer.texts if work.choices.skip_crds else {**answer.crds, **answer.texts}


async def _by_program(context: RenderContext, work: _Work) -> Mapping[str, str]:
    command = await asyncio.to_thread(program.prepared, context, work.files, work.choices, work.below)
    try:
        return program.texts(await context.run(command))
    except ProgramFailed as error:
        reason = error.reason.removeprefix("Error: ").removesuffix("Use --debug flag to render out invalid YAML").strip()
        raise wrong(context, reason) from error


def _counted(context: RenderContext, chart: Chart, choices: Choices) -> dict[str, Any]:
    asks = any(_FILES.search(text) for text in (*chart.texts(context.tree), *_said(context, choices)))
    return counted(chart, all_files=asks)


def _said(context: RenderContext, choices: Choices) -> Iterator[bytes]:
    """What the user says: it may hold templates, for charts that render their values."""
    yield json.dumps([choices.values, [each.value for each in choices.parameters]], default=str).encode()
    paths = (*_value_files(context, choices, missing=False), *(file.path for file in choices.file_parameters))
    yield from (context.tree.read(path) for path in paths)


def _value_files(context: RenderContext, choices: Choices, *, missing: bool) -> Iterator[str]:
    """The files in the order in which they are merged. `missing`: those that are not there too."""
    for pattern in choices.value_files:
        is_glob = base_of(pattern) != pattern.removeprefix("/")
        paths = _matching(context, pattern) if is_glob else [pattern.removeprefix("/")]
        there = [path for path in paths if context.tree.entry(path) is not None]
        if not there and not choices.ignore_missing:
            what = "no file is" if is_glob else "there is no file"
            raise wrong(context, f"helm.valueFiles: {what} {pattern}; ignoreMissingValueFiles passes over it")
        yield from paths if missing else there


def _matching(context: RenderContext, pattern: str) -> list[str]:
    wanted = expression(pattern.removeprefix("/"))
    return sorted(entry.path for entry in context.tree.walk(base_of(pattern)) if wanted.fullmatch(entry.path))


def _values(context: RenderContext, path: str) -> Mapping[str, Any]:
    documents = context.tree.documents(path)
    if len(documents) > 1 or not all(isinstance(document.value, dict) for document in documents):
        line = documents[-1].line
        raise SourceInvalid(file=path, line=line, message="a file with values is one mapping")
    return documents[0].value if documents else {}
