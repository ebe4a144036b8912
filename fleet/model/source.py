"""A Source: the git repository that says what the fleet should be, and how it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from fleet.model.cluster import SecretRef


@dataclass(frozen=True, slots=True)
class Credential:
    """The user name and password (or token) an HTTP server asks for."""

    username: str
    password: SecretRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A git repository, its branch, the directory of the tree in it, and how often to look."""

    url: str
    """`https://…`, `http://…`, `file://…`, or an absolute path; never with a user name or password in it."""
    branch: str = "main"
    path: str = "clusters"
    interval: float = 60.0
    """Seconds between two looks, before jitter."""
    aliases: tuple[str, ...] = ()
    """Other URLs under which the same repository is named in the tree."""
    credential: Credential | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        """Every URL under which the repository is named, its own first."""
        return (self.url, *self.aliases)

    @property
    def local(self) -> Path | None:
        """The directory of a path or `file://` URL; None for a remote."""
        if "://" not in self.url:
            return Path(self.url)
        parts = urlsplit(self.url)
        return Path(unquote(parts.path)) if parts.scheme == "file" else None
