"""The repository's own files, as the rules look at them: parsed once, untracked ones too, ignored ones not."""

from __future__ import annotations

import ast
import gc
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One Python file: its path from the repository's root, its text and its tree."""

    path: PurePosixPath
    text: str
    tree: ast.Module

    @property
    def folder(self) -> str:
        """Name the stage of `fleet/` it belongs to (`plan`); empty outside `fleet/`."""
        parts = self.path.with_suffix("").parts
        return parts[1] if parts[0] == "fleet" and len(parts) > 1 else ""

    @property
    def dotted(self) -> str:
        """Give the name it is imported by."""
        parts = self.path.with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    def at(self, line: int) -> str:
        """Say a place in it as file:line."""
        return f"{self.path}:{line}"


def module(path: str, text: str) -> Module:
    """Parse a text as the file of that path."""
    return Module(path=PurePosixPath(path), text=text, tree=ast.parse(text, path))


@cache
def files() -> tuple[PurePosixPath, ...]:
    """List every file that is or would be committed, in order."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = sorted({PurePosixPath(name) for name in listed.split("\0") if name})
    return tuple(path for path in paths if (ROOT / path).is_file())


@cache
def modules(*tops: str) -> tuple[Module, ...]:
    """Parse every Python file below these folders of the root."""
    found = [path for path in files() if path.suffix == ".py" and path.parts[0] in tops]
    with kept_for_good():
        return tuple(module(str(path), (ROOT / path).read_text(encoding="utf-8")) for path in found)


@contextmanager
def kept_for_good() -> Iterator[None]:
    """Spare the garbage collector what is made here: a million nodes, looked through again and again, cost most of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@cache
def texts() -> tuple[tuple[PurePosixPath, str], ...]:
    """Read every file that is text."""
    readable = []
    for path in files():
        content = (ROOT / path).read_bytes()
        if b"\0" not in content[:8000]:
            readable.append((path, content.decode("utf-8", errors="replace")))
    return tuple(readable)
