"""What a template is made of, once it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Literal:
    """A text, a number, true, false, or nil (None)."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Dot:
    """`.`"""


@dataclass(frozen=True, slots=True)
class Fields:
    """`.a.b` of the dot, `$x.a.b` of a variable, `(…).a.b` of a pipeline."""

    of: Dot | Variable | Pipeline
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """`$x`; `$` alone has an empty name."""

    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """A function's name."""

    name: str


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands joined by pipes, and the variables that get what comes out."""

    commands: tuple[Command, ...]
    variables: tuple[str, ...]
    assigns: bool
    """Whether the variables were declared before."""
    line: int


Operand: TypeAlias = Literal | Dot | Fields | Variable | Function | Pipeline


@dataclass(frozen=True, slots=True)
class Command:
    """A function or value, and its arguments."""

    operands: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Text as it stands."""

    text: str


@dataclass(frozen=True, slots=True)
class Write:
    """An action that writes a pipeline's value, unless it sets variables."""

    pipeline: Pipeline


@dataclass(frozen=True, slots=True)
class Branch:
    """`if`, `with` or `range`."""

    keyword: str
    pipeline: Pipeline
    then: Block
    otherwise: Block


@dataclass(frozen=True, slots=True)
class Leave:
    """`break` or `continue`."""

    keyword: str


@dataclass(frozen=True, slots=True)
class Call:
    """`{{template "name" pipeline}}`."""

    name: str
    pipeline: Pipeline | None
    line: int


Node: TypeAlias = Text | Write | Branch | Leave | Call


@dataclass(frozen=True, slots=True)
class Block:
    """Nodes one after another."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A template, and those it defines."""

    block: Block
    defined: Mapping[str, Block]
