"""What is not reverted: what another keeps writing, what is exempt, what is only reported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fleet.hub.hub import Hub
from fleet.kube.live.apply import look
from fleet.kube.live.ownership import Takeover, take
from fleet.kube.server.discovery import Discovery
from fleet.model.fields import FieldPath
from fleet.model.keys import ObjectKey
from fleet.model.sync import SyncReport, SyncState
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, running
from tests.flows.planes import Plane
from tests.flows.safety import Place, quiet, report
from tests.flows.stories import WEB, app, at_rest, live, monorepo, writes
from tests.kube.clients import by_token, client_of

DEPLOYMENT = "apps/shop/base/web.yaml"


def web(*, image: str = "1.0.0", replicas: int = 2, ignore: str = "") -> str:
    """The Deployment as git has it."""
    annotation = f', annotations: {{fleethub.dev/ignore-drift: "{ignore}"}}' if ignore else ""
    return f"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: web{annotation}}}
        spec:
          replicas: {replicas}
          selector: {{matchLabels: {{app: web}}}}
          template:
            metadata: {{labels: {{app: web}}}}
            spec:
              containers:
              - name: web
                image: registry.example.com/shop:{image}
        """


def files(plane: Plane, text: str, **spec: str) -> dict[str, str]:
    """The monorepo with this Deployment, its replicas not set by an overlay."""
    overlay = {"apps/shop/overlays/production/kustomization.yaml": "resources: [../../base, settings.yaml]\n"}
    declared = {"clusters/production/apps.yaml": app("shop", "apps/shop/overlays/production", **spec)}
    return {**monorepo(plane.name), **overlay, DEPLOYMENT: text, **declared}


async def test_an_edit_whose_revert_was_cut_short_is_reverted_after_all(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, web()))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
    plane.kube.patch(WEB, {"spec": {"replicas": 7}}, kind="merge", fieldManager="kubectl-edit").ok()
    # So far a hub had come that died then: the field is ours again, its value is not.
    async with client_of(by_token(plane.server, plane.token, ca=plane.ca_file)) as client:
        discovery = Discovery(client)
        found = await look(client, discovery, ObjectKey("apps", "Deployment", "shop", "web"))
        assert found is not None
        replicas = Takeover(paths=(FieldPath.parse("/spec/replicas"),), managers=("kubectl*",), api_version="apps/v1")
        await take(client, discovery, found, replicas)
    assert live(plane, WEB)["spec"]["replicas"] == 7
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        await eventually(lambda: live(plane, WEB)["spec"]["replicas"] == 2)


async def test_an_object_that_somebody_keeps_writing_is_contested_and_left(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, web()))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        for number in range(6):
            await _scale(plane, 10 + number)
            await eventually(lambda: live(plane, WEB)["spec"]["replicas"] == 2)
            await quiet(hub, first, plane, looks=6)
        await _scale(plane, 20)
        last = await _contested(hub, plane)
        assert [drift.manager for drift in last.drifts] == ["robot"]
        await quiet(hub, first, plane)
        assert live(plane, WEB)["spec"]["replicas"] == 20
        assert (await _contested(hub, plane)).drifts == last.drifts


async def _contested(hub: Hub, plane: Plane) -> SyncReport:
    """Wait until a Sync says that the Deployment is contested, and give its report."""

    def found() -> SyncReport | None:
        last = report(hub, plane, "shop")
        still = last.plan.still if last and last.plan else ()
        return last if any("contested" in change.reason for change in still if change.key.name == "web") else None

    return await eventually(found)  # type: ignore[arg-type]


async def _scale(plane: Plane, replicas: int) -> None:
    body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": replicas}}
    plane.kube.apply(WEB, body, manager="robot", force=True).ok()


async def test_the_window_of_contest_is_a_setting(tmp_path: Path, plane: Plane) -> None:
    settings = FAST.replace("}", ", drift: {contestedReverts: 1}}")
    place = Place(tmp_path, plane, settings=settings)
    first = place.commit(files(plane, web()))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        for number in range(2):
            await _scale(plane, 10 + number)
            await eventually(lambda: live(plane, WEB)["spec"]["replicas"] == 2)
        await _scale(plane, 20)
        await _contested(hub, plane)
        await quiet(hub, first, plane)
        assert live(plane, WEB)["spec"]["replicas"] == 20


OWNERS: dict[str, Any] = {"another's": "autoscaler", "nobody else's": None}


@pytest.mark.each_on_real
@pytest.mark.parametrize("owner", OWNERS.values(), ids=OWNERS.keys())
async def test_an_exempt_field_keeps_its_live_value_when_git_changes_others(
    tmp_path: Path, plane: Plane, owner: str | None
) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, web(replicas=3, ignore="/spec/replicas")))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        assert live(plane, WEB)["spec"]["replicas"] == 3  # at create git's value is sent
        if owner:
            patch = {"spec": {"replicas": 7}}
            plane.kube.patch(f"{WEB}/scale", patch, fieldManager=owner).ok()
        second = place.commit({DEPLOYMENT: web(image="2.0.0", replicas=5, ignore="/spec/replicas")})
        await at_rest(hub, second)
        found = live(plane, WEB)["spec"]
        assert found["template"]["spec"]["containers"][0]["image"].endswith(":2.0.0")
        assert found["replicas"] == (7 if owner else 3)
        third = place.commit({DEPLOYMENT: web(image="3.0.0", replicas=5, ignore="/spec/replicas")})
        await at_rest(hub, third)
        assert live(plane, WEB)["spec"]["replicas"] == (7 if owner else 3)
        await plane.kubectl("--namespace=shop", "scale", "deployment/web", "--replicas=9")
        await quiet(hub, third, plane)
        assert live(plane, WEB)["spec"]["replicas"] == 9


async def test_a_malformed_exemption_holds_its_object_and_says_why(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, web()))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit({DEPLOYMENT: web(image="2.0.0", ignore="spec.replicas")})
        await eventually(lambda: _state(hub, plane, second) is SyncState.FAILED)
        mark = plane.audit_mark()
        await plane.kubectl("--namespace=shop", "scale", "deployment/web", "--replicas=9")
        await quiet(hub, second, plane)
        message = report(hub, plane, "shop").message  # type: ignore[union-attr]
    assert "neither healed nor overwritten" in message
    assert DEPLOYMENT in message
    assert [write for write in writes(plane, mark) if "deployments/web" in write] == []
    found = live(plane, WEB)["spec"]
    assert (found["replicas"], found["template"]["spec"]["containers"][0]["image"]) == (9, "registry.example.com/shop:1.0.0")


def _state(hub: Hub, plane: Plane, commit: str) -> SyncState | None:
    """How the App's last Sync of a commit ended."""
    found = report(hub, plane, "shop")
    return found.state if found and found.revision.commit == commit else None


async def test_report_tells_of_drift_and_reverts_nothing(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, web(), drift="report"))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        mark = plane.audit_mark()
        await plane.kubectl("--namespace=shop", "scale", "deployment/web", "--replicas=9")
        await plane.kubectl("--namespace=shop", "delete", "service/web")
        await eventually(lambda: len(report(hub, plane, "shop").drifts) == 2)  # type: ignore[union-attr]
        await quiet(hub, first, plane)
        drifts = {drift.key.kind: drift for drift in report(hub, plane, "shop").drifts}  # type: ignore[union-attr]
        assert drifts.keys() == {"Deployment", "Service"}
        assert live(plane, WEB)["spec"]["replicas"] == 9
        written = [write for write in writes(plane, mark) if "fleethub-system" not in write]
        assert written == []
        # What git says anew is still done.
        second = place.commit({DEPLOYMENT: web(image="2.0.0")})
        await eventually(lambda: live(plane, WEB)["spec"]["template"]["spec"]["containers"][0]["image"].endswith("2.0.0"))
        await quiet(hub, second, plane)
