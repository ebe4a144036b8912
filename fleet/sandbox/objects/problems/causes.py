"""The causes of an Invalid, in the API server's words (k8s.io/apimachinery `pkg/util/validation/field`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias

import orjson

Cause: TypeAlias = dict[str, str]

IMMUTABLE = "field is immutable"


def required(path: str, detail: str = "") -> Cause:
    """A value that must be there."""
    return _cause("FieldValueRequired", path, f"Required value: {detail}" if detail else "Required value")


def invalid(path: str, value: Any, detail: str) -> Cause:
    """A value that is not one."""
    return _cause("FieldValueInvalid", path, f"Invalid value: {json(value)}: {detail}")


def not_supported(path: str, value: Any, allowed: Iterable[str]) -> Cause:
    """A value that is none of those there are."""
    words = ", ".join(f'"{word}"' for word in sorted(allowed))
    return _cause("FieldValueNotSupported", path, f"Unsupported value: {json(value)}: supported values: {words}")


def forbidden(path: str, detail: str) -> Cause:
    """A value that may not be here."""
    return _cause("FieldValueForbidden", path, f"Forbidden: {detail}")


def duplicate(path: str, value: Any) -> Cause:
    """A value that stands here already."""
    return _cause("FieldValueDuplicate", path, f"Duplicate value: {json(value)}")


def not_found(path: str, value: Any) -> Cause:
    """A name that nothing bears."""
    return _cause("FieldValueNotFound", path, f"Not found: {json(value)}")


def too_long(path: str, most: int) -> Cause:
    """A text that is longer than it may be."""
    return _cause("FieldValueTooLong", path, f"Too long: may not be more than {most} bytes")


def json(value: Any) -> str:
    """Write a value as the server does in its messages."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _cause(reason: str, path: str, message: str) -> Cause:
    return {"reason": reason, "message": message, "field": path}
