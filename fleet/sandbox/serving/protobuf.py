"""Reads the protobuf bodies of typed clients: `kubectl create` and its like send them. Answers are JSON, which they take.

Source: apimachinery `runtime/serializer/protobuf`: four bytes, then a message `Unknown` with the kind and the raw object.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

import orjson

from fleet.sandbox.verbs import statuses
from fleet.schema.types import kind_type
from fleet.schema.wire import message

MEDIA = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\x00"
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

Value: TypeAlias = int | bytes


def decoded(body: bytes) -> dict[str, Any]:
    """Read an object. Raises the ApiStatus 400."""
    try:
        return _decoded(body)
    except (KeyError, IndexError, ValueError, struct.error) as error:
        raise statuses.bad_request(f"the body of the request is no protobuf of a known kind: {error}") from error


def _decoded(body: bytes) -> dict[str, Any]:
    if not body.startswith(_MAGIC):
        raise ValueError("provided data does not appear to be a protobuf message")
    unknown = dict(_fields(body[len(_MAGIC) :]))
    said = dict(_fields(_bytes(unknown.get(1, b""))))
    api_version, kind = _bytes(said.get(1, b"")).decode(), _bytes(said.get(2, b"")).decode()
    group, _, version = api_version.rpartition("/")
    name = "meta.v1.DeleteOptions" if kind == "DeleteOptions" else kind_type(group, version, kind)
    if name is None:
        raise ValueError(f"{api_version} {kind}")
    return {"apiVersion": api_version, "kind": kind, **_object(name, _bytes(unknown.get(2, b"")))}


def _object(name: str, data: bytes) -> dict[str, Any]:
    known = message(name)
    found: dict[str, Any] = {}
    for number, value in _fields(data):
        if number in known:
            _put(found, *known[number], value)
    return found


def _put(found: dict[str, Any], field: str, kind: str, value: Value) -> None:
    shape = kind[0]
    if shape == "*":
        found.setdefault(field, []).append(_value(kind[1:], value))
    elif shape == "<":
        found.update(_object(kind[1:], _bytes(value)))
    elif shape == "%":
        entry = dict(_fields(_bytes(value)))
        key = _bytes(entry.get(1, b"")).decode()
        found.setdefault(field, {})[key] = _value(kind[1:], entry.get(2, b""))
    else:
        found[field] = _value(kind, value)


def _value(kind: str, value: Value) -> Any:
    read = _READERS.get(kind)
    return read(value) if read else _object(kind, _bytes(value))


def _bytes(value: Value) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError("a number where a message is expected")
    return value


def _signed(value: Value) -> int:
    number = int(value) if isinstance(value, int) else 0
    return number - (1 << 64) if number >= 1 << 63 else number


def _time(value: Value) -> str | None:
    said = dict(_fields(_bytes(value)))
    return datetime.fromtimestamp(_signed(said[1]), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if said.get(1) else None


def _micro_time(value: Value) -> str | None:
    said = dict(_fields(_bytes(value)))
    if not said.get(1):
        return None
    instant = datetime.fromtimestamp(_signed(said[1]), UTC)
    return f"{instant.strftime('%Y-%m-%dT%H:%M:%S')}.{_signed(said.get(2, 0)) // 1000:06}Z"


def _int_or_string(value: Value) -> int | str:
    said = dict(_fields(_bytes(value)))
    return _bytes(said.get(3, b"")).decode() if said.get(1) else _signed(said.get(2, 0))


def _raw(value: Value) -> Any:
    return orjson.loads(_bytes(dict(_fields(_bytes(value))).get(1, b"")) or b"null")


_READERS: Mapping[str, Callable[[Value], Any]] = {
    "s": lambda value: _bytes(value).decode(),
    "i": _signed,
    "b": bool,
    "y": lambda value: base64.b64encode(_bytes(value)).decode(),
    "d": lambda value: struct.unpack("<d", _bytes(value))[0],
    "meta.v1.Time": _time,
    "meta.v1.MicroTime": _micro_time,
    "meta.v1.Duration": lambda value: f"{_signed(dict(_fields(_bytes(value))).get(1, 0)) / 1e9:g}s",
    "meta.v1.FieldsV1": _raw,
    "resource.Quantity": lambda value: _bytes(dict(_fields(_bytes(value))).get(1, b"0")).decode(),
    "intstr.IntOrString": _int_or_string,
    "runtime.RawExtension": _raw,
    "apiextensions.v1.JSON": _raw,
}


def _fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """The fields of a message: number, and a number or bytes."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if wire == _BYTES:
            size, at = _varint(data, at)
        elif wire in (_FIXED64, _FIXED32):
            size = 8 if wire == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if at + size > len(data):
            raise ValueError("unexpected end")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
