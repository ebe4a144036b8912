"""What the Go types of the API say and OpenAPI does not: asks the program in `tests/controlplane/facts`.

It is built from the sources of the very API server that the tests run, and uses its scheme: the same decoding, the same defaults.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.controlplane.binaries import CACHE, HERE
from tests.controlplane.build import go_command

SOURCE = HERE / "facts" / "main.go"


def build() -> Path:
    """Build the program and return where it is; the API server's own build has compiled most of it already."""
    target = CACHE / "facts"
    target.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOWORK": "off"}
    command = [go_command(), "build", "-trimpath", "-o", str(target), "./facts"]
    subprocess.run(command, cwd=HERE, env=environment, check=True)
    return target


def structures(program: Path) -> list[Mapping[str, Any]]:
    """Return how each struct is written as JSON, and each kind with nothing set."""
    said = subprocess.run([program, "types"], stdout=subprocess.PIPE, check=True).stdout
    return [json.loads(line) for line in said.splitlines()]


class Defaulter:
    """The program as a filter: objects go in, and come out as the server decodes and defaults them."""

    def __init__(self, program: Path) -> None:
        self._program = program

    def __enter__(self) -> Self:
        self._process = subprocess.Popen([self._program, "default"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.communicate()

    def all(self, objects: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return each object as it comes out; one that cannot be read as `{"error": …}`."""
        return [self.one(each) for each in objects]

    def one(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Return one object as it comes out."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found
