"""A Job runs once for each state of it that git wanted: what its TTL removed is not run again."""

from __future__ import annotations

from pathlib import Path

import orjson

from tests.controlplane.waiting import eventually
from tests.flows.fleets import running
from tests.flows.planes import Plane
from tests.flows.safety import GROUP, OWN, Place, fleet, quiet
from tests.flows.stories import app, at_rest, live

JOBS = "/apis/batch/v1/namespaces/shop/jobs"


def job(image: str) -> str:
    """A Job that succeeds at once, and is removed a second after."""
    return f"""
        apiVersion: batch/v1
        kind: Job
        metadata: {{name: migrate}}
        spec:
          ttlSecondsAfterFinished: 1
          template:
            spec:
              restartPolicy: Never
              containers:
              - {{name: migrate, image: "registry.example.com/migrate:{image}"}}
        """


def files(plane: Plane, image: str) -> dict[str, str]:
    """A monorepo with an App of that Job."""
    jobs = {f"{GROUP}/jobs.yaml": app("jobs", "apps/jobs"), "apps/jobs/migrate.yaml": job(image)}
    return {**fleet([plane.name]), **jobs}


def made(plane: Plane) -> int:
    """How often the hub created the Job."""
    found = plane.audit_since(agent="fleethub")
    return sum(request.is_write and request.code == 201 and request.uri.startswith(f"{JOBS}/migrate") for request in found)


def recorded(plane: Plane) -> list[str]:
    """The completed Jobs in the Record, without their digests."""
    body = live(plane, f"{OWN}/record.0")
    apps = orjson.loads(body["data"]["apps.json"]) if body else {}
    return [entry.rpartition(" ")[0] for entry in apps.get("jobs", {}).get("jobs", [])]


async def ran(plane: Plane) -> None:
    """Wait until the Job ran, was removed, and is in the Record."""
    await eventually(lambda: recorded(plane) == ["Job.batch shop/migrate"] and live(plane, f"{JOBS}/migrate") is None)


async def test_a_completed_job_that_its_ttl_removed_is_not_run_again(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    first = place.commit(files(plane, "1"))
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        await ran(plane)
        await quiet(hub, first, plane)
        assert made(plane) == 1
        assert hub.state.reports[next(key for key in hub.state.reports if key.app == "jobs")].drifts == ()
    place.forget()
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        assert made(plane) == 1
        # Another state of it is another run, and the first one is then forgotten.
        second = place.commit(files(plane, "2"))
        await at_rest(hub, second)
        await eventually(lambda: made(plane) == 2)
        await ran(plane)
        third = place.commit(files(plane, "1"))
        await at_rest(hub, third)
        await eventually(lambda: made(plane) == 3)


async def test_a_job_that_completes_while_its_app_waits_is_in_the_record(tmp_path: Path, moving_plane: Plane) -> None:
    plane = moving_plane
    place = Place(tmp_path, plane)
    # What the App no longer wants is deleted when it is healthy, which it never becomes.
    broken = """
        apiVersion: v1
        kind: Pod
        metadata: {name: broken}
        spec: {containers: [{name: main, image: "registry.example.com/broken:1"}]}
        """
    old = {f"apps/jobs/old-{n}.yaml": _old(n) for n in range(2)}
    first = place.commit({**files(plane, "1"), "apps/jobs/broken.yaml": broken, **old, "apps/jobs/migrate.yaml": _old(9)})
    async with running(place.registry) as hub:
        await at_rest(hub, first)
        second = place.commit({"apps/jobs/old-0.yaml": None, "apps/jobs/migrate.yaml": job("1"), "apps/jobs/old-9.yaml": _old(9)})
        await ran(plane)
        await quiet(hub, second, plane)
        assert live(plane, "/api/v1/namespaces/shop/configmaps/old-0") is not None
    place.forget()
    async with running(place.registry) as hub:
        await quiet(hub, second, plane)
    assert made(plane) == 1


def _old(number: int) -> str:
    return f"""
        apiVersion: v1
        kind: ConfigMap
        metadata: {{name: old-{number}}}
        """
