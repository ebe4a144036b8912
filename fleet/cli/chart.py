"""Write charts.lock: the version and digest of every chart of a repository that an App asks for.

What Apps ask for is read at the commit that PATH, a checkout, is at; commit what this wrote. A chart that is locked stays as it
is, unless --upgrade is said; what nobody asks for any more leaves the file.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fleet.cli.frame.codes import ERROR, FINE
from fleet.cli.frame.show import say
from fleet.errors import ChartRepositoryUnknown, CommandMisused, FleetError

if TYPE_CHECKING:
    from fleet.cli.frame.checkout import Mapped
    from fleet.config import FleetConfig
    from fleet.model.app import App
    from fleet.model.charts import LockedChart, WantedChart


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is done, and where."""
    parser.add_argument("action", choices=("lock",), metavar="lock")
    parser.add_argument("path", nargs="?", default="", metavar="PATH", help="a checkout; default as for fleet map")
    parser.add_argument("--upgrade", action="store_true", help="look anew for the newest version in each range")


def run(options: argparse.Namespace) -> int:
    """Write the file."""
    from fleet.cli.frame.checkout import open_repository
    from fleet.model.charts import LOCK, lock_text

    checkout = open_repository(options, options.path)
    file = _root(Path(options.path) if options.path else checkout.config.source.local or Path.cwd()) / LOCK
    mapped = asyncio.run(checkout.map())
    known = _known(file)
    wanted, errors = _wanted(mapped)
    # A chart nobody asks for leaves only where everything could be read.
    locked = dict(known) if errors or mapped.map.problems else {chart: known[chart] for chart in wanted if chart in known}
    for chart in sorted(wanted):
        if chart in known and not options.upgrade:
            continue
        try:
            locked[chart] = _resolved(checkout.config, chart)
        except FleetError as error:
            errors.append(str(error))
        else:
            say(f"{chart}: {locked[chart].version} {locked[chart].digest}")
    file.write_text(lock_text(locked.values()), encoding="utf-8")
    for line in errors:
        say(line)
    return ERROR if errors else FINE


def _root(start: Path) -> Path:
    """The top of the checkout."""
    for path in (start.absolute(), *start.absolute().parents):
        if (path / ".git").exists():
            return path
    raise CommandMisused(message=f"{start} is no checkout, and charts.lock stands at the top of one")


def _known(file: Path) -> Mapping[WantedChart, LockedChart]:
    from fleet.k8syaml import load_documents
    from fleet.model.charts import read_lock

    if not file.exists():
        return {}
    documents = load_documents(file.read_bytes(), file=str(file))
    try:
        return read_lock(documents[0].value if documents else {"charts": []})
    except ValueError as error:
        raise CommandMisused(message=f"{file}: {error}") from error


def _wanted(mapped: Mapped) -> tuple[set[WantedChart], list[str]]:
    found: set[WantedChart] = set()
    errors: list[str] = []
    for cluster in mapped.map.clusters.values():
        for desired in cluster.apps.values():
            try:
                found.update(_of_app(mapped, desired.app))
            except FleetError as error:
                errors += [] if str(error) in errors else [str(error)]
    return found, errors


def _of_app(mapped: Mapped, app: App) -> Iterator[WantedChart]:
    """The charts an App asks for: its own, or dependencies of those in its directories."""
    from fleet.mapping.composed import parts_of
    from fleet.model.charts import wanted_chart
    from fleet.render.builtin.helm.chart import CHART, chart_at

    for part in parts_of(app):
        said = part.options.get("chart")
        if isinstance(said, Mapping):
            yield wanted_chart(*(str(said.get(name, "")) for name in ("repository", "name", "version")))
        elif mapped.tree.entry(f"{part.path}/{CHART}".lstrip("/")) is not None:
            yield from (chart for chart, _ in chart_at(mapped.tree, part.path).wanted.values())


def _resolved(config: FleetConfig, chart: WantedChart) -> LockedChart:
    from fleet.config import resolve
    from fleet.source.charts import resolved

    for repository in config.charts:
        if repository.url == chart.repository:
            return resolved(chart, repository, resolve)
    raise ChartRepositoryUnknown(repository=chart.repository, chart=chart)
