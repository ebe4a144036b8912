"""Looks up keys that the cache does not hold, before their first write.

The cache follows objects with our mark only; whether somebody else's object stands where one of ours is to be created must
be asked. A GET for one key, a metadata-only list for many. When a thousand Apps are installed, each asks for a few: what
one of them listed answers the others for a few seconds.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from fleet.aio import map_limited
from fleet.errors import ClusterUnreachable, Expired, FleetError, Forbidden, KindUnknown, NotFound
from fleet.kube.server.client import ApiClient
from fleet.kube.server.discovery import Discovery, Resource
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.observation import Absent, Seen, Unknown, observe

# A list answers so long. What changes meanwhile is no danger: an object without our mark is never forced, and every delete
# and every take-over names the version it was decided on.
_REUSED_SECONDS = 5.0
# So many GETs of one kind within the time that a list answers are a burst: one list of the namespace, or of the whole
# cluster, would have been less, and the next ones will be.
_BURST_SECONDS = _REUSED_SECONDS
_BURST_IN_NAMESPACE = 4  # a request costs the hub more than the few dozen objects that a namespace mostly has of a kind
_BURST_IN_CLUSTER = 24
_PAGE = 500
# A cluster may have 100,000 Secrets: who wants to know of three does not list them.
_MOST_PAGES = 10
_TOO_LONG_SECONDS = 300.0
_AT_ONCE = 8
_PLACES_COUNTED = 256

_RESTARTS = 3

_EVERYWHERE = "*"
"""In place of a namespace: the whole cluster."""
_Place: TypeAlias = tuple[GroupKind, str]
_Objects: TypeAlias = Mapping[tuple[str, str], Any]


class _Listed:
    """A list, done or under way. It answers each key once: who asks a second time has a reason, and is told the truth."""

    def __init__(self) -> None:
        self.result: asyncio.Future[_Objects | FleetError | None] = asyncio.get_running_loop().create_future()
        """None: it would have been too long."""
        self.asked: set[ObjectKey] = set()

    async def objects(self) -> _Objects | None:
        """Wait for it."""
        result = await asyncio.shield(self.result)
        if isinstance(result, FleetError):
            raise result
        return result


class PreRead:
    """Reads of one cluster, shared for as long as a burst lasts; a few seconds later nothing of them is held."""

    def __init__(self, client: ApiClient, discovery: Discovery) -> None:
        self._client = client
        self._discovery = discovery
        self._lists: dict[_Place, _Listed] = {}
        self._requests: dict[_Place, deque[float]] = {}
        """When this was asked for, lately."""
        self._too_long: dict[_Place, float] = {}
        """What is not listed, and until when."""

    async def look(self, keys: Iterable[ObjectKey]) -> Mapping[ObjectKey, Seen]:
        """See each key: the object, Absent when that is certain, or Unknown with the error; no FleetError is raised.

        An answer may be up to 5 s old; the second one for a key is always fresh.
        """
        places: dict[_Place, list[ObjectKey]] = {}
        for key in keys:
            places.setdefault((key.group_kind, key.namespace), []).append(key)
        seen: dict[ObjectKey, Seen] = {}
        for found in await map_limited(self._look_at, places.values(), limit=_AT_ONCE, name="pre-read"):
            seen.update(found)
        return seen

    async def _look_at(self, keys: list[ObjectKey]) -> Mapping[ObjectKey, Seen]:
        """See keys of one kind and namespace."""
        kind = keys[0].group_kind
        try:
            resource = await self._discovery.resource(kind)
            objects = await self._listed(resource, keys)
            if objects is not None:
                return {key: _found(objects, key) for key in keys}
            answers = await map_limited(lambda key: self._get(resource, key), keys, limit=_AT_ONCE, name="pre-read/get")
            return dict(zip(keys, answers, strict=True))
        except KindUnknown as error:
            # Only a discovery that did not fail for the group tells that there can be no such object.
            return dict.fromkeys(keys, Absent() if self._discovery.complete(kind) else Unknown(error=error))
        except FleetError as error:
            return dict.fromkeys(keys, Unknown(error=error))

    async def _get(self, resource: Resource, key: ObjectKey) -> Seen:
        self._count((key.group_kind, key.namespace))
        self._count((key.group_kind, _EVERYWHERE))
        try:
            return observe(await self._client.get(resource.item(key), metadata_only=True), key=key)
        except NotFound:
            return Absent()
        except FleetError as error:
            return Unknown(error=error)

    async def _listed(self, resource: Resource, keys: list[ObjectKey]) -> _Objects | None:
        """The objects of a list that is there or worth making; None when each key is better asked for by itself."""
        kind, namespace = keys[0].group_kind, keys[0].namespace
        for place in [(kind, _EVERYWHERE), (kind, namespace)] if namespace else [(kind, namespace)]:
            listed = self._lists.get(place)
            if listed and listed.asked.isdisjoint(keys):
                listed.asked.update(keys)
            elif self._is_worth(place, keys):
                listed = self._lists[place] = _Listed()
                listed.asked.update(keys)
                await self._make(listed, resource, place)
            else:
                continue
            objects = await listed.objects()
            if objects is not None:
                return objects
        return None

    def _is_worth(self, place: _Place, keys: list[ObjectKey]) -> bool:
        now = asyncio.get_running_loop().time()
        if self._too_long.get(place, now) > now:
            return False
        lately = sum(at > now - _BURST_SECONDS for at in self._requests.get(place, ()))
        if place[1] == _EVERYWHERE:
            return lately >= _BURST_IN_CLUSTER
        return len(keys) > 1 or lately >= _BURST_IN_NAMESPACE

    def _count(self, place: _Place) -> None:
        now = asyncio.get_running_loop().time()
        if len(self._requests) > _PLACES_COUNTED:
            self._requests = {at: times for at, times in self._requests.items() if times[-1] > now - _BURST_SECONDS}
        self._requests.setdefault(place, deque(maxlen=_BURST_IN_CLUSTER)).append(now)

    async def _make(self, listed: _Listed, resource: Resource, place: _Place) -> None:
        """Make a list, for all who wait for it; it is kept for a while unless it failed."""
        kind, namespace = place
        loop = asyncio.get_running_loop()
        everywhere = namespace == _EVERYWHERE
        self._count((kind, _EVERYWHERE))
        result: _Objects | FleetError | None = ClusterUnreachable(cluster=self._client.cluster, reason="the list was given up")
        try:
            result = await self._pages(resource, "" if everywhere else namespace)
        except Forbidden as error:
            # Who may read some namespaces only is not refused because of a shortcut.
            result = None if everywhere else error
        except FleetError as error:
            result = error
        finally:
            listed.result.set_result(result)
            keep = isinstance(result, Mapping)
            loop.call_later(_REUSED_SECONDS if keep else 0.0, self._drop, place, listed)
        if result is None:
            self._too_long[place] = loop.time() + _TOO_LONG_SECONDS

    def _drop(self, place: _Place, listed: _Listed) -> None:
        if self._lists.get(place) is listed:
            del self._lists[place]

    async def _pages(self, resource: Resource, namespace: str) -> _Objects | None:
        """List metadata, from the start again when the server has forgotten where it was; None when it is too long."""
        for _ in range(_RESTARTS):
            try:
                return await self._all_pages(resource.collection(namespace))
            except Expired as error:
                expired = error
        raise expired

    async def _all_pages(self, path: str) -> _Objects | None:
        objects: dict[tuple[str, str], Any] = {}
        params = {"limit": str(_PAGE)}
        for _ in range(_MOST_PAGES):
            page = await self._client.list(path, params=params, metadata_only=True)
            for item in page["items"] or ():
                objects[item["metadata"].get("namespace", ""), item["metadata"]["name"]] = item
            token = page["metadata"].get("continue")
            if not token:
                return objects
            params["continue"] = token
        return None


def _found(objects: _Objects, key: ObjectKey) -> Seen:
    body = objects.get((key.namespace, key.name))
    return observe(body, key=key) if body is not None else Absent()
