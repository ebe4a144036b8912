"""Child processes that never outlive their parent, and ports for them."""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.controlplane.binaries import HERE, ControlPlaneError

# Below the ephemeral range of Linux (32768 on), so that no outgoing connection takes a port between choice and use,
# nor while a server is down and is to come back on the same one.
# Each process of a test run has its own: none takes that of another one's server which is down for a moment.
_WORKER, _WORKERS = os.environ.get("PYTEST_XDIST_WORKER", "gw0"), os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")
PORTS = range(20000, 32000)[int(_WORKER.removeprefix("gw")) :: int(_WORKERS)]
LEASH = HERE / "leash.py"


class Ports(NamedTuple):
    """The ports that one cluster listens on."""

    server: int
    etcd: int
    peer: int


def free_ports() -> Ports:
    """Choose ports that nobody listens on now; a caller retries when one is taken meanwhile."""
    free = (port for port in random.sample(PORTS, k=len(PORTS)) if _is_free(port))
    return Ports(*itertools.islice(free, len(Ports._fields)))


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port whose last connections are in TIME_WAIT is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Child:
    """One process of a control plane: started in its directory, its output kept in a file."""

    def __init__(self, command: Sequence[str | Path], *, log: Path) -> None:
        self.name = Path(command[0]).name
        self.log = log
        self._process = _spawn([str(part) for part in command], log)

    @property
    def pid(self) -> int:
        """The process id, also after its end."""
        return self._process.pid

    def is_running(self) -> bool:
        """Say whether the process has not ended; a paused one is running."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raise with the end of its log when the process has ended."""
        if not self.is_running():
            raise ControlPlaneError(f"{self.name} ended with {self._process.returncode}:\n{self.tail()}")

    def pause(self) -> None:
        """Stop it in its tracks: connections stay open, nothing is answered."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, paused or not, and reap it."""
        self._process.kill()
        self._process.wait(timeout=30)

    def tail(self, lines: int = 20) -> str:
        """Return the last lines it printed."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def kill(children: Iterable[Child]) -> None:
    """End several at once."""
    for child in children:
        child.kill()


def _spawn(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    # The kernel counts the *thread* that started a process as its parent: it would die with a worker thread.
    if threading.current_thread() is not threading.main_thread():
        raise ControlPlaneError("start control planes from the main thread: their processes live as long as it does")
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(log.parent), "TMPDIR": str(log.parent)}
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=environment,
            cwd=log.parent,
            start_new_session=True,  # Ctrl-C is for the tests, which then stop their clusters in order.
        )
