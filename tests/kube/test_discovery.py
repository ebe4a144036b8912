"""Servers that know no aggregated discovery."""

from __future__ import annotations

import pytest

from fleet.errors import DiscoveryIncomplete
from fleet.kube.server.discovery import Discovery
from fleet.model.keys import GroupKind, ObjectKey
from tests.kube.clients import by_token, client_of
from tests.kube.misbehaving import answer, misbehaving


def resource(name: str, kind: str) -> dict[str, object]:
    return {"name": name, "kind": kind, "namespaced": True, "verbs": ["get", "list", "watch"]}


def group(name: str, *versions: str, preferred: str) -> dict[str, object]:
    return {"name": name, "versions": [{"version": v} for v in versions], "preferredVersion": {"version": preferred}}


async def test_each_version_is_asked_for_and_one_that_fails_makes_its_group_incomplete() -> None:
    groups = [group("apps", "v1beta1", "v1", preferred="v1"), group("down.io", "v1", preferred="v1")]
    core = answer(body={"kind": "APIVersions", "versions": ["v1"]})
    async with (
        misbehaving(
            core,
            core,
            answer(body={"kind": "APIGroupList", "groups": groups}),
            answer(body={"resources": [resource("pods", "Pod"), resource("pods/status", "Pod")]}),
            answer(body={"resources": [resource("deployments", "Deployment")]}),
            answer(body={"resources": [resource("deployments", "Deployment")]}),
            answer(503),
        ) as server,
        client_of(by_token(server.url, "t")) as client,
    ):
        discovery = Discovery(client)
        deployment = await discovery.resource(GroupKind("apps", "Deployment"))
        pod = await discovery.resource(GroupKind("", "Pod"))
        assert deployment.item(ObjectKey("apps", "Deployment", "shop", "web")) == "/apis/apps/v1/namespaces/shop/deployments/web"
        assert (pod.plural, len(discovery.scopes())) == ("pods", 2)
        assert (discovery.complete(GroupKind("apps", "X")), discovery.complete(GroupKind("down.io", "X"))) == (True, False)
        with pytest.raises(DiscoveryIncomplete):
            await discovery.resource(GroupKind("down.io", "Thing"))
