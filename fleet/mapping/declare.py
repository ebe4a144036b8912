"""Reads one declaration for one cluster: substituted, by the reader of its kind, within the guard."""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from fleet.errors import FleetError, LocatedError, MappingError, NotKnownYet
from fleet.hooks import AppKind, AppKindContext, SourceTree
from fleet.hooks.guard import call
from fleet.k8syaml import Document
from fleet.mapping.known import Known
from fleet.mapping.reading import Reading, flattened
from fleet.mapping.resolve import Declared
from fleet.mapping.settings import Settings, merged
from fleet.mapping.substitution import Values, substituted_value
from fleet.mapping.variables import cluster_variables
from fleet.model.app import App, DeclaredBy, Elsewhere, Notice
from fleet.model.cluster import Registered
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Declaration, Manifest
from fleet.model.revision import Entry
from fleet.render import RenderValues

Labels = Mapping[str, Mapping[str, str]]
"""Of every registered cluster."""
_SUBSTITUTING = GroupKind("fleethub.dev", "App")
_Given = App | Notice | Elsewhere | FleetError


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """A cluster and everything that its directory and the groups above say."""

    cluster: str
    directory: str
    readings: tuple[Reading, ...]
    """The outermost group's first, the cluster's own last."""
    readers: tuple[frozenset[str], ...]
    """Of each of these directories: the clusters whose chain it is in."""
    settings: Settings
    variables: Mapping[str, str] = field(hash=False)

    @classmethod
    def of(cls, cluster: str, directory: str, said: Iterable[tuple[Reading, frozenset[str]]]) -> Chain:
        """Put together what the directories of a chain say, and who reads each of them."""
        both = tuple(said)
        readings = tuple(reading for reading, _ in both)
        settings = merged(reading.settings for reading in readings)
        variables = cluster_variables(settings.variables, settings.labels, name=cluster, path=directory)
        return cls(
            cluster=cluster,
            directory=directory,
            readings=readings,
            readers=tuple(readers for _, readers in both),
            settings=settings,
            variables=variables,
        )

    @property
    def unsettled(self) -> bool:
        """Whether the cluster's labels and variables could not be told: what it should have is not known then either."""
        return any(reading.unsettled for reading in self.readings)

    @property
    def errors(self) -> tuple[FleetError, ...]:
        """Everything that is wrong in its directories."""
        return tuple(error for reading in self.readings for error in reading.errors)

    @property
    def values(self) -> RenderValues:
        """What of the cluster a render may depend on."""
        return RenderValues(kube_version=self.settings.kube_version, api_versions=self.settings.api_versions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """Where in the line of parents a declaration stands that an App's render holds."""

    parent: str
    declared: Declared
    """The parent's own declaration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kinds:
    """The readers of documents that declare Apps, and what those may name."""

    readers: Mapping[GroupKind, AppKind] = field(hash=False)
    fleet: Registered = field(default_factory=Registered)


class Reader:
    """Reads declarations for one cluster, and notes what beside the document was looked at."""

    def __init__(self, kinds: Kinds, chain: Chain, tree: SourceTree, labels: Labels) -> None:
        self.known = Known(chain.readings)
        self._kinds = kinds.readers
        self._fleet = kinds.fleet
        self._chain = chain
        self._tree = _NotingTree(tree)
        self._labels = _NotingLabels(labels)

    @property
    def looked_at(self) -> frozenset[str]:
        """Paths of the tree that readers asked for."""
        return frozenset(self._tree.asked)

    @property
    def looked_at_clusters(self) -> bool:
        """Whether any reader asked for the other clusters."""
        return self._labels.asked

    def in_file(self, declaration: Declaration, depth: int) -> Declared:
        """Read a declaration of the chain's files; depth counts its directories."""
        return self._read(declaration, Declared(identity=declaration.identity, origin=declaration.origin, depth=depth))

    def in_render(self, declaration: Declaration, child: Child) -> Declared:
        """Read a declaration that stands in an App's render."""
        above = child.declared
        ancestors = (*above.ancestors, above.identity)
        empty = Declared(
            identity=declaration.identity,
            origin=declaration.origin,
            depth=above.depth,
            ancestors=ancestors,
            parent_app=child.parent,
            manual=not all(app.automated for app in above.apps if app.key.app == child.parent),
        )
        return self._read(declaration, empty)

    def current(self, declared: Declared) -> bool:
        """Whether what a declaration looked at still is what it saw."""
        return all(self.known.seen(key) == seen for key, seen in declared.looks)

    def again(self, declared: Declared) -> Declared:
        """Read a declaration that looked at others anew."""
        assert declared.read_from is not None
        return self._read(
            declared.read_from, replace(declared, apps=(), notices=(), elsewhere=(), errors=(), looks=(), read_from=None)
        )

    def _read(self, declaration: Declaration, empty: Declared) -> Declared:
        body, wrong = self._substituted(declaration)
        if wrong:
            return replace(empty, errors=wrong)
        looks = _Looks(self.known)
        try:
            given = tuple(self._given(declaration, body, empty, looks))
            apps = tuple(each for each in given if isinstance(each, App))
            notices = tuple(each for each in given if isinstance(each, Notice))
            elsewhere = tuple(each for each in given if isinstance(each, Elsewhere))
            errors = tuple(_located(each, declaration) for each in given if isinstance(each, FleetError))
            read = replace(empty, identity=ObjectKey.of(body), apps=apps, notices=notices, elsewhere=elsewhere, errors=errors)
        except NotKnownYet:
            read = empty
        except FleetError as error:
            read = replace(empty, errors=tuple(_located(each, declaration) for each in flattened(error)))
        return replace(read, looks=tuple(looks.seen.items()), read_from=declaration if looks.seen else None)

    def _given(self, declaration: Declaration, body: Mapping[str, object], empty: Declared, looks: _Looks) -> Iterator[_Given]:
        kind = self._kinds[declaration.identity.group_kind]
        chain, parent = self._chain, empty.parent_app
        context = AppKindContext(
            document=body,
            origin=declaration.origin,
            tree=self._tree,
            cluster=chain.cluster,
            directory=chain.directory,
            labels=chain.settings.labels,
            variables=chain.variables,
            clusters=self._labels,
            fleet=self._fleet,
            readers=chain.readers[empty.depth],
            parent=parent,
            look=looks.look,
        )
        # A tuple, so that a generator runs inside the guard.
        for app in call(lambda given: tuple(kind.read(given)), context, plugin=str(kind.kind)):
            if not isinstance(app, App):
                yield app
                continue
            if app.key.cluster != chain.cluster:
                raise MappingError(
                    file=declaration.origin.file,
                    line=declaration.origin.line,
                    message=f"its reader gave an App of cluster {app.key.cluster} when asked for {chain.cluster}",
                )
            declared_by = DeclaredBy(origin=declaration.origin, parent=parent)
            yield replace(app, declared_by=declared_by, automated=app.automated and not empty.manual)

    def _substituted(self, declaration: Declaration) -> tuple[Mapping[str, object], tuple[FleetError, ...]]:
        body = declaration.body
        spec = body.get("spec")
        wanted = isinstance(spec, dict) and spec.get("substitute") is True
        if not wanted or declaration.identity.group_kind != _SUBSTITUTING:
            return body, ()
        return substituted_value(body, Values(variables=self._chain.variables), origin=declaration.origin, tree=self._tree)


def _located(error: FleetError, declaration: Declaration) -> FleetError:
    if isinstance(error, LocatedError):
        return error
    return MappingError(file=declaration.origin.file, line=declaration.origin.line, message=str(error))


class _Looks:
    """What one declaration looks at among the cluster's other documents, and what it saw."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self.seen: dict[ObjectKey, str | None] = {}

    def look(self, kind: GroupKind, namespace: str, name: str) -> Manifest | Declaration | None:
        """Find one of them; raises NotKnownYet while a render may still bring it."""
        key = ObjectKey(kind.group, kind.kind, namespace, name)
        self.seen[key] = self._known.seen(key)
        return self._known.look(key)


class _NotingLabels(Mapping[str, Mapping[str, str]]):
    """The clusters' labels, and whether anybody looked."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self.asked = False

    def __getitem__(self, name: str) -> Mapping[str, str]:
        self.asked = True
        return self._labels[name]

    def __iter__(self) -> Iterator[str]:
        self.asked = True
        return iter(self._labels)

    def __len__(self) -> int:
        self.asked = True
        return len(self._labels)

    def items(self) -> ItemsView[str, Mapping[str, str]]:
        """All of them at once: a reader that compares a thousand clusters' labels does so for each cluster."""
        self.asked = True
        return self._labels.items()


class _NotingTree:
    """A tree, and every path that was asked for."""

    def __init__(self, tree: SourceTree) -> None:
        self._tree = tree
        self.asked: set[str] = set()

    def entry(self, path: str) -> Entry | None:
        """What stands at a path, or None."""
        return self._noted(path).entry(path)

    def children(self, path: str) -> tuple[Entry, ...]:
        """The entries directly in a directory."""
        return self._noted(path).children(path)

    def walk(self, path: str) -> Iterator[Entry]:
        """All entries below a directory that are not directories."""
        return self._noted(path).walk(path)

    def read(self, path: str) -> bytes:
        """The content of a file."""
        return self._noted(path).read(path)

    def real(self, path: str) -> str:
        """Where a path really stands."""
        return self._noted(path).real(path)

    def documents(self, path: str) -> tuple[Document, ...]:
        """The documents of a file."""
        return self._noted(path).documents(path)

    def files(self, path: str) -> tuple[Entry, ...]:
        """The files directly in a directory."""
        return self._noted(path).files(path)

    def line_of(self, document: Document, pointer: str) -> int:
        """The line of a field of a document."""
        return self._noted(document.file).line_of(document, pointer)

    def _noted(self, path: str) -> SourceTree:
        self.asked.add(path)
        return self._tree
