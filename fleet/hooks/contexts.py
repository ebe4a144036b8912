"""What a declared function is given: one frozen context each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from fleet.errors import ChartRepositoryUnknown, ProgramRefused
from fleet.k8syaml import Document, dump, load_documents
from fleet.model.charts import LockedChart
from fleet.model.cluster import Registered
from fleet.model.declared import Declared
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Declaration, Manifest, Origin
from fleet.model.revision import Entry, Tree


class SourceTree(Tree, Protocol):
    """The files of one Revision, with parsed access: nobody but the host needs a parser."""

    def documents(self, path: str) -> tuple[Document, ...]:
        """The YAML or JSON documents of a file, within the limits; raises YamlError with file and line."""

    def files(self, path: str) -> tuple[Entry, ...]:
        """The files directly in a directory, sorted by name."""

    def line_of(self, document: Document, pointer: str) -> int:
        """The line of a field of one of `documents`, by JSON pointer: for an error that names its place."""


async def _no_program(argv: Sequence[str]) -> str:
    raise ProgramRefused(program=argv[0])


async def _no_chart(locked: LockedChart) -> bytes:
    raise ChartRepositoryUnknown(repository=locked.wanted.repository, chart=locked.wanted)


async def _no_worker(function: Callable[..., Any], *_: Any) -> Any:
    raise ProgramRefused(program=function.__qualname__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderContext:
    """One App's directory, and what its rendering may depend on.

    In `render` the tree holds what `inputs` named and nothing else: reading another path raises UndeclaredInput.
    """

    tree: SourceTree
    path: str
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the App says under the renderer's name."""
    namespace: str = "default"
    name: str = ""
    """The App's name; only where the Renderer says that it is `named`."""
    kube_version: str = ""
    api_versions: tuple[str, ...] = ()
    deadline: float = 60.0
    """Seconds the rendering may take."""
    max_output: int = 64 * 1024 * 1024
    """Bytes of text it may give."""
    scratch: str = ""
    """An empty private directory, removed afterwards; only for `render`, and for a Renderer that says it uses one."""
    programs: Mapping[str, str] = field(default_factory=dict)
    """Paths of the programs the operator chose, of those that the Renderer names."""
    run: Callable[[Sequence[str]], Awaitable[str]] = _no_program
    """Run a program in `scratch` and give its stdout; only for an async `render`.

    The environment holds nothing of the hub's: HOME is an empty directory, PATH is empty, the network is cut off as far
    as an environment can. Deadline and output limit are those above. Raises ProgramFailed with what it wrote to stderr.
    """
    work: Callable[..., Awaitable[Any]] = _no_worker
    """Call a module-level function with arguments in a worker process that lives on; only for an async `render`.

    For a library that may crash, hang or eat memory: only that process is lost, and this render with it. Everything goes
    through pickle. Its environment is that of `run`; deadline and output limit are those above.
    """
    chart: Callable[[LockedChart], Awaitable[bytes]] = _no_chart
    """Give a packaged chart of a repository by its digest; only for an async `render`. Its entry in charts.lock is an input."""
    again: bool = False
    """Whether this is the second of two renders, which are compared: what depends on the time should differ now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthContext:
    """One live object and everything its Health may be judged by."""

    live: Mapping[str, Any]
    related: Mapping[ObjectKey, Mapping[str, Any]] = field(default_factory=dict)
    """What the check asked to see too."""
    looked: bool = True
    """Whether that was fetched: what is not in `related` is then not there, and the object is as it is at `now`.

    A first judgement goes by the object alone. One that was written down goes by what was written, nobody knows when.
    """
    last_write: datetime | None = None
    """When the hub last wrote the object."""
    now: datetime
    grace: float = 15.0
    """Seconds for which a kind that reports no status is Progressing after its last write."""
    has_status: bool = True
    """Whether the kind has a status subresource, as discovery says; without one there is nothing to wait for."""
    declared: Declared | None = None
    """What a custom kind's definition says about its status; None where the definition is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionContext:
    """One object that may be exempt: the declared annotation's value, what git wants, what lives."""

    value: str
    """The annotation's value; empty for a declaration without an annotation."""
    manifest: Manifest | None
    live: Mapping[str, Any] | None
    related: Mapping[ObjectKey, Mapping[str, Any]] = field(default_factory=dict)


def _nothing(kind: GroupKind, namespace: str, name: str) -> Manifest | Declaration | None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppKindContext:
    """One document that declares Apps, and the fleet it does so in."""

    document: Mapping[str, Any]
    origin: Origin
    tree: SourceTree
    cluster: str
    directory: str
    labels: Mapping[str, str]
    variables: Mapping[str, str]
    clusters: Mapping[str, Mapping[str, str]]
    """The registered clusters with their labels; one whose labels cannot be read is not among them."""
    fleet: Registered = field(default_factory=Registered)
    """What the clusters, and the repository, are called in declarations."""
    readers: frozenset[str] = frozenset()
    """The clusters that read the file in which the document stands, or the one that declares the App whose render holds it."""
    parent: str = ""
    """The App whose render holds the document; empty when a file does."""
    look: Callable[[GroupKind, str, str], Manifest | Declaration | None] = _nothing
    """Find another document of this cluster by kind, namespace and name: in its chain's files, else in what its Apps render to.

    It raises NotKnownYet while renders are still to come. Let that pass: the document is read again when more is known, and
    whenever what was found here changes. None means that it is nowhere.
    """

    within: str = ""
    """Where in the document that stands at `origin` this one is written, as a JSON pointer: one that another generates."""

    def parsed(self, text: str) -> tuple[Any, ...]:
        """The values of the documents in a text that the document holds; raises YamlError with a line of that text."""
        return tuple(each.value for each in load_documents(text.encode(), file=f"{self.origin}, text"))

    def written(self, value: Any) -> str:
        """A value as a text of YAML."""
        return dump([value])


@dataclass(frozen=True, slots=True, kw_only=True)
class GateContext:
    """A Revision that asks to enter a stage."""

    stage: str
    commit: str
    clusters: tuple[str, ...]
    manifests: Mapping[str, tuple[Manifest, ...]]
    """By Fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyContext:
    """Something worth telling people."""

    event: str
    subject: str
    message: str
    commit: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
