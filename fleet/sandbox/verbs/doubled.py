"""Fields that a body says twice, which nobody sees any more once it is read."""

from __future__ import annotations

import json
from typing import Any

import orjson


class _Doubled(dict[str, Any]):
    """A map of which some keys stood twice."""

    twice: tuple[str, ...] = ()


def doubled(raw: bytes) -> list[str]:
    """Tell which fields of a JSON text stand twice.

    Text that is no longer when it is read and written again had no more to say: so most of it costs little.
    """
    if raw[:1] != b"{":
        return []
    try:
        if len(raw) <= len(orjson.dumps(orjson.loads(raw))):
            return []
        read = json.loads(raw, object_pairs_hook=_pairs)
    except ValueError:  # YAML that begins like JSON: its own reader has looked.
        return []
    found: list[str] = []
    _collect(read, "", found)
    return [f'duplicate field "{path}"' for path in found]


def _pairs(pairs: list[tuple[str, Any]]) -> _Doubled:
    made = _Doubled(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        made.twice = tuple(name for name in made for _ in range(names.count(name) - 1))
    return made


def _collect(value: Any, path: str, found: list[str]) -> None:
    if isinstance(value, list):
        for place, item in enumerate(value):
            _collect(item, f"{path}[{place}]", found)
    elif isinstance(value, _Doubled):
        prefix = f"{path}." if path else ""
        found.extend(prefix + name for name in value.twice)
        for name, child in value.items():
            _collect(child, prefix + name, found)
