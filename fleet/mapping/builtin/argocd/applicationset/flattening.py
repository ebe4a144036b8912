"""Parameters as one flat mapping of texts: what selectors look at, and what fasttemplate fills from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.mapping.builtin.gotemplate import go_text


def flattened(value: Mapping[str, Any]) -> dict[str, str]:
    """Write `a.b.0` for what stands in lists and mappings; empty ones are left out."""
    return {path: go_text(inner) for path, inner in _leaves("", value)}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    inner: Iterator[tuple[str, Any]]
    if isinstance(value, Mapping):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = ((str(number), each) for number, each in enumerate(value))
    else:
        yield path, value
        return
    for name, each in inner:
        yield from _leaves(f"{path}.{name}" if path else name, each)
