"""Reads one directory of the tree: its settings, the declarations in it and the loose objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from fleet.errors import DeclarationInvalid, FleetError, MappingError, PathRefused, RenderInvalid
from fleet.hooks import SourceTree
from fleet.k8syaml import Document
from fleet.mapping import settings as cluster_yaml
from fleet.mapping.foreign import kind_of, unread
from fleet.mapping.pace import Pace
from fleet.mapping.paths import parent, within
from fleet.mapping.settings import Settings
from fleet.mapping.units import Unit, Units, Use
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Declaration, Manifest, Origin, Rendered, RenderFailed
from fleet.model.revision import Entry, EntryKind

SUFFIXES = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one directory says to the clusters at or below it."""

    directory: str
    recursive: bool
    settings: Settings = field(default_factory=Settings)
    unsettled: bool = False
    """Whether its cluster.yaml cannot be read: then nobody knows the labels and variables of any cluster below."""
    declarations: tuple[Declaration, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    loose: bool = False
    """Whether any object, readable or not, stands here beside declarations."""
    errors: tuple[FleetError, ...] = field(default=(), hash=False)
    spoiled: tuple[FleetError, ...] = field(default=(), hash=False)
    """Those of its errors because of which not all loose objects are known."""
    read: frozenset[str] = frozenset()
    """Files that were read without error."""
    built: frozenset[str] = frozenset()
    """Those of them that were built with kustomize."""

    def same(self, other: Reading) -> bool:
        """Whether another reading says the same to the clusters, word for word and line for line."""
        mine, theirs = ((each.said, each.said_wrong) for each in (self, other))
        return mine == theirs

    @property
    def said(self) -> tuple[object, ...]:
        """Everything a cluster's map is made from, but errors."""
        return (self.settings, self.unsettled, self.declarations, self.manifests, self.loose, self.read)

    @property
    def said_wrong(self) -> list[str]:
        """Its errors, in words: errors themselves do not compare."""
        return [str(error) for error in self.errors]


class _Found:
    """What reading a directory has found so far."""

    def __init__(self) -> None:
        self.documents: list[Document] = []
        self.declarations: list[Declaration] = []
        self.loose: list[Document] = []
        self.manifests: list[Manifest] = []
        self.errors: list[FleetError] = []
        self.spoiled: list[FleetError] = []
        self.unsettled = False
        self.read: set[str] = set()
        self.built: set[str] = set()


async def read_directory(tree: SourceTree, directory: str, *, recursive: bool, units: Units) -> Reading:
    """Read a group's directory (the files directly in it) or a cluster's (`recursive`)."""
    found = _Found()
    files, built = _split(tuple(_candidates(tree, directory, recursive=recursive)), directory, found)
    settings = _settings(tree, directory, found)
    pace = Pace()
    for file in files:
        await _read_file(tree, file, units, found)
        await pace.step()
    await _sort_out(found, units)
    _take_loose(await units.assembled(found.loose), found)
    use = Use()
    made = [await units.build(place, use) for place in built]
    units.finish(("directory", directory), use)
    for unit in made:
        _take_unit(unit, units, found)
        found.built.update(_files_of(tree, unit))
    found.spoiled.extend(_twice(found.manifests))
    return Reading(
        directory=directory,
        recursive=recursive,
        settings=settings,
        unsettled=found.unsettled,
        declarations=tuple(found.declarations),
        manifests=tuple(found.manifests),
        loose=bool(found.loose or found.manifests or any(unit.errors for unit in made)),
        errors=(*found.errors, *found.spoiled),
        spoiled=tuple(found.spoiled),
        read=frozenset(found.read | found.built),
        built=frozenset(found.built),
    )


def flattened(error: FleetError) -> tuple[FleetError, ...]:
    """Take an error that says several at once apart."""
    return error.errors if isinstance(error, DeclarationInvalid | RenderInvalid) and error.errors else (error,)


def _candidates(tree: SourceTree, directory: str, *, recursive: bool) -> Iterator[Entry]:
    """Everything that may be meant: files with a suffix, kustomizations, and what is neither file nor directory."""
    entries = tree.walk(directory) if recursive else iter(tree.children(directory))
    for entry in entries:
        inside = entry.path[len(directory) :].strip("/")
        if any(part.startswith(".") for part in inside.split("/")):
            continue
        if entry.kind is EntryKind.DIRECTORY:
            continue
        if entry.kind is not EntryKind.FILE or entry.name.endswith(SUFFIXES) or entry.name in KUSTOMIZATIONS:
            yield entry


def _split(entries: tuple[Entry, ...], directory: str, found: _Found) -> tuple[list[Entry], list[str]]:
    """Separate loose files from the topmost directories that are built as one."""
    holding = sorted({parent(entry.path) for entry in entries if entry.name in KUSTOMIZATIONS})
    built: list[str] = []
    for place in holding:
        if not any(within(place, other) for other in built):
            built.append(place)
    files = []
    for entry in entries:
        if entry.name == cluster_yaml.FILE and parent(entry.path) == directory:
            continue
        if any(within(entry.path, place) for place in built):
            continue
        if entry.name == cluster_yaml.FILE:
            message = "cluster.yaml is read in a cluster's own directory and in the groups above it, not further down"
            found.errors.append(MappingError(file=entry.path, line=1, message=message))
            continue
        files.append(entry)
    return files, built


def _settings(tree: SourceTree, directory: str, found: _Found) -> Settings:
    path = f"{directory}/{cluster_yaml.FILE}" if directory else cluster_yaml.FILE
    try:
        if tree.entry(path) is None:
            return Settings()
        settings, errors = cluster_yaml.read_settings(tree, path)
    except FleetError as error:
        settings, errors = Settings(), (error,)
    found.errors.extend(errors)
    found.unsettled = bool(errors)
    if not errors:
        found.read.add(path)
    return settings


async def _read_file(tree: SourceTree, file: Entry, units: Units, found: _Found) -> None:
    try:
        if file.kind is not EntryKind.FILE:
            raise PathRefused(path=file.path, reason=f"it is a {file.kind} that leads nowhere in the repository")
        found.documents.extend(await units.documents(tree, file))
        found.read.add(file.path)
    except FleetError as error:
        found.spoiled.append(error)


async def _sort_out(found: _Found, units: Units) -> None:
    """Separate declarations, each of which stands and falls alone, from objects."""
    pace = Pace()
    for document in found.documents:
        kind = kind_of(document.value) if isinstance(document.value, dict) else None
        foreign = unread(kind, Origin(document.file, document.line), read=units.kinds) if kind else None
        if foreign:
            found.errors.append(foreign)
        elif kind not in units.kinds:
            found.loose.append(document)
        elif isinstance(made := await units.assembled([document]), RenderFailed):
            found.errors.extend(made.errors)
        else:
            found.declarations.extend(made.declarations)
        await pace.step()


def _take_loose(made: Rendered | RenderFailed, found: _Found) -> None:
    if isinstance(made, RenderFailed):
        found.spoiled.extend(made.errors)
    else:
        found.manifests.extend(made.manifests)


def _take_unit(unit: Unit, units: Units, found: _Found) -> None:
    found.declarations.extend(unit.declarations)
    found.manifests.extend(unit.manifests)
    found.spoiled.extend(each for error in unit.errors for each in flattened(error))


def _files_of(tree: SourceTree, unit: Unit) -> Iterator[str]:
    if unit.errors:
        return
    yield from unit.inputs
    for entry in tree.walk(unit.path):
        yield entry.path


def _twice(manifests: Iterable[Manifest]) -> Iterator[FleetError]:
    first: dict[ObjectKey, Manifest] = {}
    for manifest in manifests:
        other = first.setdefault(manifest.key, manifest)
        if other is not manifest:
            for one, two in ((manifest, other), (other, manifest)):
                message = f"{one.key} stands here and, at the same depth, at {two.origin}; keep one of the two"
                yield MappingError(file=one.origin.file, line=one.origin.line, message=message)
