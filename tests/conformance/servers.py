"""The servers that are compared: real clusters of the tests' pool, and sandboxes beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.controllers import Controllers, Running
from fleet.sandbox.host import Sandboxes
from tests.conformance.case import Case
from tests.conformance.compare import Difference, differences
from tests.conformance.run import Answers, prepare
from tests.conformance.session import Server
from tests.controlplane import ControlPlane, Pool

_USERS = ("admin", "reader", "denied")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One server: how requests reach it, and how kubectl does."""

    server: Server
    kubeconfig: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A real API server and a sandbox, alike in what runs beside them."""

    real: Place
    sandbox: Place


Run = Callable[[Place, list[Case]], dict[str, Answers]]


def compared(cases: Iterable[Case], run: Run, *, pool: Pool, directory: Path) -> dict[str, list[Difference]]:
    """Run cases on both servers at once, and return where the answers of each case differ."""
    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(_compared(list(cases), run, pool=pool, directory=directory))


async def _compared(cases: list[Case], run: Run, *, pool: Pool, directory: Path) -> dict[str, list[Difference]]:
    found: dict[str, list[Difference]] = {}
    for controllers in sorted({case.controllers for case in cases}):
        chosen = [case for case in cases if case.controllers == controllers]
        async with _pair(pool, directory, controllers=controllers) as pair:
            real, sandbox = await _both(run, pair, chosen)
        found |= {case.name: differences(case.name, real[case.name], sandbox[case.name]) for case in chosen}
    pool.take_back()
    return found


async def _both(run: Run, pair: Pair, cases: list[Case]) -> tuple[dict[str, Answers], dict[str, Answers]]:
    def one(place: Place) -> dict[str, Answers]:
        prepare(place.server)
        return run(place, cases)

    async with asyncio.TaskGroup() as group:
        real = group.create_task(asyncio.to_thread(one, pair.real), name="real")
        sandbox = group.create_task(asyncio.to_thread(one, pair.sandbox), name="sandbox")
    return real.result(), sandbox.result()


@asynccontextmanager
async def _pair(pool: Pool, directory: Path, *, controllers: bool) -> AsyncIterator[Pair]:
    name = "controllers" if controllers else "plain"
    (plane,) = await pool.lend(1, controllers=controllers)
    # Without controllers nothing collects garbage on the real one, either.
    async with Sandboxes(directory / name, tls=True, garbage=controllers) as sandboxes:
        cluster = await sandboxes.add(name)
        moving = Running(cluster, Controllers(events=False)) if controllers else None
        if moving:
            moving.start()
        yield Pair(real=_real(plane), sandbox=_sandbox(cluster))
        if moving:
            moving.stop()


def _real(plane: ControlPlane) -> Place:
    tokens = {user: plane.token_of(user) for user in _USERS}
    server = Server(address=plane.server, ca_file=str(plane.ca_file), tokens=tokens)
    return Place(server=server, kubeconfig=plane.kubeconfig)


def _sandbox(cluster: SandboxCluster) -> Place:
    tokens = {user: cluster.token_of(user) for user in _USERS}
    server = Server(address=cluster.server, ca_file=str(cluster.ca_file), tokens=tokens)
    return Place(server=server, kubeconfig=cluster.kubeconfig)
