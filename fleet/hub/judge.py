"""Keeps what one cluster's right to be written is judged by, from one connection to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fleet.errors import FleetError, RecordUnreadable
from fleet.hub import admission
from fleet.hub.admission import Patience, Verdict
from fleet.hub.desired import Desired
from fleet.hub.shared import Shared
from fleet.kube.live.marked import marked_kinds
from fleet.model.inventory import Inventory, Record
from fleet.model.keys import GroupKind
from fleet.model.revision import Revision
from fleet.reconcile.site import Site


class Judge:
    """Holds what a cluster keeps for us against who we are and against git."""

    def __init__(self, shared: Shared) -> None:
        self.head = ""
        """The commit the hub last fetched: what the Record is judged against."""
        self.repository = ""
        """The id of the repository at its head."""
        self.stale = False
        """Whether an App was left alone because the map is older than what the cluster ran."""
        settings = shared.config.settings
        self._shared = shared
        self._patience = Patience(fetches=settings.behind_fetches, seconds=settings.behind_for)
        self._record: Record | None = None
        self._foreign: tuple[Inventory, ...] = ()
        self._unreadable: FleetError | None = None
        self._lost: frozenset[GroupKind] = frozenset()
        self._fresh = ""
        """The map's commit that was last found to have everything the Record knows."""

    def fetched(self, head: Revision) -> None:
        """The Source answered this head."""
        self.head, self.repository = head.commit, head.repository
        self._patience.fetched(head.commit, self._shared.now())

    async def load(self, site: Site, maps: Sequence[Mapping[str, Any]]) -> frozenset[GroupKind]:
        """Read Inventories and Record out of all our ConfigMaps; gives the kinds of which something may be ours."""
        self._fresh = ""
        loaded = await site.inventories.load(maps)
        site.memory.unreadable.update({name.removeprefix("app."): error for name, error in loaded.unreadable.items()})
        self._foreign, self._unreadable, self._record = tuple(loaded.foreign), None, None
        try:
            self._record = await site.records.load(maps)
        except RecordUnreadable as error:
            self._unreadable = error
        known = loaded.inventories or loaded.foreign or loaded.unreadable
        empty = not (known or self._record or self._unreadable)
        self._lost = await marked_kinds(site.client, site.discovery, site.fleet) if empty else frozenset()
        return self._lost | {key.group_kind for each in loaded.inventories.values() for key in each.members}

    def of_connection(self, site: Site) -> Verdict:
        """Judge what was loaded."""
        if self._unreadable:
            return Verdict(reason=str(self._unreadable))
        found = admission.of_record(
            self._record, self._foreign, fleet=site.fleet, identity=site.identity, repository=self.repository
        )
        objects = (live for kind in sorted(self._lost) for live in site.cache.objects(kind))
        found = found if found.reason else admission.of_orphans(objects, fleet=site.fleet, cluster=site.identity.name)
        return found if found.reason else self.of_history(site)

    def of_history(self, site: Site) -> Verdict:
        """Judge the commits of the Record against the head."""
        found = admission.of_history(self._shared.repository, _commits(site), self.head)
        return admission.of_patience(found, is_over=self._patience.is_over(self._shared.now()))

    def older(self, site: Site, desired: Desired) -> str:
        """Why what is mapped is not to be written: it is older than what the cluster ran, and the newer is being mapped."""
        mapped = desired.map.revision if desired.map else desired.revision
        if mapped is None or mapped.commit == self._fresh:
            return ""
        reason = admission.of_history(self._shared.repository, _commits(site), mapped.commit).reason
        self._fresh = self._fresh if reason else mapped.commit
        self.stale = self.stale or bool(reason)
        return reason


def _commits(site: Site) -> frozenset[str]:
    entries = site.records.entries.values()
    return frozenset(commit for entry in entries for commit in (entry.applied, entry.intended) if commit)
