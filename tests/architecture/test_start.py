"""The command starts fast by construction: what is slow to import is not on its way.

aiohttp, sqlmodel and kubernetes_asyncio cost 200 to 600 ms each; only what speaks to clusters itself needs them.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.architecture.sources import ROOT, modules

SLOW = ("aiohttp", "alembic", "asyncssh", "kubernetes_asyncio", "pydantic", "sqlalchemy", "sqlmodel")
# They take as long as it takes; why. Nothing imports them before the verb runs that needs them.
SLOW_BY_TRADE = {
    "fleet.cli.serve": "it is the composition root",
    "fleet.cli.story.hosting": "it hosts the demo's clusters",
    "fleet.cli.story.play": "it hosts the demo's clusters",
    "fleet.cli.frame.checking": "it speaks to the clusters itself",
}
SAY_WHAT_WAS_SLOW = f"; import sys; print(*[name for name in {SLOW!r} if name in sys.modules], file=sys.stderr)"


def slow_after(code: str) -> str:
    """Run code in a fresh interpreter and name the slow libraries it brought along."""
    command = [sys.executable, "-c", code + SAY_WHAT_WAS_SLOW]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines()[-1]


@pytest.mark.timeout(300)  # a process for each module, where together they are slow
def test_no_module_of_the_command_imports_what_is_slow() -> None:
    names = [module.dotted for module in modules("fleet") if module.folder == "cli" and module.dotted not in SLOW_BY_TRADE]
    # What none of them brought together, none brings alone.
    suspects = names if slow_after(f"import {', '.join(names)}") else []
    found = {name: slow_after(f"import {name}") for name in suspects}
    assert {name: slow for name, slow in found.items() if slow} == {}


def test_the_version_and_the_help_import_nothing_slow() -> None:
    there = any(module.folder == "cli" for module in modules("fleet"))
    ways = [["version"], ["--help"]] if there else []
    run = "import contextlib, fleet.cli\nwith contextlib.suppress(SystemExit): fleet.cli.main({})\npass"
    assert {way[0]: slow for way in ways if (slow := slow_after(run.format(way)))} == {}


def test_the_package_and_its_errors_import_nothing_slow() -> None:
    assert slow_after("import fleet, fleet.errors") == ""


def test_the_package_imports_nothing_at_all() -> None:
    brought = "import sys; before = set(sys.modules); import fleet; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-I", "-c", brought], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "['__future__', 'fleet']"
