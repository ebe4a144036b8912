"""A repository in the layout of Flux's documentation installs as it is: the example, on one cluster of two."""

from __future__ import annotations

from pathlib import Path

from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import Plane
from tests.flows.stories import at_rest, live

EXAMPLE = Path(__file__).parents[2] / "examples" / "flux"
URL = "https://git.example.com/platform/flux.git"
APPS = {"production", "infra-controllers", "infra-configs", "apps", "helm.web.web"}


def example() -> dict[str, str]:
    """The files of the example, by their paths."""
    files = (path for path in sorted(EXAMPLE.rglob("*")) if path.is_file())
    return {path.relative_to(EXAMPLE).as_posix(): path.read_text() for path in files}


async def test_the_example_of_flux_installs_as_it_is(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    repository = Monorepo(tmp_path / "repository")
    commit = repository.commit(example())
    registry = write_registry(tmp_path, repository.path, [plane], settings=FAST, names=["production"])
    registry.write_text(registry.read_text().replace("interval: 1s", f"interval: 1s, aliases: ['{URL}']"))
    async with running(registry) as hub:
        await at_rest(hub, commit)
        assert {key.app for key in hub.state.apps_of("production")} == APPS
        certificate = live(plane, "/apis/infra.example.com/v1/namespaces/ingress/certificates/wildcard")
        assert certificate["spec"] == {"host": "*.example.com"}
        page = live(plane, "/api/v1/namespaces/web/configmaps/web-page")
        assert page["data"]["index.html"] == "hello from production at web.example.com\n"
        server = live(plane, "/apis/apps/v1/namespaces/web/deployments/web")
        assert server["spec"]["replicas"] == 3
        assert server["metadata"]["annotations"]["fleethub.dev/owner"].startswith("production/helm.web.web ")
        assert live(plane, "/api/v1/namespaces/web")["metadata"]["labels"]["team"] == "storefront"
        defaults = repository.path / "apps" / "base" / "defaults.yaml"
        changed = defaults.read_text().replace("hello from", "good day from")
        commit = repository.commit({"apps/base/defaults.yaml": changed})
        await at_rest(hub, commit)
        page = live(plane, "/api/v1/namespaces/web/configmaps/web-page")
        assert page["data"]["index.html"] == "good day from production at web.example.com\n"


ALONE = "metadata: {namespace: default, name: %s, labels: {kustomize.toolkit.fluxcd.io/%s}}"


def config_map(name: str, value: str, *, alone: str = "") -> str:
    """A loose ConfigMap; `alone` is the word of Flux that leaves it alone."""
    metadata = ALONE % (name, alone) if alone else f"metadata: {{namespace: default, name: {name}}}"
    return f"apiVersion: v1\nkind: ConfigMap\n{metadata}\ndata: {{value: '{value}'}}\n"


async def test_what_flux_would_leave_alone_is_not_made_not_changed_and_still_a_member(
    tmp_path: Path, moving_plane: Plane
) -> None:
    plane, path = moving_plane, "/api/v1/namespaces/default/configmaps/"
    repository = Monorepo(tmp_path / "repository")
    one, other = "clusters/production/one.yaml", "clusters/production/other.yaml"
    commit = repository.commit({one: config_map("one", "1"), other: config_map("other", "1", alone="ssa: Ignore")})
    registry = write_registry(tmp_path, repository.path, [plane], settings=FAST, names=["production"])
    async with running(registry) as hub:
        await at_rest(hub, commit)
        assert (live(plane, path + "one")["data"], live(plane, path + "other")) == ({"value": "1"}, None)
        changed = {one: config_map("one", "2", alone="reconcile: disabled"), other: config_map("other", "2")}
        await at_rest(hub, repository.commit(changed))
        assert [live(plane, path + name)["data"] for name in ("one", "other")] == [{"value": "1"}, {"value": "2"}]
        await at_rest(hub, repository.commit({one: None}))
        assert live(plane, path + "one") is None
