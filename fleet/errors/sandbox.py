"""What the sandbox answers to requests that it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.errors.kinds import FleetError


class ApiStatus(FleetError):
    """{message}"""

    code: int
    """The HTTP status."""
    reason: str
    """The word for machines: `AlreadyExists`, `Conflict`, `Invalid`…"""
    message: str
    details: Mapping[str, Any] | None
    """The `details` of the Status object."""
