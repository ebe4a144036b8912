"""What the cache knows of a real cluster, and when it says that it does not know."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import orjson
import pytest

from fleet.errors import Forbidden, KindUnknown, TooManyRequests
from fleet.kube.kept.own import list_own
from fleet.kube.live.cache import OwnChange
from fleet.kube.server.client import APPLY, ApiClient, Timeouts
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.observation import Absent, LiveObject, Unknown, observe
from tests.controlplane import ControlPlane
from tests.controlplane.audit import Mark
from tests.controlplane.waiting import eventually
from tests.kube.clients import FLEET, Heard, by_kubeconfig, by_token, caching

MAPS = "/api/v1/namespaces/default/configmaps"
CONFIG_MAP = GroupKind("", "ConfigMap")
SECRET = GroupKind("", "Secret")
SYSTEM = "/api/v1/namespaces"
OWN = f"{SYSTEM}/fleethub-system/configmaps"


def key(name: str) -> ObjectKey:
    return ObjectKey("", "ConfigMap", "default", name)


def config_map(name: str, **data: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "default", "labels": {"fleethub.dev/fleet": FLEET}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


async def apply(client: ApiClient, body: Mapping[str, Any]) -> LiveObject:
    """Write as the hub does."""
    params = {"fieldManager": "fleethub", "force": "true"}
    path = f"{MAPS}/{body['metadata']['name']}"
    _, answer = await client.write("PATCH", path, orjson.dumps(body), params=params, content_type=APPLY)
    return observe(answer, key=key(body["metadata"]["name"]))


def live(heard: Heard, name: str) -> LiveObject:
    """The object as the cache has it."""
    seen = heard.cache.get(key(name))
    assert isinstance(seen, LiveObject)
    return seen


async def test_what_is_there_is_listed_and_told_as_new(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("web")).ok()
    real_cluster.kube.create(MAPS, {**config_map("other"), "metadata": {"name": "other"}}).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        assert heard.cache.synced(CONFIG_MAP)
        assert live(heard, "web").marks.fleet == FLEET
        assert [(event.key, event.before, event.body) for event in heard.events] == [(key("web"), None, None)]
        assert heard.cache.get(key("other")) == Absent()
        assert [each.key for each in heard.cache.objects(CONFIG_MAP)] == [key("web")]


async def test_a_kind_that_is_not_followed_is_unknown(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        assert isinstance(heard.cache.get(key("web")), Unknown)
        assert not heard.cache.synced(CONFIG_MAP)


async def test_a_list_of_many_pages_is_complete(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        async with asyncio.TaskGroup() as group:
            for number in range(501):
                group.create_task(apply(heard.client, config_map(f"map-{number}")), name=f"map {number}")
        await heard.cache.ensure([CONFIG_MAP])
        assert len(heard.cache.objects(CONFIG_MAP)) == 501
    assert asked(real_cluster).count("list") == 2


async def test_an_edit_is_told_with_what_was_before(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        ours = await apply(heard.client, config_map("web", a="1"))
        heard.cache.learn(ours)
        await real_cluster.kubectl("patch", "configmap", "web", "--type=merge", "-p", '{"data":{"a":"2"}}')
        event = await eventually(lambda: next((e for e in heard.of("web") if e.before), None))
        assert event.before is not None
        assert event.after is not None
        assert event.before.ownership == ours.ownership
        assert event.after.ownership != ours.ownership
        assert [entry.manager for entry in event.after.others] == ["kubectl-patch"]


async def test_our_own_write_is_no_news(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        first = await apply(heard.client, config_map("web", a="1"))
        heard.cache.learn(first)
        assert live(heard, "web").resource_version == first.resource_version
        heard.events.clear()
        second = await apply(heard.client, config_map("web", a="2"))
        heard.cache.learn(second)
        await apply(heard.client, config_map("last"))
        await eventually(lambda: heard.of("last"))
        # the watch may be faster than the answer; what it tells then is what was written
        assert {event.after and event.after.resource_version for event in heard.of("web")} <= {second.resource_version}


async def test_an_older_event_does_not_undo_what_was_learnt(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        older = await apply(heard.client, config_map("web", a="1"))
        newer = await apply(heard.client, config_map("web", a="2"))
        heard.cache.learn(newer)
        heard.cache.learn(older)
        assert live(heard, "web").resource_version == newer.resource_version


async def test_a_kind_that_needs_it_is_told_with_its_body_also_after_our_own_write(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig), needs_body=lambda kind: kind == CONFIG_MAP) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        heard.cache.learn(await apply(heard.client, config_map("web", a="1")))
        event = await eventually(lambda: next((e for e in heard.of("web") if e.body), None))
        assert (event.body or {})["data"] == {"a": "1"}
        await asyncio.sleep(0.1)
        assert len(heard.of("web")) == 1


async def test_a_deleted_object_is_looked_at_once_and_absent(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("web")).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        mark = real_cluster.audit_mark()
        real_cluster.kube.delete(f"{MAPS}/web").ok()
        await eventually(lambda: len(heard.of("web")) == 2)
        assert heard.events[-1].after is None
        assert heard.cache.get(key("web")) == Absent()
        # the watch itself may reach the server after the mark
        assert [verb for verb in asked(real_cluster, mark) if verb != "watch"] == ["get"]


async def test_an_object_whose_label_was_removed_is_seen_without_it(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("web")).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        await real_cluster.kubectl("label", "configmap", "web", "fleethub.dev/fleet-")
        await eventually(lambda: len(heard.of("web")) == 2)
        last = heard.events[-1]
        assert last.before
        assert last.after
        assert (last.before.marks.fleet, last.after.marks.fleet) == (FLEET, "")
        assert live(heard, "web") == last.after
        assert heard.cache.objects(CONFIG_MAP) == ()


async def test_an_object_that_was_replaced_by_a_foreign_one_is_seen(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("web")).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        uid = live(heard, "web").uid
        real_cluster.kube.delete(f"{MAPS}/web").ok()
        real_cluster.kube.create(MAPS, {**config_map("web"), "metadata": {"name": "web"}}).ok()
        await eventually(lambda: len(heard.of("web")) == 2)
        after = heard.events[-1].after
        assert after
        assert (after.uid != uid, after.marks.fleet) == (True, "")


async def test_a_label_that_comes_back_is_followed_again(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("web")).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        await real_cluster.kubectl("label", "configmap", "web", "fleethub.dev/fleet-")
        await eventually(lambda: len(heard.of("web")) == 2)
        heard.cache.learn(await apply(heard.client, config_map("web")))
        assert live(heard, "web").marks.fleet == FLEET
        await real_cluster.kubectl("label", "configmap", "web", "--overwrite", "more=1")
        await eventually(lambda: heard.events[-1].before is not None and heard.events[-1].after == live(heard, "web"))


async def test_our_own_delete_is_no_news_and_costs_no_look(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        ours = await apply(heard.client, config_map("web"))
        heard.cache.learn(ours)
        mark = real_cluster.audit_mark()
        with heard.cache.deleting(key("web")):
            await heard.client.write("DELETE", f"{MAPS}/web")
            await asyncio.sleep(0.1)  # the watch is faster
            heard.cache.gone(key("web"), ours.uid)
        assert heard.cache.get(key("web")) == Absent()
        await apply(heard.client, config_map("last"))
        await eventually(lambda: heard.of("last"))
        assert [event.after for event in heard.of("web") if event.after is None] == []
        assert [verb for verb in asked(real_cluster, mark) if verb != "watch"] == ["delete", "patch"]


async def test_a_delete_of_ours_that_was_refused_hides_nobody_elses(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("web")).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        with heard.cache.deleting(key("web")):
            real_cluster.kube.delete(f"{MAPS}/web").ok()
            await eventually(lambda: isinstance(heard.cache.get(key("web")), Unknown))
        await eventually(lambda: heard.events[-1].after is None)
        assert heard.cache.get(key("web")) == Absent()


async def test_at_rest_there_are_no_requests_but_watches(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("web")).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP, SECRET])
        await heard.cache.watch_own(lambda change: None)
        await eventually(lambda: asked(real_cluster).count("watch") == 3)
        mark = real_cluster.audit_mark()
        await asyncio.sleep(2)
        assert asked(real_cluster, mark) == []
        assert (asked(real_cluster).count("list"), asked(real_cluster).count("watch")) == (3, 3)


def asked(cluster: ControlPlane, mark: Mark | None = None) -> list[str]:
    return [seen.verb for seen in cluster.audit_since(mark, agent="fleethub")]


async def test_after_a_restart_of_the_server_the_watch_goes_on_without_a_list(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        await eventually(lambda: heard.cache.live(CONFIG_MAP))
        mark = real_cluster.audit_mark()
        # A server that starts knows no version before its newest: what it is asked to go on from has to be that one.
        real_cluster.kube.create(MAPS, config_map("newest")).ok()
        await eventually(lambda: heard.of("newest"))
        real_cluster.stop_apiserver()
        await eventually(lambda: not heard.cache.live(CONFIG_MAP))
        assert heard.cache.synced(CONFIG_MAP)
        await real_cluster.start_apiserver()
        real_cluster.kube.create(MAPS, config_map("web")).ok()
        await eventually(lambda: heard.of("web"))
        seen = real_cluster.audit_since(mark, agent="fleethub")
        lists = [each.uri for each in seen if each.verb == "list" and each.code == 200]
        assert {"limit=1&" in uri for uri in lists} == {True}  # twice, where the server that starts ends the watch again
        assert 0 < heard.signals.count("disturbed") == len(heard.signals) <= len(lists)


async def test_a_restarted_server_that_no_longer_knows_the_version_is_listed_anew(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP, SECRET])
        await eventually(lambda: heard.cache.live(CONFIG_MAP) and heard.cache.live(SECRET))
        real_cluster.kube.create(MAPS, config_map("first")).ok()
        await eventually(lambda: heard.of("first"))
        # The newest version is of neither watch.
        real_cluster.kube.create(SYSTEM, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "newest"}}).ok()
        mark = real_cluster.audit_mark()
        real_cluster.stop_apiserver()
        await eventually(lambda: not heard.cache.live(CONFIG_MAP))
        await real_cluster.start_apiserver()
        real_cluster.kube.create(MAPS, config_map("web")).ok()
        await eventually(lambda: heard.of("web"))
        await eventually(lambda: heard.cache.live(CONFIG_MAP) and heard.cache.live(SECRET))
        assert heard.signals == ["disturbed"]
        assert [len(heard.of(name)) for name in ("first", "web")] == [1, 1]
        whole = [
            seen.resource
            for seen in real_cluster.audit_since(mark, agent="fleethub")
            if seen.verb == "list" and seen.code == 200 and "limit=500&" in seen.uri
        ]
        assert sorted(whole) == ["configmaps", "secrets"]


async def test_what_was_missed_while_the_server_was_away_is_told(real_cluster: ControlPlane) -> None:
    for name in ("stays", "goes", "changes"):
        real_cluster.kube.create(MAPS, config_map(name)).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig), timeouts=Timeouts(silence=1)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        await eventually(lambda: heard.cache.live(CONFIG_MAP))
        heard.events.clear()
        real_cluster.pause()
        await eventually(lambda: not heard.cache.live(CONFIG_MAP))
        real_cluster.resume()
        real_cluster.kube.delete(f"{MAPS}/goes").ok()
        real_cluster.kube.patch(f"{MAPS}/changes", {"data": {"a": "1"}}).ok()
        await eventually(lambda: heard.of("goes") and heard.of("changes"))
        assert heard.of("goes")[0].after is None
        assert heard.of("stays") == []


async def test_a_black_hole_is_noticed_and_left(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig), timeouts=Timeouts(silence=1)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        real_cluster.pause()
        await eventually(lambda: not heard.cache.live(CONFIG_MAP))
        real_cluster.resume()
        await eventually(lambda: "disturbed" in heard.signals)
        real_cluster.kube.create(MAPS, config_map("web")).ok()
        await eventually(lambda: heard.of("web"))


async def test_a_cluster_that_went_back_in_time_is_forgotten_and_listed_anew(real_cluster: ControlPlane) -> None:
    real_cluster.kube.create(MAPS, config_map("old")).ok()
    backup = real_cluster.backup()
    for number in range(20):
        real_cluster.kube.create(MAPS, config_map(f"new-{number}")).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.ensure([CONFIG_MAP])
        assert len(heard.cache.objects(CONFIG_MAP)) == 21
        heard.events.clear()
        await real_cluster.restore(backup)
        await eventually(lambda: "rewind" in heard.signals)
        await eventually(lambda: heard.cache.synced(CONFIG_MAP))
        assert [each.key.name for each in heard.cache.objects(CONFIG_MAP)] == ["old"]
        assert heard.cache.get(key("new-1")) == Absent()
        assert [(event.key.name, event.before) for event in heard.events] == [("old", None)]
        real_cluster.kube.patch(f"{MAPS}/old", {"data": {"a": "1"}}).ok()
        await eventually(lambda: len(heard.events) == 2)
        # a server that starts may end the watch again, which is a disturbance like any other
        assert (heard.signals[0], heard.signals.count("rewind")) == ("rewind", 1)


async def test_a_kind_that_is_not_served_yet_is_unknown_until_it_is(real_cluster: ControlPlane) -> None:
    widget = GroupKind("example.com", "Widget")
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com", "labels": {"fleethub.dev/fleet": FLEET}},
        "spec": {
            "group": "example.com",
            "names": {"kind": "Widget", "plural": "widgets"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        with pytest.raises(KindUnknown):
            await heard.cache.ensure([widget])
        await heard.cache.ensure([GroupKind("apiextensions.k8s.io", "CustomResourceDefinition")])
        real_cluster.kube.create(path, definition).ok()

        async def followed() -> bool:
            try:
                await heard.cache.ensure([widget])
            except (KindUnknown, TooManyRequests):  # its storage is initializing
                return False
            return heard.cache.synced(widget)

        await eventually(followed)
        real_cluster.kube.delete(f"{path}/widgets.example.com").ok()
        await eventually(lambda: widget not in heard.cache.kinds())
        assert isinstance(heard.cache.get(ObjectKey("example.com", "Widget", "default", "w")), Unknown)


async def test_what_may_not_be_listed_is_said(real_cluster: ControlPlane) -> None:
    way = by_token(real_cluster.server, real_cluster.token_of("denied"), ca=real_cluster.ca_file)
    async with caching(way) as heard:
        await heard.discovery.refresh()
        with pytest.raises(Forbidden):
            await heard.cache.ensure([CONFIG_MAP])
        seen = heard.cache.get(key("web"))
        assert isinstance(seen, Unknown)
        assert isinstance(seen.error, Forbidden)


async def test_our_own_config_maps_are_told_with_their_bodies(real_cluster: ControlPlane) -> None:
    changes: list[OwnChange] = []
    real_cluster.kube.create(SYSTEM, {"metadata": {"name": "fleethub-system"}}).ok()
    record = {"metadata": {"name": "record.0", "labels": {"fleethub.dev/kind": "record"}}, "data": {"format": "1"}}
    real_cluster.kube.create(OWN, record).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        await heard.cache.watch_own(changes.append)
        assert [(change.name, (change.body or {})["data"]) for change in changes] == [("record.0", {"format": "1"})]
        real_cluster.kube.delete(f"{OWN}/record.0").ok()
        await eventually(lambda: len(changes) == 2)
        assert changes[-1].body is None


async def test_our_own_config_maps_are_followed_from_a_list_that_was_made_before(real_cluster: ControlPlane) -> None:
    changes: list[OwnChange] = []
    real_cluster.kube.create(SYSTEM, {"metadata": {"name": "fleethub-system"}}).ok()
    for name, marks in (("app.a", labels := {"fleethub.dev/kind": "inventory"}), ("app.b", labels), ("foreign", {})):
        real_cluster.kube.create(OWN, {"metadata": {"name": name, "labels": marks}}).ok()
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        listed = await list_own(heard.client)
        real_cluster.kube.delete(f"{OWN}/app.b").ok()
        mark = real_cluster.audit_mark()
        await heard.cache.watch_own(changes.append, maps=listed.maps, version=listed.version)
        await eventually(lambda: len(changes) == 3)
        lists = [seen for seen in real_cluster.audit_since(mark, agent="fleethub") if seen.verb == "list"]
    assert [(change.name, change.body is None) for change in changes] == [("app.a", False), ("app.b", False), ("app.b", True)]
    assert lists == []


async def test_equal_ownership_is_kept_once(real_cluster: ControlPlane) -> None:
    async with caching(by_kubeconfig(real_cluster.kubeconfig)) as heard:
        for name in ("first", "second"):
            await apply(heard.client, config_map(name, a=name))
        await heard.cache.ensure([CONFIG_MAP])
        assert live(heard, "first").own is live(heard, "second").own
