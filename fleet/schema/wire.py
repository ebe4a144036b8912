"""How the built-in kinds are written as protobuf: the fields of each message by their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

DATA = Path(__file__).with_name("wire.json")


def message(name: str) -> Mapping[int, tuple[str, str]]:
    """The fields of a message as (name in JSON, type), by number; raises KeyError.

    A type is `s` text, `i` an integer, `b` a truth, `y` bytes, `d` a double or the name of a message; before it `*` for
    several, `%` for a map by text, `<` for a message whose fields stand in JSON as if they were the outer one's.
    """
    return _message(name)


@cache
def _message(name: str) -> Mapping[int, tuple[str, str]]:
    return {int(number): (field, kind) for number, (field, kind) in _data()[name].items()}


@cache
def _data() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(DATA.read_bytes())
    return found
