"""Call functions in long-lived processes of their own: what crashes or hangs there is killed and replaced."""

from __future__ import annotations

import asyncio
import pickle
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any, TypeVar

from fleet.aio.limit import deadline
from fleet.aio.threads import Threads
from fleet.errors import DeadlineExceeded, OutputTooLarge, ProcessDied, ProcessNotStarted, ProcessTimedOut

T = TypeVar("T")
_IDLE = 60.0  # seconds: then a process ends by itself, and gives back what its libraries take
_TRUSTED = 50.0  # seconds: one that was idle for longer may be ending at this moment, and is not asked
_SIZE = struct.Struct(">Q")


class Workers:
    """At most `limit` processes; each is a fresh interpreter that imports once what its functions need.

    `environment` is all they get, `max_memory` bounds what each may allocate, in bytes. Processes end when nothing was asked
    of them for a minute, when this object is gone, and with the hub.
    """

    def __init__(self, *, limit: int, max_memory: int, environment: Mapping[str, str], name: str) -> None:
        self.max_memory = max_memory
        self.started = 0
        """How many processes were started, ever."""
        self._places = asyncio.Semaphore(limit)
        self._threads = Threads(limit=limit, name=name)
        self._environment = dict(environment)
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        weakref.finalize(self, _end_all, self._all)

    async def call(self, function: Callable[..., T], *arguments: Any, seconds: float, max_output: int, what: str) -> T:
        """Call a module-level function; raises what it raises.

        Function, arguments, result and error go through pickle. Raises ProcessTimedOut, ProcessDied, OutputTooLarge or
        ProcessNotStarted, each naming `what`; the process is then gone. Waiting for a process counts too.
        """
        request = pickle.dumps((function, arguments))
        async with self._places:
            process = self._taken() or await self._fresh(seconds, what)
            try:
                async with deadline(seconds, what):
                    answer = await self._threads.run(process.ask, request, max_output, what, seconds=seconds, what=what)
            except DeadlineExceeded as error:
                self._end(process)
                raise ProcessTimedOut(what=what, seconds=seconds) from error
            except BaseException:
                self._end(process)
                raise
            self._idle.append(process)
        succeeded, result = pickle.loads(answer)  # noqa: S301 - written by our own child, over its own pipe
        if succeeded:
            return result  # type: ignore[no-any-return]
        raise result

    def _taken(self) -> _Process | None:
        while self._idle:
            process = self._idle.pop()
            if process.trusted():
                return process
            self._end(process)
        return None

    async def _fresh(self, seconds: float, what: str) -> _Process:
        start = _Start()
        try:
            process = await self._threads.run(start.run, self._environment, self.max_memory, what, seconds=seconds, what=what)
        except BaseException:
            start.give_up()
            raise
        self._all.add(process)
        self.started += 1
        return process

    def _end(self, process: _Process) -> None:
        self._all.discard(process)
        process.end()


class _Process:
    """One interpreter. `ask` blocks; `end` makes it return."""

    def __init__(self, environment: Mapping[str, str], max_memory: int, what: str) -> None:
        command = [sys.executable, "-P", "-c", _CHILD, str(_IDLE), str(max_memory)]
        try:
            self._popen = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ProcessNotStarted(what=what, reason=error.strerror or str(error)) from error
        self._used = time.monotonic()
        self._asked = False

    def trusted(self) -> bool:
        """Whether it certainly waits for a call."""
        return self._popen.poll() is None and time.monotonic() - self._used < _TRUSTED

    def ask(self, request: bytes, max_output: int, what: str) -> bytes:
        """Hand over a call and give its answer; raises ProcessDied when it ends instead."""
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        try:
            if not self._asked:
                _send(self._popen.stdin, pickle.dumps(sys.path))
            self._asked = True
            _send(self._popen.stdin, request)
            head = _exactly(self._popen.stdout, _SIZE.size)
            (size,) = _SIZE.unpack(head)
            if size > max_output:
                raise OutputTooLarge(what=what, limit=max_output, setting="render.maxOutput")
            answer = _exactly(self._popen.stdout, size)
        except (OSError, EOFError, ValueError) as error:
            raise ProcessDied(what=what, returncode=self._code()) from error
        self._used = time.monotonic()
        return answer

    def end(self) -> None:
        """Kill it, and leave nothing of it."""
        self._popen.kill()
        self._popen.wait()
        for pipe in (self._popen.stdin, self._popen.stdout):
            assert pipe is not None
            with suppress(OSError, ValueError):
                pipe.close()

    def _code(self) -> int:
        with suppress(subprocess.TimeoutExpired):
            return self._popen.wait(1)
        return 0


class _Start:
    """One process being started in a thread, which goes on when nobody waits for it any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: _Process | None = None
        self._wanted = True

    def run(self, environment: Mapping[str, str], max_memory: int, what: str) -> _Process:
        """Start it; it is ended at once when it was given up meanwhile."""
        process = _Process(environment, max_memory, what)
        with self._lock:
            self._process = process
            if not self._wanted:
                process.end()
        return process

    def give_up(self) -> None:
        """End it, now or as soon as it is there."""
        with self._lock:
            self._wanted = False
            if self._process:
                self._process.end()


def _end_all(processes: set[_Process]) -> None:
    for process in tuple(processes):
        process.end()


def _send(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(_SIZE.pack(len(data)))
    pipe.write(data)
    pipe.flush()


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise EOFError
    return data


# stdout is kept for answers: what a function prints goes nowhere. Memory is bounded as data, because a Go library reserves far
# more addresses than it uses. An error that cannot be pickled comes as its text.
_CHILD = """
import os, pickle, resource, select, struct, sys
idle, memory = float(sys.argv[1]), int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
source, answers = os.fdopen(os.dup(0), 'rb', 0), os.fdopen(os.dup(1), 'wb')
os.dup2(os.open(os.devnull, os.O_RDWR), 0)
os.dup2(2, 1)
size = struct.Struct('>Q')
def exactly(count):
    data = bytearray()
    while len(data) < count:
        chunk = source.read(count - len(data))
        if not chunk:
            os._exit(0)
        data += chunk
    return bytes(data)
def received():
    return pickle.loads(exactly(size.unpack(exactly(size.size))[0]))
sys.path[:] = received()
while select.select([source], [], [], idle)[0]:
    try:
        function, arguments = received()
        data = pickle.dumps((True, function(*arguments)))
    except Exception as error:
        try:
            data = pickle.dumps((False, error))
            pickle.loads(data)
        except Exception:
            data = pickle.dumps((False, RuntimeError(f'{type(error).__name__}: {error}')))
    answers.write(size.pack(len(data)))
    answers.write(data)
    answers.flush()
"""
