"""Keeps what a cluster's CustomResourceDefinitions say of the status of their kinds: one read for each kind, and what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from fleet.errors import Forbidden, NotFound
from fleet.health import declared_of
from fleet.kube.live.cache import Event
from fleet.kube.server.client import ApiClient
from fleet.kube.server.discovery import Resource
from fleet.model.declared import Declared
from fleet.model.keys import GroupKind

CRD = GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")
_PATH = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


class Definitions:
    """Of one connection: what is not watched is read anew with the next one."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._said: dict[GroupKind, Mapping[str, Declared]] = {}
        """By version. Empty for a kind that no definition makes, or whose definition may not be read."""
        self._versions: dict[GroupKind, str] = {}
        self._asked: set[tuple[GroupKind, str]] = set()
        self._lock = asyncio.Lock()

    def of(self, kind: GroupKind) -> Declared | None:
        """What is declared of a kind, in the version that is followed; None where nothing is known."""
        return self._said.get(kind, {}).get(self._versions.get(kind, ""))

    async def learn(self, resource: Resource) -> None:
        """Read the definition of a kind that is to be followed in this version, once; raises what stands in the way."""
        kind = resource.group_kind
        self._versions[kind] = resource.version
        async with self._lock:
            if (kind, resource.version) not in self._asked and resource.version not in self._said.get(kind, {}):
                self._said[kind] = await self._read(resource)
                self._asked.add((kind, resource.version))

    async def _read(self, resource: Resource) -> Mapping[str, Declared]:
        try:
            return declared_of(await self._client.get(f"{_PATH}/{resource.plural}.{resource.group}"))
        except (NotFound, Forbidden):
            return {}

    def happened(self, event: Event) -> GroupKind | None:
        """Take the event of a definition of ours; gives the kind of which it says something else than before."""
        if event.key.group_kind != CRD or event.body is None:
            return None
        kind = GroupKind(event.body["spec"]["group"], event.body["spec"]["names"]["kind"])
        before, self._said[kind] = self.of(kind), declared_of(event.body)
        return kind if self.of(kind) != before else None
