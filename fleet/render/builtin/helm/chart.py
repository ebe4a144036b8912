"""The files of a chart in the repository: which there are, and which of them can change what is rendered."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from fleet.errors import PathRefused, RenderInvalid, SourceInvalid
from fleet.hooks import SourceTree
from fleet.model.charts import WantedChart, wanted_chart
from fleet.model.manifest import Origin
from fleet.model.revision import Entry, EntryKind
from fleet.render.builtin.helm.archives import NoArchive, chart_name, every_text
from fleet.render.builtin.helm.ignore import FILE as IGNORE
from fleet.render.builtin.helm.ignore import ignored

CHART = "Chart.yaml"
_PARTS = frozenset({CHART, "values.yaml", "values.schema.json", "requirements.yaml"})
_MANIFESTS = (".yaml", ".yml", ".json")
_NO_CHART = "it lies in charts/ and is no chart: Helm refuses the whole chart for it; begin its name with a dot, or move it"
T = TypeVar("T")
_Found: TypeAlias = tuple[dict[str, Entry], list[str], dict[str, tuple[WantedChart, Origin]]]
_REMOTE = ("https://", "http://", "oci://")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart's files by their paths in it; those of local dependencies among them, in `charts/`."""

    root: str
    entries: Mapping[str, Entry] = field(hash=False)
    """Every file of the chart but those that `.helmignore` leaves out."""
    looked: tuple[str, ...]
    """The directories that were looked through, each with a slash, and their `.helmignore`."""
    wanted: Mapping[str, tuple[WantedChart, Origin]] = field(default_factory=dict, hash=False)
    """Dependencies that come from a repository, by the path of their archive in the chart, and where they are declared."""

    def texts(self, tree: SourceTree) -> Iterator[bytes]:
        """Everything that may be a template, what is in archives too."""
        for path, entry in self.entries.items():
            if path.endswith(".tgz"):
                yield from _archive(tree, entry, lambda data: [*every_text(data)])
            elif "templates/" in path or path.endswith("values.yaml"):
                yield tree.read(entry.path)


def chart_at(tree: SourceTree, root: str) -> Chart:
    """Take the chart in a directory with all its dependencies; raises RenderInvalid for what is missing of them."""
    entries: dict[str, Entry] = {}
    looked: list[str] = []
    wanted: dict[str, tuple[WantedChart, Origin]] = {}
    _take(tree, root, "", (entries, looked, wanted), ())
    return Chart(root=root, entries=entries, looked=tuple(looked), wanted=wanted)


def counted(chart: Chart, *, all_files: bool, crds: bool) -> dict[str, Entry]:
    """The files that can change what is rendered: without `all_files` only those that Helm itself looks at.

    Without `crds` its definitions are not rendered.
    """
    locked = chart.wanted and "Chart.lock"
    return {path: entry for path, entry in chart.entries.items() if all_files or _counts(path, crds=crds) or path == locked}


def metadata(tree: SourceTree, path: str) -> Any:
    """What a chart says of itself; raises SourceInvalid unless that is one mapping."""
    documents = tree.documents(path)
    if len(documents) != 1 or not isinstance(documents[0].value, dict):
        raise SourceInvalid(file=path, line=1, message="a chart's Chart.yaml is one mapping")
    return documents[0]


def _take(tree: SourceTree, root: str, inside: str, found: _Found, above: tuple[str, ...]) -> None:
    """Take the files of the chart in `root` as those at `inside` of the one that is put together."""
    entries, looked, wanted = found
    looked += [f"{root}/", f"{root}/{IGNORE}".lstrip("/")]
    own = _files(tree, root)
    if CHART not in own:
        raise SourceInvalid(file=f"{root}/{CHART}".lstrip("/"), line=1, message="a chart needs a Chart.yaml")
    entries |= {inside + path: entry for path, entry in own.items()}
    document = metadata(tree, own[CHART].path)
    errors = [SourceInvalid(file=own[path].path, line=1, message=_NO_CHART) for path in _strangers(own)]
    if errors:
        raise RenderInvalid(path=root, reason="", errors=tuple(errors))
    there = set(_vendored(tree, own))
    for number, dependency in enumerate(_dependencies(tree, own, document)):
        name = str(dependency.get("name", ""))
        repository = str(dependency.get("repository") or "")
        if name in there:
            continue
        place = posixpath.normpath(posixpath.join(root, repository.removeprefix("file://")))
        if repository.startswith("file://") and not place.startswith("..") and place not in above and place != root:
            _take(tree, place, f"{inside}charts/{name}/", found, (*above, root))
            continue
        line = tree.line_of(document, f"/dependencies/{number}") if "dependencies" in document.value else document.line
        if repository.startswith(_REMOTE):
            chart = wanted_chart(repository, name, _locked_version(tree, own, name) or str(dependency.get("version", "")))
            wanted[f"{inside}charts/{name}-0.tgz"] = (chart, Origin(document.file, line))
            continue
        message = f"dependency {name} is not in {root}/charts: run helm dependency build, and commit what it made"
        errors.append(SourceInvalid(file=document.file, line=line, message=message))
    if errors:
        raise RenderInvalid(path=root, reason="", errors=tuple(errors))


def _locked_version(tree: SourceTree, own: Mapping[str, Entry], name: str) -> str:
    """The version that Helm's own lock says, where there is one."""
    if "Chart.lock" not in own:
        return ""
    rows = metadata(tree, own["Chart.lock"].path).value.get("dependencies") or ()
    return next((str(row.get("version")) for row in rows if isinstance(row, Mapping) and row.get("name") == name), "")


def _files(tree: SourceTree, root: str) -> dict[str, Entry]:
    ignore = tree.entry(f"{root}/{IGNORE}".lstrip("/"))
    text = tree.read(ignore.path).decode("utf-8-sig", "replace") if ignore is not None else ""
    is_ignored = ignored(text, file=ignore.path if ignore is not None else "")
    start = len(root) + 1 if root else 0
    entries = {entry.path[start:]: entry for entry in tree.walk(root)}
    found = {path: entry for path, entry in entries.items() if path != IGNORE and not is_ignored(path)}
    for path, entry in found.items():
        if entry.kind is not EntryKind.FILE and _counts(path, crds=True):
            raise PathRefused(path=entry.path, reason=f"it is a {entry.kind}, and a chart is made of files")
    return {path: entry for path, entry in found.items() if entry.kind is EntryKind.FILE}


def _dependencies(tree: SourceTree, own: Mapping[str, Entry], document: Any) -> Iterable[Mapping[str, Any]]:
    said = document.value.get("dependencies")
    if said is None and "requirements.yaml" in own and document.value.get("apiVersion") in (None, "v1"):
        said = metadata(tree, own["requirements.yaml"].path).value.get("dependencies")
    return [item for item in said or () if isinstance(item, Mapping)]


def _strangers(paths: Iterable[str]) -> Iterator[str]:
    """What lies in a chart's `charts/`, or in those of its subcharts, and is none: Helm refuses the whole chart for it."""
    subcharts: dict[str, list[str]] = {}
    for path in paths:
        directory, _, rest = path.partition("/")
        if directory == "charts" and rest and rest[0] not in "._" and not rest.endswith(".prov"):
            name, _, inside = rest.partition("/")
            subcharts.setdefault(name, []).append(inside)
    for name, files in subcharts.items():
        if name.endswith(".tgz"):
            yield from (f"charts/{name}/{inside}" for inside in files if inside)
        elif CHART in files:
            yield from (f"charts/{name}/{inside}" for inside in _strangers(files))
        else:
            yield f"charts/{name}/{files[0]}".removesuffix("/")


def _vendored(tree: SourceTree, own: Mapping[str, Entry]) -> Iterator[str]:
    """Names of the charts in `charts/`, as they say themselves."""
    for path, entry in own.items():
        parts = path.split("/")
        if parts[0] != "charts" or parts[-1][0] in "._":
            continue
        if len(parts) == 3 and parts[2] == CHART:
            yield str(metadata(tree, entry.path).value.get("name"))
        elif len(parts) == 2 and path.endswith(".tgz"):
            yield _archive(tree, entry, chart_name)


def _archive(tree: SourceTree, entry: Entry, read: Callable[[bytes], T]) -> T:
    try:
        return read(tree.read(entry.path))
    except NoArchive as error:
        raise SourceInvalid(file=entry.path, line=1, message=str(error)) from error


def _counts(path: str, *, crds: bool) -> bool:
    """Whether Helm looks at a file by itself, and not only where a template asks for it."""
    while path.startswith("charts/"):
        if path.count("/") == 1:
            return path.endswith(".tgz") and path[len("charts/")] not in "._"
        path = path.split("/", 2)[2]
    if path.startswith("crds/"):
        return crds and path.lower().endswith(_MANIFESTS)
    return path in _PARTS or path.startswith("templates/")
