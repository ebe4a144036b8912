"""Writes to a real API server do what they say and nothing beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fleet.errors import ApiConflict, DeadlineExceeded, KindUnknown, LeaseLost, NotFound, NotServed, ObjectReplaced, Rejected
from fleet.kube.live.apply import apply, delete, immutable, is_stale, look, managers_of, read, replace
from fleet.kube.live.ownership import Takeover, release, take
from fleet.model.fields import FieldPath, FieldSet
from fleet.model.observation import LiveObject
from tests.controlplane import ControlPlane
from tests.controlplane.audit import Request
from tests.controlplane.waiting import eventually
from tests.real.test_kube_discovery import CRDS, definition
from tests.real.writers import Writer, config_map, deployment, key, with_marks, writer

MAPS = "/api/v1/namespaces/default/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
WEB = key("Deployment", "web", group="apps")
CONTAINER = "/spec/template/spec/containers/[name=main]"


@pytest.fixture
async def hub(real_cluster: ControlPlane) -> AsyncIterator[Writer]:
    async with writer(real_cluster) as found:
        yield found


def takeover(*paths: str) -> Takeover:
    return Takeover(paths=tuple(map(FieldPath.parse, paths)), managers=("kubectl*", "before-first-apply"), api_version="apps/v1")


def entries(plane: ControlPlane, path: str) -> dict[tuple[str, str], Any]:
    found = plane.kube.get(path).ok()["metadata"].get("managedFields", [])
    return {(entry["manager"], entry["operation"]): entry["fieldsV1"] for entry in found if not entry.get("subresource")}


def writes(plane: ControlPlane, mark: Any) -> list[Request]:
    return [request for request in plane.audit_since(mark, agent="fleethub") if request.is_write]


async def applied(hub: Writer, body: dict[str, Any], *, force: bool = False) -> LiveObject:
    return await apply(hub.client, hub.discovery, body, force=force)


# ── apply ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_apply_answers_with_marks_and_ownership_but_no_body(real_cluster: ControlPlane, hub: Writer) -> None:
    mark = real_cluster.audit_mark()

    live = await applied(hub, with_marks(config_map("a", mine="1")))

    (request,) = writes(real_cluster, mark)
    assert (request.verb, request.code) == ("patch", 201)
    assert "fieldManager=fleethub" in request.uri
    assert "fieldValidation=Strict" in request.uri
    assert live.key == key("ConfigMap", "a")
    assert live.owner is not None
    assert str(live.owner) == "prod-eu-1/shop"
    assert live.own.covers(FieldPath.parse("/data/mine"))
    assert live.uid


async def test_an_unforced_apply_takes_what_nobody_claims(real_cluster: ControlPlane, hub: Writer) -> None:
    real_cluster.kube.create(MAPS, config_map("a", theirs="1")).ok()
    mark = real_cluster.audit_mark()

    await applied(hub, config_map("a", mine="1"))

    assert [request.code for request in writes(real_cluster, mark)] == [200]
    assert real_cluster.kube.get(f"{MAPS}/a").ok()["data"] == {"theirs": "1", "mine": "1"}


async def test_an_unforced_apply_conflicts_and_names_who_claims_the_field(real_cluster: ControlPlane, hub: Writer) -> None:
    real_cluster.kube.apply(f"{MAPS}/a", config_map("a", shared="theirs"), manager="somebody").ok()

    with pytest.raises(ApiConflict) as caught:
        await applied(hub, config_map("a", shared="ours"))

    assert managers_of(caught.value) == ("somebody",)
    assert not is_stale(caught.value)
    assert real_cluster.kube.get(f"{MAPS}/a").ok()["data"] == {"shared": "theirs"}


async def test_a_forced_apply_takes_the_field(real_cluster: ControlPlane, hub: Writer) -> None:
    real_cluster.kube.apply(f"{MAPS}/a", config_map("a", shared="theirs"), manager="somebody").ok()

    live = await applied(hub, config_map("a", shared="ours"), force=True)

    assert real_cluster.kube.get(f"{MAPS}/a").ok()["data"] == {"shared": "ours"}
    assert live.own.covers(FieldPath.parse("/data/shared"))


async def test_an_apply_at_another_version_is_refused(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, config_map("a", mine="1"))
    real_cluster.kube.patch(f"{MAPS}/a", {"data": {"theirs": "1"}}).ok()

    with pytest.raises(ApiConflict) as caught:
        await apply(hub.client, hub.discovery, config_map("a", mine="2"), force=True, resource_version=live.resource_version)

    assert is_stale(caught.value)
    assert real_cluster.kube.get(f"{MAPS}/a").ok()["data"] == {"mine": "1", "theirs": "1"}


async def test_an_unknown_field_is_rejected(real_cluster: ControlPlane, hub: Writer) -> None:
    with pytest.raises(Rejected, match="imagee") as caught:
        await applied(hub, deployment(imagee="typo"))

    assert not immutable(caught.value)
    assert real_cluster.kube.get(f"{DEPLOYMENTS}/web").status == 404


async def test_an_immutable_field_is_told_apart_from_other_rejections(hub: Writer) -> None:
    await applied(hub, deployment())
    body = deployment()
    body["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    body["spec"]["template"]["metadata"]["labels"] = {"app": "other"}

    with pytest.raises(Rejected) as caught:
        await applied(hub, body, force=True)

    assert immutable(caught.value)


async def test_a_kind_that_is_not_served_is_not_written(hub: Writer) -> None:
    with pytest.raises(KindUnknown):
        await applied(hub, {**config_map("a"), "apiVersion": "example.com/v1", "kind": "Widget"})


async def test_nothing_is_written_without_the_lease(real_cluster: ControlPlane, hub: Writer) -> None:
    def lost() -> None:
        raise LeaseLost(cluster="prod-eu-1", reason="another hub holds it")

    hub.client.guard_with(lost)

    with pytest.raises(LeaseLost):
        await applied(hub, config_map("a"))

    assert real_cluster.kube.get(f"{MAPS}/a").status == 404


async def test_an_object_is_read_whole_or_is_not_there(hub: Writer) -> None:
    await applied(hub, config_map("a", mine="1"))

    found = await read(hub.client, hub.discovery, key("ConfigMap", "a"))

    assert found is not None
    assert found["data"] == {"mine": "1"}
    assert await read(hub.client, hub.discovery, key("ConfigMap", "b")) is None


# ── take over ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_set_env_added_goes_after_a_takeover(real_cluster: ControlPlane, hub: Writer) -> None:
    await applied(hub, with_marks(deployment()))
    await real_cluster.kubectl("set", "env", "deployment/web", "COLOR=blue")
    live = await look(hub.client, hub.discovery, WEB)
    assert live is not None

    after = await take(hub.client, hub.discovery, live, takeover(f"{CONTAINER}/env"))

    assert after.own.covers(FieldPath.parse(f"{CONTAINER}/env/[name=COLOR]"))
    assert after.generation == live.generation
    assert ("fleethub", "Update") not in entries(real_cluster, f"{DEPLOYMENTS}/web")
    await applied(hub, with_marks(deployment()), force=True)
    (main,) = real_cluster.kube.get(f"{DEPLOYMENTS}/web").ok()["spec"]["template"]["spec"]["containers"]
    assert "env" not in main


async def test_a_takeover_from_client_side_apply_restarts_nothing(
    real_cluster_with_controllers: ControlPlane, tmp_path: Any
) -> None:
    plane = real_cluster_with_controllers
    file = tmp_path / "web.json"
    file.write_text(json.dumps(deployment(env=[{"name": "OLD", "value": "1"}])))
    await plane.kubectl("apply", "-f", str(file))
    await plane.kubectl("rollout", "restart", "deployment/web")

    def rolled_out() -> Any:
        found = plane.kube.get(f"{DEPLOYMENTS}/web").ok()
        counted = ("observedGeneration", "replicas", "updatedReplicas", "availableReplicas")
        return found if [found["status"].get(each) for each in counted] == [2] * 4 else None

    before = await eventually(rolled_out)
    async with writer(plane) as hub:
        live = await look(hub.client, hub.discovery, WEB)
        assert live is not None
        theirs = FieldSet()
        for entry in live.others:
            theirs = theirs.union(entry.fields)
        paths = tuple(p for p in theirs.paths() if "restartedAt" not in str(p) and not _above_restarted_at(p))

        taken = await take(hub.client, hub.discovery, live, Takeover(paths=paths, managers=("kubectl*",), api_version="apps/v1"))
        await applied(hub, with_marks(deployment(env=[{"name": "OLD", "value": "1"}])), force=True)

    after = plane.kube.get(f"{DEPLOYMENTS}/web").ok()
    assert taken.generation == before["metadata"]["generation"]
    assert after["spec"] == before["spec"]
    assert "kubectl.kubernetes.io/restartedAt" in after["spec"]["template"]["metadata"]["annotations"]
    assert "kubectl.kubernetes.io/last-applied-configuration" not in after["metadata"]["annotations"]


def _above_restarted_at(path: FieldPath) -> bool:
    return path.edges == ("f:spec", "f:template", "f:metadata", "f:annotations")


async def test_a_takeover_of_what_nobody_has_writes_nothing(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, deployment())
    mark = real_cluster.audit_mark()

    after = await take(hub.client, hub.discovery, live, takeover("/spec/replicas"))

    assert after.resource_version == live.resource_version
    assert writes(real_cluster, mark) == []


async def test_a_takeover_leaves_other_managers_alone(real_cluster: ControlPlane, hub: Writer) -> None:
    real_cluster.kube.apply(f"{DEPLOYMENTS}/web", deployment(replicas=3), manager="autoscaler").ok()
    live = await look(hub.client, hub.discovery, WEB)
    assert live is not None

    await take(hub.client, hub.discovery, live, takeover("/spec/replicas"))

    assert set(entries(real_cluster, f"{DEPLOYMENTS}/web")) == {("autoscaler", "Apply")}


async def test_a_takeover_goes_on_when_the_object_moves_meanwhile(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, deployment())
    await real_cluster.kubectl("scale", "deployment/web", "--replicas=5")
    await real_cluster.kubectl("annotate", "deployment/web", "note=hello")

    async def disturb() -> None:
        for number in range(3):
            real_cluster.kube.patch(f"{DEPLOYMENTS}/web", {"metadata": {"annotations": {"tick": str(number)}}}, fieldManager="x")
            await asyncio.sleep(0.001)

    async with asyncio.TaskGroup() as group:
        group.create_task(disturb(), name="disturb")
        taken = group.create_task(take(hub.client, hub.discovery, live, takeover("/metadata/annotations/note")), name="take")

    assert taken.result().own.covers(FieldPath.parse("/metadata/annotations/note"))


async def test_a_takeover_from_another_object_of_the_name_is_refused(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, deployment())
    real_cluster.kube.delete(f"{DEPLOYMENTS}/web").ok()

    with pytest.raises(NotFound):
        await take(hub.client, hub.discovery, live, takeover("/spec/replicas"))
    real_cluster.kube.create(DEPLOYMENTS, deployment()).ok()
    with pytest.raises(ObjectReplaced):
        await take(hub.client, hub.discovery, live, takeover("/spec/replicas"))


async def test_an_object_whose_kind_is_not_served_was_not_deleted(real_cluster: ControlPlane, hub: Writer) -> None:
    real_cluster.kube.create(CRDS, definition()).ok()
    await serve_widgets(real_cluster, served=True)
    metadata = {"name": "a", "namespace": "default"}
    live = await applied(hub, {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": metadata})
    await serve_widgets(real_cluster, served=False)

    with pytest.raises(NotServed):
        await delete(hub.client, hub.discovery, live)
    with pytest.raises(NotServed):
        await look(hub.client, hub.discovery, live.key)

    await serve_widgets(real_cluster, served=True)
    assert await look(hub.client, hub.discovery, live.key) == live


async def serve_widgets(plane: ControlPlane, *, served: bool) -> None:
    """Have the kind served and told of, or no longer, and wait until it is so."""
    (version,) = definition()["spec"]["versions"]  # type: ignore[index]
    plane.kube.patch(f"{CRDS}/widgets.example.com", {"spec": {"versions": [{**version, "served": served}]}}).ok()
    widgets = "/apis/example.com/v1/namespaces/default/widgets"
    await eventually(lambda: plane.kube.get(widgets).status == (200 if served else 404))
    await eventually(lambda: ("Widget" in {resource.kind for resource in plane.kube.discover()}) is served)


# ── let go ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_released_object_keeps_every_value_and_nothing_of_ours(real_cluster: ControlPlane, hub: Writer) -> None:
    body = deployment(replicas=4)
    body["metadata"]["labels"] = {"tier": "gold"}
    live = await applied(hub, with_marks(body))
    before = real_cluster.kube.get(f"{DEPLOYMENTS}/web").ok()

    released = await release(hub.client, hub.discovery, live)

    after = real_cluster.kube.get(f"{DEPLOYMENTS}/web").ok()
    assert after["spec"] == before["spec"]
    assert after["metadata"]["labels"] == {"tier": "gold"}
    assert not [name for name in after["metadata"].get("annotations", {}) if "fleethub" in name]
    assert ("fleethub", "Apply") not in entries(real_cluster, f"{DEPLOYMENTS}/web")
    assert released is not None
    assert (released.owner, bool(released.own)) == (None, False)


async def test_a_released_object_is_nobodys(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, with_marks(config_map("a", shared="ours")))
    await release(hub.client, hub.discovery, live)

    assert entries(real_cluster, f"{MAPS}/a") == {}
    real_cluster.kube.apply(f"{MAPS}/a", config_map("a", shared="ours"), manager="somebody").ok()
    real_cluster.kube.apply(f"{MAPS}/a", config_map("a", shared="theirs"), manager="somebody", force=True).ok()
    assert real_cluster.kube.get(f"{MAPS}/a").ok()["data"] == {"shared": "theirs"}


async def test_a_release_leaves_other_managers_what_they_own(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, with_marks(config_map("a", mine="1")))
    real_cluster.kube.apply(f"{MAPS}/a", config_map("a", theirs="1"), manager="somebody").ok()

    await release(hub.client, hub.discovery, live)

    found = entries(real_cluster, f"{MAPS}/a")
    assert found == {("somebody", "Apply"): {"f:data": {"f:theirs": {}}}}
    assert real_cluster.kube.get(f"{MAPS}/a").ok()["data"] == {"mine": "1", "theirs": "1"}


async def test_an_object_that_moved_to_another_app_is_not_released(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, with_marks(config_map("a")))
    moved = await applied(hub, with_marks(config_map("a"), app=type(live.owner)("prod-eu-1", "other")))  # type: ignore[misc]

    with pytest.raises(ObjectReplaced, match="prod-eu-1/other"):
        await release(hub.client, hub.discovery, live)

    assert await look(hub.client, hub.discovery, live.key) == moved


async def test_releasing_what_is_gone_is_fine(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, with_marks(config_map("a")))
    real_cluster.kube.delete(f"{MAPS}/a").ok()
    assert await release(hub.client, hub.discovery, live) is None


# ── delete, replace ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_object_is_deleted_as_it_was_seen(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, config_map("a"))

    await delete(hub.client, hub.discovery, live)
    await delete(hub.client, hub.discovery, live)
    assert real_cluster.kube.get(f"{MAPS}/a").status == 404


async def test_an_object_that_changed_is_not_deleted(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, config_map("a"))
    real_cluster.kube.patch(f"{MAPS}/a", {"data": {"theirs": "1"}}).ok()

    with pytest.raises(ApiConflict) as caught:
        await delete(hub.client, hub.discovery, live)

    assert is_stale(caught.value)
    assert real_cluster.kube.get(f"{MAPS}/a").status == 200


async def test_another_object_of_the_name_is_not_deleted(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, config_map("a"))
    real_cluster.kube.delete(f"{MAPS}/a").ok()
    real_cluster.kube.create(MAPS, config_map("a")).ok()

    with pytest.raises(ApiConflict):
        await delete(hub.client, hub.discovery, live)

    assert real_cluster.kube.get(f"{MAPS}/a").status == 200


async def test_a_replaced_object_is_a_new_one(real_cluster: ControlPlane, hub: Writer) -> None:
    live = await applied(hub, deployment())
    body = deployment()
    body["spec"]["selector"] = {"matchLabels": {"app": "other"}}
    body["spec"]["template"]["metadata"]["labels"] = {"app": "other"}

    after = await replace(hub.client, hub.discovery, body, live)

    found = real_cluster.kube.get(f"{DEPLOYMENTS}/web").ok()
    assert found["metadata"]["uid"] == after.uid
    assert after.uid != live.uid
    assert found["spec"]["selector"]["matchLabels"] == {"app": "other"}


async def test_what_a_finalizer_keeps_is_not_replaced(real_cluster: ControlPlane, hub: Writer) -> None:
    body = config_map("a", mine="1")
    body["metadata"]["finalizers"] = ["example.com/keeps"]
    live = await applied(hub, body)

    with pytest.raises(DeadlineExceeded, match="deletion of ConfigMap/default/a"):
        await replace(hub.client, hub.discovery, config_map("a", mine="2"), live, patience=0.3)

    assert real_cluster.kube.get(f"{MAPS}/a").ok()["data"] == {"mine": "1"}
