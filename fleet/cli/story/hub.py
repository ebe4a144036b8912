"""The hub of the demo: `fleet serve`, a process of its own, that can be killed like one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleet.aio import Threads
from fleet.cli.frame.hubclient import HubClient
from fleet.errors import ProcessDied

_SECONDS = 30.0
_TAIL = 15
# It dies with the demo, however that ends (prctl(2): PR_SET_PDEATHSIG). Said by the child itself: a preexec_fn may
# deadlock where there are threads.
_CHILD = """
import ctypes, os, signal, sys
parent = int(sys.argv.pop(1))
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() != parent:
    sys.exit(1)
from fleet.cli import main
sys.exit(main())
"""


class HubProcess:
    """A hub as an operator's machine runs it; `kill` is `kill -9`."""

    def __init__(self, registry: Path) -> None:
        self.registry = registry
        self.state = registry.parent / "state"
        self.log = registry.parent / "hub.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._client = HubClient(f"unix:{self.state / 'hub.sock'}")
        self._threads = Threads(limit=4, name="ask the hub")

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; what it logs goes to `log`."""
        command = [sys.executable, "-c", _CHILD, str(os.getpid()), "--config", str(self.registry), "serve"]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=_SECONDS)
            self._process = None

    def check(self) -> None:
        """Raise ProcessDied when it ended by itself."""
        if self._process is not None and (code := self._process.poll()) is not None:
            raise ProcessDied(what=f"the hub, which logged:\n{self.logged()}\n", returncode=code)

    def forget_history(self) -> list[str]:
        """Delete the database; gives the names of its files."""
        found = sorted(self.state.glob("fleet.db*"))
        for file in found:
            file.unlink()
        return [file.name for file in found]

    def logged(self) -> str:
        """The last lines of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-_TAIL:])

    async def ask(self, path: str, query: Mapping[str, Any] | None = None) -> Any:
        """Ask its API, as the command does; raises HubUnreachable."""
        return await self._threads.run(self._client.get, path, query, seconds=_SECONDS, what=f"ask for {path}")
