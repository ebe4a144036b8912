"""P1: a thousand Apps installed, and one field of each changed, against a bare loop of the same server-side applies."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import aiohttp
import orjson

from fleet.cli.frame.hubclient import HubClient
from tests.bench import monorepo
from tests.bench.figures import Figure, at_least
from tests.controlplane import ControlPlane
from tests.controlplane.cluster import Options
from tests.controlplane.waiting import eventually
from tests.flows.fleets import Monorepo, write_registry
from tests.flows.soak_hub import HubProcess

APPS = 1000
AT_ONCE = 16
ROUNDS = 3
CLUSTER = "bench"
_APPLY = {"Content-Type": "application/apply-patch+yaml"}
# As the hub asks: what comes back is metadata only.
_ACCEPT = {"Accept": "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"}


@dataclass
class Seconds:
    """What each way took, round by round."""

    raw_install: list[float] = field(default_factory=list)
    raw_change: list[float] = field(default_factory=list)
    install: list[float] = field(default_factory=list)
    change: list[float] = field(default_factory=list)
    install_cpu: list[float] = field(default_factory=list)
    change_cpu: list[float] = field(default_factory=list)


async def measure(directory: Path, *, rounds: int = ROUNDS, apps: int = APPS) -> list[Figure]:
    """Measure both ways on one server, which is a new cluster before each; every other round in the other order."""
    plane = await ControlPlane.start(directory / "cluster", options=Options(name=CLUSTER, audit=False))
    seconds = Seconds()
    try:
        for number in range(rounds):
            ways = [_raw(plane, seconds, apps), _hub(plane, seconds, apps, directory / f"round-{number}")]
            for way in ways if number % 2 == 0 else reversed(ways):
                await _renewed(plane)
                await way
    finally:
        plane.stop()
    return _figures(seconds, apps)


async def _renewed(plane: ControlPlane) -> None:
    """Make the server a new cluster, with the namespaces of the Apps."""
    await plane.wipe()
    for name in monorepo.namespaces():
        plane.kube.create("/api/v1/namespaces", {"metadata": {"name": name}}).ok()


def _figures(seconds: Seconds, apps: int) -> list[Figure]:
    """Ratios are of the two ways of one round: rounds differ more than ways do."""
    made, changed = apps * len(monorepo.KINDS), apps
    install = [100 * raw / hub for raw, hub in zip(seconds.raw_install, seconds.install, strict=True)]
    change = [100 * raw / hub for raw, hub in zip(seconds.raw_change, seconds.change, strict=True)]
    return [
        _rate("install, bare loop", made, seconds.raw_install),
        _rate("install, hub", made, seconds.install),
        at_least(65, id="P1", what="install, hub / bare loop", value=median(install), unit="%", samples=tuple(install)),
        Figure(id="P1", what="install, CPU of the hub", value=median(seconds.install_cpu), unit="s"),
        _rate("change, bare loop", changed, seconds.raw_change),
        _rate("change, hub", changed, seconds.change),
        at_least(80, id="P1", what="change, hub / bare loop", value=median(change), unit="%", samples=tuple(change)),
        Figure(id="P1", what="change, CPU of the hub", value=median(seconds.change_cpu), unit="s"),
    ]


def _rate(what: str, count: int, seconds: Iterable[float]) -> Figure:
    rates = tuple(count / each for each in seconds)
    return Figure(id="P1", what=what, value=median(rates), unit="objects/s", samples=rates)


# ── the bare loop ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def _raw(plane: ControlPlane, seconds: Seconds, apps: int) -> None:
    async with session(plane) as client:
        seconds.raw_install.append(await applied(client, monorepo.requests(apps, edition=1)))
        seconds.raw_change.append(await applied(client, monorepo.requests(apps, edition=2, kinds=("Deployment",))))


async def applied(client: aiohttp.ClientSession, requests: Iterable[tuple[str, bytes]]) -> float:
    """Send applies, some at once, as fast as the server answers; gives the seconds it took."""
    todo = iter(list(requests))
    params = {"fieldManager": "fleethub", "fieldValidation": "Strict"}

    async def loop() -> None:
        for path, body in todo:
            async with client.patch(path, data=body, params=params, headers={**_APPLY, **_ACCEPT}) as response:
                answer = orjson.loads(await response.read())
                assert response.status in (200, 201), answer

    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(loop())
    return time.monotonic() - begun


@asynccontextmanager
async def session(plane: ControlPlane) -> AsyncIterator[aiohttp.ClientSession]:
    """A bare client of a control plane."""
    context = ssl.create_default_context(cafile=str(plane.ca_file))
    connector = aiohttp.TCPConnector(ssl=context, limit=0)
    headers = {"Authorization": f"Bearer {plane.token}", "User-Agent": "bench"}
    async with aiohttp.ClientSession(plane.server, connector=connector, headers=headers) as client:
        yield client


# ── the hub ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def _hub(plane: ControlPlane, seconds: Seconds, apps: int, directory: Path) -> None:
    repository = Monorepo(directory / "repository")
    commit(repository, {f"clusters/{CLUSTER}/cluster.yaml": "labels: {tier: bench}\n"})
    registry = write_registry(directory / "hub", repository.path, [plane], names=[CLUSTER])
    hub = HubProcess(registry)
    hub.start()
    try:
        await asyncio.to_thread(wait_ready, hub)
        for edition, wall, cpu in ((1, seconds.install, seconds.install_cpu), (2, seconds.change, seconds.change_cpu)):
            head = commit(repository, monorepo.files(apps, cluster=CLUSTER, edition=edition))
            used, begun = cpu_seconds(hub.pid), time.monotonic()
            await _synced(plane, hub, head, apps)
            wall.append(time.monotonic() - begun)
            cpu.append(cpu_seconds(hub.pid) - used)
    finally:
        hub.end()


def commit(repository: Monorepo, files: dict[str, str]) -> str:
    """Write files and commit them all at once."""
    for name, text in files.items():
        path = repository.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "Change")
    return repository.git("rev-parse", "HEAD")


def wait_ready(hub: HubProcess) -> None:
    """Wait until the hub may write to every cluster."""
    asyncio.run(eventually(lambda: _is_ready(hub), within=60))


def _is_ready(hub: HubProcess) -> bool:
    hub.check()
    if not (hub.state / "hub.sock").exists():
        return False
    clusters = client_of(hub).get("clusters")
    return all(each["phase"] == "ready" for each in clusters)


def client_of(hub: HubProcess) -> HubClient:
    """The way to ask it."""
    return HubClient(f"unix:{hub.state / 'hub.sock'}")


async def _synced(plane: ControlPlane, hub: HubProcess, head: str, apps: int) -> None:
    """Tell the hub to fetch, as a push would, and wait until the cluster's own Record says that every App runs the commit."""
    path = "/api/v1/namespaces/fleethub-system/configmaps"
    params = {"watch": "1", "labelSelector": "fleethub.dev/kind=record"}
    done: set[str] = set()
    async with session(plane) as client, client.get(path, params=params, timeout=aiohttp.ClientTimeout(total=600)) as response:
        await asyncio.to_thread(client_of(hub).post, "fetch", {})
        pending = b""
        async for chunk in response.content.iter_any():
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                entries = orjson.loads(orjson.loads(line)["object"]["data"]["apps.json"])
                done |= {app for app, entry in entries.items() if entry["applied"] == head and app.startswith("app-")}
            if len(done) == apps:
                return
    raise AssertionError(f"only {len(done)} of {apps} Apps were synced:\n{hub.told()}")


def cpu_seconds(pid: int) -> float:
    """What a process has used so far, its children that ended included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
