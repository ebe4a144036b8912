"""Whether the Apps are there that another App of the cluster goes after, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from fleet.errors import FleetError
from fleet.hub.desired import Desired
from fleet.hub.freshness import Freshness
from fleet.hub.shared import Shared
from fleet.model.app import DesiredApp
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Manifest, Rendered
from fleet.model.plan import Awaited
from fleet.model.sync import SyncState
from fleet.plan.waves import stands


class Leaving(Protocol):
    """Tells of an App that left git which others, that depend on it and left as well, are still here."""

    def __call__(self, app: str) -> Iterable[str]:
        """Their names."""


class Dependencies:
    """Answers for one cluster. It is asked when an App is looked at, and when something is told of an App that is waited for."""

    def __init__(self, shared: Shared, desired: Desired, freshness: Freshness, *, leaving: Leaving) -> None:
        self._shared = shared
        self._desired = desired
        self._freshness = freshness
        self._leaving = leaving

    def of(self, key: AppKey) -> tuple[Awaited, ...]:
        """What an App has to wait for, in the order in which it names it; empty for one that may go on."""
        desired = self._desired.apps.get(key.app)
        if desired is None:
            first = self._leaving(key.app)
            return tuple(Awaited(app=name, reason=f"App {name}, which depends on it, to be removed") for name in first)
        asked = ((name, self._missing(name)) for name in dict.fromkeys(desired.app.depends_on))
        return tuple(Awaited(app=name, reason=f"App {name}: {missing}") for name, missing in asked if missing)

    def disorder(self, key: AppKey) -> tuple[FleetError, ...]:
        """What is wrong with what an App says of its order; while a Revision is being mapped nothing is known of that."""
        cluster_map = self._desired.map
        return cluster_map.disorder.get(key.app, ()) if cluster_map and self._desired.whole else ()

    def fingerprints(self, key: AppKey) -> tuple[str, ...]:
        """What git wants now of an App, and of those it goes after."""
        desired = self._desired.apps.get(key.app)
        if desired is None:
            return ()
        others = (self._desired.apps.get(name) for name in desired.app.depends_on)
        return (desired.fingerprint, *(each.fingerprint if each else "" for each in others))

    def _missing(self, name: str) -> str:
        """What is missing of an App before those that depend on it may go on; empty when nothing is."""
        desired, key = self._desired.apps.get(name), AppKey(self._desired.cluster, name)
        if desired is None or not self._desired.whole:
            return "what git wants of it is not known yet at this Revision"
        report = self._shared.state.reports.get(key)
        if report is None:
            return "it was not synced yet"
        if report.state is not SyncState.SYNCED:
            return f"{report.state}: {report.message}" if report.message else str(report.state)
        if report.fingerprint != desired.fingerprint:
            return "it is not synced yet at this Revision"
        return self._unhealthy(key, desired)

    def _unhealthy(self, key: AppKey, desired: DesiredApp) -> str:
        found, manifests = self._freshness.of_app(key), _manifests(desired)
        if found.untold:
            return f"{found.untold[0]} has not told of its Health since it was last written"
        bad = [(health, member) for member, health in found.report.objects.items() if not stands(manifests.get(member), health)]
        if bad:
            health, member = max(bad, key=lambda pair: pair[0].state)
            return f"{member} is {health.said(self._freshness.since(member))}"
        return "" if found.final else "it is Healthy, but not yet for long enough"


def _manifests(desired: DesiredApp) -> Mapping[ObjectKey, Manifest]:
    result = desired.result
    return {manifest.key: manifest for manifest in result.manifests} if isinstance(result, Rendered) else {}
