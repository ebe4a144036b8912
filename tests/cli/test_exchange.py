"""One request of the command to the hub, byte by byte."""

from __future__ import annotations

import socket

import pytest

from fleet.cli.frame.exchange import Answer, exchange

OK = b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nFleet-Rings: 7\r\n\r\n{}"


def answered(answer: bytes, *, body: bytes | None = None) -> tuple[Answer, bytes]:
    """Ask somebody who answers so and closes; gives also what was asked."""
    here, there = socket.socketpair()
    with here, there:
        there.sendall(answer)
        there.shutdown(socket.SHUT_WR)
        found = exchange(here, "GET /api/v1/status", {"Host": "hub"}, body)
        here.shutdown(socket.SHUT_WR)
        with there.makefile("rb") as asked:
            return found, asked.read()


def test_an_answer_is_its_status_headers_and_body() -> None:
    assert answered(OK)[0] == Answer(200, {"content-length": "2", "fleet-rings": "7"}, b"{}")


def test_a_body_goes_with_its_length() -> None:
    assert answered(OK, body=b"{1}")[1] == b"GET /api/v1/status HTTP/1.0\r\nHost: hub\r\nContent-Length: 3\r\n\r\n{1}"


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    assert answered(b"HTTP/1.1 404 Not Found\n\nnothing")[0] == Answer(404, {}, b"nothing")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="another protocol"),
        pytest.param(b"HTTP/1.0 fine\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/1.0 200 OK\r\nno header\r\n\r\n", id="no header"),
        pytest.param(b"HTTP/1.0 200 OK\r\n" + 101 * b"A: b\r\n" + b"\r\n", id="too many headers"),
        pytest.param(OK[:-1], id="cut short"),
    ],
)
def test_what_is_not_a_whole_answer_is_an_error(answer: bytes) -> None:
    with pytest.raises(ConnectionError):
        answered(answer)
