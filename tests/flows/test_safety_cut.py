"""A connection that is lost in whichever instant leaves no App behind that is worked on, or told done, for ever."""

from __future__ import annotations

from pathlib import Path

from fleet.hub.worker import Worker
from tests.aio.cancelling import in_every_turn
from tests.flows.fleets import running
from tests.flows.planes import Plane
from tests.flows.safety import Place, fleet
from tests.flows.stories import at_rest


async def test_work_that_is_cut_in_any_turn_leaves_nothing_worked_on(tmp_path: Path, plane: Plane) -> None:
    place = Place(tmp_path, plane)
    first = place.commit(fleet([plane.name], one=1, two=1))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        runtime = hub.clusters[plane.name]
        worker = Worker(hub.shared, runtime.desired, site=lambda: runtime.site, wanted=runtime.wanted, lose=runtime.lose)

        async def works() -> None:
            assert (worker.queue.working, worker.finishing) == (frozenset(), frozenset())
            for key in hub.state.apps_of(plane.name):
                worker.queue.add(key)
            await worker.run()

        await in_every_turn(works, turns=30)
        assert (worker.queue.working, worker.finishing) == (frozenset(), frozenset())
