"""Reads `trees.txt`: directories as people write them for kustomize."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path


def read(text: str) -> dict[str, dict[str, str]]:
    """Give each tree's files by name."""
    trees: dict[str, dict[str, str]] = {}
    _, *sections = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)
    for name, section in zip(sections[::2], sections[1::2], strict=True):
        _, *files = re.split(r"^-- (.+)\n", section, flags=re.MULTILINE)
        trees[name] = dict(zip(files[::2], files[1::2], strict=True))
        if "base" in trees[name]:
            trees[name] = {**trees["base"], **{path: text for path, text in trees[name].items() if path != "base"}}
    return trees


_READ = read(Path(__file__).with_name("trees.txt").read_text(encoding="utf-8"))

BASE: Mapping[str, str] = _READ["base"]
TREES: Mapping[str, Mapping[str, str]] = {name: files for name, files in _READ.items() if name != "base"}
