"""The small languages inside a field: sizes, references to secrets, names."""

from __future__ import annotations

import re
from pathlib import Path

from fleet.model.cluster import SecretRef

_SIZE = re.compile(r"(\d+)(Ki|Mi|Gi|)")
_BYTES = {"": 1, "Ki": 1024, "Mi": 1024**2, "Gi": 1024**3}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
# git-check-ref-format(1)
_NOT_IN_BRANCH = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|$)|^[-/.]|[/.]$")


def size(text: str) -> int | None:
    """Read bytes as `1048576`, `512Ki`, `64Mi` or `1Gi`; None when it is not of that form."""
    found = _SIZE.fullmatch(text)
    return int(found[1]) * _BYTES[found[2]] if found else None


def reference(text: str, *, directory: Path) -> SecretRef | None:
    """Read `env:NAME` or `file:PATH` (relative to `directory`); None when it is neither."""
    kind, _, where = text.partition(":")
    if kind == "env" and _VARIABLE.fullmatch(where):
        return SecretRef("env", where)
    if kind == "file" and where:
        return SecretRef("file", str(placed(where, directory)))
    return None


def placed(path: str, directory: Path) -> Path:
    """A path of the file, absolute: `~` is the operator's home, what is relative is so to the file's directory."""
    return directory / Path(path).expanduser()


def is_label(name: str) -> bool:
    """Whether a name is a DNS label (RFC 1123): it fits into a Kubernetes label's value and an object's name."""
    return bool(_LABEL.fullmatch(name))


def is_subdomain(name: str) -> bool:
    """Whether a name is a DNS subdomain (RFC 1123): labels joined by dots, at most 253 characters."""
    return len(name) <= 253 and all(is_label(label) for label in name.split("."))


def is_branch(name: str) -> bool:
    """Whether git would take the name for a branch."""
    return bool(name) and not _NOT_IN_BRANCH.search(name)
