"""While an object is being written, what is known of it may be from before or from after: it is no evidence. On sandboxes."""

from __future__ import annotations

from pathlib import Path

from fleet.model.health import HealthState
from fleet.model.keys import ObjectKey
from tests.controlplane.waiting import eventually
from tests.flows.fleets import FAST, Monorepo, running, write_registry
from tests.flows.planes import SandboxPlane
from tests.flows.stories import at_rest, healthy, monorepo

WEB = ObjectKey("apps", "Deployment", "shop", "web")


async def test_nothing_counts_of_an_object_that_is_being_written(tmp_path: Path, moving_plane: SandboxPlane) -> None:
    plane, repository = moving_plane, Monorepo(tmp_path / "repository")
    first = repository.commit(monorepo(plane.name))
    async with running(write_registry(tmp_path, repository.path, [plane], settings=FAST)) as hub:
        await at_rest(hub, first)
        await eventually(lambda: healthy(hub, plane.name))
        fresh, known = hub.clusters[plane.name].freshness.fresh, hub.state.health[plane.name]
        assert fresh(WEB) == known[WEB].health
        plane.pause()
        text = (repository.path / "apps/shop/base/web.yaml").read_text()
        repository.commit({"apps/shop/base/web.yaml": text.replace("shop:1.0.0", "shop:2.0.0")})
        await eventually(lambda: fresh(WEB) is None)
        assert (known[WEB].health.state, known[WEB].told) == (HealthState.HEALTHY, True)
        plane.resume()
        await eventually(lambda: fresh(WEB) is not None and known[WEB].generation > 1)
        await eventually(lambda: fresh(WEB) == known[WEB].health and known[WEB].health.state is HealthState.HEALTHY)
