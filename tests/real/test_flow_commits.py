"""Of several commits that come at once, each object's mark and each line of history names its own."""

from __future__ import annotations

from pathlib import Path

from tests.controlplane import ControlPlane
from tests.controlplane.waiting import eventually
from tests.flows.stories import WEB, app, config_map, live
from tests.real.test_cli import serving

SETTINGS = "/api/v1/namespaces/shop/configmaps/settings"
SERVICE = "/api/v1/namespaces/shop/services/web"
TILL = "/api/v1/namespaces/shop/configmaps/till"
OWN = "/api/v1/namespaces/shop/configmaps/own"


def revision(plane: ControlPlane, path: str) -> str:
    """The commit that an object's mark names."""
    return str(live(plane, path)["metadata"]["annotations"]["fleethub.dev/revision"])


async def test_of_commits_pushed_at_once_each_object_names_its_own(tmp_path: Path, real_cluster: ControlPlane) -> None:
    plane, name = real_cluster, real_cluster.name
    async with serving(tmp_path, plane) as desk:
        repository = desk.repository
        repository.commit(
            {
                "apps/till/till.yaml": config_map("till", "1"),
                "clusters/production/till.yaml": app("till", "apps/till"),
                f"clusters/production/{name}/stay.yaml": config_map("stay", "1"),
            },
            message="Open the till",
        )
        await desk.synced()
        service = revision(plane, SERVICE)
        repository.git("switch", "--quiet", "--create", "work")
        settings = config_map("settings", "new", "shop")
        ana = repository.commit({"apps/shop/overlays/production/settings.yaml": settings}, author="Ana", message="Set")
        ben = repository.commit({"apps/till/till.yaml": config_map("till", "2")}, author="Ben", message="Count")
        cem = repository.commit(
            {"apps/shop/overlays/production/kustomization.yaml": "resources: [../../base, settings.yaml]"},
            author="Cem",
            message="Scale",
        )
        dan = repository.commit({f"clusters/production/{name}/own.yaml": None}, author="Dan", message="Remove")
        repository.commit({"README": "words"}, author="Eve", message="Explain")
        repository.git("branch", "--force", "main", "work")
        await desk.synced()
        marks = {path: revision(plane, path) for path in (WEB, SETTINGS, SERVICE, TILL)}

        expected = {
            ("configure", "Deployment.apps/shop/web", cem, "Cem", "Scale"),
            ("configure", "ConfigMap/shop/settings", ana, "Ana", "Set"),
            ("configure", "ConfigMap/shop/till", ben, "Ben", "Count"),
            ("delete", "ConfigMap/shop/own", dan, "Dan", "Remove"),
        }

        async def told() -> bool:
            history = await desk.json("history", name)
            changes = {
                (change["action"], change["object"], change["commit"], change["author"], change["subject"])
                for sync in history
                for change in sync["changes"]
            }
            assert {each for each in changes if each[0] != "create"} == expected
            return True

        await eventually(told)
        _, lines, _ = await desk.fleet("history", name)
    assert marks == {WEB: cem, SETTINGS: ana, SERVICE: service, TILL: ben}
    assert live(plane, OWN) is None
    rows = [line.split() for line in lines.splitlines()]
    assert {(row[-1], row[-4]) for row in rows if row[-1] in ("Set", "Scale", "Count", "Remove")} == {
        ("Set", "Ana"),
        ("Scale", "Cem"),
        ("Count", "Ben"),
        ("Remove", "Dan"),
    }
