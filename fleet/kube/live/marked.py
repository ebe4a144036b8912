"""Which kinds of a cluster have objects that carry a fleet's label: asked where nothing else tells what is ours there."""

from __future__ import annotations

from fleet.aio import map_limited
from fleet.errors import ApiError, DiscoveryIncomplete, KindUnknown
from fleet.kube.server.client import ApiClient
from fleet.kube.server.discovery import Discovery
from fleet.model.keys import GroupKind
from fleet.model.marks import FLEET

_AT_ONCE = 8


async def marked_kinds(client: ApiClient, discovery: Discovery, fleet: str) -> frozenset[GroupKind]:
    """Look into every kind that is served, one object of each; those that cannot be listed are left out.

    Costs a request per kind: about 60 in a new cluster. Raises ClusterUnreachable: then it could not be told. A kind that is
    answered with an error (an aggregated API that is down) is left out as well: it must not keep a whole cluster waiting.
    """

    async def one(kind: GroupKind) -> GroupKind | None:
        try:
            resource = await discovery.resource(kind)
            if not {"list", "watch"} <= resource.verbs:
                return None
            params = {"labelSelector": f"{FLEET}={fleet}", "limit": "1"}
            found = await client.list(resource.collection(), params=params, metadata_only=True)
        except (ApiError, DiscoveryIncomplete, KindUnknown):
            return None
        return kind if found.get("items") else None

    answers = await map_limited(one, sorted(discovery.scopes()), limit=_AT_ONCE, name="marked kinds")
    return frozenset(kind for kind in answers if kind is not None)
