"""A fleet to tell stories about: a real git repository, registered clusters, a hub in this process."""

from __future__ import annotations

import asyncio
import subprocess
import textwrap
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from fleet.config import load_config
from fleet.hooks.registry import Registry, load
from fleet.hub.hub import Hub
from fleet.hub.statedir import claimed
from fleet.queries.glance import basis_of, glance, looked
from fleet.reconcile.builtins import BUILTINS
from fleet.store import Store, sqlite_url
from tests.flows.planes import Plane

AUTHOR = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]


class Monorepo:
    """A git repository that people commit to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """Run git here."""
        done = subprocess.run(["git", *AUTHOR, *arguments], cwd=self.path, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None], *, message: str = "Change", author: str = "Ana") -> str:
        """Write files (None removes one, or a directory) and commit; gives the commit."""
        for name, text in files.items():
            path = self.path / name
            if text is None:
                self.git("rm", "--quiet", "-r", name)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"))
        written = [name for name, text in files.items() if text is not None]
        if written:
            self.git("add", *written)
        self.git("commit", "--quiet", "--allow-empty", "--message", message, f"--author={author} <{author.lower()}@example.com>")
        return self.git("rev-parse", "HEAD")


def write_registry(
    directory: Path, repository: Path, clusters: Iterable[Plane], *, settings: str = "{}", names: Iterable[str] = ()
) -> Path:
    """Write a clusters.yaml for control planes, each under its own name or those given."""
    planes = list(clusters)
    chosen = list(names) or [plane.name for plane in planes]
    entries = "\n".join(
        f"  - {{name: {name}, kubeconfig: {{file: {plane.kubeconfig}, context: {plane.name}}}}}"
        for name, plane in zip(chosen, planes, strict=True)
    )
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "clusters.yaml"
    file.write_text(
        f"fleet: acme\n"
        f"source: {{url: {repository}, branch: main, interval: 1s}}\n"
        f"state: {directory / 'state'}\n"
        f"settings: {settings}\n"
        f"clusters:\n{entries}\n"
    )
    return file


FAST = "{leaseDuration: 60s, leaseRenew: 1s}"
"""Looks at its lease often, and keeps it while a busy machine stands still: a lost one would be another story."""

SHORT = "{leaseDuration: 8s, leaseRenew: 1s, connectTimeout: 5s, requestTimeout: 8s}"
"""For what waits until a lease ends, and does not mind that one may end on a machine that stands still for so long."""


@cache
def built_in() -> Registry:
    """What the built-in plugins declared: values that no hub changes, collected once for all of them."""
    return load(BUILTINS)


@asynccontextmanager
async def running(registry: Path) -> AsyncIterator[Hub]:
    """Run a hub in this process for the length of the block."""
    config = load_config(registry)
    with claimed(config.state) as directory:
        store = Store(sqlite_url(config.state), now=lambda: datetime.now(UTC))
        hub = Hub(config, registry=built_in(), directory=directory, store=store)
        tasks = [asyncio.create_task(hub.run(), name="hub"), asyncio.create_task(_glancing(hub), name="glances")]
        try:
            yield hub
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await store.close()
            for task in tasks:
                if not task.cancelled() and task.exception():
                    raise task.exception()  # type: ignore[misc]


async def _glancing(hub: Hub) -> None:
    """Whatever a story tells: what is remembered of a cluster is, whenever somebody may ask, what looking would find."""
    seen = -1
    while True:
        seen = await hub.state.bell.wait(seen)
        for runtime in hub.clusters.values():
            assert glance(hub, runtime) == looked(hub, runtime, basis_of(hub, runtime))
        await asyncio.sleep(0.1)  # a hub at work rings more often than anybody asks
