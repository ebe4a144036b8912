"""The hub of a soak: `fleet serve`, a process of its own, that can be killed like one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.controlplane.processes import LEASH

FLEET = f"{sysconfig.get_path('scripts')}/fleet"


def environment() -> dict[str, str]:
    """As users have it: Python keeps what it compiled."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


class HubProcess:
    """A hub as an operator's machine runs it; `kill` is `kill -9`."""

    def __init__(self, registry: Path) -> None:
        self.registry = registry
        self.state = registry.parent / "state"
        self.log = registry.parent / "hub.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and not killed."""
        return self._process is not None

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; it dies with this process."""
        command = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid())]
        command += [sys.executable, FLEET, "--config", str(self.registry), "serve"]
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def check(self) -> None:
        """Fail when it ended by itself."""
        if self._process is not None and self._process.poll() is not None:
            raise AssertionError(f"the hub ended with {self._process.returncode}:\n{self.told()}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.check()
        self.end()

    def end(self) -> None:
        """The same, whether it runs or ended by itself."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=30)
            self._process = None

    def told(self) -> str:
        """What it says of every App, and what it logged last."""
        command = [sys.executable, FLEET, "--config", str(self.registry), "get"]
        asked = subprocess.run(command, capture_output=True, text=True, timeout=30)
        logged = self.log.read_text(errors="replace").splitlines()[-40:]
        return "\n".join([asked.stdout, asked.stderr, *logged])

    def forget_history(self, *, whole: bool = True) -> None:
        """Delete the database, running or not; not `whole`: but for the journal beside it."""
        for file in self.state.glob("fleet.db*" if whole else "fleet.db"):
            file.unlink(missing_ok=True)

    def forget_everything(self) -> None:
        """Delete the state directory, of a hub that is not running."""
        assert not self.running
        shutil.rmtree(self.state, ignore_errors=True)
