"""A process is over at its deadline, with everything it started."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import pytest
import uvloop

from fleet.aio import Command, Finished, call_in_process, run_process
from fleet.errors import OutputTooLarge, ProcessDied, ProcessNotStarted, ProcessTimedOut, YamlError
from tests.aio.clock import FED, Clock


def shell(script: str, **more: object) -> Command:
    return Command(argv=["/bin/sh", "-c", script], env={"PATH": os.environ["PATH"]}, **more)  # type: ignore[arg-type]


async def run(command: Command, *, seconds: float = 60, max_output: int = 1 << 20) -> Finished:
    return await run_process(command, seconds=seconds, max_output=max_output, what="the script")


async def gone(pid: int) -> bool:
    for _ in range(1000):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        await asyncio.sleep(0.01)
    return False


async def pid_in(path: Path) -> int:
    for _ in range(3000):
        if path.exists() and path.read_text().strip():
            break
        await asyncio.sleep(0.01)
    return int(path.read_text())


async def test_a_command_reads_writes_and_ends(tmp_path: Path) -> None:
    done = await run(shell("cat; pwd; echo oops >&2; exit 3", cwd=tmp_path, stdin=b"hello\n"))
    assert done == Finished(stdout=f"hello\n{tmp_path}\n".encode(), stderr=b"oops\n", returncode=3)


async def test_the_environment_is_only_what_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_SECRET", "x")
    done = await run(Command(argv=["/usr/bin/env"], env={"A": "1"}))
    assert done.stdout == b"A=1\n"


async def test_more_input_and_output_than_a_pipe_holds_goes_through() -> None:
    data = os.urandom(1 << 20)
    done = await run(shell("cat", stdin=data), max_output=1 << 20)
    assert done.stdout == data


async def test_a_command_need_not_read_its_input() -> None:
    assert (await run(shell("exec true", stdin=b"x" * (1 << 20)))).returncode == 0


async def test_at_the_deadline_the_command_and_its_children_are_killed(tmp_path: Path) -> None:
    clock = Clock()
    task = asyncio.ensure_future(run(shell(f"{FED}; trap '' TERM; sleep 600 & echo $! > {tmp_path}/child; wait")))
    child = await pid_in(tmp_path / "child")
    clock.forward(60)
    with pytest.raises(ProcessTimedOut, match=r"the script was not done within 60 s and was killed") as caught:
        await task
    assert caught.value.retry is True
    assert await gone(child)


async def test_children_left_behind_by_a_good_end_are_killed(tmp_path: Path) -> None:
    script = f"sleep 600 >/dev/null 2>&1 & echo $! > {tmp_path}/child; echo ok"
    assert (await run(shell(script))).stdout == b"ok\n"
    assert await gone(await pid_in(tmp_path / "child"))


async def test_a_child_that_left_the_group_cannot_hold_the_caller(tmp_path: Path) -> None:
    clock = Clock()
    script = f"{FED}; setsid sh -c 'echo $$ > {tmp_path}/child; exec sleep 600' & wait"
    task = asyncio.ensure_future(run(shell(script)))
    child = await pid_in(tmp_path / "child")
    clock.forward(60)
    with pytest.raises(ProcessTimedOut):
        await asyncio.wait_for(task, 60)
    os.kill(child, 9)


async def test_cancelling_the_caller_kills_the_command(tmp_path: Path) -> None:
    task = asyncio.ensure_future(run(shell(f"echo $$ > {tmp_path}/self; exec sleep 600")))
    pid = await pid_in(tmp_path / "self")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await gone(pid)


@pytest.mark.parametrize("stream", ["1", "2"])
async def test_too_much_output_kills_the_command(stream: str) -> None:
    with pytest.raises(OutputTooLarge, match="the script wrote more than 1000 bytes") as caught:
        await run(shell(f"yes >&{stream}"), max_output=1000)
    assert caught.value.limit == 1000


async def test_a_command_that_does_not_exist_is_an_error_of_its_own() -> None:
    with pytest.raises(ProcessNotStarted, match="the script could not be started: No such file"):
        await run(Command(argv=["/nowhere/at/all"]))


def add(left: int, right: int) -> tuple[int, int]:
    print("noise on stdout does not spoil the answer")
    os.write(1, b"nor does this")
    return left + right, os.getpid()


def refuse(line: int) -> None:
    raise YamlError(file="a.yaml", line=line, message="no")


class StubbornError(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def refuse_without_pickling() -> None:
    raise StubbornError(1, 2)


async def test_a_function_runs_in_another_process_and_answers() -> None:
    total, pid = await call_in_process(add, 2, 3, seconds=60, what="addition")
    assert (total, pid != os.getpid()) == (5, True)


async def test_an_error_of_the_function_comes_back_whole() -> None:
    with pytest.raises(YamlError, match=r"a\.yaml:7: no") as caught:
        await call_in_process(refuse, 7, seconds=60, what="reading")
    assert caught.value.line == 7


async def test_an_error_that_cannot_be_pickled_comes_back_as_its_text() -> None:
    with pytest.raises(RuntimeError, match="StubbornError: 1 and 2"):
        await call_in_process(refuse_without_pickling, seconds=60, what="reading")


async def test_a_function_that_hangs_is_killed_at_the_deadline() -> None:
    with pytest.raises(ProcessTimedOut, match="a fetch"):
        await call_in_process(time.sleep, 600, seconds=0.5, what="a fetch")


async def test_a_process_that_dies_without_an_answer_is_an_error() -> None:
    with pytest.raises(ProcessDied, match=r"a crash .*exit code 41"):
        await call_in_process(os._exit, 41, seconds=60, what="a crash")


async def test_nothing_of_the_arguments_is_seen_on_the_command_line() -> None:
    seen = await call_in_process(command_line, "s3cret", seconds=60, what="a look")
    assert (sys.executable.encode() in seen, b"s3cret" in seen) == (True, False)


def command_line(_secret: str) -> bytes:
    return Path("/proc/self/cmdline").read_bytes()


def test_a_process_that_ends_before_it_is_fed_is_no_error_under_uvloop() -> None:
    command = Command(argv=["/bin/true"], stdin=b"x" * 1_000_000)

    async def often() -> set[int]:
        runs = [await run_process(command, seconds=60, max_output=1000, what="true") for _ in range(30)]
        return {finished.returncode for finished in runs}

    assert uvloop.run(often()) == {0}
