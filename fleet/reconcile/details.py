"""Tells of each Drift which fields, old and new, and who wrote them: one read of the whole object, before it is healed."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.aio import map_limited
from fleet.errors import FleetError
from fleet.kube.live.apply import read
from fleet.model.drift import Drift, DriftKind
from fleet.model.manifest import Manifest
from fleet.model.marks import marked
from fleet.plan import PlanInput
from fleet.plan.exempt import located
from fleet.plan.fields import described
from fleet.reconcile.site import Site

_AT_ONCE = 4


async def detailed(site: Site, given: PlanInput, drifts: Iterable[Drift]) -> tuple[Drift, ...]:
    """Fill in what each Drift can tell; one that cannot be read, or is gone, is told as it was seen."""
    manifests = {manifest.key: manifest for manifest in given.manifests or ()}

    async def one(drift: Drift) -> Drift:
        return await _detailed(site, given, drift, manifests[drift.key])

    return tuple(await map_limited(one, drifts, limit=_AT_ONCE, name="drift"))


async def _detailed(site: Site, given: PlanInput, drift: Drift, manifest: Manifest) -> Drift:
    if drift.kind is DriftKind.GONE:
        return drift
    try:
        body = await read(site.client, site.discovery, drift.key)
    except FleetError:
        return drift
    if body is None:
        return drift
    live = given.observation.live(drift.key)
    revision = live.marks.revision if live else given.commit
    wanted = marked(manifest, fleet=given.fleet, app=given.key, revision=revision)
    exempt = located(given.exempt.get(drift.key), manifest, live)
    return described(drift, wanted, body, exempt=exempt, managers=site.override_managers)
