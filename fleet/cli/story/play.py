"""Sets the stage, plays the story or shows the table, and clears everything away."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from rich.console import Console

from fleet.cli.story import changes, trouble
from fleet.cli.story.cluster import Shown
from fleet.cli.story.hosting import hosted
from fleet.cli.story.hub import HubProcess
from fleet.cli.story.live import show
from fleet.cli.story.screen import Screen
from fleet.cli.story.shop import Commit, Shop, names
from fleet.cli.story.stage import Stage, registry_text
from fleet.errors import FleetError

FLEET = "demo"
_REMOVALS = 100

_STEPS = (
    ("A commit that changes one cluster", changes.one_cluster),
    ("A commit to the base, for all", changes.everywhere),
    ("Somebody scales by hand", trouble.reverted),
    ("Somebody scales what may differ", trouble.exempted),
    ("A file is deleted", changes.pruned),
    ("A mistake would delete the shop", changes.held),
    ("A cluster does not answer", trouble.unreachable),
    ("The hub dies, and its database with it", trouble.restarted),
)


async def play(console: Console, *, clusters: int, once: bool) -> None:
    """Play the story to its end, or show the fleet until Ctrl-C; raises DemoFailed when a step did not happen."""
    screen = Screen(console)
    with _directory() as directory:
        async with _stage(directory, screen, clusters) as (stage, commit):
            try:
                await (_story(stage, commit) if once else show(stage))
            except FleetError:
                console.print(f"\nwhat the hub logged last:\n{stage.hub.logged()}", markup=False)
                raise


async def _story(stage: Stage, commit: Commit) -> None:
    screen = stage.screen
    screen.step(f"Install a shop on {len(stage.clusters)} clusters")
    await changes.install(stage, commit)
    screen.done()
    for title, step in _STEPS:
        screen.step(title)
        await step(stage)
        screen.done()
    seconds = time.monotonic() - screen.started
    screen.console.print(f"\n[bold]{screen.steps} of {screen.steps} steps happened, in {seconds:.0f} s.[/bold]")


@asynccontextmanager
async def _stage(directory: Path, screen: Screen, count: int) -> AsyncIterator[tuple[Stage, Commit]]:
    """Make the repository, start the clusters and the hub; whatever happens, end them."""
    known = names(count)
    shop = Shop(directory / "shop")
    commit = await shop.open(known)
    async with hosted(directory / "clusters", known) as sandboxes:
        clusters = {name: Shown(sandbox, fleet=FLEET) for name, sandbox in sandboxes.items()}
        registry = directory / "clusters.yaml"
        files = {name: cluster.kubeconfig for name, cluster in clusters.items()}
        registry.write_text(registry_text(shop.path, directory / "state", files, fleet=FLEET), encoding="utf-8")
        hub = HubProcess(registry)
        hub.start()
        try:
            yield Stage(shop, hub, clusters, screen), commit
        finally:
            hub.kill()


@contextmanager
def _directory() -> Iterator[Path]:
    """A directory for everything, that is there as long as the demo is."""
    path = Path(tempfile.mkdtemp(prefix="fleet-demo-"))
    try:
        yield path
    finally:
        _remove(path)


def _remove(path: Path) -> None:
    """Remove a directory with all that is in it."""
    for _ in range(_REMOVALS):  # what a killed hub had started, a fetch, may write for a moment longer
        shutil.rmtree(path, ignore_errors=True)
        if not path.exists():
            return
        time.sleep(0.1)
