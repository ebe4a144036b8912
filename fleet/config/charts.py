"""The file's `charts:`: the repositories that charts may come from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from fleet.config.section import Section
from fleet.model.charts import ChartRepository
from fleet.model.source import Credential

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_EXAMPLE = "https://charts.example.com"


def read_charts(sections: Iterable[Section]) -> Iterator[ChartRepository]:
    """Read each repository; what is wrong is noted."""
    for section in sections:
        url = section.text("repository", example=_EXAMPLE).rstrip("/")
        parts = urlsplit(url)
        if url and (parts.scheme not in ("https", "http", "oci") or not parts.hostname):
            section.error("repository", f"repository {url!r} is no URL: write {_EXAMPLE} or oci://registry.example.com/charts")
        elif parts.username is not None or parts.password is not None:
            section.error(
                "repository", "repository has a user name or password in it: write credential: {username: …, password: …}"
            )
        credential = _credential(section)
        if credential and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            section.error("repository", "repository: http:// would send the credential in the clear: write https://")
        section.done()
        if url:
            yield ChartRepository(url=url, credential=credential)


def _credential(section: Section) -> Credential | None:
    if not section.has("credential"):
        return None
    inner = section.section("credential")
    username = inner.text("username", example="fleet")
    password = inner.secret("password")
    if not password and not inner.has("password"):
        inner.missing("password", "env:CHARTS_PASSWORD")
    inner.done()
    return Credential(username, password) if password else None
