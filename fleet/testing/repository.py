"""A git repository that a test commits to."""

from __future__ import annotations

import os
import subprocess
import textwrap
from collections.abc import Mapping
from pathlib import Path

_AUTHOR = ["-c", "user.name=Ana", "-c", "user.email=ana@example.com"]


class FleetRepo:
    """A repository at `path`, on the branch `main`, made with the git of this machine and none of its configuration."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.git("init", "--quiet", "--template=", "--initial-branch=main")

    def git(self, *words: str) -> str:
        """Run git here; gives what it printed."""
        environment = {"PATH": os.environ.get("PATH", ""), "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", *_AUTHOR, *words]
        done = subprocess.run(command, cwd=self.path, env=environment, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, files: Mapping[str, str | None], *, message: str = "Change") -> str:
        """Write files, their indentation taken off (None removes one, or a directory), and commit; gives the commit's id."""
        for name, text in files.items():
            path = self.path / name
            if text is None:
                self.git("rm", "--quiet", "-r", name)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
            self.git("add", name)
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")
