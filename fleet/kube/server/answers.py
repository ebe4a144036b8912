"""From what a server answered to an error of ours. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from fleet.errors import (
    ApiConflict,
    ApiError,
    Expired,
    Forbidden,
    NotFound,
    NotServed,
    Rejected,
    TooManyRequests,
    Unauthorized,
)

# 413 and 415 say like 400 and 422 that this very request will never do.
_ERRORS: Mapping[int, type[ApiError]] = {
    400: Rejected,
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: ApiConflict,
    410: Expired,
    413: Rejected,
    415: Rejected,
    422: Rejected,
    429: TooManyRequests,
}
_SHOWN = 300  # characters of an answer that is not a Status: a proxy's page says enough in its first line


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of whom: the part of an error that the answer does not say."""

    cluster: str
    verb: str
    path: str


def error_of(asked: Asked, status: int, body: bytes, *, retry_after: float = 1.0) -> ApiError:
    """Make the error that an answer with this status means; `body` is a Status, or whatever a proxy wrote."""
    said = _parsed(body)
    details = said.get("details") or {}
    causes = tuple((cause.get("field", ""), cause.get("message", "")) for cause in details.get("causes") or ())
    facts: dict[str, Any] = {
        "cluster": asked.cluster,
        "verb": asked.verb,
        "path": asked.path,
        "status": status,
        "reason": said.get("message") or body[:_SHOWN].decode(errors="replace").strip() or "without a word",
        "code": said.get("reason", ""),
        "causes": causes,
    }
    if status == 429:
        facts["retry_after"] = retry_after
    # A kind that is served no more, or a proxy that lost its way, is answered 404 as well: only what names it is gone.
    lost = status == 404 and not details.get("name")
    return (NotServed if lost else _ERRORS.get(status, ApiError))(**facts)


def status_of(event: Mapping[str, Any], asked: Asked) -> ApiError:
    """Make the error that an ERROR event of a watch carries."""
    status = event.get("code") or 500
    return error_of(asked, status, orjson.dumps(event))


def _parsed(body: bytes) -> Mapping[str, Any]:
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return said if isinstance(said, dict) and said.get("kind") == "Status" else {}


def seconds_of(header: str | None, *, otherwise: float = 1.0) -> float:
    """Read a Retry-After header that counts seconds; API servers send no dates."""
    return float(header) if header and header.isdecimal() else otherwise
