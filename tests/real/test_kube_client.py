"""Requests to a real API server."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from fleet.errors import ApiConflict, Forbidden, NotFound, Rejected
from fleet.kube.server.client import AGENT, APPLY, JSON_PATCH, Timeouts
from fleet.kube.server.open_files import check_open_files, open_files_needed, raise_open_files
from tests.controlplane import ControlPlane
from tests.kube.clients import by_kubeconfig, by_token, client_of

MAPS = "/api/v1/namespaces/default/configmaps"


def config_map(name: str, **data: str) -> dict[str, object]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": data}


async def test_metadata_alone_carries_managed_fields(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("web", a="1")).ok()
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        one = await client.get(f"{MAPS}/web", metadata_only=True)
        many = await client.list(MAPS, metadata_only=True)
    assert (one["kind"], "data" in one, bool(one["metadata"]["managedFields"])) == ("PartialObjectMetadata", False, True)
    assert [("data" in item, bool(item["metadata"]["managedFields"])) for item in many["items"]] == [(False, True)]


async def test_a_write_answers_with_metadata_alone(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        made = await client.write("POST", MAPS, orjson.dumps(config_map("web", a="1")))
        params = {"fieldManager": "fleethub", "force": "true"}
        body = orjson.dumps(config_map("web", a="2"))
        applied = await client.write("PATCH", f"{MAPS}/web", body, params=params, content_type=APPLY)
    assert [(status, body["kind"], "data" in body) for status, body in (made, applied)] == [
        (201, "PartialObjectMetadata", False),
        (200, "PartialObjectMetadata", False),
    ]


async def test_an_apply_conflict_names_field_and_manager(real_cluster: ControlPlane) -> None:
    real_cluster.kube.apply(f"{MAPS}/web", config_map("web", a="1"), manager="somebody").ok()
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        body = orjson.dumps(config_map("web", a="2"))
        with pytest.raises(ApiConflict) as caught:
            await client.write("PATCH", f"{MAPS}/web", body, params={"fieldManager": "fleethub"}, content_type=APPLY)
    ((field, message),) = caught.value.causes
    assert field == ".data.a"
    assert '"somebody"' in message


async def test_a_precondition_that_does_not_hold_is_a_conflict(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("web")).ok()
    options = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "another"}}
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        with pytest.raises(ApiConflict) as caught:
            await client.write("DELETE", f"{MAPS}/web", orjson.dumps(options))
    assert caught.value.code == "Conflict"


async def test_a_body_that_is_wrong_is_rejected_with_its_causes(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        with pytest.raises(Rejected, match=r"metadata\.name"):
            await client.write("POST", MAPS, orjson.dumps(config_map("Not A Name")))
        body = orjson.dumps({**config_map("web"), "dat": {}})
        with pytest.raises(Rejected, match="dat"):
            await client.write("POST", MAPS, body, params={"fieldValidation": "Strict"})


async def test_a_json_patch_whose_test_fails_is_rejected(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("web")).ok()
    patch = [{"op": "test", "path": "/metadata/resourceVersion", "value": "1"}]
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        with pytest.raises(Rejected):
            await client.write("PATCH", f"{MAPS}/web", orjson.dumps(patch), content_type=JSON_PATCH)


async def test_what_a_user_may_not_do_is_forbidden(real_cluster: ControlPlane) -> None:
    way = by_token(real_cluster.server, real_cluster.token_of("reader"), ca=real_cluster.ca_file)
    async with client_of(way) as client:
        assert (await client.get(MAPS))["items"] is not None
        with pytest.raises(Forbidden):
            await client.write("POST", MAPS, orjson.dumps(config_map("web")))


async def test_what_is_not_there_is_not_found(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        with pytest.raises(NotFound):
            await client.get(f"{MAPS}/none")


async def test_the_audit_log_knows_our_name(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        await client.get(MAPS)
    assert [seen.agent for seen in real_cluster.audit_since(agent="fleethub")] == [AGENT]


async def test_a_server_that_was_restarted_is_read_from_without_an_error(real_cluster: ControlPlane) -> None:
    async with client_of(by_kubeconfig(real_cluster.kubeconfig)) as client:
        await client.get(MAPS)
        real_cluster.stop_apiserver()
        await real_cluster.start_apiserver()
        assert (await client.get(MAPS))["kind"] == "ConfigMapList"


async def test_a_black_hole_delays_no_other_cluster(two_real_clusters: tuple[ControlPlane, ControlPlane]) -> None:
    silent, healthy = two_real_clusters
    async with (
        client_of(by_kubeconfig(silent.kubeconfig), timeouts=Timeouts(connect=600, request=600)) as first,
        client_of(by_kubeconfig(healthy.kubeconfig)) as second,
    ):
        await first.get(MAPS)
        silent.pause()
        async with asyncio.TaskGroup() as group:
            stuck = [group.create_task(first.get(MAPS), name=f"stuck {n}") for n in range(40)]
            await asyncio.sleep(0.1)
            done = [group.create_task(second.get(MAPS), name=f"done {n}") for n in range(40)]
            await asyncio.wait(done)
            assert [task.done() for task in stuck] == [False] * 40
            silent.resume()
        assert [task.result()["kind"] for task in stuck] == ["ConfigMapList"] * 40


def test_the_limit_of_open_files_is_raised_and_compared() -> None:
    limit = raise_open_files()
    assert limit == check_open_files(1)
    assert open_files_needed(1000) > 10 * 1000
