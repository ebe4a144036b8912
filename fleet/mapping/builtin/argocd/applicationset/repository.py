"""The git generator: parameters from directories and files of this Revision."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fleet.errors import FieldInvalid
from fleet.mapping.builtin.argocd.applicationset.flattening import flattened
from fleet.mapping.builtin.argocd.applicationset.globs import directory_glob, file_glob, literal_directory, wild
from fleet.mapping.builtin.argocd.applicationset.looking import Looking
from fleet.mapping.builtin.argocd.applicationset.templating import Filler
from fleet.mapping.builtin.argocd.sources import normal
from fleet.mapping.builtin.gotemplate import go_values
from fleet.mapping.builtin.gotemplate.functions.names import normalize
from fleet.model.revision import EntryKind

Made = list[dict[str, Any]]
_Find = Callable[[str, str, Looking], Iterable[str]]


def generate(at: str, said: Mapping[str, Any], looking: Looking, filler: Filler) -> Made:
    """Give the parameters of each directory or file; raises FieldInvalid."""
    _same_place(at, said, looking)
    prefix = str(said.get("pathParamPrefix") or "")
    if said.get("directories"):
        paths = _chosen(f"{at}/directories", said["directories"], looking, _directories)
        made = [_of_path(path, prefix, filler, file="") for path in paths]
    elif said.get("files"):
        paths = _chosen(f"{at}/files", said["files"], looking, _files)
        made = [each for path in paths for each in _of_file(f"{at}/files", path, prefix, looking, filler)]
    else:
        raise FieldInvalid(at=at, message="the git generator needs directories or files")
    return [filler.with_values(f"{at}/values", said.get("values") or {}, each) for each in made]


def _same_place(at: str, said: Mapping[str, Any], looking: Looking) -> None:
    url, revision = str(said.get("repoURL") or ""), str(said.get("revision") or "HEAD")
    if normal(url) not in {normal(known) for known in looking.context.fleet.urls}:
        message = f"repoURL {url or 'is empty, and'} is another repository; one repository says what the fleet is"
        message += " (if it is this one, name the URL in source.aliases of clusters.yaml)"
        raise FieldInvalid(at=f"{at}/repoURL", message=message)
    if revision.removeprefix("refs/heads/") not in ("HEAD", looking.context.fleet.branch):
        message = (
            f"revision {revision} is not what the Source follows; write HEAD or {looking.context.fleet.branch or 'its branch'}"
        )
        raise FieldInvalid(at=f"{at}/revision", message=message)


def _chosen(at: str, said: Any, looking: Looking, find: _Find) -> list[str]:
    """The paths that any pattern takes and no excluding one does, in order."""
    if not isinstance(said, list) or not all(isinstance(each, dict) and isinstance(each.get("path"), str) for each in said):
        raise FieldInvalid(at=at, message="each item needs the field path")
    taken: set[str] = set()
    excluded: set[str] = set()
    for number, each in enumerate(said):
        (excluded if each.get("exclude") else taken).update(find(f"{at}/{number}/path", each["path"], looking))
    return sorted(taken - excluded)


def _directories(at: str, pattern: str, looking: Looking) -> Iterator[str]:
    """Directories whose path a glob takes, but hidden ones; level by level, so that only what may match is looked at."""
    directory_glob(at, pattern)
    places = [""]
    for part in pattern.split("/"):
        if wild(part):
            glob = directory_glob(at, part)
            places = [each for place in places for each in looking.directories(place) if glob.matches(posixpath.basename(each))]
        else:
            places = [below for place in places if _is_directory(looking, below := f"{place}/{part}".lstrip("/"), part)]
    yield from places


def _is_directory(looking: Looking, path: str, name: str) -> bool:
    entry = looking.entry(path) if name and not name.startswith(".") else None
    return entry is not None and entry.kind is EntryKind.DIRECTORY


def _files(at: str, pattern: str, looking: Looking) -> Iterator[str]:
    takes = file_glob(at, pattern)
    place = literal_directory(pattern).rstrip("/")
    entry = looking.entry(place)
    if entry is None:
        return
    found = [entry.path] if entry.kind is EntryKind.FILE else looking.files(place) if entry.kind is EntryKind.DIRECTORY else []
    yield from (path for path in found if takes(path))


def _of_file(at: str, path: str, prefix: str, looking: Looking, filler: Filler) -> Iterator[dict[str, Any]]:
    values = looking.read(path)
    if len(values) > 1:
        raise FieldInvalid(at=at, message=f"{path} holds {len(values)} documents; one is read")
    value = values[0] if values else {}
    sets = value if isinstance(value, list) else [value or {}]
    if not all(isinstance(each, dict) for each in sets):
        raise FieldInvalid(at=at, message=f"{path} holds neither a mapping nor a list of mappings")
    for each in sets:
        inner = go_values(each)
        yield {
            **(inner if filler.go else flattened(inner)),
            **_of_path(posixpath.dirname(path) or ".", prefix, filler, file=path),
        }


def _of_path(path: str, prefix: str, filler: Filler, *, file: str) -> dict[str, Any]:
    """What is said of a directory, and of a file in it."""
    name = posixpath.basename(path)
    said = {"path": path, "basename": name, "basenameNormalized": normalize(name)}
    if file:
        filename = posixpath.basename(file)
        said |= {"filename": filename, "filenameNormalized": normalize(filename)}
    segments = path.split("/")
    if filler.go:
        inner = {"path": {**said, "segments": segments}}
        return {prefix: inner} if prefix else inner
    start = f"{prefix}.path" if prefix else "path"
    flat = {f"{start}.{key}": value for key, value in said.items() if key != "path"}
    return {start: path, **flat, **{f"{start}[{number}]": part for number, part in enumerate(segments)}}
