"""The how-to of plugins is followed to the letter: what it says to write is written, and its tests pass."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to"
BLOCK = re.compile(r"```python\n# (?P<file>[\w/]+\.py)\n(?P<text>.*?)```", re.DOTALL)
ROOT = Path(__file__).parents[2]


def blocks(page: str) -> dict[str, str]:
    """The files that a page says to write."""
    return {match["file"]: match["text"] for match in BLOCK.finditer((HOW_TO / page).read_text(encoding="utf-8"))}


@pytest.mark.timeout(400)
def test_the_plugin_of_the_how_to_passes_the_tests_of_the_how_to(tmp_path: Path) -> None:
    files = {**blocks("write-a-plugin.md"), **blocks("test-a-plugin.md")}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    # As somebody runs it who has pytest and nothing else.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=390, check=False)
    assert set(files) == {"plugins/acme.py", "conftest.py", "test_acme.py"}
    assert done.returncode == 0, done.stdout
    assert re.search(r"\b3 passed\b", done.stdout)
