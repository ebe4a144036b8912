"""The state directory: one hub at a time, and an id by which a lease tells this directory's hubs from others."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fleet.errors import StateDirectoryLocked


@dataclass(frozen=True, slots=True, kw_only=True)
class StateDirectory:
    """The directory a hub keeps its caches, its database and its socket in. All of it may be deleted while no hub runs."""

    path: Path
    id: str
    """Names the directory, not the hub: made once, so that a restarted hub takes its own leases over at once."""
    nonce: str
    """Names this life of the hub."""

    @property
    def holder(self) -> str:
        """Who holds a lease: `<state directory id>/<process nonce>`."""
        return f"{self.id}/{self.nonce}"

    @property
    def socket(self) -> Path:
        """Where the command finds the hub."""
        return self.path / "hub.sock"


@contextmanager
def claimed(path: Path) -> Iterator[StateDirectory]:
    """Hold the directory's lock for the life of a hub; raises StateDirectoryLocked when another hub has it.

    The lock is the kernel's (flock): it ends with the process, however that dies.
    """
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateDirectoryLocked(path=path) from error
        yield StateDirectory(path=path, id=_identity(path / "id"), nonce=secrets.token_hex(4))
    finally:
        os.close(lock)


def _identity(file: Path) -> str:
    if file.exists() and (found := file.read_text().strip()):
        return found
    made = secrets.token_hex(8)
    temporary = file.with_suffix(".new")
    temporary.write_text(made)
    temporary.replace(file)
    return made
