"""Apps: what is rendered onto which cluster, under which policy; and the map of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from fleet.errors import FleetError
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Origin, Rendered, RenderFailed
from fleet.model.revision import Revision
from fleet.model.target import Target


class DriftPolicy(StrEnum):
    """What happens to a live object that no longer is what was applied."""

    REVERT = "revert"
    REPORT = "report"


class AdoptPolicy(StrEnum):
    """Whether an object that is in the cluster already, without our mark, is taken over."""

    IF_NO_CONFLICT = "IfNoConflict"
    ALWAYS = "Always"
    NEVER = "Never"


class Propagation(StrEnum):
    """What becomes of an object's dependents when it is deleted, as the API server knows it."""

    BACKGROUND = "Background"
    FOREGROUND = "Foreground"
    ORPHAN = "Orphan"


class OnRemoval(StrEnum):
    """What becomes of an App's objects when its declaration is gone."""

    DELETE = "delete"
    ORPHAN = "orphan"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredBy:
    """Where an App is declared: a file, or another App's render; `parent` is that App's name, empty when it is a file itself."""

    origin: Origin
    parent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreDrift:
    """Fields of a kind (and name, where given) that may differ: JSON pointers, list items selectable as `[key=value]`.

    `*` in kind and group stands for any text; `[*]` in a pointer for every item.
    """

    kind: str
    group: str = ""
    """Empty: any group."""
    namespace: str = ""
    name: str = ""
    fields: tuple[str, ...] = ()
    managers: tuple[str, ...] = ()
    """Field managers whose fields may differ, whichever they are."""
    target: Target | None = None
    """What else must match: patterns and selectors."""

    def means(self, key: ObjectKey, body: Mapping[str, Any]) -> bool:
        """Whether an object is one of those."""
        if self.target and not self.target.takes(key, body):
            return False
        pairs = ((self.namespace, key.namespace), (self.name, key.name))
        if not fnmatchcase(key.kind, self.kind) or not all(wanted in ("", has) for wanted, has in pairs):
            return False
        return not self.group or fnmatchcase(key.group, self.group)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppPart:
    """A further directory whose objects belong to an App: of equal keys, the later part's counts."""

    path: str
    renderer: str = ""
    options: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNamespace:
    """The Namespace that an App brings with it where no App declares it; it stays when the App goes."""

    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    annotations: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Notice:
    """Something in a declaration that has no effect here, and where it is written."""

    origin: Origin
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """A document in an App's render that is for other clusters: it declares Apps on those of them that read it as well."""

    identity: ObjectKey
    origin: Origin
    parent: str
    """The App whose render it stands in."""
    clusters: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """One directory rendered onto one cluster, with its sync policy.

    It is declared by a file under the cluster's directory, or is that directory itself: the App of a cluster's directory
    (its loose objects) has an empty `path`.
    """

    key: AppKey
    declared_by: DeclaredBy
    path: str = ""
    renderer: str = ""
    """Empty: found by what the directory holds."""
    options: Mapping[str, Any] = field(default_factory=dict, hash=False, repr=False)
    """The renderer's own, as written under its name."""
    more: tuple[AppPart, ...] = ()
    """Further directories whose objects belong to it."""
    namespace: str = "default"
    own_namespace: OwnNamespace | None = None
    """Set where `namespace` is to be made if nobody declares it."""
    substitute: bool = False
    """Whether variables are put into its objects."""
    variables: Mapping[str, str] = field(default_factory=dict, hash=False, repr=False)
    """Its own, over the cluster's."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What of its options and variables comes from Secrets: no error may say it."""
    strict: bool = True
    """Whether a missing variable without a default is an error; else it is empty, as Flux takes it."""
    depends_on: tuple[str, ...] = ()
    prune: bool = True
    on_removal: OnRemoval = OnRemoval.DELETE
    drift: DriftPolicy = DriftPolicy.REVERT
    adopt: AdoptPolicy = AdoptPolicy.IF_NO_CONFLICT
    overwrite: bool = False
    """Whether a change of git's leaves nothing of others in its objects, as `marks.overwrites` says of one."""
    paused: bool = False
    automated: bool = True
    """Whether it follows git by itself; if not, it is synced when somebody asks, and until then observed."""
    propagation: Propagation = Propagation.BACKGROUND
    """Of what it no longer wants."""
    removal_propagation: Propagation = Propagation.BACKGROUND
    """Of what it has, when its declaration is gone."""
    timeout: float = 600.0
    """Seconds."""
    ignore_drift: tuple[IgnoreDrift, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DesiredApp:
    """An App at a Revision: its Fingerprint and what that renders to, or why that could not be told."""

    app: App
    fingerprint: str
    result: Rendered | RenderFailed
    inputs: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """(path, git id) of what it renders from. Loose objects' own files are not among them: each is decided by its own."""


class Standing(StrEnum):
    """Where an App that a cluster has an Inventory of stands in git."""

    DECLARED = "declared"
    REMOVED = "removed"
    """Gone for certain: the place that declared it was read without error, and no longer does."""
    CONFIRMED = "confirmed"
    """Removed, and by deleting its own document: that says its objects may go."""
    ORPHANED = "orphaned"
    """The cluster has no directory in the tree: its Apps are let go, and nothing of them is ever deleted."""
    UNKNOWN = "unknown"
    """It could not be told: the App stays as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something in the tree that is wrong (an error: it names the clusters it makes incomplete) or worth saying (a notice)."""

    error: FleetError = field(hash=False)
    clusters: tuple[str, ...] = ()
    """Clusters whose chain it makes incomplete; empty for a notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMap:
    """What git says of one cluster at one Revision."""

    cluster: str
    directory: str
    """Empty when the registered cluster has no directory: then it has no Apps, and its old ones are orphaned."""
    revision: Revision
    labels: Mapping[str, str] = field(hash=False)
    variables: Mapping[str, str] = field(hash=False)
    kube_version: str = ""
    """What `cluster.yaml` says, as it is written there."""
    api_versions: tuple[str, ...] = ()
    apps: Mapping[str, DesiredApp] = field(hash=False)
    """By App name. An App in conflict with another of its name is not here; `problems` says so."""
    problems: tuple[Problem, ...] = ()
    """Errors in this cluster's chain: with any, undeclared Apps are unknown."""
    read: frozenset[str] = frozenset()
    """Every file of the chain that was read without error."""
    overridden: Mapping[ObjectKey, tuple[Origin, Origin]] = field(default_factory=dict, hash=False)
    """Declarations and objects replaced by a nearer one: identity to (nearer, farther)."""

    notices: tuple[Notice, ...] = ()
    """What its declarations say that has no effect here."""

    elsewhere: tuple[Elsewhere, ...] = ()
    """What its Apps' renders declare for other clusters."""

    disorder: Mapping[str, tuple[FleetError, ...]] = field(default_factory=dict, hash=False)
    """By App name: what is wrong with the Apps it says it depends on. It makes nothing incomplete: what it wants is known."""

    @property
    def complete(self) -> bool:
        """Whether the chain was read without any error and every declared App has a complete render."""
        return not self.problems and all(isinstance(app.result, Rendered) for app in self.apps.values())
