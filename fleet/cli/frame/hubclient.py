"""Asks the hub, over its unix socket or the network."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from fleet.cli.frame.exchange import exchange
from fleet.errors import CommandMisused, DeadlineExceeded, HubRefused, HubUnreachable

SECONDS = 30.0
"""How long an answer may take, unless the question says otherwise."""
_STATE = "/var/lib/fleet"
# A plain scalar at the left margin; anything cleverer is left to the real parser, which takes ten times as long to load.
_STATE_LINE = re.compile(r"^state:[ ]+(?P<path>[A-Za-z0-9_./~+-]+)[ ]*(?:#.*)?$", re.MULTILINE)
_BLOCK_START = re.compile(r"\A(?:[ \t]*(?:#.*)?\n|---[ \t]*\n)*[A-Za-z]+:")


class HubClient:
    """One hub. `rings` is the number of the hub's last change at the time of the last answer."""

    def __init__(self, server: str, *, token: str = "") -> None:
        self.server = server
        self.rings = 0
        self._token = token
        self._parts = urlsplit(server)
        if self._parts.scheme not in ("unix", "http") or not (self._parts.path or self._parts.hostname):
            raise CommandMisused(message=f"--server {server!r}: write unix:/path/to/hub.sock or http://127.0.0.1:PORT")

    def get(self, path: str, query: Mapping[str, Any] | None = None, *, seconds: float = SECONDS) -> Any:
        """Ask; gives the answer's JSON. Raises HubUnreachable, HubRefused, DeadlineExceeded."""
        pairs = [(name, each) for name, value in (query or {}).items() for each in _each(value) if each != ""]
        asked = f"/api/v1/{path}" + (f"?{urlencode(pairs)}" if pairs else "")
        return self._exchange("GET", asked, None, seconds)

    def post(
        self, path: str, body: Mapping[str, str], query: Mapping[str, Any] | None = None, *, seconds: float = SECONDS
    ) -> Any:
        """Give an order; gives the answer's JSON."""
        pairs = [(name, each) for name, value in (query or {}).items() for each in _each(value) if each != ""]
        asked = f"/api/v1/{path}" + (f"?{urlencode(pairs)}" if pairs else "")
        return self._exchange("POST", asked, json.dumps(dict(body)), seconds)

    def _exchange(self, method: str, path: str, body: str | None, seconds: float) -> Any:
        headers = {"Host": self._parts.netloc.rpartition("@")[2] or "localhost"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self._connected(seconds) as connection:
                answer = exchange(connection, f"{method} {path}", headers, None if body is None else body.encode())
        except TimeoutError as error:
            raise DeadlineExceeded(what=f"the answer of the hub at {self.server}", seconds=seconds) from error
        except OSError as error:
            raise HubUnreachable(server=self.server, reason=_reason(error)) from error
        self.rings = int(answer.headers.get("fleet-rings") or 0)
        return self._answer(answer.status, answer.body)

    def _answer(self, status: int, text: bytes) -> Any:
        try:
            found = json.loads(text)
        except ValueError as error:
            raise HubUnreachable(server=self.server, reason="what answers there is no hub") from error
        if status >= 400:
            said = found if isinstance(found, dict) else {}
            raise HubRefused(message=str(said.get("message", status)), status=status, error=str(said.get("error", "")))
        return found

    def _connected(self, seconds: float) -> socket.socket:
        if self._parts.scheme == "unix":
            return _connected_to(Path(self._parts.path), seconds)
        return socket.create_connection((self._parts.hostname or "", self._parts.port or 80), timeout=seconds)


def _connected_to(path: Path, seconds: float) -> socket.socket:
    """Connect by the directory's descriptor: an address has at most 107 bytes, a path may have more."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        found.settimeout(seconds)
        directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
        try:
            found.connect(f"/proc/self/fd/{directory}/{path.name}")
        finally:
            os.close(directory)
    except OSError:
        found.close()
        raise
    return found


def segments(*parts: str) -> str:
    """A path of the API, each part made fit for a URL."""
    return "/".join(quote(part, safe="") for part in parts)


def hub_of(options: Any) -> HubClient:
    """The hub that the flags name: by its URL, or by the registry's state directory."""
    server = options.server or f"unix:{state_directory(Path(options.config)) / 'hub.sock'}"
    return HubClient(server, token=options.token)


def state_directory(file: Path) -> Path:
    """The state directory that a registry names. Not all of the registry needs to be right for that."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text"
        message = f"{file} cannot be read ({reason}): name the registry with --config, or the hub with --server"
        raise CommandMisused(message=message) from error
    return file.absolute().parent / Path(_state_in(file, text)).expanduser()


def _state_in(file: Path, text: str) -> str:
    if _BLOCK_START.match(text):
        found = _STATE_LINE.findall(text)
        if len(found) == 1:
            return str(found[0])
        if "state:" not in text and "state" not in text:
            return _STATE
    from fleet.k8syaml import load_documents

    documents = load_documents(text.encode(), file=str(file))
    top = documents[0].value if documents else {}
    said = top.get("state") if isinstance(top, dict) else None
    return said if isinstance(said, str) and said else _STATE


def _each(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):  # labels
        return [f"{name}={wanted}" for name, wanted in value.items()]
    return [str(value)]


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no socket"
    if isinstance(error, PermissionError):
        return "you may not use its socket, which is its owner's alone"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
