"""The Fingerprint: one hash over everything that decides what an App renders to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson


def fingerprint(facts: Mapping[str, Any]) -> str:
    """Hash JSON facts to 64 hex digits; the same facts in any order give the same."""
    return hashlib.sha256(orjson.dumps(facts, option=orjson.OPT_SORT_KEYS)).hexdigest()


def program_identity(path: str) -> str:
    """Identify a program by what it is made of, so that replacing the file renders anew. Reads it once per change."""
    try:
        status = Path(path).stat()
    except OSError:
        return "missing"
    return _content(path, status.st_mtime_ns, status.st_size)


def package_version(name: str) -> str:
    """The version of an installed package, empty without it."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


@lru_cache(maxsize=32)
def _content(path: str, changed: int, size: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
