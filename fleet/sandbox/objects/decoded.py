"""An object that was read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Decoded:
    """An object as the server has it, and the strict errors: what it left out because its type does not have it."""

    value: dict[str, Any]
    unknown: tuple[str, ...] = ()
