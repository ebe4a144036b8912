"""What `fleet chart lock` asks a repository: the newest version in a range, and its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable

from fleet.errors import ChartMissing
from fleet.model.charts import ChartRepository, LockedChart, WantedChart
from fleet.model.cluster import SecretRef
from fleet.model.versions import newest
from fleet.source.charts import index, oci
from fleet.source.charts.web import Web


def resolved(wanted: WantedChart, repository: ChartRepository, secret: Callable[[SecretRef], str]) -> LockedChart:
    """Find the version and digest to lock; fetches the chart of an HTTP repository, whose index may be wrong. Blocks."""
    web = Web(repository, secret)
    of_registry = repository.url.startswith("oci://")
    there = oci.versions(web, wanted.name) if of_registry else index.entries(web, wanted.name)
    version = wanted.version if wanted.version in there else _newest(wanted.version, there)
    if not version:
        raise ChartMissing(repository=wanted.repository, chart=f"{wanted.name} {wanted.version}")
    if of_registry:
        return LockedChart(wanted, version, oci.digest(web, wanted.name, version))
    content = index.content(web, wanted.name, version)
    return LockedChart(wanted, version, f"sha256:{hashlib.sha256(content).hexdigest()}")


def _newest(wanted: str, there: Iterable[str]) -> str:
    try:
        return newest(wanted, there)
    except ValueError:  # a tag, or a word, that is not there: no range either
        return ""
