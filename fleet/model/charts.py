"""Charts of repositories: what is asked for, what `charts.lock` says of it, and where they come from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.model.source import Credential

LOCK = "charts.lock"
"""At the repository's root; `fleet chart lock` writes it."""

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_FIELDS = ("repository", "name", "wanted", "version", "digest")
_HEAD = "# Written by `fleet chart lock`: the charts of repositories, each at the one version and content that is rendered.\n"


@dataclass(frozen=True, slots=True, order=True)
class WantedChart:
    """A chart of a repository as somebody asks for it; the version may be a range."""

    repository: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.name} {self.version} of {self.repository}"


@dataclass(frozen=True, slots=True, order=True)
class LockedChart:
    """The one version and content of a chart that stands for what was asked."""

    wanted: WantedChart
    version: str
    digest: str
    """`sha256:` and the hash of the packaged chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRepository:
    """A repository that charts may come from: `https://…`, `http://…` or `oci://…`."""

    url: str
    credential: Credential | None = None


def wanted_chart(repository: str, name: str, version: str) -> WantedChart:
    """Name a chart; a repository is the same with and without a slash at its end."""
    return WantedChart(repository.rstrip("/"), name, version)


def read_lock(value: Any) -> Mapping[WantedChart, LockedChart]:
    """Read what `charts.lock` says; raises ValueError with what is wrong."""
    rows = value.get("charts") if isinstance(value, Mapping) else None
    if not isinstance(rows, list):
        raise ValueError("charts is a list; write the file with fleet chart lock")
    return {locked.wanted: locked for locked in map(_locked, rows)}


def lock_text(charts: Iterable[LockedChart]) -> str:
    """Write `charts.lock`: the same charts give the same text, and one more is one more row."""
    lines = [_HEAD, "charts:\n"] if (charts := sorted(charts)) else [_HEAD, "charts: []\n"]
    for chart in charts:
        values = (chart.wanted.repository, chart.wanted.name, chart.wanted.version, chart.version, chart.digest)
        rows = [f"{field}: {json.dumps(value)}\n" for field, value in zip(_FIELDS, values, strict=True)]
        lines += [f"  - {rows[0]}", *(f"    {row}" for row in rows[1:])]
    return "".join(lines)


def _locked(row: Any) -> LockedChart:
    if not isinstance(row, Mapping) or set(row) != set(_FIELDS) or not all(isinstance(row[name], str) for name in _FIELDS):
        raise ValueError(f"a chart has {', '.join(_FIELDS)}, each a text")
    if not _DIGEST.fullmatch(row["digest"]):
        raise ValueError(f"{row['digest']!r} is no digest: sha256: and 64 digits")
    return LockedChart(wanted_chart(row["repository"], row["name"], row["wanted"]), row["version"], row["digest"])
