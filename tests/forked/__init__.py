"""The command `fleet` as a process of its own that need not import anything: forked from one that did, once.

In: words, a directory, an environment, what to read. Out: what `subprocess.run` gives. Nine tenths of a short run of the
command are imports, and the tests run it some hundred times; all else is as in a process that a shell starts: its own memory,
directory, environment, streams, exit code and end.
Never: for a test of how the command starts, of what it imports, or of a process that lives longer than the call.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

SERVER = Path(__file__).parent / "server.py"
ROOT = Path(__file__).parents[2]

# The first waits until all is imported: some seconds, on a loaded machine a minute.
_START = 100

Done = subprocess.CompletedProcess[str]


def fleet(
    *words: str, cwd: Path | None = None, env: Mapping[str, str] | None = None, stdin: str = "", timeout: float = 100
) -> Done:
    """Run the command; raises TimeoutExpired after killing it."""
    with tempfile.TemporaryFile("w+") as read, tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        read.write(stdin)
        read.seek(0)
        order = {"words": words, "cwd": str(cwd or Path.cwd()), "env": dict(os.environ if env is None else env)}
        code = _SERVER.run(order, (read, out, err), timeout)
        for file in (out, err):
            file.seek(0)
        return Done(["fleet", *words], code, out.read(), err.read())


class _Server:
    """The process that is forked from: started when it is first asked, ends with this one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None

    def run(self, order: Mapping[str, object], streams: tuple[IO[str], ...], timeout: float) -> int:
        """Have an order carried out; gives its exit code, negative for a signal."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                fds = [*(stream.fileno() for stream in streams), theirs.fileno()]
                with self._lock:
                    socket.send_fds(self._started(), [json.dumps(order).encode()], fds)
            ours.settimeout(_START)
            pid = int(ours.recv(16))
            ours.settimeout(timeout)
            try:
                said = ours.recv(16)
            except TimeoutError as error:
                os.kill(pid, signal.SIGKILL)
                raise subprocess.TimeoutExpired(["fleet", *order["words"]], timeout) from error  # type: ignore[misc]
        return int(said) if said else -signal.SIGKILL

    def _started(self) -> socket.socket:
        if self._orders is None:
            # One message is one order.
            self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                self._process = subprocess.Popen(
                    [sys.executable, str(SERVER)], stdin=theirs, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
                )
            atexit.register(self._end)
        return self._orders

    def _end(self) -> None:
        assert self._orders is not None
        assert self._process is not None
        self._orders.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(10)


_SERVER = _Server()
