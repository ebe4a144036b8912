"""Sandbox clusters in a process of their own, and the questions a benchmark asks of it.

`python -m tests.bench.sandboxes DIRECTORY NAME…` serves them; it takes one question a line and gives one answer a line, in JSON.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import uvloop

from fleet.sandbox.audit import Entry
from fleet.sandbox.cluster import SandboxCluster
from fleet.sandbox.host import Sandboxes
from tests.controlplane.processes import LEASH

ROOT = Path(__file__).parents[2]
WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
_TICK = 0.002


class Farm:
    """The process, seen from the benchmark."""

    def __init__(self, directory: Path, names: Sequence[str]) -> None:
        begun = time.monotonic()
        command = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid())]
        command += [sys.executable, "-m", "tests.bench.sandboxes", str(directory), *names]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.ways: dict[str, dict[str, str]] = self._read()
        """By cluster: its `server`, `token` and `kubeconfig`."""
        self.started = time.monotonic() - begun
        """Seconds until all of them served."""

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def ask(self, what: str, *words: str) -> Any:
        """Ask: `mark`, `since`, `first NAME`, `cpu`."""
        assert self._process.stdin
        self._process.stdin.write(orjson.dumps([what, *words]) + b"\n")
        self._process.stdin.flush()
        return self._read()

    def resident(self) -> int:
        """The bytes of memory it has now."""
        fields = Path(f"/proc/{self.pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

    def end(self) -> None:
        """End it, and all its clusters."""
        self._process.kill()
        self._process.wait(timeout=30)

    def _read(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the sandboxes ended by themselves"
        return orjson.loads(line)


class _Answers:
    def __init__(self, sandboxes: Sandboxes) -> None:
        self._clusters = sandboxes.clusters
        self._marks: dict[str, int] = {}

    async def answer(self, what: str, *words: str) -> Any:
        return await getattr(self, f"_{what}")(*words)

    async def _mark(self) -> None:
        self._marks = {name: cluster.audit_mark() for name, cluster in self._clusters.items()}

    async def _since(self) -> dict[str, dict[str, int]]:
        """By cluster: how many requests came since the mark, by `verb path`; of objects, the collection's path."""
        return {name: dict(Counter(_kinds(cluster, self._marks[name]))) for name, cluster in self._clusters.items()}

    async def _first(self, name: str) -> float:
        """Wait for the first write since the mark that is not a lease's; gives its moment."""
        while True:
            for entry in self._clusters[name].audit.entries(self._marks[name]):
                if entry.verb in WRITES and entry.reference.get("resource") != "leases":
                    return entry.received
            await asyncio.sleep(_TICK)

    async def _cpu(self) -> float:
        return time.process_time()


def _kinds(cluster: SandboxCluster, mark: int) -> list[str]:
    return [f"{entry.verb} {_collection(entry)}" for entry in cluster.audit.entries(mark)]


def _collection(entry: Entry) -> str:
    path, name = entry.uri.partition("?")[0], entry.reference.get("name", "")
    return path.removesuffix(f"/{name}") if name else path


async def _serve(directory: Path, names: Sequence[str]) -> None:
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin.buffer)
    async with Sandboxes(directory) as sandboxes:
        for name in names:
            (await sandboxes.add(name)).audit.bodies = False
        _say(
            {
                name: {"server": cluster.server, "token": cluster.token_of(), "kubeconfig": str(cluster.kubeconfig)}
                for name, cluster in sandboxes.clusters.items()
            }
        )
        answers = _Answers(sandboxes)
        while line := await lines.readline():
            _say(await answers.answer(*orjson.loads(line)))


def _say(answer: Any) -> None:
    sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    uvloop.run(_serve(Path(sys.argv[1]), sys.argv[2:]))
