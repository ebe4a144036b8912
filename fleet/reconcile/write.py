"""Does one Change of a Plan, and says what the API server made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.errors import ApiConflict, FleetError, ObjectFailed, Rejected
from fleet.kube.live import apply as api
from fleet.kube.live.ownership import Takeover, take
from fleet.kube.live.ownership import release as let_go
from fleet.model.keys import AppKey
from fleet.model.marks import marked, without_digest
from fleet.model.observation import LiveObject
from fleet.model.plan import Action, Change, Done
from fleet.plan.merge import merge_exempt
from fleet.reconcile.site import Site

_TRIES = 4
"""How often an object with exempt fields is read and planned anew when somebody changes it in between."""


async def write(site: Site, change: Change, *, app: AppKey) -> Done:
    """Do one Change. An error of the server's is in the answer, with the file and line it comes from; others are raised."""
    try:
        return Done(change=change, live=await _DOES[change.action](site, change, app))
    except FleetError as error:
        if isinstance(error, Rejected) and api.immutable(error) and change.manifest:
            site.memory.immutable[change.key] = change.manifest.digest
        return Done(change=change, error=_located(change, error))


async def release(site: Site, change: Change) -> Done:
    """Take our marks off an object that stays."""
    try:
        assert change.live is not None
        await let_go(site.client, site.discovery, change.live)
        return Done(change=change)
    except FleetError as error:
        return Done(change=change, error=_located(change, error))


async def _apply(site: Site, change: Change, app: AppKey) -> LiveObject:
    assert change.manifest is not None
    body = marked(change.manifest, fleet=site.fleet, app=app, revision=change.revision, run=change.run)
    if change.take and not change.force:
        await _claim(site, change, body)
    if change.take and change.live:
        takeover = Takeover(paths=change.take, managers=change.take_from, api_version=change.manifest.api_version)
        await take(site.client, site.discovery, change.live, takeover)
    return await _sent(site, change, body)


async def _claim(site: Site, change: Change, body: Mapping[str, Any]) -> None:
    """Find out, before anything is taken from an engine that is gone, that nobody else claims a field of the object.

    Once it is accepted the object carries our mark: a hub that dies then finds what is left to take as drift.
    """
    try:
        await _sent(site, change, body)
    except ApiConflict as conflict:
        owners = api.managers_of(conflict)
        if not owners or not set(owners) <= set(change.take_from):
            raise


async def _sent(site: Site, change: Change, body: Mapping[str, Any]) -> LiveObject:
    assert change.manifest is not None
    if change.exempt and change.live:
        return await _apply_around(site, change, body)
    if change.overwrite and change.live:
        # Cut short after it, the object must not look as if it had been applied.
        await api.overwrite(site.client, site.discovery, without_digest(body), change.live)
    return await api.apply(site.client, site.discovery, body, force=change.force)


async def _apply_around(site: Site, change: Change, body: Mapping[str, Any]) -> LiveObject:
    """Apply an object some of whose fields keep their live value: what is sent was read just before."""
    for left in reversed(range(_TRIES)):
        live = await api.read(site.client, site.discovery, change.key)
        merged, needs_version = merge_exempt(body, live, change.exempt) if live else (body, False)
        version = live["metadata"]["resourceVersion"] if live and needs_version else ""
        try:
            return await api.apply(site.client, site.discovery, merged, force=change.force, resource_version=version)
        except ApiConflict as conflict:
            if not (left and version and api.is_stale(conflict)):
                raise
    raise AssertionError("the last try returns or raises")


async def _replace(site: Site, change: Change, app: AppKey) -> LiveObject:
    assert change.manifest is not None
    assert change.live is not None
    body = marked(change.manifest, fleet=site.fleet, app=app, revision=change.revision)
    live = await api.replace(site.client, site.discovery, body, change.live)
    site.memory.immutable.pop(change.key, None)
    return live


async def _delete(site: Site, change: Change, app: AppKey) -> None:
    assert change.live is not None
    if await api.delete(site.client, site.discovery, change.live, propagation=change.propagation):
        site.cache.gone(change.key, change.live.uid)


_DOES: Mapping[Action, Any] = {
    Action.CREATE: _apply,
    Action.CONFIGURE: _apply,
    Action.REPLACE: _replace,
    Action.DELETE: _delete,
}


def _located(change: Change, error: FleetError) -> FleetError:
    if change.manifest is None:
        return error
    located = ObjectFailed(origin=change.manifest.origin, key=change.key, reason=str(error))
    located.__cause__ = error
    return located
