"""What a Sync would do now, and to which fields: looked at afresh, and nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.aio import map_limited
from fleet.errors import FleetError
from fleet.hub.hub import Hub
from fleet.kube.live.apply import read
from fleet.model.keys import AppKey
from fleet.model.manifest import RenderFailed
from fleet.model.plan import Action, Change
from fleet.plan import PlanInput
from fleet.plan.difference import difference, of_ours
from fleet.plan.plan import plan
from fleet.queries.answers import ChangeAnswer, PreviewAnswer
from fleet.queries.apps import change_answer
from fleet.queries.asked import Asked, keys_of
from fleet.queries.holds import hold_answer
from fleet.reconcile.preview import gather
from fleet.reconcile.site import Site, Wanted

_APPS_AT_ONCE, _READS_AT_ONCE = 8, 4
_SHOWN = frozenset({Action.CREATE, Action.CONFIGURE, Action.REPLACE})


async def preview(hub: Hub, asked: Asked) -> tuple[PreviewAnswer, ...]:
    """Plan each App that is meant; those that would change nothing are left out. Reads each object that would change."""

    async def one(key: AppKey) -> PreviewAnswer:
        return await _preview(hub, key)

    found = await map_limited(one, keys_of(hub, asked), limit=_APPS_AT_ONCE, name="preview")
    return tuple(answer for answer in found if answer.error or answer.changes or answer.holds)


async def _preview(hub: Hub, key: AppKey) -> PreviewAnswer:
    runtime = hub.clusters[key.cluster]
    wanted = runtime.wanted(key)
    if runtime.site is None or wanted is None:
        status = hub.state.clusters.get(key.cluster)
        why = f"the cluster is {status.phase}: {status.message}".rstrip(": ") if status else "the cluster was not reached yet"
        return _untold(key, "", why)
    if wanted.desired is not None and isinstance(wanted.desired.result, RenderFailed):
        return _untold(key, wanted.revision.commit, wanted.desired.result.message)
    try:
        return await _planned(runtime.site, wanted)
    except FleetError as error:
        return _untold(key, wanted.revision.commit, str(error))


async def _planned(site: Site, wanted: Wanted) -> PreviewAnswer:
    given = await gather(site, wanted)
    made = plan(given)

    async def one(change: Change) -> ChangeAnswer:
        return change_answer(change, diff=await _difference(site, given, change))

    told = [change for change in made.changes if change.action is not Action.UNCHANGED or change.error]
    return PreviewAnswer(
        cluster=wanted.key.cluster,
        app=wanted.key.app,
        commit=wanted.revision.commit,
        error="",
        waits=made.waits,
        changes=tuple(await map_limited(one, told, limit=_READS_AT_ONCE, name="preview")),
        holds=tuple(hold_answer(hold, wanted.key) for hold in made.holds),
    )


async def _difference(site: Site, given: PlanInput, change: Change) -> str:
    if change.manifest is None or change.action not in _SHOWN:
        return ""
    body: Mapping[str, Any] | None = await read(site.client, site.discovery, change.key) if change.live else None
    live = of_ours(body, change.manifest.body) if body else None
    return difference(live, change.manifest.body, key=change.key)


def _untold(key: AppKey, commit: str, error: str) -> PreviewAnswer:
    return PreviewAnswer(cluster=key.cluster, app=key.app, commit=commit, error=error, waits="", changes=(), holds=())
