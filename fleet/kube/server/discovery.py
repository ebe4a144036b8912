"""Which kinds a cluster serves, and at which paths.

Asked once, and again when a kind is missing or somebody says that kinds have changed. A group whose server does not answer
(an aggregated API that is down) is incomplete: its kinds are neither there nor missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import quote

from fleet.errors import ApiError, DiscoveryIncomplete, KindUnknown
from fleet.kube.server.client import ApiClient
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Scope

# A kind that is missing is looked for again, but a hundred Apps that wait for one CRD ask once.
_LOOK_AGAIN_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One kind in one version, as the server serves it."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str] = frozenset()

    @property
    def group_kind(self) -> GroupKind:
        """The kind without its version."""
        return GroupKind(self.group, self.kind)

    @property
    def api_version(self) -> str:
        """`apps/v1`, or `v1` in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def collection(self, namespace: str = "") -> str:
        """The path of all objects, or of one namespace's."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        place = f"/namespaces/{quote(namespace, safe='')}" if namespace and self.namespaced else ""
        return f"{root}{place}/{self.plural}"

    def item(self, key: ObjectKey) -> str:
        """The path of one object."""
        return f"{self.collection(key.namespace)}/{quote(key.name, safe='')}"


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What one round of discovery told. Each Sync asks for the scopes: they are put together once."""

    resources: Mapping[GroupKind, tuple[Resource, ...]] = field(default_factory=dict)
    """Each kind's versions, the server's preferred one first."""
    incomplete: Mapping[str, str] = field(default_factory=dict)
    """Groups that could not be told, or not wholly, and why."""

    @cached_property
    def scopes(self) -> Mapping[GroupKind, Scope]:
        """The scope of each kind."""
        return {kind: Scope.NAMESPACED if served[0].namespaced else Scope.CLUSTER for kind, served in self.resources.items()}

    @cached_property
    def certain(self) -> Mapping[GroupKind, Scope]:
        """Of those whose group was told wholly."""
        return {kind: scope for kind, scope in self.scopes.items() if kind.group not in self.incomplete}


class Discovery:
    """What one cluster serves; belongs to one event loop."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._found: _Found | None = None
        self._asked_at = 0.0
        self._expired = False
        self._lock = asyncio.Lock()

    async def resource(self, kind: GroupKind, version: str = "") -> Resource:
        """Say where a kind is served, in the preferred version or the one given.

        Raises KindUnknown when it is not served, DiscoveryIncomplete when that could not be told; both after asking the
        server again, at most every two seconds.
        """
        found = await self._current()
        if resource := _choose(found, kind, version):
            return resource
        await self._ask(older_than=asyncio.get_running_loop().time() - _LOOK_AGAIN_SECONDS)
        found = await self._current()
        if resource := _choose(found, kind, version):
            return resource
        cluster = self._client.cluster
        if kind.group in found.incomplete:
            raise DiscoveryIncomplete(cluster=cluster, kind=str(kind), reason=found.incomplete[kind.group])
        group_version = "/".join(part for part in (kind.group, version) if part) or "the core group"
        raise KindUnknown(cluster=cluster, kind=kind.kind, group_version=group_version, reason="it is not served")

    async def refresh(self) -> None:
        """Ask the server now."""
        await self._ask(older_than=asyncio.get_running_loop().time())

    def expire(self) -> None:
        """Ask the server before the next answer: a CustomResourceDefinition or an APIService has come or gone."""
        self._expired = True

    def scopes(self) -> Mapping[GroupKind, Scope]:
        """The scope of every kind that is known to be served; empty before the first question."""
        return self._found.scopes if self._found else {}

    def certain(self) -> Mapping[GroupKind, Scope]:
        """The same, of the kinds that `complete` is true of."""
        return self._found.certain if self._found else {}

    def complete(self, kind: GroupKind) -> bool:
        """Whether the last answer told for certain if the kind is served: otherwise nothing of it may be deleted."""
        return self._found is not None and kind.group not in self._found.incomplete

    async def _current(self) -> _Found:
        if self._found is None or self._expired:
            await self._ask(older_than=asyncio.get_running_loop().time())
        assert self._found is not None
        return self._found

    async def _ask(self, *, older_than: float) -> None:
        """Ask, unless somebody did while this waited, or lately enough."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if self._found is not None and self._asked_at > older_than and not self._expired:
                return
            self._expired = False
            try:
                self._found = _kept(self._found, await _discover(self._client))
            except BaseException:
                self._expired = True
                raise
            self._asked_at = now


def _choose(found: _Found, kind: GroupKind, version: str) -> Resource | None:
    served = found.resources.get(kind, ())
    return next((resource for resource in served if version in ("", resource.version)), None)


def _kept(before: _Found | None, now: _Found) -> _Found:
    """Of groups that could not be told now, keep what was known: their kinds did not vanish."""
    if before is None or not now.incomplete:
        return now
    known = {kind: served for kind, served in before.resources.items() if kind.group in now.incomplete}
    return _Found(resources={**known, **now.resources}, incomplete=now.incomplete)


async def _discover(client: ApiClient) -> _Found:
    core = await client.discover("/api")
    if core.get("kind") != "APIGroupDiscoveryList":
        return await _discover_one_by_one(client)
    named = await client.discover("/apis")
    groups = [*core["items"], *named["items"]]
    stale = {
        group["metadata"].get("name", ""): f"{version['version']} is stale: the server behind it does not answer"
        for group in groups
        for version in group["versions"]
        if version.get("freshness") == "Stale"
    }
    return _Found(resources=_by_kind(r for group in groups for r in _of_group(group)), incomplete=stale)


def _of_group(group: Mapping[str, Any]) -> Iterator[Resource]:
    name = group["metadata"].get("name", "")
    for version in group["versions"]:
        for entry in version.get("resources") or ():
            kind = entry.get("responseKind") or {}
            # A resource may have subresources only, or answer with another group's kind.
            if kind.get("kind") and kind.get("group") in ("", None, name):
                yield Resource(
                    group=name,
                    version=version["version"],
                    kind=kind["kind"],
                    plural=entry["resource"],
                    namespaced=entry["scope"] == "Namespaced",
                    verbs=frozenset(entry["verbs"]),
                )


async def _discover_one_by_one(client: ApiClient) -> _Found:
    """For servers before 1.27: a request for each group and version."""
    places = [("", version, f"/api/{version}") for version in (await client.get("/api"))["versions"]]
    for group in (await client.get("/apis"))["groups"]:
        preferred = group["preferredVersion"]["version"]
        versions = [entry["version"] for entry in group["versions"]]
        ordered = sorted(versions, key=lambda version: version != preferred)
        places += [(group["name"], version, f"/apis/{group['name']}/{version}") for version in ordered]
    resources: list[Resource] = []
    incomplete: dict[str, str] = {}
    for group_name, version, path in places:
        try:
            resources += _of_version(group_name, version, await client.get(path))
        except ApiError as error:
            incomplete[group_name] = str(error)
    return _Found(resources=_by_kind(resources), incomplete=incomplete)


def _of_version(group: str, version: str, body: Mapping[str, Any]) -> Iterator[Resource]:
    for entry in body["resources"]:
        if "/" not in entry["name"]:
            yield Resource(
                group=group,
                version=version,
                kind=entry["kind"],
                plural=entry["name"],
                namespaced=entry["namespaced"],
                verbs=frozenset(entry["verbs"]),
            )


def _by_kind(resources: Iterable[Resource]) -> dict[GroupKind, tuple[Resource, ...]]:
    found: dict[GroupKind, tuple[Resource, ...]] = {}
    for resource in resources:
        found[resource.group_kind] = (*found.get(resource.group_kind, ()), resource)
    return found
