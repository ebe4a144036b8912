"""Keeps what each App has applied to a cluster, in that cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fleet.errors import ApiConflict, NotFound, ObserveOnly
from fleet.kube.kept.inventory_format import Loaded, Part, deciding, first_part, further_part, numbered, parse, split
from fleet.kube.kept.own import delete_map, ensure_namespace, name_of, own_maps, version_of, was_known, write_map
from fleet.kube.server.client import ApiClient
from fleet.model.inventory import Identity, Inventory
from fleet.model.keys import ObjectKey
from fleet.model.marks import inventory_name

_TRIES = 3


class InventoryStore:
    """The Inventories of one cluster: what was last read or written of each, and the way to change them.

    A key of the workqueue is never worked twice at once, so one App's calls do not overlap; different Apps' may.
    """

    def __init__(self, client: ApiClient, identity: Identity, fleet: str) -> None:
        self._client = client
        self._identity = identity
        self._fleet = fleet
        self._parts: dict[str, dict[int, Part]] = {}
        self._writing: set[str] = set()
        """Apps that are being written."""
        self._written: set[str] = set()
        """Apps that were, since the last list was begun: it may not show it."""
        self.inventories: dict[str, Inventory] = {}
        """By App: what the cluster held when it was last read or written here."""

    async def ensure_namespace(self) -> None:
        """Make the namespace they live in, where it is not there."""
        await ensure_namespace(self._client)

    async def load(self, maps: Iterable[Mapping[str, Any]] | None = None) -> Loaded:
        """Read all of the cluster's Inventories anew, from a list of our ConfigMaps if one was just made.

        Apps that are being written meanwhile keep what is known of them; a list given must be newer than the last write.
        """
        self._written = set(self._writing)
        found = await own_maps(self._client) if maps is None else maps
        loaded = parse(found, identity=self._identity, fleet=self._fleet)
        kept = {app: held for app, held in self.inventories.items() if app in self._written}
        kept_parts = {app: held for app, held in self._parts.items() if app in self._written}
        others = {app: held for app, held in loaded.inventories.items() if app not in self._written}
        parts = {app: {part.number: part for part in loaded.parts[app]} for app in others}
        self.inventories = {**others, **kept}
        self._parts = {**parts, **kept_parts}
        return loaded

    def knows(self, name: str, resource_version: str) -> bool:
        """Whether this version of a ConfigMap was read or written here: if not, somebody else changed an Inventory.

        While it is being written the answer is yes: the watch is often faster than the answer.
        """
        app, part = self._part(name)
        return app in self._writing or (part is not None and was_known(resource_version, part.resource_version))

    def misses(self, name: str, resource_version: str) -> bool:
        """Whether a ConfigMap that was gone at this version should be there: neither deleted here, nor made anew since."""
        app, part = self._part(name)
        return part is not None and app not in self._writing and not was_known(resource_version, part.resource_version)

    def _part(self, name: str) -> tuple[str, Part | None]:
        """The App that a ConfigMap is of by its name, and what is known of it."""
        number, first = numbered(name) or (0, "")
        app = first.removeprefix("app.")
        if app == first:  # the name is a hash
            app = next((known for known in self._parts if inventory_name(known) == first), "")
        return app, self._parts.get(app, {}).get(number)

    async def grow(self, inventory: Inventory) -> Inventory:
        """Add members, before the first write of any of them; what is there already stays. Gives what is there now.

        Writes only when the membership changes or what decides about it. Who else wrote meanwhile is read and kept.
        Raises InventoryUnreadable or ObserveOnly when what is there cannot be added to.
        """
        for _ in range(_TRIES):
            held = self.inventories.get(inventory.app.app)
            wanted = inventory.with_members(inventory.members | held.members) if held else inventory
            if held and held.members == wanted.members and deciding(held) == deciding(wanted):
                return held
            try:
                return await self._changed(wanted)
            except (ApiConflict, NotFound) as error:
                changed = error
                await self._reread(inventory.app.app)
        raise changed

    async def shrink(self, inventory: Inventory) -> Inventory:
        """Set the members to exactly these, after the others are gone or let go.

        Raises ApiConflict when somebody else wrote it meanwhile; it has then been read again, to be planned anew.
        """
        app = inventory.app.app
        held = self.inventories.get(app)
        if held and held.members == inventory.members and deciding(held) == deciding(inventory) and self._tidy(app):
            return held
        try:
            return await self._changed(inventory)
        except (ApiConflict, NotFound):
            await self._reread(app)
            raise

    async def delete(self, app: str) -> None:
        """Delete the Inventory of an App that left git, when nothing is in it any more; one that is gone is fine."""
        held = self.inventories.get(app)
        if held is None:
            return
        if held.members:
            raise ValueError(f"the Inventory of {held.app} still lists {len(held.members)} objects")
        if len(self._parts[app]) > 1:  # left by a crash
            await self._changed(held)
        first = self._parts[app][0]
        with self._marked(app):
            try:
                await delete_map(self._client, first.name, first.resource_version)
            except ApiConflict:
                await self._reread(app)
                raise
            self._forget(app)

    async def rebuild(self, inventory: Inventory) -> Inventory:
        """Write an Inventory in place of whatever stands there, also of one that is unreadable or foreign: adoption."""
        app = inventory.app.app
        self._forget(app)
        held: dict[int, Part] = {}
        for body in await own_maps(self._client):
            number, first = numbered(name_of(body)) or (0, "")
            if first == inventory_name(app):
                version = version_of(body)
                held[number] = Part(name=name_of(body), number=number, resource_version=version, inventory=inventory, parts=0)
        self._parts[app] = held
        return await self._changed(inventory, again=True)

    def _tidy(self, app: str) -> bool:
        """Whether no member stands in a part that is not its own: a crash while it was split may have left some."""
        held, wanted = self._parts[app], split(self.inventories[app])
        return len(held) == len(wanted) and all(held[n].inventory.members == wanted[n] for n in range(len(wanted)))

    @contextmanager
    def _marked(self, app: str) -> Iterator[None]:
        self._writing.add(app)
        self._written.add(app)
        try:
            yield
        finally:
            self._writing.discard(app)

    async def _changed(self, inventory: Inventory, *, again: bool = False) -> Inventory:
        with self._marked(inventory.app.app):
            return await self._write(inventory, again=again)

    async def _write(self, inventory: Inventory, *, again: bool) -> Inventory:
        """Bring the ConfigMaps to these members; at any moment in between, all of old ∩ new can be read from them.

        First the parts that gain members (part 0, which counts the parts, after the others), then those that only lose
        some, then what is left over is deleted.
        """
        app, wanted = inventory.app.app, split(inventory)
        held = self._parts.setdefault(app, {})
        order = [*range(1, len(wanted)), 0]
        gaining = [number for number in order if number not in held or wanted[number] - held[number].inventory.members]
        for number in gaining:
            kept = held[number].inventory.members & inventory.members if number in held else frozenset()
            await self._put(inventory, number, members=wanted[number] | kept, parts=len(wanted))
        for number in order:
            stale = held[number].inventory.members != wanted[number]
            old = number not in gaining and (again or (number == 0 and self._header_is_old(inventory, len(wanted))))
            if stale or old:
                await self._put(inventory, number, members=wanted[number], parts=len(wanted))
        for number in [number for number in held if number >= len(wanted)]:
            await delete_map(self._client, held[number].name, held[number].resource_version)
            del held[number]
        self.inventories[app] = inventory
        return inventory

    def _header_is_old(self, inventory: Inventory, parts: int) -> bool:
        app = inventory.app.app
        first, held = self._parts[app][0], self.inventories.get(app)
        return first.parts != parts or held is None or held.members != inventory.members or deciding(held) != deciding(inventory)

    async def _put(self, inventory: Inventory, number: int, *, members: frozenset[ObjectKey], parts: int) -> None:
        held = self._parts[inventory.app.app]
        body = further_part(inventory, members, number=number) if number else first_part(inventory, members, parts=parts)
        version = await write_map(self._client, body, held[number].resource_version if number in held else "")
        held[number] = Part(
            name=inventory_name(inventory.app.app, number),
            number=number,
            resource_version=version,
            inventory=inventory.with_members(members),
            parts=parts,
        )

    async def _reread(self, app: str) -> None:
        """Read one App's Inventory again: another hand wrote it. Costs a list; it is rare."""
        self._forget(app)
        name = inventory_name(app)
        loaded = parse(await own_maps(self._client), identity=self._identity, fleet=self._fleet)
        if name in loaded.unreadable:
            raise loaded.unreadable[name]
        foreign = next((found for found in loaded.foreign if found.app.app == app), None)
        if foreign:
            reason = f"{name} is the Inventory of cluster {foreign.cluster} in fleet {foreign.fleet}"
            raise ObserveOnly(cluster=self._identity.name, reason=reason)
        if app in loaded.inventories:
            self.inventories[app] = loaded.inventories[app]
            self._parts[app] = {part.number: part for part in loaded.parts[app]}

    def _forget(self, app: str) -> None:
        self.inventories.pop(app, None)
        self._parts.pop(app, None)
