"""Plans are decided from what a real API server answers: what is drift to it, and what an exempt field becomes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest

from fleet.kube.live.ownership import Takeover, taken
from fleet.model.drift import DriftKind
from fleet.model.manifest import Manifest, Origin, Scope
from fleet.model.marks import MANAGER, marked
from fleet.model.observation import LiveObject, observe
from fleet.model.plan import Action, Change
from fleet.model.values import ABSENT
from fleet.plan import PlanInput, Written
from fleet.plan.drift import drifts, written
from fleet.plan.exempt import exempted
from fleet.plan.fields import described
from fleet.plan.merge import merge_exempt
from fleet.plan.plan import plan
from tests.controlplane import ControlPlane
from tests.plan.given import COMMIT, FLEET, SHOP, app, change, facts

DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments"
PATH = f"{DEPLOYMENTS}/web"

Person = Callable[[ControlPlane], Awaitable[object]]


def deployment(*, replicas: int = 2, image: str = "web:1", **annotations: str) -> Manifest:
    containers = [
        {"name": "web", "image": image, "ports": [{"containerPort": 80}], "env": [{"name": "MODE", "value": "a"}]},
        {"name": "side", "image": "side:1"},
    ]
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": containers}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    metadata = {"name": "web", "labels": {"team": "shop"}, "annotations": annotations}
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    return Manifest.of(body, origin=Origin("web.yaml", 1), scope=Scope.NAMESPACED, namespace="default")


@dataclass(kw_only=True)
class Keeper:
    """Does by hand what a Sync does of one object: plan, take over, apply, remember."""

    cluster: ControlPlane
    desired: Manifest
    ignore: tuple[str, ...] = ()
    remembered: dict[Any, Written] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = self.cluster.kube.get(PATH).ok()
        return found

    def input(self) -> PlanInput:
        answer = self.cluster.kube.get(PATH)
        live: list[LiveObject] = [observe(answer.body)] if answer.status == 200 else []
        exempt = exempted(self.desired, app(), {"ignore-drift": self.ignore})
        return facts(
            [self.desired],
            live,
            members=[self.desired.key],
            written=self.remembered,
            exempt={self.desired.key: exempt} if exempt else {},
        )

    def planned(self) -> Change:
        return change(plan(self.input()), self.desired.key)

    def sync(self) -> None:
        made = self.planned()
        assert made.action in (Action.CREATE, Action.CONFIGURE), made
        if made.take:
            over = Takeover(paths=made.take, managers=made.take_from, api_version="apps/v1")
            entries = taken(self.body()["metadata"]["managedFields"], over)
            patch = [{"op": "replace", "path": "/metadata/managedFields", "value": entries}]
            self.cluster.kube.patch(PATH, patch, kind="json", fieldManager=MANAGER).ok()
        sent = marked(self.desired, fleet=FLEET, app=SHOP, revision=made.revision)
        if made.exempt and made.live:
            live = self.body()
            sent, pinned = merge_exempt(sent, live, made.exempt)
            if pinned:
                version = live["metadata"]["resourceVersion"]
                sent = {**sent, "metadata": {**sent["metadata"], "resourceVersion": version}}
        answer = self.cluster.kube.apply(PATH, sent, manager=MANAGER, force=made.force).ok()
        exempt = self.input().exempt.get(self.desired.key)
        self.remembered[self.desired.key] = written(observe(answer), exempt, self.desired)


def kept(cluster: ControlPlane, *ignore: str, **more: Any) -> Keeper:
    keeper = Keeper(cluster=cluster, desired=deployment(**more), ignore=ignore)
    keeper.sync()
    return keeper


def kubectl(*words: str) -> Person:
    return lambda cluster: cluster.kubectl(*words)


def removes(path: str) -> Person:
    async def remove(cluster: ControlPlane) -> None:
        cluster.kube.patch(PATH, [{"op": "remove", "path": path}], kind="json", fieldManager="somebody").ok()

    return remove


async def scales(cluster: ControlPlane, *, to: int = 7) -> None:
    """Scale as the HorizontalPodAutoscaler does."""
    patch = {"spec": {"replicas": to}}
    cluster.kube.patch(f"{PATH}/scale", patch, kind="merge", fieldManager="kube-controller-manager").ok()


async def test_nothing_drifts_right_after_our_apply(real_cluster: ControlPlane) -> None:
    keeper = kept(real_cluster)
    assert (keeper.planned().action, drifts(keeper.input())) == (Action.UNCHANGED, ())


@pytest.mark.parametrize(
    "person, kind, manager, fields",
    [
        pytest.param(
            kubectl("scale", "deployment/web", "--replicas=5"),
            DriftKind.OWNERSHIP,
            "kubectl",
            {"/spec/replicas": (2, 5)},
            id="scale",
        ),
        pytest.param(
            kubectl("set", "image", "deployment/web", "web=web:9"),
            DriftKind.OWNERSHIP,
            "kubectl-set",
            {"/spec/template/spec/containers/[name=web]/image": ("web:1", "web:9")},
            id="set image",
        ),
        pytest.param(
            kubectl("label", "deployment/web", "team=till", "--overwrite"),
            DriftKind.OWNERSHIP,
            "kubectl-label",
            {"/metadata/labels/team": ("shop", "till")},
            id="label --overwrite",
        ),
        pytest.param(
            kubectl("set", "env", "deployment/web", "-c", "web", "MORE=x"), DriftKind.OVERRIDE, "kubectl-set", None, id="env"
        ),
        pytest.param(
            kubectl("annotate", "deployment/web", "note=x"), DriftKind.OVERRIDE, "kubectl-annotate", None, id="annotate"
        ),
        pytest.param(
            kubectl("annotate", "deployment/web", "fleethub.dev/digest=x", "--overwrite"),
            DriftKind.MARK,
            "kubectl-annotate",
            None,
            id="the digest mark",
        ),
        pytest.param(kubectl("delete", "deployment/web"), DriftKind.GONE, "", {}, id="delete"),
        pytest.param(
            removes("/spec/replicas"),
            DriftKind.OWNERSHIP,
            "somebody",
            {"/spec/replicas": (2, 1)},
            id="a removal that the server answers with a default, in the name of who removed",
        ),
        pytest.param(
            removes("/metadata/labels/team"),
            DriftKind.OWNERSHIP,
            "",
            {"/metadata/labels/team": ("shop", ABSENT)},
            id="a removal that names nobody",
        ),
    ],
)
async def test_what_people_do_is_drift_and_one_sync_heals_it(
    real_cluster: ControlPlane, person: Person, kind: DriftKind, manager: str, fields: dict[str, object] | None
) -> None:
    keeper = kept(real_cluster)
    before = keeper.body()["spec"]
    await person(real_cluster)
    (drift,) = drifts(keeper.input())
    wanted = marked(keeper.desired, fleet=FLEET, app=SHOP, revision=COMMIT)
    told = described(drift, wanted, keeper.body()) if kind is not DriftKind.GONE else drift
    assert (told.kind, told.manager) == (kind, manager)
    assert fields is None or {str(one.path): (one.git, one.live) for one in told.fields} == fields
    keeper.sync()
    assert keeper.body()["spec"] == before
    assert (keeper.planned().action, drifts(keeper.input())) == (Action.UNCHANGED, ())


@pytest.mark.parametrize(
    "person",
    [
        pytest.param(kubectl("rollout", "restart", "deployment/web"), id="rollout restart"),
        pytest.param(kubectl("annotate", "deployment/web", "fleethub.dev/exempt=fields=/spec/replicas"), id="an exemption"),
    ],
)
async def test_what_people_do_that_is_left_alone(real_cluster: ControlPlane, person: Person) -> None:
    keeper = kept(real_cluster)
    await person(real_cluster)
    assert (keeper.planned().action, drifts(keeper.input())) == (Action.UNCHANGED, ())


async def test_healing_leaves_a_restart_alone(real_cluster: ControlPlane) -> None:
    keeper = kept(real_cluster)
    await real_cluster.kubectl("rollout", "restart", "deployment/web")
    restarted = keeper.body()["spec"]["template"]["metadata"]["annotations"]
    await real_cluster.kubectl("set", "env", "deployment/web", "MORE=x")
    keeper.sync()
    template = keeper.body()["spec"]["template"]
    assert template["metadata"]["annotations"] == restarted
    assert [one["name"] for one in template["spec"]["containers"][0]["env"]] == ["MODE"]
    assert drifts(keeper.input()) == ()


async def test_what_client_side_apply_left_is_taken_over(real_cluster: ControlPlane) -> None:
    old = deployment(image="web:0", legacy="x")
    manifest = real_cluster.kubeconfig.parent / "old.yaml"
    manifest.write_bytes(orjson.dumps(dict(old.body)))
    await real_cluster.kubectl("apply", "-f", str(manifest))
    keeper = Keeper(cluster=real_cluster, desired=deployment(image="web:0"))
    keeper.sync()  # unforced: nobody else claims another value
    assert [drift.kind for drift in drifts(keeper.input())] == [DriftKind.OVERRIDE]
    keeper.sync()
    annotations = keeper.body()["metadata"]["annotations"]
    assert {"legacy", "kubectl.kubernetes.io/last-applied-configuration"}.isdisjoint(annotations)
    assert (keeper.planned().action, drifts(keeper.input())) == (Action.UNCHANGED, ())


async def test_an_exempt_field_of_another_manager_is_left_to_it(real_cluster: ControlPlane) -> None:
    keeper = kept(real_cluster, "/spec/replicas")
    await scales(real_cluster)
    assert drifts(keeper.input()) == ()
    keeper.desired = deployment(image="web:2")
    keeper.sync()
    assert keeper.body()["spec"]["replicas"] == 7
    await scales(real_cluster, to=3)
    assert (keeper.planned().action, keeper.body()["spec"]["replicas"]) == (Action.UNCHANGED, 3)


async def test_an_exempt_field_that_only_we_own_keeps_its_live_value(real_cluster: ControlPlane) -> None:
    keeper = kept(real_cluster, "/spec/replicas", replicas=3)
    keeper.desired = deployment(replicas=1, image="web:2")
    keeper.sync()
    assert keeper.body()["spec"]["replicas"] == 3
    assert (keeper.planned().action, drifts(keeper.input())) == (Action.UNCHANGED, ())


async def test_an_exempt_field_that_leaves_git_keeps_its_live_value(real_cluster: ControlPlane) -> None:
    keeper = kept(real_cluster, "/metadata/labels/team")
    body = {**keeper.desired.body, "metadata": {"name": "web"}}
    keeper.desired = Manifest.of(body, origin=Origin("web.yaml", 1), scope=Scope.NAMESPACED, namespace="default")
    keeper.sync()
    assert keeper.body()["metadata"]["labels"]["team"] == "shop"


@pytest.mark.parametrize(
    "pointer",
    [
        pytest.param("/spec/template/spec/containers/[name=web]/image", id="by key"),
        pytest.param("/spec/template/spec/containers/0/image", id="by index"),
        pytest.param("/spec/template/spec/containers", id="the whole list"),
        pytest.param("/spec/template", id="the template"),
    ],
)
async def test_an_exempt_image_survives_a_commit_and_restarts_nothing(real_cluster: ControlPlane, pointer: str) -> None:
    keeper = kept(real_cluster, pointer)
    await real_cluster.kubectl("set", "image", "deployment/web", "web=web:9")
    assert drifts(keeper.input()) == ()
    before = keeper.body()["spec"]["template"]
    keeper.desired = deployment(replicas=5)
    keeper.sync()
    assert (keeper.body()["spec"]["template"], keeper.body()["spec"]["replicas"]) == (before, 5)
    assert (keeper.planned().action, drifts(keeper.input())) == (Action.UNCHANGED, ())


async def test_a_whole_exempt_object_that_moves_keeps_everything_but_its_owner(real_cluster: ControlPlane) -> None:
    keeper = kept(real_cluster, "*")
    await real_cluster.kubectl("set", "image", "deployment/web", "web=web:9")
    before = keeper.body()["spec"]
    assert keeper.planned().action is Action.SKIP
    await real_cluster.kubectl("annotate", "deployment/web", "fleethub.dev/owner-")
    keeper.sync()
    assert keeper.body()["spec"] == before
    assert observe(keeper.body()).owner == SHOP


async def test_an_object_made_by_somebody_else_with_another_value_is_refused_unforced(real_cluster: ControlPlane) -> None:
    theirs = deployment(replicas=9)
    real_cluster.kube.apply(PATH, dict(theirs.body), manager="another").ok()
    keeper = Keeper(cluster=real_cluster, desired=deployment())
    made = keeper.planned()
    sent = marked(keeper.desired, fleet=FLEET, app=SHOP, revision=COMMIT)
    assert (made.force, real_cluster.kube.apply(PATH, sent, manager=MANAGER, force=made.force).status) == (False, 409)
