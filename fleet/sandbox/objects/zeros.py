"""What Go writes of an object with nothing set: not nothing."""

from __future__ import annotations

from functools import cache
from typing import Any

from fleet.sandbox.objects.scalars import ZEROS
from fleet.schema import types


@cache
def zero_of(name: str) -> dict[str, Any]:
    """Return a new struct of a type, without any defaults; shared, so not to be changed."""
    struct = types.struct(name)
    fields = struct.fields or {}
    return {each: _zero(fields[each], pointer=each in struct.pointers) for each in fields if each in struct.always}


def _zero(written: Any, *, pointer: bool) -> Any:
    if pointer:
        return None
    if isinstance(written, list):
        return _zero(written[1], pointer=False) if written[0] == "whole" else None
    return ZEROS[written] if written in ZEROS else zero_of(written)
