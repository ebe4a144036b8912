"""What a verb imports: asking a hub brings nothing slow along."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

# Each takes from 10 to 600 ms to import.
SLOW = {
    "aiohttp",
    "alembic",
    "email",
    "http",
    "kubernetes_asyncio",
    "pluggy",
    "pydantic",
    "pygit2",
    "rich",
    "sqlalchemy",
    "sqlmodel",
    "ssl",
    "uvloop",
    "yaml",
}
RUN = """
import sys
from fleet.cli import main
try:
    main(sys.argv[1:])
finally:
    print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
REGISTRY = "fleet: acme\nsource: {url: /srv/git}\nstate: ./state  # here\nclusters:\n- {name: one, inCluster: true}\n"


@pytest.mark.parametrize(
    "words",
    [
        *(("version",), ("--help",), ("health", "--help"), ("status",), ("get",), ("sync",), ("approve", "x"), ("adopt", "x")),
        *(("drift",), ("history",), ("wait",)),
    ],
    ids=" ".join,
)
def test_asking_the_hub_imports_nothing_slow(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "clusters.yaml").write_text(REGISTRY)
    command = [sys.executable, "-c", RUN, *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=200)
    brought = set(done.stderr.splitlines()[-1].split())
    assert brought & SLOW == set()
    assert "fleet" in brought
    # What people type all day does without dataclasses too, which bring `inspect` and Python's own parser along.
    assert words[0] not in ("status", "get") or not brought & {"dataclasses", "inspect"}


def test_reading_the_repository_brings_no_server_and_no_client(tmp_path: Path) -> None:
    modules = "fleet.cli.frame.checkout, fleet.cli.frame.given, fleet.plan.between"
    modules += ", fleet.cli.diff, fleet.cli.map, fleet.cli.render, fleet.cli.frame.objects, fleet.health.together"
    told = f"import sys, {modules}; print(*sorted(name.partition('.')[0] for name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, timeout=200)
    assert set(done.stdout.split()) & {"aiohttp", "sqlmodel", "sqlalchemy", "kubernetes_asyncio"} == set()
