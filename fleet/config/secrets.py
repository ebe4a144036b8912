"""Reads a secret where its reference says, afresh each time."""

from __future__ import annotations

import os
from pathlib import Path

from fleet.errors import SecretMissing
from fleet.model.cluster import SecretRef


def resolve(ref: SecretRef) -> str:
    """The secret's value, without the newline a file ends with; raises SecretMissing, also for an empty one."""
    value = _variable(ref) if ref.kind == "env" else _content(ref)
    if not value:
        raise SecretMissing(reference=ref, reason="it is empty")
    return value


def _variable(ref: SecretRef) -> str:
    try:
        return os.environ[ref.where]
    except KeyError:
        raise SecretMissing(reference=ref, reason=f"the environment variable {ref.where} is not set") from None


def _content(ref: SecretRef) -> str:
    try:
        return Path(ref.where).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SecretMissing(reference=ref, reason=error.strerror or "it cannot be read") from error
    except UnicodeDecodeError:
        # The decoder's own error repeats the bytes.
        raise SecretMissing(reference=ref, reason="it is not a text in UTF-8") from None
