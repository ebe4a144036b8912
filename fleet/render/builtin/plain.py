"""Renderer `plain`: the YAML and JSON files of a directory, as they are.

Options: `recurse` (default true), `include` and `exclude`: patterns of paths from the App's directory, where `*` stops at
`/` and `**` does not; one without `/` is compared with every file's and directory's name. Names that begin with a dot are
left out, as in a shell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fleet.errors import RenderError, RenderInvalid, SourceInvalid
from fleet.hooks import RenderContext, RenderedFile, Renderer, hookimpl
from fleet.model.manifest import Origin
from fleet.model.revision import Entry, EntryKind
from fleet.render.builtin.options import check_known, texts
from fleet.render.builtin.patterns import glob

NAME = "plain"
SUFFIXES = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


@hookimpl
def fleet_renderers() -> Iterable[Renderer]:
    """Declare this renderer."""
    return [Renderer(name=NAME, version="2", detect=detect, inputs=inputs, render=render, repeatable=True, scratch=False)]


def detect(context: RenderContext) -> bool:
    """Take any directory that holds YAML or JSON, at any depth."""
    return any(_is_text(entry) for entry in context.tree.walk(context.path))


def inputs(context: RenderContext) -> Iterable[str]:
    """Name every file that is read, and the directory as looked through: a file that is added to it may count."""
    _check_options(context)
    return [f"{context.path}/", *(entry.path for entry in _wanted(context))]


async def render(context: RenderContext) -> Iterable[RenderedFile]:
    """Give the text of each file, in order of path; raises RenderInvalid for every file that cannot be meant.

    Async though it waits for nothing: the files are in memory already, and a thread costs more than to decode them.
    """
    _check_options(context)
    files = list(_wanted(context))
    if not files:
        # An App without objects would have all of its objects deleted: that is said with no App, not with no file.
        raise RenderError(path=context.path, reason="the directory holds no YAML or JSON file that is to be read")
    wrong = tuple(_kustomization(entry) for entry in files if entry.name in KUSTOMIZATIONS)
    if wrong:
        raise RenderInvalid(path=context.path, reason="", errors=wrong)
    return [RenderedFile(text=_text(context, entry.path), origin=Origin(entry.path, 1)) for entry in files]


def _check_options(context: RenderContext) -> None:
    options = check_known(context, ("recurse", "include", "exclude"), renderer=NAME)
    if not isinstance(options.get("recurse", True), bool):
        raise RenderError(path=context.path, reason="plain.recurse must be true or false")
    for name in ("include", "exclude"):
        for pattern in texts(context, name, renderer=NAME):
            _check_pattern(context, name, pattern)


def _check_pattern(context: RenderContext, name: str, pattern: str) -> None:
    try:
        glob(pattern.strip("/"))
    except ValueError as error:
        raise RenderError(path=context.path, reason=f"plain.{name}: {pattern[:40]}: {error}") from error


def _wanted(context: RenderContext) -> Iterator[Entry]:
    include = texts(context, "include", renderer=NAME)
    exclude = texts(context, "exclude", renderer=NAME)
    recurse = context.options.get("recurse", True)
    for entry in context.tree.walk(context.path):
        inside = entry.path[len(context.path) :].strip("/")
        if not recurse and "/" in inside:
            continue
        if not _is_text(entry) or any(part.startswith(".") for part in inside.split("/")):
            continue
        if any(_matches(inside, pattern) for pattern in exclude):
            continue
        if not include or any(_matches(inside, pattern) for pattern in include):
            yield entry


def _is_text(entry: Entry) -> bool:
    # What is neither file nor directory (a submodule, a broken link) is taken too: reading it says what is wrong.
    return entry.kind is not EntryKind.FILE or entry.name.endswith(SUFFIXES) or entry.name in KUSTOMIZATIONS


def _text(context: RenderContext, path: str) -> str:
    data = context.tree.read(path)
    try:
        return data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SourceInvalid(file=path, line=line, message="this is not UTF-8 text") from error


def _kustomization(entry: Entry) -> SourceInvalid:
    message = "a kustomization is not a plain manifest: give its directory an App of its own, or leave it out with plain.exclude"
    return SourceInvalid(file=entry.path, line=1, message=message)


def _matches(path: str, pattern: str) -> bool:
    """Compare a path, and each directory above it, with a pattern."""
    parts = path.split("/")
    if "/" not in pattern:
        return any(glob(pattern).matches(part) for part in parts)
    places = ("/".join(parts[: count + 1]) for count in range(len(parts)))
    return any(glob(pattern.strip("/")).matches(place) for place in places)
