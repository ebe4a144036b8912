"""Reads plain values as the server's Go types do, and gives their one form back."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from fleet.sandbox.objects import quantities

# Reads a value; raises Wrong.
Reader = Callable[[Any], Any]


class Wrong(ValueError):
    """A value that Go cannot read; `what` it is in JSON's words, or the whole message when Go's reader says its own."""

    def __init__(self, what: str, *, own: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.own = own
        # What Go calls the type that it should be, where it is an item's.
        self.of = ""


def json_kind(value: Any) -> str:
    """Name a value as Go's JSON reader does: `number 1.5` where only this number does not fit."""
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def string(value: Any) -> str:
    """A text."""
    if type(value) is not str:
        raise Wrong(json_kind(value))
    return value


def boolean(value: Any) -> bool:
    """True or false."""
    if value is not True and value is not False:
        raise Wrong(json_kind(value))
    return bool(value)


def int32(value: Any) -> int:
    """A whole number of 32 bits."""
    return _integer(value, 31)


def int64(value: Any) -> int:
    """A whole number of 64 bits."""
    return _integer(value, 63)


def _integer(value: Any, bits: int) -> int:
    if type(value) is not int:
        raise Wrong(f"number {value}" if type(value) is float else json_kind(value))
    if not -(1 << bits) <= value < 1 << bits:
        raise Wrong(f"number {value}")
    return value


def double(value: Any) -> float:
    """Any number."""
    if type(value) not in (int, float):
        raise Wrong(json_kind(value))
    return value  # type: ignore[no-any-return]


def quantity(value: Any) -> str:
    """An amount: a text or a number."""
    return _amount(value, quantities.canonical)


def resource(value: Any) -> str:
    """An amount of what a Pod uses, of which nothing is smaller than a thousandth."""
    return _amount(value, quantities.in_thousandths)


def _amount(value: Any, form: Callable[[str], str]) -> str:
    try:
        if isinstance(value, (bool, list, dict)):
            raise ValueError(quantities.REFUSED)
        return form(value if isinstance(value, str) else str(value))
    except ValueError as refused:
        raise Wrong(str(refused), own=True) from refused


def int_or_string(value: Any) -> int | str:
    """A number, or a text such as `25%` or the name of a port."""
    if type(value) is int or type(value) is str:
        return value
    raise Wrong(f"json: cannot unmarshal {json_kind(value)} into Go value of type int32", own=True)


def bytes64(value: Any) -> str:
    """Bytes, written in base64."""
    if type(value) is not str:
        raise Wrong(json_kind(value))
    try:
        base64.b64decode(value.replace("\n", "").replace("\r", ""), validate=True)
    except binascii.Error as refused:
        raise Wrong(f"illegal base64 data at input byte {_illegal(value)}", own=True) from refused
    return value


def _illegal(value: str) -> int:
    found = re.search(r"[^A-Za-z0-9+/=\r\n]", value)
    return found.start() if found else len(value.rstrip("=")) // 4 * 4


def time(value: Any) -> str:
    """A moment, in UTC and whole seconds."""
    return _moment(value, "2006-01-02T15:04:05Z07:00").strftime("%Y-%m-%dT%H:%M:%SZ")


def microtime(value: Any) -> str:
    """A moment, in UTC with microseconds."""
    return _moment(value, "2006-01-02T15:04:05.000000Z07:00").strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _moment(value: Any, layout: str) -> datetime:
    if type(value) is not str:
        raise Wrong(json_kind(value))
    try:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None or "T" not in value:
            raise ValueError
    except ValueError as refused:
        said = f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"'
        raise Wrong(said, own=True) from refused
    return found.astimezone(UTC)


def anything(value: Any) -> Any:
    """What is kept as it is."""
    return value


READERS: dict[str, Reader] = {
    "string": string,
    "boolean": boolean,
    "int32": int32,
    "int64": int64,
    "double": double,
    "quantity": quantity,
    "int-or-string": int_or_string,
    "bytes": bytes64,
    "time": time,
    "microtime": microtime,
    "raw": anything,
    "any": anything,
    "object": anything,
}
# Those whose zero Go's `omitempty` leaves out.
PLAIN = frozenset({"string", "boolean", "int32", "int64", "double", "bytes"})
# What a field of the type holds that is written though nothing was set.
ZEROS: dict[str, Any] = {
    "string": "",
    "boolean": False,
    "int32": 0,
    "int64": 0,
    "double": 0,
    "quantity": "0",
    "int-or-string": 0,
    "bytes": None,
    "time": None,
    "microtime": None,
    "raw": None,
    "any": None,
    "object": None,
}
