"""The hub's own ConfigMaps in a managed cluster: read all, write one with a precondition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from fleet.errors import ApiConflict, ClusterError, Expired, NotFound
from fleet.kube.server.client import ApiClient
from fleet.model.inventory import Identity
from fleet.model.marks import MANAGER, NAMESPACE
from fleet.model.observation import is_older

NAMESPACES = "/api/v1/namespaces"
CONFIG_MAPS = f"{NAMESPACES}/{NAMESPACE}/configmaps"
FORMAT = "1"
# Records have about 32 KiB each, Inventories up to 256: a page stays well below what is awkward to hold.
_PAGE = 100
_RESTARTS = 3


def own_labels(kind: str, fleet: str) -> dict[str, str]:
    """The labels that every ConfigMap of ours carries."""
    return {"fleethub.dev/kind": kind, "fleethub.dev/fleet": fleet}


def name_of(body: Mapping[str, Any]) -> str:
    """The ConfigMap's name."""
    return str(body["metadata"]["name"])


def version_of(body: Mapping[str, Any]) -> str:
    """The ConfigMap's resource version."""
    return str(body["metadata"].get("resourceVersion", ""))


def was_known(version: str, held: str) -> bool:
    """Whether a version that a watch tells of, be it late, is the one that is held here or an older one.

    A write names the version that it follows: whatever was before what was written here was known here, too.
    """
    return version == held or is_older(version, held)


def read_identity(text: str) -> Identity:
    """Read `name uid`; raises ValueError when it is not of that form."""
    name, _, uid = text.partition(" ")
    if not name or not uid or " " in uid:
        raise ValueError(f"cluster is {text!r}, not a name and a UID")
    return Identity(name=name, uid=uid)


async def ensure_namespace(client: ApiClient) -> None:
    """Make the namespace of our own objects; the Lease lives in it, so this one write needs no lease."""
    try:
        await client.get(f"{NAMESPACES}/{NAMESPACE}", metadata_only=True)
    except NotFound:
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        try:
            await client.write("POST", NAMESPACES, orjson.dumps(body), params={"fieldManager": MANAGER}, unguarded=True)
        except ApiConflict:
            return  # somebody else just made it


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnList:
    """All ConfigMaps of our namespace, as of a resource version."""

    maps: tuple[Mapping[str, Any], ...]
    version: str


async def own_maps(client: ApiClient) -> tuple[Mapping[str, Any], ...]:
    """Read all ConfigMaps of our namespace, as `list_own` does."""
    return (await list_own(client)).maps


async def list_own(client: ApiClient) -> OwnList:
    """List all ConfigMaps of our namespace, whatever their labels: a label taken off must not make an Inventory vanish.

    A namespace that does not exist has none. Raises the ApiError of a list that could not be completed.
    """
    for _ in range(_RESTARTS):
        try:
            return await _all_pages(client)
        except Expired as error:
            expired = error
    raise expired


async def _all_pages(client: ApiClient) -> OwnList:
    found: list[Mapping[str, Any]] = []
    params = {"limit": str(_PAGE)}
    while True:
        page = await client.list(CONFIG_MAPS, params=params)
        found += page["items"] or ()
        token = page["metadata"].get("continue")
        if not token:
            return OwnList(maps=tuple(found), version=str(page["metadata"].get("resourceVersion", "")))
        params["continue"] = token


async def read_map(client: ApiClient, name: str) -> Mapping[str, Any] | None:
    """Read one; None when it is certainly not there."""
    try:
        body: Mapping[str, Any] = await client.get(f"{CONFIG_MAPS}/{name}")
    except NotFound:
        return None
    return body


async def write_map(client: ApiClient, body: Mapping[str, Any], resource_version: str) -> str:
    """Replace a ConfigMap that is at this version, or create it when the version is empty; gives the new version.

    Raises ApiConflict when it is at another version or, for a new one, already there, and NotFound when it is gone.
    """
    params = {"fieldManager": MANAGER}
    if not resource_version:
        _, answer = await client.write("POST", CONFIG_MAPS, orjson.dumps(body), params=params)
        return version_of(answer)
    sent = {**body, "metadata": {**body["metadata"], "resourceVersion": resource_version}}
    _, answer = await client.write("PUT", f"{CONFIG_MAPS}/{name_of(body)}", orjson.dumps(sent), params=params)
    return version_of(answer)


async def delete_map(client: ApiClient, name: str, resource_version: str) -> None:
    """Delete a ConfigMap that is at this version; one that is gone already is fine. Raises ApiConflict otherwise."""
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"resourceVersion": resource_version}}
    try:
        await client.write("DELETE", f"{CONFIG_MAPS}/{name}", orjson.dumps(options))
    except NotFound:
        return


def malformed(kind: type[ClusterError], *, cluster: str, name: str, reason: str) -> ClusterError:
    """The error that names a ConfigMap of ours that cannot be read."""
    return kind(cluster=cluster, namespace=NAMESPACE, name=name, reason=reason)
