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
from fleet.model.app import Notice
from fleet.model.charts import LOCK
from fleet.model.manifest import Origin
from fleet.model.versions import allows
from fleet.render.builtin.helm import asking, library, program
from fleet.render.builtin.helm.archives import NoArchive, every_text, unpacked
from fleet.render.builtin.helm.changing import later, may_change
from fleet.render.builtin.helm.chart import CHART, Chart, chart_at, counted
from fleet.render.builtin.helm.choices import NAME, Choices, read_choices, wrong
from fleet.render.builtin.helm.locked import identity, locked_charts
from fleet.render.builtin.helm.output import Sources, objects
from fleet.render.builtin.helm.post import through
from fleet.render.builtin.helm.values import merged, path_of, placed, with_parameters
from fleet.render.builtin.patterns import base_of, glob

# What a template says to look at the chart's other files.
_FILES = re.compile(rb"\bFiles\b")
_SCHEMA = "values.schema.json"
_KUBE = re.compile(rb"^\s*[\"']?kubeVersion[\"']?:[ \t]*[\"']?([^\"'\n#]+)", re.MULTILINE)
WHOLE = ""
"""Stands in place of a path in the chart for the whole of it."""


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
            settled=settled,
            notices=notices,
            programs=(NAME,),
        )
    ]


def detect(context: RenderContext) -> bool:
    """Take a directory with a Chart.yaml."""
    return any(entry.name == CHART for entry in context.tree.children(context.path))


def inputs(context: RenderContext) -> Iterable[str | tuple[str, str]]:
    """Name the files of the chart that count, and every file with values; what was looked through or is missing too."""
    choices = read_choices(context)
    chart = _chart(context, choices)
    yield from chart.looked
    if chart.wanted:
        yield identity(locked_charts(context, chart.wanted))
    yield from (entry.path for entry in _counted(context, chart, choices).values())
    for pattern in choices.value_files:
        if (base := base_of(pattern)) != pattern.removeprefix("/"):
            yield f"{base}/"
    yield from _value_files(context, choices, missing=True)
    yield from (file.path for file in choices.file_parameters)


def repeatable(context: RenderContext) -> bool:
    """Tell that no template, nor any value that may be one, asks for chance or the time."""
    choices = read_choices(context)
    chart = _chart(context, choices)
    # What is in the charts of repositories is seen only when they are rendered: `settled` looks there.
    return not chart.wanted and not may_change([*chart.texts(context.tree), *_said(context, choices)])


async def settled(context: RenderContext) -> bool:
    """Tell the same where charts come from repositories: their digests are inputs, and so is what is in them."""
    choices = read_choices(context)
    chart = _chart(context, choices)
    if not chart.wanted or may_change([*chart.texts(context.tree), *_said(context, choices)]):
        return False
    packages = [await context.chart(each) for each in locked_charts(context, chart.wanted).values()]
    try:
        return not any(may_change(every_text(package)) for package in packages)
    except NoArchive:  # said where it is rendered
        return False


async def notices(context: RenderContext) -> Iterable[Notice]:
    """Name every place where a template asks for what nobody answers here, in subcharts and charts of repositories too."""
    chart = _chart(context, read_choices(context))
    locked = locked_charts(context, chart.wanted)
    packages = {path: await context.chart(each) for path, each in locked.items()}
    try:
        return [*asking.in_tree(context.tree, chart), *asking.in_packages(chart, packages)]
    except NoArchive as error:
        raise wrong(context, str(error)) from error


async def render(context: RenderContext) -> Iterable[RenderedFile]:
    """Render the chart and say where each object came from."""
    choices = read_choices(context)
    chart = _chart(context, choices)
    locked = locked_charts(context, chart.wanted)
    packages = {path: await context.chart(each) for path, each in locked.items()}
    work = await asyncio.to_thread(_prepare, context, choices, chart, packages)
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


def _chart(context: RenderContext, choices: Choices) -> Chart:
    """The chart in the App's directory, or one that a repository has and nothing of which is here."""
    if choices.chart is None:
        return chart_at(context.tree, context.path)
    return Chart(root="", entries={}, looked=(), wanted={WHOLE: (choices.chart, Origin(LOCK, 1))})


def _prepare(context: RenderContext, choices: Choices, chart: Chart, packages: Mapping[str, bytes]) -> _Work:
    files = {path: context.tree.read(entry.path) for path, entry in _counted(context, chart, choices).items()}
    try:
        files |= unpacked(packages[WHOLE]) if WHOLE in packages else packages
    except NoArchive as error:
        raise wrong(context, f"chart {choices.chart}: {error}") from error
    _check_version(context, choices, files[CHART])
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


def _check_version(context: RenderContext, choices: Choices, about: bytes) -> None:
    """Refuse a chart that is not for this version of Kubernetes, as Helm's command does."""
    found = _KUBE.search(about)
    wanted = found[1].decode("utf-8", "replace").strip() if found else ""
    try:
        fits = not wanted or not choices.kube_version or allows(wanted, choices.kube_version)
    except ValueError as error:
        raise wrong(context, f"the chart's kubeVersion: {error}") from error
    if not fits:
        raise wrong(context, f"the chart is for Kubernetes {wanted}, and this is {choices.kube_version}")


def _counted(context: RenderContext, chart: Chart, choices: Choices) -> dict[str, Any]:
    asks = bool(chart.wanted) or any(_FILES.search(text) for text in (*chart.texts(context.tree), *_said(context, choices)))
    found = counted(chart, all_files=asks, crds=not choices.skip_crds)
    if asks or not choices.skip_schema:
        return found
    return {path: entry for path, entry in found.items() if not path.endswith(_SCHEMA)}


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
    try:
        wanted = glob(pattern.removeprefix("/"))
    except ValueError as error:
        raise wrong(context, f"helm.valueFiles: {pattern[:40]}: {error}") from error
    return sorted(entry.path for entry in context.tree.walk(base_of(pattern)) if wanted.matches(entry.path))


def _values(context: RenderContext, path: str) -> Mapping[str, Any]:
    documents = context.tree.documents(path)
    if len(documents) > 1 or not all(isinstance(document.value, dict) for document in documents):
        line = documents[-1].line
        raise SourceInvalid(file=path, line=line, message="a file with values is one mapping")
    return documents[0].value if documents else {}
