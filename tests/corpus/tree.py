"""Files and links of a tree that is being made up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from fleet.k8syaml import dump


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link."""

    target: str


Files = Mapping[str, "str | Link"]


@dataclass(slots=True)
class Maker:
    """Makes one tree."""

    random: Random
    files: dict[str, str | Link] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)
    plugins: bool = False
    """Whether built-in plugins are configured; then every file lies below its kustomization, or kustomize refuses it."""

    def often(self, chance: float = 0.4) -> bool:
        return self.random.random() < chance

    def write(self, path: str, body: Any) -> None:
        """Write a document in one of the spellings people use."""
        if self.often(0.15):
            self.files[path] = json.dumps(body, indent=self.random.choice([None, 2]))
            return
        text = dump([body])
        self.files[path] = self.random.choice(["", "---\n", "# What this is for.\n", "\n"]) + text

    def note(self, path: str) -> None:
        """Leave a file that nothing refers to."""
        name = self.random.choice(["README.md", "unused.yaml", "notes.txt", ".editorconfig", "old/kept.yaml"])
        self.files.setdefault(f"{path}/{name}", f"unused: {self.random.randrange(100)}\n")
