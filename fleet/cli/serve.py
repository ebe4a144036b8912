"""Run the hub: fetch, map, sync and heal, until SIGTERM or Ctrl-C.

It logs on stderr. Another `fleet` finds it by the socket in the state directory.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from fleet import __version__
from fleet.aio import owned
from fleet.api import listening
from fleet.cli.frame.codes import FINE
from fleet.cli.frame.logs import log_to_stderr
from fleet.config import FleetConfig, load_config, resolve
from fleet.hooks.registry import Registry, load
from fleet.hub.hub import Hub
from fleet.hub.statedir import StateDirectory, claimed
from fleet.kube.server.open_files import check_open_files
from fleet.reconcile.builtins import BUILTINS
from fleet.store import Keep, Store, sqlite_url

log = logging.getLogger(__name__)

_LAST_WORDS = 5.0
"""Seconds in which the history of the last Syncs may be written when the hub ends."""
_YOUNG = 20_000
"""Objects made before the collector looks for cycles among them; Python's own 700 are less than one Sync makes. What the hub
keeps (manifests, marks) has no cycles, and looking through all of it was an eighth of an installation."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none of its own."""


def run(options: argparse.Namespace) -> int:
    """Run until told to end; then leases are given back, so that the next hub need not wait."""
    config = load_config(Path(options.config))
    log_to_stderr()
    check_open_files(len(config.clusters))
    registry = loaded(config)
    _collect_seldom()
    with claimed(config.state) as directory, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(config, registry, directory))
    log.info("The hub ended")
    return FINE


def _collect_seldom() -> None:
    """Leave what was imported out of every collection, and collect when there is something to find."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, 20, 20)


def loaded(config: FleetConfig) -> Registry:
    """Load the built-ins and the plugins the registry names; a broken one is said, and the others work."""
    registry = load(BUILTINS, plugins=config.plugins, directory=config.file.absolute().parent)
    for broken in registry.broken:
        log.error(
            "A plugin is broken and is not used", extra={"plugin": broken.facts["plugin"], "reason": broken.facts["reason"]}
        )
    return registry


async def _serve(config: FleetConfig, registry: Registry, directory: StateDirectory) -> None:
    store = _store(config)
    await store.open()
    hub = Hub(config, registry=registry, directory=directory, store=store)
    try:
        with _told_to_end() as ending:
            async with listening(hub, directory.socket, tcp=config.listen), owned("serve") as owner:
                owner.forever(hub.run(), name="hub")
                facts = {"version": __version__, "fleet": config.fleet, "clusters": len(config.clusters), "pid": os.getpid()}
                log.info("The hub started", extra={**facts, "socket": str(directory.socket)})
                await ending.wait()
                log.info("The hub was told to end")
    finally:
        await store.close()


def _store(config: FleetConfig) -> Store:
    url = resolve(config.database) if config.database else sqlite_url(config.state)
    given = config.settings.history
    keep = Keep(max_age=given.max_age, max_syncs=given.max_syncs, max_drifts=given.max_drifts)
    return Store(url, now=lambda: datetime.now(UTC), keep=keep)


@contextmanager
def _told_to_end() -> Iterator[asyncio.Event]:
    """Set when the process is told to end; told a second time, it ends at once and its leases run out."""
    loop, ending = asyncio.get_running_loop(), asyncio.Event()

    def told() -> None:
        if ending.is_set():
            os._exit(130)
        ending.set()

    signals = (signal.SIGTERM, signal.SIGINT)
    for each in signals:
        loop.add_signal_handler(each, told)
    try:
        yield ending
    finally:
        for each in signals:
            loop.remove_signal_handler(each)
