"""Run a command, or a Python function in a process of its own, with a deadline that kills it."""

from __future__ import annotations

import asyncio
import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fleet.aio.limit import deadline
from fleet.aio.tasks import grouped
from fleet.errors import DeadlineExceeded, OutputTooLarge, ProcessDied, ProcessNotStarted, ProcessTimedOut

T = TypeVar("T")
_CHUNK = 64 * 1024  # a pipe's capacity on Linux
_ANSWER_LIMIT = 64 * 1024 * 1024  # of a function: far above any answer of ours, below what harms the hub


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run: arguments, directory, the whole environment (None: the hub's own), and what it reads."""

    argv: Sequence[str | Path]
    cwd: Path | None = None
    env: Mapping[str, str] | None = None
    stdin: bytes = b""
    max_memory: int = 0
    """Bytes it may allocate, where the system can bound it (Linux); 0: as many as there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a command wrote, and its exit code (negative: the signal that ended it)."""

    stdout: bytes
    stderr: bytes
    returncode: int


async def run_process(command: Command, *, seconds: float, max_output: int, what: str, setting: str = "max_output") -> Finished:
    """Run a command to its end; whatever happens, nothing of its process group is left.

    Raises ProcessTimedOut, OutputTooLarge (stdout and stderr together; `setting` names what raises the limit) and
    ProcessNotStarted, each naming `what`. An exit code is not judged here.
    """
    process = await _start(command, what)
    _bound(process.pid, command.max_memory)
    output = _Output(limit=max_output, what=what, setting=setting)
    try:
        async with deadline(seconds, what):
            return await _finish(process, command.stdin, output)
    except DeadlineExceeded as error:
        raise ProcessTimedOut(what=what, seconds=seconds) from error
    finally:
        await _end(process)


async def call_in_process(function: Callable[..., T], *arguments: Any, seconds: float, what: str) -> T:
    """Call a module-level function in a fresh interpreter; it is killed at the deadline. Costs about 50 ms.

    Function, arguments, result and error go through pickle over pipes, never over the command line. Raises what the
    function raises, ProcessTimedOut, or ProcessDied when there was no answer.
    """
    call = pickle.dumps(sys.path) + pickle.dumps((function, arguments))
    command = Command(argv=[sys.executable, "-P", "-c", _CHILD], stdin=call)
    done = await run_process(command, seconds=seconds, max_output=_ANSWER_LIMIT, what=what)
    try:
        succeeded, answer = pickle.loads(done.stdout)  # noqa: S301 - written by our own child, over its own pipe
    except (EOFError, pickle.UnpicklingError) as error:
        raise ProcessDied(what=what, returncode=done.returncode) from error
    if succeeded:
        return answer  # type: ignore[no-any-return]
    raise answer


# The first thing is to keep stdout for the answer: what the function prints goes to stderr. sys.path comes first, so that
# the function can be found; an error that cannot be pickled comes as its text.
_CHILD = """
import os, pickle, sys
answer, sys.stdout = os.fdopen(os.dup(1), 'wb'), sys.stderr
os.dup2(2, 1)
sys.path[:] = pickle.load(sys.stdin.buffer)
try:
    function, arguments = pickle.load(sys.stdin.buffer)
    result = (True, function(*arguments))
    data = pickle.dumps(result)
except BaseException as error:
    try:
        data = pickle.dumps((False, error))
        pickle.loads(data)
    except Exception:
        data = pickle.dumps((False, RuntimeError(f'{type(error).__name__}: {error}')))
answer.write(data)
answer.close()
"""


class _Output:
    def __init__(self, *, limit: int, what: str, setting: str) -> None:
        self._left = limit
        self._error = OutputTooLarge(what=what, limit=limit, setting=setting)

    async def read(self, stream: asyncio.StreamReader) -> bytes:
        chunks: list[bytes] = []
        while chunk := await stream.read(_CHUNK):
            self._left -= len(chunk)
            if self._left < 0:
                raise self._error
            chunks.append(chunk)
        return b"".join(chunks)


async def _start(command: Command, what: str) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command.argv,
            cwd=command.cwd,
            env=None if command.env is None else dict(command.env),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # a group of its own, so that all of it can be killed
        )
    except OSError as error:
        raise ProcessNotStarted(what=what, reason=error.strerror or str(error)) from error


def _bound(pid: int, max_memory: int) -> None:
    """Bound a process's memory, as data: a Go program reserves far more addresses than it uses."""
    if max_memory and hasattr(resource, "prlimit"):
        with suppress(ProcessLookupError):
            resource.prlimit(pid, resource.RLIMIT_DATA, (max_memory, max_memory))


async def _finish(process: asyncio.subprocess.Process, stdin: bytes, output: _Output) -> Finished:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    async with grouped() as group:
        group.create_task(_feed(process.stdin, stdin), name=f"stdin of {process.pid}")
        stdout = group.create_task(output.read(process.stdout), name=f"stdout of {process.pid}")
        stderr = group.create_task(output.read(process.stderr), name=f"stderr of {process.pid}")
    return Finished(stdout=stdout.result(), stderr=stderr.result(), returncode=await process.wait())


# uvloop raises a RuntimeError for a pipe whose process has ended already.
_CLOSED = (BrokenPipeError, ConnectionResetError, RuntimeError)


async def _feed(pipe: asyncio.StreamWriter, data: bytes) -> None:
    with suppress(*_CLOSED):  # it need not read everything
        pipe.write(data)
        await pipe.drain()
    with suppress(*_CLOSED):
        # Nobody waits until it is closed: asyncio cannot close one whose waiter was cancelled, and says so in the log.
        pipe.close()


async def _end(process: asyncio.subprocess.Process) -> None:
    # Also after a good end: a grandchild may be left. The group's number stays taken while one of it lives.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    # asyncio calls a process ended only when its pipes are closed, and one that left the group may still hold them
    process._transport.close()  # type: ignore[attr-defined]
    await asyncio.shield(process.wait())
