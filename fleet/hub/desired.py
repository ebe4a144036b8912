"""What git wants of one cluster at this moment, while Revisions come and are mapped piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.mapping import MappedApp
from fleet.model.app import ClusterMap, DesiredApp
from fleet.model.claims import Claims, ClaimsIncomplete
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Rendered, Scope
from fleet.model.revision import Revision
from fleet.plan.claims import claims
from fleet.reconcile.placing import place

_STEPS = 8
"""Changes of one App that are remembered while the cluster does not take them."""


@dataclass(frozen=True, slots=True)
class Step:
    """A commit, and the Fingerprint an App had until then: None when it was not declared."""

    commit: str
    fingerprint: str | None


@dataclass(kw_only=True)
class Desired:
    """One cluster's Apps as they are known now. Complete Claims are only there when its whole map is."""

    cluster: str
    revision: Revision | None = None
    apps: dict[str, DesiredApp] = field(default_factory=dict)
    directory: str = ""
    """The cluster's in the tree."""
    map: ClusterMap | None = None
    """The last complete one."""
    settled: bool = False
    """Whether `map` is of the newest Revision and the whole fleet of that is mapped: only then may anything be deleted."""
    newest: str = ""
    """The last commit at which the whole fleet was mapped: one that changes nothing here leaves `map` and `revision` older."""
    before: frozenset[str] | None = None
    """The Apps of the map before that; None when there was none."""
    _steps: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    """By App: the Revisions after which it became another one, or went."""
    _claims: Claims | None = None
    _custom: Mapping[GroupKind, Scope] | None = None

    def begin(self, revision: Revision, piece: MappedApp, *, since: str) -> None:
        """Take an App of a Revision that is being mapped: from now on Claims are incomplete. `since`: the one mapped before."""
        name, app = piece.key.app, piece.desired
        before = self.apps.get(name)
        self._step(name, since)
        self.revision = revision
        self.directory = piece.directory
        self.apps[name] = app
        self.settled = False
        self._claims = None
        if any(_defines(each) for each in (before, app)):
            self._custom = None

    def take(self, cluster_map: ClusterMap, *, since: str) -> None:
        """Take the cluster's map of a Revision; `since` is the one mapped before."""
        for gone in self.apps.keys() - cluster_map.apps.keys():
            self._step(gone, since)
        self.before = frozenset(self.map.apps) if self.map else None
        self.map = cluster_map
        self.directory = cluster_map.directory
        self.revision = cluster_map.revision
        self.apps = dict(cluster_map.apps)
        self.settled = False
        self._claims = self._custom = None

    @property
    def whole(self) -> bool:
        """Whether all Apps are known as the Revision has them: while it is being mapped some still are as they were before."""
        return self.map is not None and self.revision is not None and self.map.revision.commit == self.revision.commit

    def tells_of(self, app: str) -> bool:
        """Whether it is known what git wants of an App, or that it declares none: not before the first map has come to it."""
        return app in self.apps or self.map is not None

    def last_at(self, app: str, fingerprint: str | None) -> str:
        """The last commit at which an App had this Fingerprint, or (None) was not declared; empty when that was not seen."""
        steps = reversed(self._steps.get(app, ()))
        return next((step.commit for step in steps if step.fingerprint == fingerprint), "")

    def _step(self, app: str, since: str) -> None:
        if since:
            before = self.apps.get(app)
            step = Step(since, before.fingerprint if before else None)
            self._steps[app] = (*self._steps.get(app, ()), step)[-_STEPS:]

    def custom(self) -> Mapping[GroupKind, Scope]:
        """The scopes of the custom kinds that this cluster's Apps define."""
        if self._custom is None:
            results = [app.result for app in self.apps.values() if isinstance(app.result, Rendered)]
            self._custom = {kind: scope for rendered in results for kind, scope in rendered.defined.items()}
        return self._custom

    def claims(self, served: Mapping[GroupKind, Scope]) -> Claims | ClaimsIncomplete:
        """Who owns what; incomplete until the cluster's map, and the fleet's, is there."""
        commit = self.revision.commit if self.revision else ""
        if not self.settled or self.map is None:
            return ClaimsIncomplete(commit=commit)
        return self._claims or self._claimed(self.map, served)

    def desired_keys(self, served: Mapping[GroupKind, Scope]) -> frozenset[ObjectKey]:
        """Every key that git wants here, as far as it is known."""
        found = self._claimed(self.map, served) if self.map else None
        return frozenset(found.owners) if isinstance(found, Claims) else frozenset()

    def _claimed(self, cluster_map: ClusterMap, served: Mapping[GroupKind, Scope]) -> Claims | ClaimsIncomplete:
        scopes = {**served, **self.custom()}
        manifests = {
            name: place(app.result.manifests, scopes, namespace=app.app.namespace)
            for name, app in cluster_map.apps.items()
            if isinstance(app.result, Rendered)
        }
        found = claims(cluster_map, manifests, cluster_map.revision.commit)
        if isinstance(found, Claims) and self.settled:
            self._claims = found
        return found

    def forget_claims(self) -> None:
        """Judge scopes again: the cluster serves other kinds now."""
        self._claims = None


def _defines(app: DesiredApp | None) -> bool:
    return app is not None and isinstance(app.result, Rendered) and bool(app.result.defined)
