"""Looks up which hooks run when an App is removed: git said them at the commit that was last applied, and says nothing now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fleet.errors import FleetError, LeavingUntold
from fleet.model.app import OnRemoval, Standing
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest, Rendered, Scope
from fleet.model.sync_hook import is_hook, read_hook
from fleet.reconcile.placing import place
from fleet.reconcile.site import Site, Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """The hooks of an App that is removed."""

    hooks: tuple[Manifest, ...] = ()
    fingerprint: str = ""
    commit: str = ""
    """The commit they are of."""
    untold: FleetError | None = None
    """Why they could not be told."""

    @property
    def commits(self) -> Mapping[ObjectKey, str]:
        """The commit that each of them is of."""
        return {manifest.key: self.commit for manifest in self.hooks}


NOTHING = Leaving()


async def leaving(site: Site, wanted: Wanted) -> Leaving:
    """Look up the hooks of an App's removal. Costs nothing for an App that was applied without any; else a known render, mostly.

    What could not be looked up is told, never taken for no hooks.
    """
    if wanted.last is None or not _is_deleted(site, wanted) or _had_none(site, wanted):
        return NOTHING
    try:
        last = await wanted.last()
    except FleetError as error:
        untold = LeavingUntold(app=wanted.key.app, reason=str(error))
        untold.__cause__ = error
        return Leaving(untold=untold)
    if not isinstance(last.desired.result, Rendered):
        return Leaving(untold=LeavingUntold(app=wanted.key.app, reason=str(last.desired.result.errors[0])))
    hooks = (manifest for manifest in last.desired.result.manifests if _runs(manifest))
    scopes = {**site.discovery.scopes(), **wanted.custom, **last.desired.result.defined}
    placed = place(hooks, scopes, namespace=last.desired.app.namespace)
    known = tuple(manifest for manifest in placed if manifest.scope is not Scope.UNKNOWN)
    if len(known) < len(placed):
        unknown = next(manifest for manifest in placed if manifest.scope is Scope.UNKNOWN)
        reason = f"{unknown.origin}: the cluster does not serve {unknown.key.group_kind}"
        return Leaving(untold=LeavingUntold(app=wanted.key.app, reason=reason))
    return Leaving(hooks=known, fingerprint=last.desired.fingerprint, commit=last.commit)


def _is_deleted(site: Site, wanted: Wanted) -> bool:
    """Whether an App is removed, and its objects with it, as far as is known."""
    own = site.inventories.inventories.get(wanted.key.app)
    gone = wanted.standing in (Standing.REMOVED, Standing.CONFIRMED) and wanted.desired is None
    here = not wanted.observe_only and not wanted.orphan
    return gone and here and own is not None and own.prune and own.on_removal is OnRemoval.DELETE


def _had_none(site: Site, wanted: Wanted) -> bool:
    """Whether the Record tells that it was applied whole, and without any hook."""
    entry = site.records.entries.get(wanted.key.app)
    return entry is not None and bool(entry.applied) and entry.hooks is None


def _runs(manifest: Manifest) -> bool:
    if not is_hook(manifest.annotations):
        return False
    try:
        return bool(read_hook(manifest.annotations).removals)
    except ValueError:
        return True  # it may be one: the Plan tells what is wrong with it
