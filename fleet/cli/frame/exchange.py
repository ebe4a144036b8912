"""One request and its answer, over a socket of its own: HTTP/1.0, which has no parts, no encodings and ends with the connection.

Python's own client brings a parser of mail and TLS with it: half of what a command that asks the hub would take to start.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import BinaryIO, NamedTuple

_LONGEST_LINE = 65536
_MOST_HEADERS = 100


class Answer(NamedTuple):
    """A status, the headers by their names in lower case, and the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def exchange(connection: socket.socket, request: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    """Send a request (`GET /path`) and read its answer. Raises OSError, also where what comes is no answer."""
    length = {} if body is None else {"Content-Length": str(len(body))}
    lines = [f"{request} HTTP/1.0", *(f"{name}: {value}" for name, value in {**headers, **length}.items()), "", ""]
    connection.sendall("\r\n".join(lines).encode("latin-1") + (body or b""))
    with connection.makefile("rb") as answer:
        status = _status(answer)
        told = dict(_headers(answer))
        text = answer.read()
    expected = told.get("content-length", "")
    if expected.isdigit() and len(text) < int(expected):
        raise ConnectionError("the answer was cut short")
    return Answer(status, told, text)


def _status(answer: BinaryIO) -> int:
    words = answer.readline(_LONGEST_LINE).split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise ConnectionError("what answers there is no hub")
    return int(words[1])


def _headers(answer: BinaryIO) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    while (line := answer.readline(_LONGEST_LINE)).strip():
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or len(found) == _MOST_HEADERS:
            raise ConnectionError("what answers there is no hub")
        found.append((name.strip().lower(), value.strip()))
    return found
