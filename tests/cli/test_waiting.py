"""The command asks a hub again and again, also one that stands still for a while."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from fleet.cli.frame.hubclient import HubClient
from fleet.cli.frame.waiting import Patience, Question
from fleet.errors import DeadlineExceeded

SILENT = 2
"""Which of the questions is not answered."""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[HubClient]:
    """One that says that there was a change whenever it is asked for one, and whose second answer to a question never comes."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "hub.sock"))
    listener.listen()
    kept: list[socket.socket] = []

    def serve() -> None:
        questions = 0
        with suppress(OSError):  # it is closed
            while True:
                connection, _ = listener.accept()
                question = b"/goal" in connection.recv(4096)
                questions += question
                if question and questions == SILENT:
                    kept.append(connection)
                    continue
                said = b'{"over": %s}' % (b"true" if questions > SILENT else b"false")
                connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said))
                connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield HubClient(f"unix:{tmp_path}/hub.sock")
    listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    for each in (listener, *kept):
        each.close()


def test_a_hub_that_stands_still_meanwhile_is_asked_again(hub: HubClient, capsys: pytest.CaptureFixture[str]) -> None:
    limits = iter((60.0, 0.1, 60.0))
    question = Question(ask=lambda: hub.get("goal", seconds=next(limits)), ends=lambda found: found["over"], lines=lambda _: {})
    assert Patience("10m").until(hub, question) == ({"over": True}, True)
    assert "was not done within 0.1 s" in capsys.readouterr().err


def test_a_hub_that_does_not_answer_at_first_is_an_error(hub: HubClient) -> None:
    assert hub.get("goal") == {"over": False}
    question = Question(ask=lambda: hub.get("goal", seconds=0.1), ends=lambda _: True, lines=lambda _: {})
    with pytest.raises(DeadlineExceeded):
        Patience("10m").until(hub, question)
