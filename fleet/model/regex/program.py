"""What an expression is compiled to: steps of a machine that goes through the text once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Take:
    """One character that passes."""

    passes: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Either:
    """Go on at one place, or at another if that leads to nothing."""

    first: int
    second: int


@dataclass(frozen=True, slots=True)
class Jump:
    """Go on elsewhere."""

    to: int


@dataclass(frozen=True, slots=True)
class Save:
    """Remember the place in the text, as the beginning or the end of a group."""

    slot: int


@dataclass(frozen=True, slots=True)
class Assert:
    """Go on only where something holds between two characters; `""` is the text's beginning or end."""

    holds: Callable[[str, str], bool]


@dataclass(frozen=True, slots=True)
class Done:
    """It matches."""


Step: TypeAlias = Take | Either | Jump | Save | Assert | Done


@dataclass(frozen=True, slots=True)
class Program:
    """Steps, and the groups by name: several may have one."""

    steps: tuple[Step, ...]
    groups: int
    names: Mapping[str, tuple[int, ...]]
