"""What git wants of one cluster at this moment, while Revisions come and are mapped piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fleet.model.app import ClusterMap, DesiredApp
from fleet.model.claims import Claims, ClaimsIncomplete
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Rendered, Scope
from fleet.model.revision import Revision
from fleet.plan.claims import claims
from fleet.reconcile.preview import place


@dataclass(kw_only=True)
class Desired:
    """One cluster's Apps as they are known now. Complete Claims are only there when its whole map is."""

    cluster: str
    revision: Revision | None = None
    apps: dict[str, DesiredApp] = field(default_factory=dict)
    map: ClusterMap | None = None
    """The last complete one."""
    settled: bool = False
    """Whether `map` is of the newest Revision and the whole fleet of that is mapped: only then may anything be deleted."""
    before: frozenset[str] | None = None
    """The Apps of the map before that; None when there was none."""
    _claims: Claims | None = None
    _custom: Mapping[GroupKind, Scope] | None = None

    def begin(self, revision: Revision, app: DesiredApp) -> None:
        """Take an App of a Revision that is being mapped: from now on Claims are incomplete."""
        before = self.apps.get(app.app.key.app)
        self.revision = revision
        self.apps[app.app.key.app] = app
        self.settled = False
        self._claims = None
        if any(_defines(each) for each in (before, app)):
            self._custom = None

    def take(self, cluster_map: ClusterMap) -> None:
        """Take the cluster's map of a Revision."""
        self.before = frozenset(self.map.apps) if self.map else None
        self.map = cluster_map
        self.revision = cluster_map.revision
        self.apps = dict(cluster_map.apps)
        self.settled = False
        self._claims = self._custom = None

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
