"""Charts of repositories: what `charts.lock` says of those that an App needs."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.errors import ChartNotLocked, SourceInvalid
from fleet.hooks import RenderContext
from fleet.model.charts import LOCK, LockedChart, WantedChart, read_lock
from fleet.model.manifest import Origin


def locked_charts(context: RenderContext, wanted: Mapping[str, tuple[WantedChart, Origin]]) -> dict[str, LockedChart]:
    """Find the one version and digest of each; raises ChartNotLocked, with the place that asks, for one that has none."""
    lock = _lock(context) if wanted else {}
    return {path: _found(lock, chart, origin) for path, (chart, origin) in wanted.items()}


def identity(charts: Mapping[str, LockedChart]) -> tuple[str, str]:
    """What of `charts.lock` counts: the rows of these charts, and no other."""
    return LOCK, " ".join(sorted(f"{chart.wanted.name}@{chart.version}@{chart.digest}" for chart in charts.values()))


def _lock(context: RenderContext) -> Mapping[WantedChart, LockedChart]:
    if context.tree.entry(LOCK) is None:
        return {}
    documents = context.tree.documents(LOCK)
    try:
        return read_lock(documents[0].value if documents else {"charts": []})
    except ValueError as error:
        raise SourceInvalid(file=LOCK, line=1, message=str(error)) from error


def _found(lock: Mapping[WantedChart, LockedChart], chart: WantedChart, origin: Origin) -> LockedChart:
    if chart not in lock:
        raise ChartNotLocked(file=origin.file, line=origin.line, chart=chart)
    return lock[chart]
