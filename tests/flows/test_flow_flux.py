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
