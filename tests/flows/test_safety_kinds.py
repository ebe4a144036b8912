"""A kind that the cluster no longer serves: nothing of it is taken for gone, and nothing else of the App is deleted for it."""

from __future__ import annotations

from pathlib import Path

from fleet.hub.hub import Hub
from fleet.model.keys import ObjectKey
from fleet.model.observation import Seen, Unknown
from fleet.model.sync import SyncState
from tests.controlplane.waiting import eventually
from tests.flows.fleets import running
from tests.flows.planes import Plane
from tests.flows.safety import GROUP, OWN, Place, deletes, fleet, names, objects, quiet, report, without
from tests.flows.stories import app, at_rest, live

KIND = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
ONE = ObjectKey("example.com", "Widget", "shop", "one")
WIDGETS = "/apis/example.com/v1/namespaces/shop/widgets"


def kind(*, served: bool) -> dict[str, object]:
    """The definition of Widgets, by somebody else's hand; not served, its objects stay and nobody can see them."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    versions = [{"name": "v1", "served": served, "storage": True, "schema": schema}]
    names_ = {"kind": "Widget", "plural": "widgets", "singular": "widget", "listKind": "WidgetList"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names_, "versions": versions}
    metadata = {"name": "widgets.example.com"}
    return {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": metadata, "spec": spec}


def widget(name: str) -> str:
    """A Widget."""
    return f"""
        apiVersion: example.com/v1
        kind: Widget
        metadata: {{name: {name}}}
        spec: {{size: 1}}
        """


def seen(hub: Hub, plane: Plane, key: ObjectKey) -> Seen:
    """What the hub knows of an object."""
    site = hub.clusters[plane.name].site
    assert site is not None
    return site.cache.get(key)


def serve(plane: Plane, served: bool) -> None:
    """Have the kind served, or no longer."""
    plane.kube.patch(f"{KIND}/widgets.example.com", {"spec": kind(served=served)["spec"]}).ok()


async def test_what_left_git_while_its_kind_was_not_served_is_deleted_only_when_it_can_be_seen(
    tmp_path: Path, plane: Plane
) -> None:
    plane.kube.create(KIND, kind(served=True)).ok()
    await eventually(lambda: plane.kube.get(WIDGETS).status == 200)
    place = Place(tmp_path, plane)
    widgets = {f"apps/widgets/{name}.yaml": widget(name) for name in ("one", "two", "three")}
    declared = {f"{GROUP}/widgets.yaml": app("widgets", "apps/widgets")}
    first = place.commit({**fleet([plane.name]), **declared, **widgets, **objects("widgets", 3)})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        uids = {item["metadata"]["name"]: item["metadata"]["uid"] for item in plane.kube.list(WIDGETS)}
        serve(plane, served=False)
        await eventually(lambda: plane.kube.get(WIDGETS).status == 404)
        await eventually(lambda: isinstance(seen(hub, plane, ONE), Unknown))
        second = place.commit(without("apps/widgets/one.yaml", "apps/widgets/widgets-1.yaml"))
        await eventually(lambda: (found := report(hub, plane, "widgets")) and found.revision.commit == second)
        await quiet(hub, second, plane)
        last = report(hub, plane, "widgets")
        assert last is not None
        assert last.state in (SyncState.FAILED, SyncState.WAITING)
        assert deletes(plane) == []
        assert names(plane, "widgets-") == {"widgets-1", "widgets-2", "widgets-3"}
        assert "Widget.example.com shop/one" in live(plane, f"{OWN}/app.widgets")["data"]["members"].splitlines()
        serve(plane, served=True)
        await at_rest(hub, second)
    left = {item["metadata"]["name"]: item["metadata"]["uid"] for item in plane.kube.list(WIDGETS)}
    assert left == {name: uid for name, uid in uids.items() if name != "one"}
    assert names(plane, "widgets-") == {"widgets-2", "widgets-3"}


async def test_a_group_whose_server_does_not_answer_holds_up_nothing_else(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], web=6))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        spec = {"group": "away.example.com", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 10}
        service = {"service": {"namespace": "shop", "name": "away", "port": 443}, "insecureSkipTLSVerify": True}
        body = {"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService", "metadata": {"name": "v1.away.example.com"}}
        services = "/apis/apiregistration.k8s.io/v1/apiservices"
        plane.kube.create(services, {**body, "spec": {**spec, **service}}).ok()
        await eventually(lambda: plane.kube.get("/apis/away.example.com/v1").status == 503)
    async with running(place.registry) as hub:
        second = place.commit(without("apps/web/web-1.yaml"))
        await at_rest(hub, second)
    assert names(plane, "web-") == {f"web-{number}" for number in range(2, 7)}
