"""Follow a kustomization's references, transitively: every file it is built from, or every reason why it cannot be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import FleetError, PathRefused, RenderError, RenderInvalid, SourceInvalid
from fleet.hooks import SourceTree
from fleet.model.manifest import Origin
from fleet.model.revision import Entry, EntryKind
from fleet.render.builtin.kustomize import configs, fields
from fleet.render.builtin.kustomize.choices import NAME, Choices
from fleet.render.builtin.kustomize.generated import generated
from fleet.render.builtin.kustomize.places import is_inline, landing, missing
from fleet.render.builtin.options import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What a directory is built from."""

    root: str
    """The directory."""
    kustomization: str
    """The path of its kustomization, and what it says."""
    body: Mapping[str, Any] = field(hash=False)
    components: tuple[str, ...]
    """The components that the App adds, those of them that are there."""
    resources: frozenset[str]
    """Files that are taken as they are."""
    steering: frozenset[str]
    """Files that say what is done with them: kustomizations, patches, generator files…"""
    missing: frozenset[str]
    """What was looked for and is not there."""
    generated: bool
    """Whether there is no kustomization, and what stands in the directory is taken for one."""
    outside: bool
    """Whether a kustomization names a file that is not in or below its own directory."""
    configured: bool
    """Whether built-in plugins are configured, which may read files too."""


def scan(tree: SourceTree, root: str, choices: Choices) -> Scan:
    """Follow all references of the kustomization in `root`, and of what the App adds to it.

    Raises RenderInvalid with everything that is wrong.
    """
    walk = _Walk(tree)
    made = choices.generate and walk.generate(root, choices.ignore)
    if not made:
        walk.directory(root, None)
    components = walk.choices(root, choices)
    if walk.errors:
        raise RenderInvalid(path=root, reason="", errors=tuple(walk.errors))
    path, body = walk.bodies[root]
    steering = frozenset(walk.steering)
    return Scan(
        root=root,
        kustomization=path,
        body=body,
        components=components,
        resources=frozenset(walk.resources) - steering,
        steering=steering,
        missing=frozenset(walk.missing),
        generated=made,
        outside=walk.outside,
        configured=walk.configured,
    )


@dataclass(frozen=True, slots=True)
class _At:
    """A place in a kustomization: the directory references start from, the document, and the pointer.

    No document: a place in what the App says, of the directory.
    """

    directory: str
    document: Any
    pointer: str

    def error(self, tree: SourceTree, message: str) -> FleetError:
        if self.document is None:
            return RenderError(path=self.directory, reason=f"{NAME}{self.pointer.replace('/', '.')}: {message}")
        line = tree.line_of(self.document, self.pointer) if self.pointer else self.document.line
        return SourceInvalid(file=self.document.file, line=line, message=message)

    def inside(self, step: str | int) -> _At:
        return _At(self.directory, self.document, f"{self.pointer}/{step}")


class _Walk:
    def __init__(self, tree: SourceTree) -> None:
        self.tree = tree
        self.bodies: dict[str, tuple[str, Mapping[str, Any]]] = {}
        self.resources: set[str] = set()
        self.steering: set[str] = set()
        self.missing: set[str] = set()
        self.errors: list[FleetError] = []
        self.outside = False
        self.configured = False
        self._seen: set[tuple[str, str | None]] = set()

    def generate(self, root: str, ignore: str) -> bool:
        """Take a directory without a kustomization for one of all that is in it; tell whether it has none."""
        if self._kustomizations(root):
            return False
        made = generated(self.tree, root, ignore)
        self.steering |= made.read
        self.missing |= made.missing
        self.bodies[root] = (f"{root}/{fields.FILENAMES[0]}".lstrip("/"), {"resources": list(made.resources)})
        for item in made.resources:
            self._follow(_At(root, None, ".generate"), item, "any", None)
        return True

    def choices(self, root: str, choices: Choices) -> tuple[str, ...]:
        """Follow what an App adds to its kustomization; give the components that are there."""
        at, found = _At(root, None, ""), []
        for number, component in enumerate(choices.components):
            path, refused = landing(root, component)
            if choices.ignore_missing and path is not None and not refused and self._entry(path) == (None, ""):
                self.missing.add(path)
                continue
            found.append(component)
            self._place(at.inside("components").inside(number), component, "directory")
        for number, patch in enumerate(choices.patches):
            self._nested(at.inside("patches").inside(number), patch, "patches", fields.NESTED["patches"])
        return tuple(found)

    def directory(self, path: str, at: _At | None, *, user: str | None = None) -> None:
        """Follow the kustomization in a directory. `user`: the directory whose plugins its result configures, if it does."""
        if (path, user) in self._seen:
            return
        self._seen.add((path, user))
        found = self._kustomizations(path)
        if len(found) != 1:
            names = " or ".join(fields.FILENAMES)
            many = f"{path or 'the root'} has {' and '.join(entry.name for entry in found)}; keep one of them"
            self._wrong(many if found else f"{path or 'the root'} is a directory without {names}", at, Origin(path, 1))
            return
        self.steering.add(found[0].path)
        document = self._document(found[0].path)
        if document is not None:
            self.bodies.setdefault(path, (found[0].path, document.value))
            self._fields(_At(path, document, ""), user)

    def _kustomizations(self, path: str) -> list[Entry]:
        found = []
        for name in fields.FILENAMES:
            candidate = f"{path}/{name}" if path else name
            entry, refused = self._entry(candidate)
            if refused:
                self._wrong(refused, None, Origin(candidate, 1))
            elif entry is not None:
                found.append(entry)
            else:
                self.missing.add(candidate)
        return found

    def _document(self, path: str) -> Any:
        try:
            documents = self.tree.documents(path)
        except FleetError as error:
            self.errors.append(error)
            return None
        if len(documents) == 1 and isinstance(documents[0].value, dict):
            return documents[0]
        self._wrong(f"a kustomization is one mapping; here are {len(documents)} documents", None, Origin(path, 1))
        return None

    def _fields(self, at: _At, user: str | None) -> None:
        body = at.document.value
        allowed = fields.KNOWN if user is None else fields.CONFIG_FIELDS
        for name in body:
            if name in fields.REFUSED:
                self._wrong(f"{name} is refused: {fields.REFUSED[name]}", at.inside(name))
            elif name not in allowed:
                self._unknown(name, at.inside(name), user)
        for name, holds in fields.PLACES.items():
            for place, item in self._list(body, name, at):
                self._place(place, item, holds if user is None else "config", user)
        for name, known in fields.NESTED.items():
            for place, item in self._list(body, name, at):
                self._nested(place, item, name, known)
        for place, item in self._list(body, fields.TEXT_PATCHES, at):
            self._patch(place, item)

    def _unknown(self, name: str, at: _At, user: str | None) -> None:
        if user is not None and name in fields.KNOWN:
            self._wrong(f"{name} cannot stand in a kustomization that configures plugins; only resources can", at)
            return
        self._wrong(f"{name} is no field of a kustomization{nearest(name, fields.KNOWN)}", at)

    def _list(self, body: Mapping[str, Any], name: str, at: _At) -> Iterator[tuple[_At, Any]]:
        value = body.get(name)
        at = at.inside(name)
        if name == "openapi" and value is not None:
            yield at, value
        elif isinstance(value, list):
            yield from ((at.inside(number), item) for number, item in enumerate(value))
        elif value is not None:
            self._wrong(f"{name} must be a list", at)

    def _place(self, at: _At, item: Any, holds: str, user: str | None = None) -> None:
        if not isinstance(item, str) or not item:
            self._wrong("this must be the path of a file or directory", at)
        elif holds == "config" and is_inline(item):
            self.configured = True
            self._wrong("a plugin's configuration in place is refused; write it into a file", at)
        else:
            self._follow(at, item, holds, user)

    def _follow(self, at: _At, item: str, holds: str, user: str | None) -> None:
        path, refused = landing(at.directory, item)
        entry, refused = self._entry(path) if path is not None else (None, refused)
        if path is None or refused:
            self._wrong(refused, at)
        elif entry is None:
            self.missing.add(path)
            self._wrong(missing(item), at)
        elif entry.kind is EntryKind.DIRECTORY and holds != "file":
            self.directory(path, at, user=(user or at.directory) if holds == "config" else None)
            self.configured |= holds == "config"
        elif entry.kind is EntryKind.FILE and holds != "directory":
            self._file(path, at, holds, user)
        else:
            self._wrong(f"{item} is a {entry.kind}, and a {'file' if holds == 'file' else holds} is needed", at)

    def _file(self, path: str, at: _At, holds: str, user: str | None) -> None:
        self.outside |= bool(at.directory) and not path.startswith(f"{at.directory}/")
        if holds == "any":
            self.resources.add(path)
            return
        self.steering.add(path)
        if holds == "config":
            self.configured = True
            self._config(path, at.directory if user is None else user)

    def _config(self, path: str, directory: str) -> None:
        """Follow what the configuration of built-in plugins refers to; references start from the directory that uses it."""
        try:
            documents = self.tree.documents(path)
        except FleetError as error:
            self.errors.append(error)
            return
        for document in documents:
            at = _At(directory, document, "")
            for reason in configs.refusals(document.value):
                self._wrong(reason, at)
            for pointer, reference in configs.references(document.value):
                self._place(_At(directory, document, pointer), reference, "file")

    def _nested(self, at: _At, item: Any, name: str, known: frozenset[str]) -> None:
        if not isinstance(item, dict):
            self._wrong(f"an entry of {name} must be a mapping", at)
            return
        for each in item:
            if each not in known:
                self._wrong(f"{each} is no field of {name}{nearest(each, known)}", at.inside(each))
        for pointer, reference in configs.nested_references(item):
            self._place(_At(at.directory, at.document, at.pointer + pointer), reference, "file")

    def _patch(self, at: _At, item: Any) -> None:
        if not (isinstance(item, str) and is_inline(item)):
            self._place(at, item, "file")

    def _entry(self, path: str) -> tuple[Entry | None, str]:
        """What stands at a path, and why that is refused, if it is."""
        try:
            entry = self.tree.entry(path)
            if entry is not None and entry.kind not in (EntryKind.FILE, EntryKind.DIRECTORY):
                self.tree.read(path)  # raises for what is neither
        except PathRefused as error:
            return None, str(error)
        return entry, ""

    def _wrong(self, message: str, at: _At | None, origin: Origin | None = None) -> None:
        place = origin or Origin("", 1)
        error = at.error(self.tree, message) if at else SourceInvalid(file=place.file, line=place.line, message=message)
        if str(error) not in map(str, self.errors):
            self.errors.append(error)
