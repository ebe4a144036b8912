"""What is rendered: describes each distinct unit once, remembers what depends on which path, keeps the results in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

import orjson

from fleet.aio import Threads
from fleet.errors import ChartNotLocked, FleetError
from fleet.hooks import SourceTree
from fleet.hooks.registry import Registry
from fleet.hooks.tree import LimitedTree
from fleet.k8syaml import Document
from fleet.mapping.composed import composed, parts_of
from fleet.mapping.foreign import unread_in
from fleet.mapping.hiding import hidden
from fleet.mapping.installs import parted
from fleet.mapping.paths import PathIndex
from fleet.mapping.substitution import Substitution, Values, substituted
from fleet.model.app import App, DeclaredBy, DesiredApp, IgnoreDrift
from fleet.model.charts import LOCK
from fleet.model.keys import AppKey
from fleet.model.manifest import Declaration, Manifest, Origin, Rendered, RenderFailed
from fleet.model.revision import Entry, EntryKind
from fleet.render import LISTED, RenderHost, RenderUnit, RenderValues

Asked: TypeAlias = tuple[str, str, str, str, bytes, RenderValues, tuple[IgnoreDrift, ...]]
"""What decides a description: the App's name, path, renderer, namespace, options as JSON, the cluster's values."""
User: TypeAlias = tuple[str, str]
"""("cluster", name) or ("directory", path): whose Apps, or whose kustomization, a unit is."""

LOOSE_NAMESPACE = "default"
_LARGE_FILE = 16 * 1024  # bytes: about 5 ms to parse
_MANY_DOCUMENTS = 100  # about 5 ms to check
_PATIENCE = 120.0  # seconds: the largest file the limits allow takes 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A directory of the tree that is built with kustomize as one: what it says, or why that could not be told."""

    path: str
    fingerprint: str = ""
    inputs: tuple[str, ...] = ()
    manifests: tuple[Manifest, ...] = ()
    declarations: tuple[Declaration, ...] = ()
    errors: tuple[FleetError, ...] = field(default=(), hash=False)


class Use:
    """What one user asks for, with which values, in one go: it is kept as long as some user's last Use holds it."""

    def __init__(self, values: RenderValues | None = None, variables: Mapping[str, str] | None = None) -> None:
        self.values = values or RenderValues()
        self.variables = variables or {}
        self.asked: set[Asked] = set()
        self.fingerprints: set[str] = set()


class Units:
    """All units of the fleet. `begin` opens a Revision; everything until the next is asked of its tree."""

    def __init__(self, registry: Registry, host: RenderHost) -> None:
        self.kinds = frozenset(registry.app_kinds)
        self._host = host
        self._signs = [f"{kind.group}{slash}v".encode() for kind in self.kinds for slash in ("/", "\\/")]
        self._index: PathIndex[Asked] = PathIndex()
        self._described: dict[Asked, RenderUnit] = {}
        self._refused: dict[Asked, FleetError] = {}
        self._suspect: dict[Asked, bool] = {}
        self._users: dict[Asked, set[User]] = {}
        self._uses: dict[User, Use] = {}
        self._results: dict[str, Rendered] = {}
        self._counts: Counter[str] = Counter()
        self._failed: dict[str, RenderFailed] = {}
        self._substitution = Substitution(host)
        self._threads = Threads(limit=2, name="mapping")

    def begin(self, tree: SourceTree, changed: Iterable[str] | None) -> set[User]:
        """Turn to another Revision: forget what the changed paths concern (everything, if None); says whom that concerns.

        What failed is tried again, by whoever asks again.
        """
        self._tree = tree
        self._failed.clear()
        self._refused.clear()
        asked = set(self._described) if changed is None else self._index.concerned(changed)
        for each in asked:
            self._forget(each)
        return {user for each in asked for user in self._users.get(each, ())}

    def finish(self, user: User, use: Use) -> None:
        """Replace what a user uses; what nobody uses any more is forgotten."""
        before = self._uses.pop(user, Use())
        if use.asked:
            self._uses[user] = use
        for asked in use.asked:
            self._users.setdefault(asked, set()).add(user)
        for asked in before.asked - use.asked:
            self._users[asked].discard(user)
            if not self._users[asked]:
                del self._users[asked]
                self._forget(asked)
        self._counts.update(use.fingerprints)
        self._counts.subtract(before.fingerprints)
        for fingerprint in before.fingerprints - use.fingerprints:
            if not self._counts[fingerprint]:
                del self._counts[fingerprint]
                self._results.pop(fingerprint, None)

    async def documents(self, tree: SourceTree, file: Entry) -> tuple[Document, ...]:
        """The documents of a file, as `tree.documents`; a large one is parsed beside the event loop."""
        text = tree.read(file.path)
        if len(text) <= _LARGE_FILE or not isinstance(tree, LimitedTree):
            return tree.documents(file.path)
        known = tree.blobs.look(file.id, file.path)
        if known is not None:
            return known
        parse = partial(tree.blobs.parse, text, path=file.path, blob=file.id)
        return await self._threads.run(parse, seconds=_PATIENCE, what=f"reading {file.path}")

    async def assembled(self, documents: Sequence[Document]) -> Rendered | RenderFailed:
        """Make Manifests and declarations of loose documents; many of them beside the event loop."""
        assemble = partial(self._host.assemble, documents, fingerprint="", namespace=LOOSE_NAMESPACE)
        if len(documents) <= _MANY_DOCUMENTS:
            return assemble()
        return await self._threads.run(assemble, seconds=_PATIENCE, what="reading loose objects")

    def ready(self, app: App, use: Use) -> DesiredApp | None:
        """An App's desired state, if nothing has to be waited for."""
        if _is_composed(app):
            ready = [self.ready(part, use) for part in parts_of(app)]
            known = [part for part in ready if part is not None]
            return self._composed(app, known, use) if len(known) == len(ready) else None
        try:
            unit = self._describe(app, use)
        except FleetError as error:
            return DesiredApp(app=app, fingerprint="", result=RenderFailed(fingerprint="", errors=_told(error, app)))
        fingerprint = self._substitution.fingerprint(unit, Values.of(app, use.variables)) if app.substitute else unit.fingerprint
        result = self._results.get(fingerprint) or self._failed.get(fingerprint)
        return self._desired(app, result, use, unit=unit) if result else None

    async def desired(self, app: App, use: Use) -> DesiredApp:
        """An App's desired state, rendered if need be."""
        ready = self.ready(app, use)
        if ready is not None:
            return ready
        if _is_composed(app):
            return self._composed(app, [await self.desired(part, use) for part in parts_of(app)], use)
        unit = self._describe(app, use)
        values = Values.of(app, use.variables)
        result = await (self._substituted(unit, values) if app.substitute else self._host.render(self._tree, unit))
        return self._desired(app, self._checked(result), use, unit=unit)

    def may_declare(self, app: App, use: Use) -> bool:
        """Whether any input of an App looks as if its render could declare Apps: then others wait for it."""
        if _is_composed(app):
            return any(self.may_declare(part, use) for part in parts_of(app))
        asked = self._asked(app, use.values)
        if asked not in self._suspect:
            try:
                texts = self._texts(self._describe(app, use))
                self._suspect[asked] = any(sign in text for text in texts for sign in self._signs)
            except FleetError:
                return False  # then its render fails as well, and declares nothing
        return self._suspect[asked]

    async def build(self, path: str, use: Use) -> Unit:
        """Build a directory of the tree with kustomize."""
        origin = DeclaredBy(origin=Origin(path, 1))
        app = App(key=AppKey("", path), declared_by=origin, path=path, renderer="kustomize", namespace=LOOSE_NAMESPACE)
        result = (await self.desired(app, use)).result
        if isinstance(result, RenderFailed):
            return Unit(path=path, errors=result.errors)
        return Unit(
            path=path,
            fingerprint=result.fingerprint,
            inputs=tuple(name for name, _ in self._describe(app, use).inputs),
            manifests=result.said,
            declarations=result.declarations,
        )

    def _describe(self, app: App, use: Use) -> RenderUnit:
        asked = self._asked(app, use.values)
        use.asked.add(asked)
        if asked in self._refused:
            raise self._refused[asked]
        unit = self._described.get(asked)
        if unit is None:
            try:
                unit = self._described[asked] = self._host.describe(self._tree, app, use.values)
            except FleetError as error:
                self._refused[asked] = error
                raise
            self._index.add((path for path, _ in unit.inputs), asked)
        return unit

    def _forget(self, asked: Asked) -> None:
        self._suspect.pop(asked, None)
        unit = self._described.pop(asked, None)
        if unit is not None:
            self._index.remove((path for path, _ in unit.inputs), asked)

    async def _substituted(self, unit: RenderUnit, values: Values) -> Rendered | RenderFailed:
        documents = await self._substitution.documents(self._tree, unit)
        if isinstance(documents, RenderFailed):
            return replace(documents, read=())  # Without its variables it is not what is meant.
        fingerprint = self._substitution.fingerprint(unit, values)
        done, errors = await substituted(documents, values, tree=self._tree)
        if errors:
            return RenderFailed(fingerprint=fingerprint, errors=errors)
        return self._host.assemble(done, fingerprint=fingerprint, namespace=unit.namespace)

    def _checked(self, result: Rendered | RenderFailed) -> Rendered | RenderFailed:
        if isinstance(result, Rendered) and (errors := unread_in(result.manifests, read=self.kinds)):
            result = RenderFailed(fingerprint=result.fingerprint, errors=errors, read=result.manifests)
        if isinstance(result, Rendered):
            own, withheld = parted(result.manifests)
            applied = replace(result, manifests=own, withheld=withheld) if withheld else result
            return self._results.setdefault(result.fingerprint, applied)
        self._failed[result.fingerprint] = result
        return result

    def _desired(self, app: App, result: Rendered | RenderFailed, use: Use, *, unit: RenderUnit) -> DesiredApp:
        use.fingerprints.add(result.fingerprint)
        if isinstance(result, RenderFailed) and app.secrets:
            result = replace(result, errors=hidden(result.errors, app.secrets))
        return DesiredApp(app=app, fingerprint=result.fingerprint, result=result, inputs=unit.inputs)

    def _composed(self, app: App, parts: list[DesiredApp], use: Use) -> DesiredApp:
        made = composed(app, parts)
        use.fingerprints.add(made.fingerprint)
        if isinstance(made.result, Rendered):
            # The same one each time: who compares what is desired compares these.
            return replace(made, result=self._results.setdefault(made.fingerprint, made.result))
        return made

    def _texts(self, unit: RenderUnit) -> Iterator[bytes]:
        for path, found in unit.inputs:
            entry = self._tree.entry(path) if found and found != LISTED else None
            files = self._tree.walk(path) if entry and entry.kind is EntryKind.DIRECTORY else (entry,)
            for file in files:
                if file and file.kind is EntryKind.FILE:
                    yield self._tree.read(file.path)

    @staticmethod
    def _asked(app: App, values: RenderValues) -> Asked:
        return (
            app.key.app,
            app.path,
            app.renderer,
            app.namespace,
            orjson.dumps(app.options, option=orjson.OPT_SORT_KEYS),
            values,
            app.ignore_drift,
        )


def _is_composed(app: App) -> bool:
    return bool(app.more or app.own_namespace)


def _told(error: FleetError, app: App) -> tuple[FleetError, ...]:
    """Say where a chart is asked for, which a renderer is not told, and nothing that came from a Secret."""
    if isinstance(error, ChartNotLocked) and error.file == LOCK:
        origin = app.declared_by.origin
        error = ChartNotLocked(**{**error.facts, "file": origin.file, "line": origin.line})
    return hidden((error,), app.secrets)
