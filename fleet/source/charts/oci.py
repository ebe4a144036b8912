"""Charts in an OCI registry: https://helm.sh/docs/topics/registries/ and the distribution specification."""

from __future__ import annotations

import json
from urllib.parse import urljoin, urlsplit

from fleet.errors import ChartUnreachable
from fleet.source.charts.web import Web

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONTENT = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PAGES = 100  # of tags: a registry that names the next page for ever is not asked for ever


def versions(web: Web, name: str) -> list[str]:
    """All versions of a chart; a tag has `_` where a version has `+`."""
    url = f"{_base(web, name)}/tags/list"
    found: list[str] = []
    for _ in range(_PAGES):
        answer = web.get(url)
        found += json.loads(answer.body).get("tags") or []
        following = answer.headers.get("link", "").partition(">")[0].partition("<")[2]
        if not following:
            break
        url = urljoin(url, following)
    return [str(tag).replace("_", "+") for tag in found]


def digest(web: Web, name: str, version: str) -> str:
    """The digest of a version's content."""
    url = f"{_base(web, name)}/manifests/{version.replace('+', '_')}"
    layers = json.loads(web.get(url, accept=_MANIFEST).body).get("layers") or []
    for layer in layers:
        if layer.get("mediaType") == _CONTENT:
            return str(layer["digest"])
    raise ChartUnreachable(url=url, reason="it is no Helm chart")


def content(web: Web, name: str, digest: str) -> bytes:
    """The packaged chart with a digest."""
    return web.get(f"{_base(web, name)}/blobs/{digest}").body


def _base(web: Web, name: str) -> str:
    parts = urlsplit(web.repository.url)
    scheme = "http" if parts.hostname in _LOOPBACK else "https"
    return f"{scheme}://{parts.netloc}/v2{parts.path.rstrip('/')}/{name}"
