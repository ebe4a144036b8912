"""What a real API server serves, and what cannot be told."""

from __future__ import annotations

import asyncio

import pytest

from fleet.errors import DiscoveryIncomplete, KindUnknown
from fleet.kube.server.discovery import Discovery
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Scope
from tests.controlplane import ControlPlane
from tests.controlplane.waiting import eventually
from tests.kube.clients import by_kubeconfig, client_of

WIDGET = GroupKind("example.com", "Widget")
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def definition() -> dict[str, object]:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


async def test_built_in_kinds_have_their_paths(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        discovery = Discovery(client)
        deployment = await discovery.resource(GroupKind("apps", "Deployment"))
        role = await discovery.resource(GroupKind("rbac.authorization.k8s.io", "ClusterRole"))
        service = await discovery.resource(GroupKind("", "Service"), "v1")
    key = ObjectKey("apps", "Deployment", "shop", "web")
    assert deployment.item(key) == "/apis/apps/v1/namespaces/shop/deployments/web"
    assert deployment.collection() == "/apis/apps/v1/deployments"
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode"
    assert role.item(ObjectKey("rbac.authorization.k8s.io", "ClusterRole", "", "system:node")) == path
    assert service.collection("shop") == "/api/v1/namespaces/shop/services"


async def test_discovery_is_asked_once(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        discovery = Discovery(client)
        for kind in ("Deployment", "StatefulSet", "DaemonSet"):
            await discovery.resource(GroupKind("apps", kind))
    assert [seen.uri for seen in real_cluster.audit_since(agent="fleethub")] == ["/api", "/apis"]


async def test_scopes_are_told_of_every_kind(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        discovery = Discovery(client)
        assert discovery.scopes() == {}
        await discovery.refresh()
    scopes = discovery.scopes()
    assert (scopes[GroupKind("", "Namespace")], scopes[GroupKind("", "Pod")]) == (Scope.CLUSTER, Scope.NAMESPACED)


async def test_a_kind_that_is_not_served_is_unknown_and_asked_for_at_most_every_two_seconds(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        discovery, clock = Discovery(client), asyncio.get_running_loop().time
        began = clock()
        for _ in range(5):
            with pytest.raises(KindUnknown, match="Widget"):
                await discovery.resource(WIDGET)
        rounds = 1 + int((clock() - began) / 2)
    # Once, unless the machine stood still meanwhile.
    assert 2 <= len(real_cluster.audit_since(agent="fleethub")) <= 2 * rounds


async def test_a_version_that_is_not_served_is_unknown(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        with pytest.raises(KindUnknown, match="apps/v1beta1"):
            await Discovery(client).resource(GroupKind("apps", "Deployment"), "v1beta1")


async def test_a_kind_that_appears_is_found(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        discovery = Discovery(client)
        with pytest.raises(KindUnknown):
            await discovery.resource(WIDGET)
        real_cluster.kube.create(CRDS, definition()).ok()

        async def found() -> bool:
            discovery.expire()
            try:
                return (await discovery.resource(WIDGET)).namespaced
            except KindUnknown:
                return False

        assert await eventually(found)
        assert (await discovery.resource(WIDGET)).collection("shop") == "/apis/example.com/v1/namespaces/shop/widgets"


async def test_a_group_whose_server_is_down_is_incomplete_and_not_missing(fresh_cluster: ControlPlane) -> None:
    service = {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": "v1.metrics.example.com"},
        "spec": {
            "group": "metrics.example.com",
            "version": "v1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "insecureSkipTLSVerify": True,
            "service": {"name": "gone", "namespace": "default"},
        },
    }
    fresh_cluster.kube.create("/apis/apiregistration.k8s.io/v1/apiservices", service).ok()
    kind = GroupKind("metrics.example.com", "Sample")
    async with client_of(by_kubeconfig(fresh_cluster.kubeconfig)) as client:
        discovery = Discovery(client)

        async def incomplete() -> bool:
            await discovery.refresh()
            return not discovery.complete(kind)

        await eventually(incomplete)
        with pytest.raises(DiscoveryIncomplete):
            await discovery.resource(kind)
        assert discovery.complete(GroupKind("apps", "Deployment"))
        assert (await discovery.resource(GroupKind("apps", "Deployment"))).plural == "deployments"


async def test_nothing_is_complete_before_it_was_asked(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        discovery = Discovery(client)
        assert not discovery.complete(WIDGET)
        await discovery.refresh()
        assert discovery.complete(WIDGET)
