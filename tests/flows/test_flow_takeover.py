"""What kubectl, Helm, Argo CD and Flux left in a cluster is taken over, and no Pod notices."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleet.model.keys import AppKey
from fleet.model.sync import SyncState
from tests.controlplane.waiting import eventually
from tests.flows.desks import Desk, served
from tests.flows.engines import MAPS, WAYS, Body, Way
from tests.flows.planes import Plane
from tests.flows.safety import GROUP, SHOP, Place, deletes
from tests.flows.stories import DEPLOYMENTS, app, at_rest, live
from tests.flows.test_flow_told import is_complete

ENGINES = ("argocd", "flux", "helm")
REPLICA_SETS = "/apis/apps/v1/namespaces/shop/replicasets"


def deployment(way: Way) -> Body:
    name = way.name
    container = {"name": "web", "image": "registry.example.com/web:1", "ports": [{"containerPort": 80}]}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": {"app": name}}, "spec": spec}


def config(way: Way, **data: str) -> Body:
    metadata = {"name": way.name, "labels": {"app": way.name}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def in_git(way: Way, **data: str) -> dict[str, str]:
    return {
        f"{GROUP}/{way.name}.yaml": app(way.name, f"apps/{way.name}"),
        f"apps/{way.name}/all.yaml": "\n---\n".join(json.dumps(body) for body in (deployment(way), config(way, **data))),
    }


def noted(deployment: Body) -> Body:
    """With an annotation that git does not say."""
    return {**deployment, "metadata": {**deployment["metadata"], "annotations": {"engine.example.com/note": "x"}}}


async def left_behind(plane: Plane) -> None:
    """Everything the engines have there; a person restarted what Flux has."""
    plane.kube.create("/api/v1/namespaces", {"metadata": {"name": "shop"}}).ok()
    for way in WAYS:
        await way.leave(plane, way, way.marked(noted(deployment(way))))
        # The value that kubectl has is git's: a person's other value would be a conflict.
        value = "theirs" if way.word else "git's"
        await way.leave(plane, way, way.marked(config(way, value=value, kept="both", late="both", only="theirs")))
    await plane.kubectl("--namespace=shop", "rollout", "restart", "deployment/flux")
    await eventually(lambda: all(_is_settled(plane, way) for way in WAYS))


def _is_settled(plane: Plane, way: Way) -> bool:
    """Whether its controller has no more to write of a Deployment: one that was restarted has its old Pod for a while yet."""
    web = live(plane, f"{DEPLOYMENTS}/{way.name}")
    return is_complete(web) and not web["status"].get("terminatingReplicas")


def workloads(plane: Plane) -> Mapping[str, Any]:
    """What may not change of any workload: itself and its spec, Pod template and all; and which ReplicaSets there are.

    A Deployment's generation is not among it: the API server counts changed annotations, our marks, as well.
    """
    found = {item["metadata"]["name"]: (item["metadata"]["uid"], item["spec"]) for item in plane.kube.list(DEPLOYMENTS)}
    return {**found, "ReplicaSets": sorted(item["metadata"]["uid"] for item in plane.kube.list(REPLICA_SETS))}


def managers(plane: Plane) -> Mapping[str, set[str]]:
    """Who owns fields of the objects besides us and the cluster's own controllers."""
    found = {}
    for way in WAYS:
        entries = [
            entry
            for path in (f"{DEPLOYMENTS}/{way.name}", f"{MAPS}/{way.name}")
            for entry in live(plane, path)["metadata"]["managedFields"]
            if not entry.get("subresource")
        ]
        found[way.name] = {entry["manager"] for entry in entries} & {way.manager}
    return found


async def refused(desk: Desk, plane: Plane, way: Way, words: str) -> None:
    """Wait until an App failed and says these words."""

    def is_refused() -> bool:
        report = desk.hub.state.reports.get(AppKey(plane.name, way.name))
        return report is not None and report.state is SyncState.FAILED and words in report.message

    await eventually(is_refused)


async def test_what_other_engines_managed_is_taken_over_and_no_pod_notices(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    await left_behind(plane)
    before, untouched = workloads(plane), _resource_versions(plane)
    files = {f"{GROUP}/namespaces.yaml": SHOP, f"{GROUP}/{plane.name}/cluster.yaml": "labels: {}\n"}
    for way in WAYS:
        files |= in_git(way, value="git's", kept="both", late="both")
    first = place.commit(files)
    mark = plane.audit_mark()
    async with served(place.registry) as desk:
        for way in (each for each in WAYS if each.word):
            await refused(desk, plane, way, f"`fleet adopt --from {way.word}` says that it is gone")
        assert _resource_versions(plane) == untouched

        for engine in ENGINES:
            (row,) = await desk.json("adopt", "--plan", "--from", engine)
            assert _told(row) == {
                (kind, way.name, way.word == engine, template if way.word == engine else "")
                for way in WAYS
                for kind, template in (("Deployment.apps", "same"), ("ConfigMap", ""))
                if way.word
            }
            assert {(one["object"].partition("/")[0], *one["managers"]) for one in row["handover"] if one["taken"]} == {
                (kind, way.manager) for way in WAYS if way.word == engine for kind in ("Deployment.apps", "ConfigMap")
            }
        assert _resource_versions(plane) == untouched

        for engine in ENGINES:
            code, _, said = await desk.fleet("adopt", plane.name, "--from", engine)
            assert (code, said) == (0, f"{engine} is gone from: {plane.name}\n")
        await at_rest(desk.hub, first)
        assert await desk.json("adopt", "--plan") == []
        record = live(plane, "/api/v1/namespaces/fleethub-system/configmaps/record.0")
        assert [engine for engine, _, _ in json.loads(record["data"]["departed.json"])] == list(ENGINES)

        assert workloads(plane) == before
        assert managers(plane) == {way.name: set() for way in WAYS}
        assert {way.name: live(plane, f"{MAPS}/{way.name}")["data"] for way in WAYS} == {
            way.name: {"value": "git's", "kept": "both", "late": "both"} for way in WAYS
        }
        assert {way.name: _foreign_marks(plane, way) for way in WAYS} == {way.name: set() for way in WAYS}

        second = place.commit({name: text for way in WAYS for name, text in in_git(way, value="git's", kept="both").items()})
        await at_rest(desk.hub, second)
    assert {way.name: live(plane, f"{MAPS}/{way.name}")["data"] for way in WAYS} == {
        way.name: {"value": "git's", "kept": "both"} for way in WAYS
    }
    assert workloads(plane) == before
    assert deletes(plane, mark) == []


async def test_what_would_not_go_unnoticed_is_shown_before_and_what_another_claims_is_left(
    tmp_path: Path, moving_plane: Plane
) -> None:
    plane, place = moving_plane, Place(tmp_path, moving_plane)
    plane.kube.create("/api/v1/namespaces", {"metadata": {"name": "shop"}}).ok()
    flux, helm = (next(way for way in WAYS if way.name == name) for name in ("flux", "helm-4"))
    await flux.leave(plane, flux, flux.marked(_restarting(deployment(flux))))
    await flux.leave(plane, flux, flux.marked(config(flux, value="theirs")))
    claimed = {**config(flux, value="an operator's"), "metadata": {"name": flux.name}}
    plane.kube.apply(f"{MAPS}/{flux.name}", claimed, manager="operator", force=True).ok()
    await helm.leave(plane, helm, helm.marked(config(helm, value="theirs")))
    kept = live(plane, f"{MAPS}/{flux.name}")
    place.commit({f"{GROUP}/{plane.name}/namespaces.yaml": SHOP, **in_git(flux, value="git's"), **in_git(helm, value="git's")})
    async with served(place.registry) as desk:
        await refused(desk, plane, flux, "fleet adopt --from flux")
        (row,) = await desk.json("adopt", "--plan", "--from", "flux")
        assert _told(row) == {
            ("Deployment.apps", "flux", True, "changes"),
            ("ConfigMap", "flux", False, ""),
            ("ConfigMap", "helm-4", False, ""),
        }
        code, table, _ = await desk.fleet("adopt", "--plan", "--from", "flux")
        (line,) = (line for line in table.splitlines() if "Deployment.apps/shop/flux" in line)
        assert (code, "CHANGES" in line, "of kustomize-controller" in line) == (1, True, True)
        reasons = {one["object"]: one["reason"] for one in row["handover"]}
        assert "operator" in reasons["ConfigMap/shop/flux"]
        assert "`fleet adopt --from helm`" in reasons["ConfigMap/shop/helm-4"]
        await desk.fleet("adopt", plane.name, "--from", "flux")
        await eventually(lambda: "engine.example.com/restart" not in _template(plane, flux))
        await refused(desk, plane, flux, "operator")
    left = live(plane, f"{MAPS}/{flux.name}")
    assert left["metadata"]["resourceVersion"] == kept["metadata"]["resourceVersion"]


def _restarting(deployment: Body) -> Body:
    """With an annotation of the Pod template that git does not say: taking it away replaces the Pods."""
    spec, template = deployment["spec"], deployment["spec"]["template"]
    metadata = {**template["metadata"], "annotations": {"engine.example.com/restart": "x"}}
    return {**deployment, "spec": {**spec, "template": {**template, "metadata": metadata}}}


def _template(plane: Plane, way: Way) -> str:
    return json.dumps(live(plane, f"{DEPLOYMENTS}/{way.name}")["spec"]["template"])


def _told(row: Mapping[str, Any]) -> set[tuple[str, str, bool, str]]:
    found = set()
    for one in row["handover"]:
        kind, _, name = one["object"].partition("/")
        found.add((kind, name.partition("/")[2], one["taken"], one["template"]))
    return found


def _resource_versions(plane: Plane) -> Mapping[str, str]:
    """Of everything that an engine marked."""
    found = {}
    for way in (each for each in WAYS if each.word):
        for path in (f"{DEPLOYMENTS}/{way.name}", f"{MAPS}/{way.name}"):
            found[path] = live(plane, path)["metadata"]["resourceVersion"]
    return found


def _foreign_marks(plane: Plane, way: Way) -> set[str]:
    """Labels and annotations that git does not say and that are not ours, the cluster's own left out."""
    found: set[str] = set()
    for path in (f"{DEPLOYMENTS}/{way.name}", f"{MAPS}/{way.name}"):
        metadata = live(plane, path)["metadata"]
        found |= {*metadata["labels"], *metadata["annotations"]}
    own = ("fleethub.dev/", "applyset.kubernetes.io/", "deployment.kubernetes.io/")
    return {name for name in found if not name.startswith(own) and name != "app"}
