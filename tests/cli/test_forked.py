"""What runs the command in the tests beside this one does what a shell does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import forked
from tests.cli.conftest import Desk

COMMAND = [sys.executable, "-c", "import sys; from fleet.cli import main; sys.exit(main())"]


@pytest.mark.parametrize(
    "words",
    [("version",), ("map",), ("map", "-o", "json"), ("map", "--wrong"), ("status",), ("health", "-f", "-"), ("--help",)],
    ids=" ".join,
)
def test_a_forked_command_does_what_one_in_a_new_interpreter_does(desk: Desk, words: tuple[str, ...]) -> None:
    (desk.path / "own.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n")
    text = (desk.path / "own.yaml").read_text()
    environment = {**os.environ, "XDG_CACHE_HOME": str(desk.path / "cache"), "COLUMNS": "77"}
    new = subprocess.run(
        [*COMMAND, *words], cwd=desk.path, env=environment, input=text, capture_output=True, text=True, check=False
    )
    found = forked.fleet(*words, cwd=desk.path, env=environment, stdin=text)
    assert (found.returncode, found.stdout, found.stderr) == (new.returncode, new.stdout, new.stderr)
    assert found.stdout + found.stderr


def test_each_forked_command_is_a_process_with_a_directory_and_an_environment_of_its_own(tmp_path: Path) -> None:
    before = dict(os.environ), Path.cwd()
    ends = [forked.fleet("map", cwd=tmp_path, env={**os.environ, "FLEET_CONFIG": name}) for name in ("one.yaml", "two.yaml")]
    assert [name in end.stderr for name, end in zip(("one.yaml", "two.yaml"), ends, strict=True)] == [True, True]
    assert (dict(os.environ), Path.cwd()) == before


def test_a_forked_command_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "never.yaml")  # whoever opens it waits for a writer
    with pytest.raises(subprocess.TimeoutExpired):
        forked.fleet("health", "-f", "never.yaml", cwd=tmp_path, timeout=0.2)
    assert forked.fleet("version").returncode == 0
