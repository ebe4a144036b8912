"""Tries the way into a cluster: connection, version, identity, lease, permissions. Nothing is written there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from fleet.aio import Limiter, map_limited
from fleet.config import Settings, resolve
from fleet.errors import FleetError, NotFound
from fleet.kube.kept.identity import read_uid
from fleet.kube.kept.lease import LEASE
from fleet.kube.server.client import ApiClient, Timeouts
from fleet.kube.server.connect import connect
from fleet.model.cluster import Cluster
from fleet.model.marks import NAMESPACE

_AT_ONCE = 32
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

# (group, resource, namespace, verbs): without these the hub cannot work at all.
_NEEDED: Sequence[tuple[str, str, str, str]] = (
    ("", "namespaces", "", "get create"),
    ("", "configmaps", NAMESPACE, "get list watch create update delete"),
    ("coordination.k8s.io", "leases", NAMESPACE, "get create update"),
)
_EVERYTHING = ("*", "*", "", "get list watch create patch delete")


async def check_all(clusters: Sequence[Cluster], settings: Settings) -> list[dict[str, Any]]:
    """Check clusters; gives for each whether it was reached, and its checks: name, ok, warning or failed, and what was found."""
    limiter: Limiter[str] = Limiter(total=settings.requests_total, per_key=settings.requests_per_cluster)

    async def one(cluster: Cluster) -> dict[str, Any]:
        timeouts = Timeouts(connect=settings.connect_timeout, request=settings.request_timeout)
        client = ApiClient(connect(cluster, secret=resolve), limiter=limiter, timeouts=timeouts)
        try:
            return await _checked(cluster, client)
        finally:
            await client.close()

    found = await map_limited(one, clusters, limit=_AT_ONCE, name="check")
    return _with_twins(found)


async def _checked(cluster: Cluster, client: ApiClient) -> dict[str, Any]:
    found: dict[str, Any] = {"cluster": cluster.name, "reached": False, "version": "", "uid": "", "checks": []}
    try:
        found["version"] = str((await client.get("/version"))["gitVersion"])
    except FleetError as error:
        found["checks"].append(_check("connect", "failed", f"{error}. Look at its entry at {cluster.origin}"))
        return found
    found["reached"] = True
    found["checks"].append(_check("connect", "ok", f"Kubernetes {found['version']}"))
    for check in (_identity, _lease, _permissions):
        try:
            found["checks"] += await check(cluster, client, found)
        except FleetError as error:
            found["checks"].append(_check(check.__name__.strip("_"), "failed", str(error)))
    return found


async def _identity(cluster: Cluster, client: ApiClient, found: dict[str, Any]) -> list[dict[str, str]]:
    uid = found["uid"] = await read_uid(client)
    if cluster.uid and cluster.uid != uid:
        message = (
            f"its kube-system UID is {uid}, and {cluster.origin} expects {cluster.uid}: it is another cluster, or was made anew"
        )
        return [_check("identity", "failed", message)]
    return [_check("identity", "ok", f"UID {uid}")]


async def _lease(_: Cluster, client: ApiClient, __: dict[str, Any]) -> list[dict[str, str]]:
    try:
        body = await client.get(LEASE)
    except NotFound:
        return [_check("lease", "ok", "no hub has written to it yet")]
    spec = body.get("spec") or {}
    holder, renewed = spec.get("holderIdentity"), spec.get("renewTime")
    return [_check("lease", "ok", f"held by {holder}, renewed {renewed}" if holder else "free")]


async def _permissions(_: Cluster, client: ApiClient, __: dict[str, Any]) -> list[dict[str, str]]:
    checks = []
    for group, resource, namespace, verbs in _NEEDED:
        missing = await _missing(client, group, resource, namespace=namespace, verbs=verbs)
        where = f"{resource} in {namespace}" if namespace else resource
        if missing:
            checks.append(_check(where, "failed", f"may not {', '.join(missing)}: grant it to the hub's user; see SECURITY.md"))
        else:
            checks.append(_check(where, "ok", f"may {verbs.replace(' ', ', ')}"))
    group, resource, namespace, verbs = _EVERYTHING
    missing = await _missing(client, group, resource, namespace=namespace, verbs=verbs)
    message = f"may not {', '.join(missing)} everything: grant it each kind that the repository deploys there"
    checks.append(_check("all kinds", "warning", message) if missing else _check("all kinds", "ok", "may do everything"))
    return checks


async def _missing(client: ApiClient, group: str, resource: str, *, namespace: str, verbs: str) -> list[str]:
    async def allowed(verb: str) -> bool:
        asked = {"group": group, "resource": resource, "verb": verb, **({"namespace": namespace} if namespace else {})}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": asked},
        }
        # A review is asked by POST and kept nowhere: it needs no lease.
        _, body = await client.write("POST", _REVIEWS, orjson.dumps(review), metadata_only=False, unguarded=True)
        return bool((body.get("status") or {}).get("allowed"))

    each = verbs.split()
    answers = await map_limited(allowed, each, limit=len(each), name="review")
    return [verb for verb, answer in zip(each, answers, strict=True) if not answer]


def _with_twins(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add that one cluster answers under two names."""
    names: dict[str, list[str]] = {}
    for each in found:
        if each["uid"]:
            names.setdefault(each["uid"], []).append(each["cluster"])
    for each in found:
        others = [name for name in names.get(each["uid"], ()) if name != each["cluster"]]
        if others:
            message = f"it also answers as {', '.join(others)}: one cluster under two names is never written to"
            each["checks"].append(_check("identity", "failed", message))
    return found


def _check(check: str, result: str, message: str) -> dict[str, str]:
    return {"check": check, "result": result, "message": message}
