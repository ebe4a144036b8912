"""The handle of a cluster: what follows from a write, and who hears of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fleet.errors import ApiStatus
from fleet.sandbox.cluster import SandboxCluster
from tests.sandbox.serving import MAPS, config_map, served
from tests.sandbox.test_watches import DEFINITION


def owned(name: str, owner: dict[str, Any], *, blocks: bool = False) -> dict[str, Any]:
    """A ConfigMap that belongs to another."""
    metadata = owner["metadata"]
    reference = {"apiVersion": "v1", "kind": "ConfigMap", "name": metadata["name"], "uid": metadata["uid"]}
    references = [{**reference, "blockOwnerDeletion": blocks}]
    return {**config_map(name), "metadata": {"name": name, "namespace": "default", "ownerReferences": references}}


def names(cluster: SandboxCluster) -> list[str]:
    return [each["metadata"]["name"] for each in cluster.list("", "ConfigMap")]


def test_dependents_go_after_their_owner() -> None:
    cluster = SandboxCluster("east")
    owner = cluster.create(config_map("owner"))
    child = cluster.create(owned("child", owner))
    cluster.create(owned("grandchild", child))
    cluster.delete("", "ConfigMap", "default", "owner")
    assert names(cluster) == []


def test_an_owner_that_goes_in_the_foreground_waits_for_those_that_block_it() -> None:
    cluster = SandboxCluster("east")
    owner = cluster.create(config_map("owner"))
    held = owned("held", owner, blocks=True)
    held["metadata"]["finalizers"] = ["example.com/hold"]
    cluster.create(held)
    cluster.delete("", "ConfigMap", "default", "owner", propagation="Foreground")
    assert names(cluster) == ["held", "owner"]
    left = cluster.get("", "ConfigMap", "default", "held")
    assert left is not None
    del left["metadata"]["finalizers"]
    cluster.update(left)
    assert names(cluster) == []


def test_orphans_lose_their_reference_and_stay() -> None:
    cluster = SandboxCluster("east")
    cluster.create(owned("child", cluster.create(config_map("owner"))))
    cluster.delete("", "ConfigMap", "default", "owner", propagation="Orphan")
    child = cluster.get("", "ConfigMap", "default", "child")
    assert child is not None
    assert (names(cluster), child["metadata"].get("ownerReferences")) == (["child"], None)


def test_a_cluster_without_garbage_collection_leaves_dependents_as_an_api_server_alone_does() -> None:
    cluster = SandboxCluster("east", garbage=False)
    cluster.create(owned("child", cluster.create(config_map("owner"))))
    cluster.delete("", "ConfigMap", "default", "owner")
    assert names(cluster) == ["child"]


def test_a_namespace_goes_when_nothing_is_left_in_it() -> None:
    cluster = SandboxCluster("east")
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    held = {**config_map("held"), "metadata": {"name": "held", "namespace": "shop", "finalizers": ["example.com/hold"]}}
    cluster.create(held)
    cluster.create({**config_map("free"), "metadata": {"name": "free", "namespace": "shop"}})
    cluster.delete("", "Namespace", "", "shop")
    namespace = cluster.get("", "Namespace", "", "shop")
    assert namespace is not None
    assert (namespace["status"]["phase"], names(cluster)) == ("Terminating", ["held"])
    told = {each["type"]: each["message"] for each in namespace["status"]["conditions"]}
    assert told["NamespaceContentRemaining"] == "Some resources are remaining: configmaps. has 1 resource instances"
    assert told["NamespaceFinalizersRemaining"].endswith("finalizers remaining: example.com/hold in 1 resource instances")
    with pytest.raises(ApiStatus, match="because it is being terminated"):
        cluster.create({**config_map("new"), "metadata": {"name": "new", "namespace": "shop"}})
    left = cluster.get("", "ConfigMap", "shop", "held")
    assert left is not None
    del left["metadata"]["finalizers"]
    cluster.update(left)
    assert (cluster.get("", "Namespace", "", "shop"), names(cluster)) == (None, [])


def test_a_custom_kind_is_served_at_once_and_its_objects_go_with_it() -> None:
    cluster = SandboxCluster("east")
    cluster.create(DEFINITION)
    conditions = cluster.list("apiextensions.k8s.io", "CustomResourceDefinition")[0]["status"]["conditions"]
    assert {each["type"]: each["status"] for each in conditions} == {"NamesAccepted": "True", "Established": "True"}
    cluster.create({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "default"}})
    assert cluster.count("example.com", "Widget") == 1
    cluster.delete("apiextensions.k8s.io", "CustomResourceDefinition", "", "widgets.example.com")
    with pytest.raises(ApiStatus, match="could not find the requested resource"):
        cluster.list("example.com", "Widget")


def test_a_definition_whose_names_are_taken_waits_until_they_are_free() -> None:
    cluster = SandboxCluster("east")
    cluster.create(DEFINITION)
    names_of_another = {"plural": "gadgets", "kind": "Widget"}
    spec = {**DEFINITION["spec"], "names": names_of_another}  # type: ignore[dict-item]
    cluster.create({**DEFINITION, "metadata": {"name": "gadgets.example.com"}, "spec": spec})
    assert condition(cluster, "gadgets.example.com", "NamesAccepted") == ("False", '"WidgetList" is already in use')
    cluster.delete("apiextensions.k8s.io", "CustomResourceDefinition", "", "widgets.example.com")
    assert condition(cluster, "gadgets.example.com", "Established")[0] == "True"
    assert cluster.resource("example.com", "Widget").plural == "gadgets"


def condition(cluster: SandboxCluster, name: str, kind: str) -> tuple[str, str]:
    found = cluster.get("apiextensions.k8s.io", "CustomResourceDefinition", "", name)
    assert found is not None
    (one,) = (each for each in found["status"]["conditions"] if each["type"] == kind)
    return one["status"], one["message"]


def test_subscribers_hear_of_writes_in_their_order_also_of_their_own() -> None:
    cluster = SandboxCluster("east")
    heard: list[tuple[str, str]] = []

    def hear(what: str, group: str, kind: str, body: dict[str, Any]) -> None:
        heard.append((what, body["metadata"]["name"]))
        if body["metadata"]["name"] == "a" and what == "ADDED":
            cluster.create(config_map("b"))
            cluster.delete("", "ConfigMap", "default", "a")

    end = cluster.subscribe(hear)
    cluster.create(config_map("a"))
    end()
    cluster.create(config_map("c"))
    assert heard == [("ADDED", "a"), ("ADDED", "b"), ("DELETED", "a")]


def test_what_the_handle_gives_out_is_the_callers_own() -> None:
    cluster = SandboxCluster("east")
    cluster.create(config_map("a", x="1"))["data"]["x"] = "2"
    found = cluster.get("", "ConfigMap", "default", "a")
    assert found is not None
    assert found["data"] == {"x": "1"}


def test_each_cluster_has_an_identity_that_is_the_same_at_its_next_start() -> None:
    uids = [SandboxCluster(name).get("", "Namespace", "", "kube-system") for name in ("east", "east", "west")]
    east, again, west = (each["metadata"]["uid"] for each in uids if each)
    assert (east == again, east == west) == (True, False)


async def test_the_audit_log_holds_what_was_sent_and_nothing_of_the_handle(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        client.cluster.create(config_map("by-handle"))
        mark = client.cluster.audit_mark()
        await client.ask("POST", MAPS, config_map("a", x="1"), User_Agent="tests/1")
        await client.ask("GET", f"{MAPS}/none")
        write, read = client.cluster.audit_since(mark)
    assert (write["verb"], write["userAgent"], write["requestObject"]["data"]) == ("create", "tests/1", {"x": "1"})
    assert (read["verb"], read["responseStatus"]["code"], read["objectRef"]["name"]) == ("get", 404, "none")


async def test_a_reader_reads_and_somebody_denied_does_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        tokens = {user: f"Bearer {client.cluster.token_of(user)}" for user in ("reader", "denied")}
        said = [
            (await client.ask("GET", MAPS, Authorization=tokens["reader"])).status,
            (await client.ask("POST", MAPS, config_map("a"), Authorization=tokens["reader"])).status,
            (await client.ask("GET", MAPS, Authorization=tokens["denied"])).status,
            (await client.ask("GET", MAPS, Authorization="Bearer nobody")).status,
        ]
    assert said == [200, 403, 403, 401]


async def test_a_page_goes_on_in_the_moment_in_which_the_list_began(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for name in ("a", "c"):
            client.cluster.create(config_map(name))
        first = (await client.ask("GET", f"{MAPS}?limit=1")).body
        client.cluster.create(config_map("b"))
        second = (await client.ask("GET", f"{MAPS}?limit=1&continue={first['metadata']['continue']}")).body
    assert [each["metadata"]["name"] for each in (*first["items"], *second["items"])] == ["a", "c"]
    assert second["metadata"].get("continue") is None


async def test_a_page_of_a_forgotten_moment_is_gone(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        for name in ("a", "b"):
            client.cluster.create(config_map(name))
        first = (await client.ask("GET", f"{MAPS}?limit=1")).body
        client.cluster.create(config_map("c"))
        client.cluster.state.store.compact()
        said = await client.ask("GET", f"{MAPS}?limit=1&continue={first['metadata']['continue']}")
    assert (said.status, said.body["reason"]) == (410, "Expired")


async def test_a_dry_run_answers_and_leaves_nothing(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        said = await client.ask("POST", f"{MAPS}?dryRun=All", config_map("a"))
    assert (said.status, client.cluster.get("", "ConfigMap", "default", "a")) == (201, None)
