"""One run of one renderer: its private directory, its programs, its output."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fleet.aio import Command, Workers, run_process
from fleet.errors import NoScratch, OutputTooLarge, PluginFailed, ProgramFailed
from fleet.hooks import RenderContext, RenderedFile, Renderer
from fleet.hooks.guard import call_async

_GRACE = 10.0  # seconds: a program's own deadline passes first, and names the program, also after the hub stood still

# Nothing of the hub's environment. A proxy that nobody listens at keeps programs off the network where they would go
# without being asked; the garbage collector's settings save a Go program of a few milliseconds' work a third of its time.
_ENVIRONMENT = {
    "PATH": "",
    "http_proxy": "http://127.0.0.1:9",
    "https_proxy": "http://127.0.0.1:9",
    "GOGC": "off",
    "GOMEMLIMIT": "256MiB",
}
_LEFT_BEHIND = 3600.0  # seconds
_NO_MEMORY = (b"cannot allocate memory", b"out of memory")  # what a Go program says as it ends, before pages of its stacks
_SAID = 4000  # characters of a program's error that are worth keeping


def private_directory(cache_dir: Path | None) -> Path | None:
    """The place for private directories, without what a process that died left there; None: the system's."""
    if cache_dir is None:
        return None
    directory = cache_dir / "private"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in directory.iterdir():
        # Another process may be rendering there now: only what is far older than any deadline goes.
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(left)
    return directory


def workers(*, limit: int, max_memory: int) -> Workers:
    """Processes for what renderers call in one; none is started before the first call."""
    environment = {**_ENVIRONMENT, "HOME": "/nonexistent"}
    return Workers(limit=limit, max_memory=max_memory, environment=environment, name="render worker")


async def rendered_files(
    renderer: Renderer, context: RenderContext, *, private: Path | None, workers: Workers
) -> tuple[RenderedFile, ...]:
    """Call a renderer, with a private directory below `private` if it uses one; whatever happens, nothing of that is left."""
    context = replace(context, work=_Work(workers=workers, context=context, renderer=renderer.name).call)
    if not renderer.scratch:
        return await _called(renderer, context)
    directory = _made(private)
    try:
        program = _Programs(directory=directory, context=context, max_memory=workers.max_memory)
        return await _called(renderer, replace(context, scratch=str(directory / "work"), run=program.run))
    finally:
        shutil.rmtree(directory, ignore_errors=True)


async def _called(renderer: Renderer, context: RenderContext) -> tuple[RenderedFile, ...]:
    answer = await call_async(renderer.render, context, plugin=renderer.name, timeout=context.deadline + _GRACE)
    return _checked(answer, renderer, context)


def _made(private: Path | None) -> Path:
    try:
        if private is not None:  # somebody may have deleted the cache
            private.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory = Path(tempfile.mkdtemp(prefix="render-", dir=private)).resolve()
        (directory / "work").mkdir()
        (directory / "home").mkdir()
    except OSError as error:
        raise NoScratch(where=private or tempfile.gettempdir(), reason=error.strerror or error) from error
    return directory


def _checked(answer: Any, renderer: Renderer, context: RenderContext) -> tuple[RenderedFile, ...]:
    files = tuple(answer) if isinstance(answer, Iterable) else (answer,)
    for file in files:
        if not isinstance(file, RenderedFile):
            reason = f"it gave a {type(file).__name__}, not RenderedFiles"
            raise PluginFailed(plugin=renderer.name, function="render", reason=reason)
    if sum(len(file.text) for file in files) > context.max_output:
        raise OutputTooLarge(what=f"renderer {renderer.name}", limit=context.max_output, setting="render.maxOutput")
    return files


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    workers: Workers
    context: RenderContext
    renderer: str

    async def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call a function as `RenderContext.work` says."""
        what = f"{self.renderer} of {self.context.path or 'the repository'}"
        seconds, max_output = self.context.deadline, self.context.max_output
        return await self.workers.call(function, *arguments, seconds=seconds, max_output=max_output, what=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Programs:
    directory: Path
    context: RenderContext
    max_memory: int

    async def run(self, argv: Sequence[str]) -> str:
        """Run a program as `RenderContext.run` says."""
        name = Path(argv[0]).name
        environment = {**_ENVIRONMENT, "HOME": str(self.directory / "home")}
        command = Command(argv=argv, cwd=self.directory / "work", env=environment, max_memory=self.max_memory)
        seconds, max_output = self.context.deadline, self.context.max_output
        done = await run_process(command, seconds=seconds, max_output=max_output, what=name, setting="render.maxOutput")
        if done.returncode:
            reason = self._cleaned(done.stderr) or f"exit code {done.returncode}"
            if any(words in done.stderr for words in _NO_MEMORY):
                reason = f"it took more than {self.max_memory} bytes of memory (settings.render.maxMemory)"
            raise ProgramFailed(program=name, reason=reason)
        return done.stdout.decode("utf-8", "replace")

    def _cleaned(self, stderr: bytes) -> str:
        """Say paths as they are in the repository, not where the private copy was."""
        text = stderr.decode("utf-8", "replace").strip()
        work = str(self.directory / "work")
        return text.replace(work + os.sep, "").replace(work, ".").replace(str(self.directory), "")[:_SAID]
