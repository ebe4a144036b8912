"""Charts in an HTTP repository: its index.yaml, and the archives that names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin

from fleet.errors import ChartMissing, ChartUnreachable, YamlError
from fleet.k8syaml import Limits, load_documents
from fleet.source.charts.web import LARGEST, Web

# The largest public index has a hundred thousand versions.
_LIMITS = Limits(max_bytes=LARGEST, max_values=20_000_000)


def entries(web: Web, name: str) -> Mapping[str, Mapping[str, Any]]:
    """What the index says of each version of a chart."""
    url = f"{web.repository.url.rstrip('/')}/index.yaml"
    try:
        documents = load_documents(web.get(url).body, file=url, limits=_LIMITS)
        rows = documents[0].value["entries"].get(name) or []
        return {str(row["version"]): row for row in rows}
    except YamlError as error:
        raise ChartUnreachable(url=url, reason=error) from error
    except (LookupError, TypeError, AttributeError) as error:
        raise ChartUnreachable(url=url, reason="it is no index of a chart repository") from error


def content(web: Web, name: str, version: str) -> bytes:
    """The packaged chart of a version, whatever its digest."""
    said = entries(web, name).get(version, {})
    urls = said.get("urls") or []
    if not urls:
        raise ChartMissing(repository=web.repository.url, chart=f"{name} {version}")
    return web.get(urljoin(f"{web.repository.url.rstrip('/')}/", str(urls[0]))).body
