"""`python -m tests.bench [P1] [P2] …`: measure, print the table, write bench.json."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from fleet import __version__
from tests.bench import command, drift, health, herd, read, render, sandbox, straight_line
from tests.bench.figures import Figure, table, write
from tests.controlplane import ControlPlane
from tests.controlplane.cluster import Options

ALL = ("P1", "P2", "P5", "P9", "P10", "health", "yaml", "render", "sandbox")


async def main(chosen: list[str], *, rounds: int, clusters: int, apps: int) -> list[Figure]:
    """Measure what was chosen."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="fleet-bench-") as name:
        directory = Path(name)
        if "P1" in chosen:
            figures += await straight_line.measure(directory / "P1", rounds=rounds)
        if {"P5", "P10"} & set(chosen):
            figures += [each for each in await _at_rest(directory / "P5") if each.id in chosen]
        if "health" in chosen:
            figures += health.measure()
        if "yaml" in chosen:
            figures += read.measure()
        if "render" in chosen:
            figures += render.measure(directory / "render", apps=apps)
        if "sandbox" in chosen:
            figures += await sandbox.measure(directory / "sandbox", clusters=clusters)
        if {"P2", "P9"} & set(chosen):
            figures += await herd.measure(directory / "herd", chosen, clusters=clusters)
    return figures


async def _at_rest(directory: Path) -> list[Figure]:
    """P5, and P10 of the same hub."""
    plane = await ControlPlane.start(directory / "cluster", options=Options(name=straight_line.CLUSTER, audit=False))
    try:
        hub, figures = await drift.measure(plane, directory)
        try:
            return [*figures, *command.measure(hub)]
        finally:
            hub.end()
    finally:
        plane.stop()


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure.")
    parser.add_argument("chosen", nargs="*", metavar="|".join(ALL), help="default: all")
    parser.add_argument("--rounds", type=int, default=straight_line.ROUNDS, help="of P1")
    parser.add_argument("--clusters", type=int, default=herd.CLUSTERS, help="of P2, P9 and the sandbox")
    parser.add_argument("--apps", type=int, default=render.APPS, help="of render")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where to write the figures")
    given = parser.parse_args()
    unknown = [each for each in given.chosen if each not in ALL]
    if unknown:
        parser.error(f"there is no {unknown[0]}: {', '.join(ALL)}")
    return given


if __name__ == "__main__":
    options = parsed()
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    found = uvloop.run(main(options.chosen or list(ALL), rounds=options.rounds, clusters=options.clusters, apps=options.apps))
    machine |= {"fleet": __version__, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    print(table(found))
    write(found, machine, options.json)
    print(f"written to {options.json}", file=sys.stderr)
