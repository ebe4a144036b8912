"""What would change hands: objects that were there before us, whose fields would be taken, and whether a Pod would notice.

Each is tried on its API server as it would be written (a dry run), so that what defaults and webhooks do is in the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fleet.aio import map_limited
from fleet.errors import ApiConflict, FleetError, NotThere
from fleet.hub.hub import Hub
from fleet.kube.live import apply as api
from fleet.model.engines import ENGINES
from fleet.model.fields import Managed
from fleet.model.keys import AppKey
from fleet.model.marks import MANAGER, marked
from fleet.model.observation import Observation
from fleet.model.plan import Action, Cause, Change
from fleet.model.values import ABSENT, value_at, without_value
from fleet.plan import PlanInput
from fleet.plan.exempt import located
from fleet.plan.merge import merge_exempt
from fleet.plan.plan import plan
from fleet.plan.takeover import Takeover, takeover
from fleet.queries.answers import HandoverAnswer
from fleet.queries.asked import Asked, keys_of
from fleet.reconcile.preview import gather
from fleet.reconcile.site import Site

_APPS_AT_ONCE, _OBJECTS_AT_ONCE = 8, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    template: str = ""
    refused: str = ""


async def handover(hub: Hub, asked: Asked, *, engine: str = "") -> tuple[HandoverAnswer, ...]:
    """Tell of each object that git wants and that is not ours, as if `engine` were gone as well.

    Raises NotThere for an engine nobody takes over from. Apps of clusters that are not connected are not told of.
    """
    if engine and not (engine in ENGINES and ENGINES[engine].adoptable):
        raise NotThere(what="engine to take over from:", name=engine)

    async def one(key: AppKey) -> Iterable[HandoverAnswer]:
        return await _of_app(hub, key, engine)

    found = await map_limited(one, keys_of(hub, asked), limit=_APPS_AT_ONCE, name="handover")
    return tuple(answer for answers in found for answer in answers)


async def _of_app(hub: Hub, key: AppKey, engine: str) -> Iterable[HandoverAnswer]:
    runtime = hub.clusters[key.cluster]
    wanted, site = runtime.wanted(key), runtime.site
    if wanted is None or site is None:
        return ()
    # What is only observed is planned as if it were not: that is another question.
    given = await gather(site, replace(wanted, observe_only=""))
    # Where objects go in order, those of later waves were not asked for.
    absent = [manifest.key for manifest in given.manifests or () if given.gone(manifest.key)]
    seen = {**given.observation.objects, **await site.preread.look(absent)}
    departed = given.departed | ({engine} if engine else frozenset())
    given = replace(given, observation=Observation(objects=seen), departed=departed)
    changes = [change for change in plan(given).changes if change.cause is Cause.ADOPT and change.live is not None]

    async def one(change: Change) -> HandoverAnswer:
        return await _of_object(site, given, change)

    return await map_limited(one, changes, limit=_OBJECTS_AT_ONCE, name="handover")


async def _of_object(site: Site, given: PlanInput, change: Change) -> HandoverAnswer:
    live = change.live
    assert live is not None
    exempt = located(given.exempt.get(change.key), change.manifest, live)
    takes = change.action is Action.CONFIGURE or (change.ordered and change.error is None)
    taken = takeover(live, exempt, given.yielding) if takes else Takeover()
    tried = await _tried(site, given, change, taken) if takes else _Tried()
    if tried.refused:
        taken = Takeover()
    return HandoverAnswer(
        cluster=given.key.cluster,
        app=given.key.app,
        object=str(change.key),
        engines=tuple(ENGINES[word].name for word in live.rivals),
        managers=taken.managers,
        fields=tuple(str(path) for path in taken.paths),
        template=tried.template,
        taken=takes and not tried.refused,
        reason=tried.refused or change.reason,
    )


async def _tried(site: Site, given: PlanInput, change: Change, taken: Takeover) -> _Tried:
    """Try a takeover: first whether somebody claims a field who does not yield, then what comes out."""
    assert change.manifest is not None
    body: Mapping[str, Any] = marked(change.manifest, fleet=site.fleet, app=given.key, revision=change.revision)
    try:
        before = await api.read(site.client, site.discovery, change.key)
        if before is None:
            return _Tried(refused="it is gone")
        body, _ = merge_exempt(body, before, change.exempt)
        refused = "" if change.force else await _claimed(site, body, change)
        if refused:
            return _Tried(refused=refused)
        after = await api.tried(site.client, site.discovery, body, force=True)
        left = _without(after, body, taken)
        if _template(left) != _template(after):
            after = await api.tried_whole(site.client, site.discovery, left)
    except FleetError as error:
        return _Tried(refused=str(error))
    if _template(before) is None:
        return _Tried()
    return _Tried(template="same" if _template(before) == _template(after) else "changes")


async def _claimed(site: Site, body: Mapping[str, Any], change: Change) -> str:
    try:
        await api.tried(site.client, site.discovery, body, force=False)
    except ApiConflict as conflict:
        owners = api.managers_of(conflict)
        if not owners or not set(owners) <= set(change.take_from):
            return str(conflict)
    return ""


def _without(after: Mapping[str, Any], body: Mapping[str, Any], taken: Takeover) -> dict[str, Any]:
    """An object less the fields that go: taken, not in git, and owned by nobody else."""
    entries = [Managed.read(entry) for entry in after["metadata"].get("managedFields") or ()]
    others = [entry.fields for entry in entries if entry.manager not in (MANAGER, *taken.managers)]
    metadata = {name: value for name, value in after["metadata"].items() if name != "managedFields"}
    left: Any = {**after, "metadata": metadata}
    for path in taken.paths:
        if value_at(body, path) is ABSENT and not any(fields.covers(path) for fields in others):
            left = without_value(left, path)
    return dict(left)


def _template(body: Mapping[str, Any]) -> Any:
    spec = body.get("spec")
    template = spec.get("template") if isinstance(spec, Mapping) else None
    return template if isinstance(template, Mapping) and "spec" in template else None
