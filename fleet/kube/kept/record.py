"""Keeps what each App of a cluster runs, in that cluster: many syncs share one write."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from random import Random
from typing import Any

from fleet.aio import Backoff, deadline, map_limited
from fleet.errors import ApiConflict, FleetError, NotFound, RecordNotWritten, RecordUnreadable
from fleet.kube.kept.own import name_of, own_maps, version_of, was_known, write_map
from fleet.kube.kept.record_format import Shard, encode, merged, read_shards, refusal, shard_body, shard_number, united
from fleet.kube.kept.rest import Rest
from fleet.kube.kept.shards import divided, place_of, places_for, reach
from fleet.kube.server.client import ApiClient
from fleet.model.inventory import Departed, Identity, Record, RecordEntry

SHARD_BYTES = 32 * 1024
# Syncs that end together are waited for this long.
_WINDOW = 0.02
_AT_ONCE = 8
_TRIES = 3


class RecordKeeper:
    """The Record of one cluster. `run` writes it; without it nothing that is committed is ever down.

    `load` it before anything is committed. What could not be written stays and is tried again, with the error told to
    those who wait for it; a `load` drops it, since another hub may have written meanwhile.
    """

    def __init__(self, client: ApiClient, identity: Identity, fleet: str, repository: str, *, rest: Rest | None = None) -> None:
        self._client = client
        self._rest = rest or Rest()
        self._header = Record(fleet=fleet, cluster=identity, repository=repository, apps={})
        self._entries: dict[str, RecordEntry] = {}
        self._encoded: dict[str, bytes] = {}
        self._places = 1
        self._counted = 0
        """What `record.0` says in the cluster; 0 when it is not there."""
        self._held: dict[int, dict[str, int]] = {}
        """What each shard holds in the cluster: App to sequence."""
        self._versions: dict[int, str] = {}
        self._writing: set[int] = set()
        self._ticket = 0
        self._tickets: dict[str, int] = {}
        """Apps whose entry, or its removal, is not down yet."""
        self._forgotten: dict[str, int] = {}
        """The sequences of entries that were taken out."""
        self._waiting: dict[str, list[tuple[int, asyncio.Future[None]]]] = {}
        self._refusal: FleetError | None = None
        self._lock = asyncio.Lock()
        self._work = asyncio.Event()
        self._anew = asyncio.Event()
        """Rung when the Record was read or made anew: a rest after failures of before is over then."""
        self._hurried = asyncio.Event()
        self._ended = False
        # Seeded by the cluster, so that hundreds of clusters that fail together do not come back together.
        self._backoff = Backoff[str](random=Random(identity.uid), cap=60.0)  # noqa: S311

    @property
    def repository(self) -> str:
        """The id of the repository that it is written for."""
        return self._header.repository

    @property
    def departed(self) -> tuple[Departed, ...]:
        """Other engines of which somebody said that they are gone from this cluster."""
        return self._header.departed

    @property
    def entries(self) -> Mapping[str, RecordEntry]:
        """What each App's entry is, or will be when it is down."""
        return self._entries

    async def load(self, maps: Iterable[Mapping[str, Any]] | None = None) -> Record | None:
        """Read the cluster's Record anew, from a list of our ConfigMaps if one was just made; None when there is certainly none.

        Whose it is, the caller judges; nothing can be committed to one that is not this fleet's, cluster's and repository's.
        Raises RecordUnreadable when any of it is malformed or missing: nothing can be committed then either.
        """
        name = self._header.cluster.name
        async with self._lock:
            found = await own_maps(self._client) if maps is None else maps
            self._drop("the Record was read anew meanwhile")
            try:
                shards = read_shards(found, cluster=name)
                record = merged(shards, cluster=name)
            except RecordUnreadable as error:
                self._refusal = error
                raise
            self._refusal = refusal(record, self._header) if record else None
            self._header = replace(self._header, departed=united(record))
            self._remember(shards, dict(record.apps) if record else {})
            return record

    def knows(self, name: str, resource_version: str) -> bool:
        """Whether this version of a ConfigMap was read or written here: if not, somebody else changed the Record.

        While one is being written the answer is yes: the watch is often faster than the answer.
        """
        number = shard_number(name)
        return number is not None and (number in self._writing or was_known(resource_version, self._versions.get(number, "")))

    def misses(self, name: str, resource_version: str) -> bool:
        """Whether a ConfigMap that was gone at this version should be there: it was not made anew since."""
        number = shard_number(name)
        held = self._versions.get(number) if number is not None else None
        return held is not None and number not in self._writing and not was_known(resource_version, held)

    async def commit(self, app: str, entry: RecordEntry) -> RecordEntry:
        """Set an App's entry and return it, with its sequence, when it is down in the cluster.

        Raises RecordNotWritten when a write failed (it is tried again all the same), ObserveOnly or RecordUnreadable when
        the cluster's Record is not ours to write, RecordTooLarge.
        """
        entry = replace(entry, sequence=max(entry.sequence, self._last_sequence(app)) + 1)
        self._may_write(app)
        self._encoded[app] = encode(entry, cluster=self._header.cluster.name, app=app)
        self._entries[app] = entry
        await self._down(app)
        return entry

    def hurry(self) -> None:
        """Do not wait for more to share the next write with: nothing more is coming."""
        self._hurried.set()

    def is_down(self, app: str) -> bool:
        """Whether the cluster holds what is known here of an App."""
        return app not in self._tickets

    async def settled(self, app: str) -> None:
        """Return when what was last committed of an App is down; at once when it is. Raises what `commit` does."""
        ticket = self._tickets.get(app)
        if ticket is not None:
            await self._until_down(app, ticket)

    async def forget(self, app: str) -> None:
        """Take an App's entry out, and return when that is down. One that is not there costs nothing."""
        if app not in self._entries and not any(app in held for held in self._held.values()):
            return
        self._may_write(app)
        self._forgotten[app] = self._last_sequence(app)
        self._entries.pop(app, None)
        self._encoded.pop(app, None)
        await self._down(app)

    async def start_anew(self, entries: Mapping[str, RecordEntry]) -> None:
        """Write a Record of these entries over whatever stands there, foreign or unreadable: adoption."""
        name = self._header.cluster.name
        encoded = {app: encode(entry, cluster=name, app=app) for app, entry in entries.items()}
        async with self._lock:
            found = await own_maps(self._client)
            self._drop("the Record was made anew meanwhile")
            numbered = ((shard_number(name_of(body)), body) for body in found)
            self._versions = {number: version_of(body) for number, body in numbered if number is not None}
            self._held = {}
            self._counted = 0
            self._entries, self._encoded = dict(entries), encoded
            self._places = reach(self._versions)
            self._refusal = None
            _, error = await self._write_dirty(everything=True)
        if error:
            raise error

    async def depart(self, said: Departed) -> None:
        """Keep that another engine is gone, and return when that is down: it stands in every ConfigMap of the Record."""
        async with self._lock:
            if self._refusal:
                raise self._refusal
            before = self._header
            self._header = replace(before, departed=united(before, replace(before, departed=(said,))))
            _, error = await self._write_dirty(everything=True)
            if error:
                self._header = before
                raise error

    async def claim(self) -> None:
        """Make a Record where there is none, and return when it is down: from then on the cluster says whose it is.

        Costs nothing where there is one. Raises ApiConflict when somebody else has just made one: it has to be loaded and judged.
        """
        if self._versions:
            return
        async with self._lock:
            if self._refusal:
                raise self._refusal
            _, error = (0, None) if self._versions else await self._write_dirty()
        if error:
            raise error

    async def run(self) -> None:
        """Write what is committed, until cancelled; what is pending then is still written, where that goes fast."""
        try:
            while True:
                await self._work.wait()
                await asyncio.sleep(_WINDOW)
                self._hurried.clear()
                await self._resting(*await self._write_and_rest())
        finally:
            self._ended = True
            await self._last_flush()

    async def _write_and_rest(self) -> tuple[float, float]:
        """Write once; gives the seconds until the next write may begin: when nothing more is coming, and when it is."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        writes, error = await self._flush()
        if error:
            self._work.set()
            wait = self._backoff.next("record", at_least=getattr(error, "retry_after", None) or 0.0)
            return wait, wait
        self._backoff.forget("record")
        least = min(self._rest.longest, (loop.time() - started) * self._rest.per_second)
        return least, min(self._rest.longest, max(writes * self._rest.per_write, least))

    async def _resting(self, least: float, most: float) -> None:
        for event, seconds in ((self._anew, least), (self._hurried, most - least)):
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await event.wait()
        self._anew.clear()

    async def _last_flush(self) -> None:
        try:
            if self._tickets:
                async with deadline(self._rest.last_write, "the last write of the Record"):
                    await self._flush()
        except FleetError as error:
            self._drop(str(error))
        finally:
            self._drop("the hub is stopping")

    def _last_sequence(self, app: str) -> int:
        """Of what is known of an App, or was: by it an App that comes back is told from what the cluster may still hold."""
        before = self._entries.get(app)
        held = max((held.get(app, 0) for held in self._held.values()), default=0)
        return max(held, before.sequence if before else 0, self._forgotten.get(app, 0))

    def _may_write(self, app: str) -> None:
        if self._refusal:
            raise self._refusal
        if self._ended:
            raise RecordNotWritten(cluster=self._header.cluster.name, app=app, reason="the hub is stopping")

    async def _down(self, app: str) -> None:
        self._ticket += 1
        self._tickets[app] = self._ticket
        self._work.set()
        await self._until_down(app, self._ticket)

    async def _until_down(self, app: str, ticket: int) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(app, []).append((ticket, future))
        await future

    async def _flush(self) -> tuple[int, FleetError | None]:
        """Write every shard that differs from what the cluster holds; gives the number of writes and the first error.

        When somebody else wrote, the Record is read again and put together by sequence; what is pending here comes after
        what was found there, since the holder of the Lease is the one who may write.
        """
        async with self._lock:
            self._work.clear()
            writes, newest = 0, self._ticket
            error: FleetError | None = None
            for _ in range(_TRIES):
                written, error = await self._write_dirty()
                writes += written
                if not isinstance(error, (ApiConflict, NotFound)):
                    break
                error = await self._reread() or error
            if error:
                self._tell(str(error), error, newest)
            else:
                self._settle_forgotten()
            return writes, error

    async def _write_dirty(self, *, everything: bool = False) -> tuple[int, FleetError | None]:
        sizes = {app: len(text) + len(app) + 4 for app, text in self._encoded.items()}
        self._places = places_for(sizes, limit=SHARD_BYTES, at_least=self._places)
        wanted = divided(self._entries, self._places)
        dirty = [n for n in range(self._places) if everything or self._differs(n, wanted[n])]
        later = [n for n in dirty if self._waits(n, wanted[n])]
        first, rest, last = [n for n in dirty if n not in later], [n for n in later if n], [n for n in later if not n]
        writes = 0
        for phase in (first, rest, last):
            errors = await map_limited(lambda n: self._write_shard(n, wanted[n]), phase, limit=_AT_ONCE, name="record")
            writes += len(phase)
            failed = [error for error in errors if error]
            if failed:
                return writes, failed[0]
        return writes, None

    def _differs(self, number: int, apps: set[str]) -> bool:
        if number not in self._versions or (number == 0 and self._counted != self._places):
            return True
        return self._held.get(number) != {app: self._entries[app].sequence for app in apps}

    def _waits(self, number: int, apps: set[str]) -> bool:
        """Whether a shard is written after others: it would lose an entry whose new place is not down, or counts new ones."""
        if number == 0 and self._places > 1 and self._counted != self._places:
            return True
        leaving = self._held.get(number, {}).keys() - apps
        return any(app in self._entries and app not in self._held.get(place_of(app, self._places), {}) for app in leaving)

    async def _write_shard(self, number: int, apps: set[str]) -> FleetError | None:
        apps = {app for app in apps if app in self._entries}  # less those forgotten since the writing began
        tickets = {app: self._tickets[app] for app in apps if app in self._tickets}
        held = {app: self._entries[app].sequence for app in apps}
        body = shard_body(self._header, number, shards=self._places, entries={app: self._encoded[app] for app in apps})
        self._writing.add(number)
        try:
            self._versions[number] = await write_map(self._client, body, self._versions.get(number, ""))
        except FleetError as error:
            return error
        finally:
            self._writing.discard(number)
        self._held[number] = held
        self._counted = self._places if number == 0 else self._counted
        self._settle(tickets)
        return None

    def _settle_forgotten(self) -> None:
        gone = self._tickets.keys() - self._entries.keys() - {app for held in self._held.values() for app in held}
        self._settle({app: self._tickets[app] for app in gone})

    def _settle(self, down: Mapping[str, int]) -> None:
        """Tell those who wait that their App is down, up to a ticket."""
        for app, ticket in down.items():
            if self._tickets.get(app) == ticket:
                del self._tickets[app]
            waiting = self._waiting.pop(app, [])
            rest = [(later, future) for later, future in waiting if later > ticket]
            if rest:
                self._waiting[app] = rest
            for _, future in waiting[: len(waiting) - len(rest)]:
                if not future.done():
                    future.set_result(None)

    async def _reread(self) -> FleetError | None:
        """Read the Record again and add what is newer there; gives the error if it cannot be read or is not ours.

        A shard that somebody deleted is no loss: what it held is known here.
        """
        name = self._header.cluster.name
        try:
            shards = read_shards(await own_maps(self._client), cluster=name, whole=False)
            record = merged(shards, cluster=name)
        except FleetError as error:
            self._refusal = error if isinstance(error, RecordUnreadable) else None
            return error
        self._refusal = refusal(record, self._header) if record else None
        if self._refusal:
            return self._refusal
        self._header = replace(self._header, departed=united(self._header, record))
        entries = dict(self._entries)
        for app, theirs in (record.apps if record else {}).items():
            ours = entries.get(app)
            if app in self._tickets and ours:
                entries[app] = replace(ours, sequence=max(ours.sequence, theirs.sequence + 1))
            elif app not in self._tickets and (ours is None or theirs.sequence > ours.sequence):
                entries[app] = theirs
        self._remember(shards, entries)
        return None

    def _remember(self, shards: Iterable[Shard], entries: dict[str, RecordEntry]) -> None:
        name = self._header.cluster.name
        self._entries = entries
        self._encoded = {app: encode(entry, cluster=name, app=app) for app, entry in entries.items()}
        by_number = {shard.number: shard for shard in shards}
        self._held = {n: {app: e.sequence for app, e in shard.record.apps.items()} for n, shard in by_number.items()}
        self._versions = {n: shard.resource_version for n, shard in by_number.items()}
        self._counted = by_number[0].shards if 0 in by_number else 0
        self._places = max(reach(self._versions), self._counted)

    def _drop(self, reason: str) -> None:
        """Give up what is pending."""
        self._tell(reason, None, self._ticket)
        self._tickets = {}
        self._work.clear()
        self._backoff.forget("record")
        self._anew.set()
        self._hurried.set()

    def _tell(self, reason: str, cause: FleetError | None, newest: int) -> None:
        """Raise to those who wait for a ticket up to the newest."""
        for app, futures in list(self._waiting.items()):
            self._waiting[app] = [waits for waits in futures if waits[0] > newest]
            for ticket, future in futures:
                if ticket <= newest and not future.done():
                    error = RecordNotWritten(cluster=self._header.cluster.name, app=app, reason=reason)
                    error.__cause__ = cause
                    future.set_exception(error)
            if not self._waiting[app]:
                del self._waiting[app]
