"""Real repositories, made and changed by the real git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    # Newer releases do it in the background after a commit, when a test already compares the repository's files.
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "maintenance.auto",
    "GIT_CONFIG_VALUE_0": "false",
    "GIT_AUTHOR_NAME": "Ana",
    "GIT_AUTHOR_EMAIL": "ana@example.com",
    "GIT_COMMITTER_NAME": "Ben",
    "GIT_COMMITTER_EMAIL": "ben@example.com",
}


class Git:
    """A checkout that tests commit to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True)
        self.run("init", "--quiet", "--initial-branch=main")

    def run(self, *arguments: str) -> str:
        """Run git in the checkout and give what it printed."""
        done = subprocess.run(["git", *arguments], cwd=self.path, env=ENVIRONMENT, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def write(self, path: str, text: str | bytes) -> None:
        """Write a file into the checkout."""
        file = self.path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)

    def link(self, path: str, target: str) -> None:
        """Put a symbolic link into the checkout."""
        (self.path / path).parent.mkdir(parents=True, exist_ok=True)
        (self.path / path).symlink_to(target)

    def commit(self, subject: str = "Change", **files: str) -> str:
        """Write files (their names' `__` stand for `/`), commit everything there is, give the commit's id."""
        for name, text in files.items():
            self.write(name.replace("__", "/"), text)
        self.run("add", "--all")
        self.run("commit", "--quiet", "--allow-empty", "-m", subject)
        return self.run("rev-parse", "HEAD")
