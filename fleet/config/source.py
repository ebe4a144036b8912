"""The file's `source:`: where the monorepo is and how it is reached."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from fleet.config.section import Section
from fleet.config.words import is_branch, placed
from fleet.model.source import Credential, Source

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_USUAL = 60.0  # seconds: a push webhook makes the hub look at once, this is for when it got lost
_REMOTE = (30.0, 180.0)  # more often is a burden for a git server, less often too late for people
_LOCAL = (1.0, 86400.0)
_SSH = "SSH is not supported yet: write an https:// URL, with credential: {username: …, password: env:GIT_TOKEN}"


def read_source(section: Section) -> Source:
    """Read `source:`; what is wrong is noted."""
    url = _url(section)
    low, high = _LOCAL if Source(url=url).local else _REMOTE
    source = Source(
        url=url,
        branch=section.checked("branch", default="main", example="main", rule="the name of a branch", holds=is_branch),
        path=repository_path(section, "path", default="clusters"),
        interval=section.seconds("interval", _USUAL, low=low, high=high),
        aliases=section.texts("aliases"),
        credential=_credential(section, url),
    )
    _refuse_verify(section)
    section.done()
    return source


def repository_path(section: Section, name: str, *, default: str = "") -> str:
    """A directory in the monorepo, from its root, without slashes around it."""
    value = section.text(name, default=default)
    if value.startswith("/") or ".." in value.split("/"):
        section.error(name, f"{name} {value!r} leads out of the repository: write it from the repository's root, without ..")
        return default
    return "/".join(part for part in value.split("/") if part not in ("", "."))


def _url(section: Section) -> str:
    written = section.text("url", example="https://git.example.com/platform/fleet.git")
    if not written:
        return "/"
    if "://" not in written and ":" in written.split("/", maxsplit=1)[0]:
        section.error("url", f"url: {_SSH}")
        return "/"
    if "://" not in written:
        return str(placed(written, section.problems.directory))
    _check_url(section, written)
    return written


def _check_url(section: Section, written: str) -> None:
    parts = _split(written)
    if parts is None or (parts.scheme != "file" and not parts.hostname):
        section.error("url", "url is no URL: write for example https://git.example.com/platform/fleet.git")
    elif parts.scheme == "ssh":
        section.error("url", f"url: {_SSH}")
    elif parts.scheme not in ("https", "http", "file"):
        section.error("url", f"url: {parts.scheme}:// is not supported: write https://, file:// or a path")
    elif parts.username is not None or parts.password is not None:
        section.error("url", "url has a user name or password in it: write credential: {username: …, password: env:GIT_TOKEN}")
    elif parts.scheme == "file" and (parts.netloc not in ("", "localhost") or not parts.path.startswith("/")):
        section.error("url", "url: a file URL has three slashes and an absolute path: write file:///srv/git/fleet.git")


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.port is None or parts.port else None
    except ValueError:
        return None


def _credential(section: Section, url: str) -> Credential | None:
    if not section.has("credential"):
        return None
    inner = section.section("credential")
    ssh = [name for name in ("sshKey", "knownHosts") if inner.has(name)]
    for name in ssh:
        inner.secret(name)
        inner.error(name, f"credential.{name}: {_SSH}")
    username = inner.text("username", example="" if ssh else "fleet")
    password = inner.secret("password")
    if not password and not inner.has("password") and not ssh:
        inner.missing("password", "env:GIT_TOKEN")
    inner.done()
    parts = _split(url)
    if Source(url=url).local:
        section.error("credential", "credential has no use for a path or file URL: remove it")
    elif parts and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        section.error("url", "url: http:// would send the credential in the clear: write https://")
    return Credential(username, password) if password else None


def _refuse_verify(section: Section) -> None:
    if not section.has("verify"):
        return
    inner = section.section("verify")
    mode = inner.text("mode", default="head")
    if mode not in ("head", "none"):
        inner.error("mode", f"mode {mode!r} is neither head nor none")
    inner.texts("keys")
    inner.done()
    if mode != "none":
        section.error("verify", "verify: checking signatures is not supported yet, so nothing would be checked: remove it")
