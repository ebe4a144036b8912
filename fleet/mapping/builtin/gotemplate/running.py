"""Fills a template: walks its nodes as Go's text/template/exec does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.calling import call
from fleet.mapping.builtin.gotemplate.functions import FUNCTIONS, Yaml
from fleet.mapping.builtin.gotemplate.limits import MAX_DEPTH, Allowance, Budget
from fleet.mapping.builtin.gotemplate.nodes import (
    Block,
    Branch,
    Call,
    Command,
    Dot,
    Fields,
    Function,
    Leave,
    Literal,
    Operand,
    Pipeline,
    Template,
    Text,
    Variable,
    Write,
)
from fleet.mapping.builtin.gotemplate.values import MISSING, go_text, go_type, truth

OPTIONS = {
    "missingkey=default": MISSING,
    "missingkey=invalid": MISSING,
    "missingkey=zero": None,
    "missingkey=error": TemplateFailed,
}
"""What a key gives that a map lacks."""
_BROKEN, _CONTINUED = "break", "continue"


def fill(
    template: Template,
    data: Any,
    *,
    options: Sequence[str] = (),
    yaml: Yaml | None = None,
    allowance: Allowance | None = None,
) -> str:
    """Fill a template with data; raises TemplateFailed. Without `yaml`, the functions that need it are refused.

    `allowance` is what several fillings share; without it, this one has its own.
    """
    missing: Any = MISSING
    for option in options:
        if option not in OPTIONS:
            raise TemplateFailed(reason=f"there is no option {option}; there are {', '.join(sorted(OPTIONS))}")
        missing = OPTIONS[option]
    state = _State(template.defined, missing, Budget(yaml, allowance))
    try:
        state.run(template.block, data)
    except RecursionError:
        raise TemplateFailed(reason="a value is nested too deeply") from None
    return "".join(state.written)


class _State:
    """One filling."""

    def __init__(self, defined: Mapping[str, Block], missing: Any, budget: Budget) -> None:
        self.written: list[str] = []
        self._length = 0
        self._defined = defined
        self._missing = missing
        self._budget = budget
        self._variables: list[tuple[str, Any]] = []
        self._calls = 0

    def run(self, block: Block, data: Any) -> None:
        """Fill a template or one that it calls; its variables are its own."""
        if self._calls >= MAX_DEPTH:
            raise TemplateFailed(reason=f"templates call one another more than {MAX_DEPTH} deep")
        outside, self._variables = self._variables, [("", data)]
        self._calls += 1
        self._walk(block, data)
        self._calls -= 1
        self._variables = outside

    def _walk(self, block: Block, dot: Any) -> str:
        """Fill nodes one after another; gives the word that left a range early, if one did."""
        for node in block.nodes:
            self._budget.step()
            left = ""
            match node:
                case Text():
                    self._write(node.text)
                case Write():
                    value = self._value(node.pipeline, dot)
                    if not node.pipeline.variables:
                        self._budget.whole(value)
                        self._write("<no value>" if value is None else go_text(value))
                case Branch():
                    left = self._branch(node, dot)
                case Leave():
                    left = node.keyword
                case Call():
                    self._call(node, dot)
            if left:
                return left
        return ""

    def _write(self, text: str) -> None:
        self._length += len(text)
        self._budget.room(self._length)
        self.written.append(text)

    def _branch(self, node: Branch, dot: Any) -> str:
        known = len(self._variables)
        value = self._value(node.pipeline, dot)
        if node.keyword == "range":
            left = self._range(node, value, dot)
        elif truth(value):
            left = self._walk(node.then, value if node.keyword == "with" else dot)
        else:
            left = self._walk(node.otherwise, dot)
        del self._variables[known:]
        return left

    def _range(self, node: Branch, value: Any, dot: Any) -> str:
        empty = True
        known = len(self._variables)
        for index, each in _pairs(value, len(node.pipeline.variables)):
            empty = False
            self._budget.step()
            self._turn(node.pipeline, index, each)
            left = self._walk(node.then, each)
            del self._variables[known:]
            if left == _BROKEN:
                break
        return self._walk(node.otherwise, dot) if empty else ""

    def _turn(self, pipeline: Pipeline, index: Any, each: Any) -> None:
        names = pipeline.variables
        values = (each,) if len(names) == 1 else (index, each)
        for name, value in zip(names, values, strict=False):
            self._assign(name, value)

    def _call(self, node: Call, dot: Any) -> None:
        if node.name not in self._defined:
            raise TemplateFailed(reason=f"line {node.line}: no template {node.name} is defined")
        known = len(self._variables)
        data = self._value(node.pipeline, dot) if node.pipeline else MISSING
        del self._variables[known:]
        self.run(self._defined[node.name], data)

    def _assign(self, name: str, value: Any) -> None:
        at = max(at for at, (known, _) in enumerate(self._variables) if known == name)
        self._variables[at] = (name, value)

    def _value(self, pipeline: Pipeline, dot: Any) -> Any:
        given: tuple[Any, ...] = ()
        value: Any = MISSING
        for command in pipeline.commands:
            self._budget.step()
            try:
                value = self._command(command, dot, given)
            except TemplateFailed as error:
                raise _at_line(error, pipeline.line) from None
            value = MISSING if value is None else value
            given = (value,)
        for name in pipeline.variables:
            if pipeline.assigns:
                self._assign(name, value)
            else:
                self._variables.append((name, value))
        return value

    def _command(self, command: Command, dot: Any, given: tuple[Any, ...]) -> Any:
        first, *rest = command.operands
        if isinstance(first, Function):
            return self._function(first.name, rest, dot, given)
        if rest or given:
            raise TemplateFailed(reason="an argument is given to what is no function")
        if isinstance(first, Literal) and first.value is None:
            raise TemplateFailed(reason="nil is not a command")
        return self._operand(first, dot)

    def _function(self, name: str, operands: Sequence[Operand], dot: Any, given: tuple[Any, ...]) -> Any:
        if name in ("and", "or"):
            return self._either(name, operands, dot, given)
        return call(name, FUNCTIONS[name], [*(self._operand(each, dot) for each in operands), *given], self._budget)

    def _either(self, name: str, operands: Sequence[Operand], dot: Any, given: tuple[Any, ...]) -> Any:
        """`and` and `or` look at no more arguments than they must."""
        if not operands and not given:
            raise TemplateFailed(reason=f"{name} needs an argument")
        value: Any = MISSING
        for each in operands:
            value = self._operand(each, dot)
            if truth(value) == (name == "or"):
                return value
        return given[0] if given else value

    def _operand(self, operand: Operand, dot: Any) -> Any:
        match operand:
            case Literal():
                return MISSING if operand.value is None else operand.value
            case Dot():
                return dot
            case Variable():
                return self._variable(operand.name)
            case Fields():
                return self._fields(self._operand(operand.of, dot), operand.names)
            case Function():
                return self._function(operand.name, (), dot, ())
            case Pipeline():
                return self._value(operand, dot)

    def _variable(self, name: str) -> Any:
        return next(value for known, value in reversed(self._variables) if known == name)

    def _fields(self, value: Any, names: tuple[str, ...]) -> Any:
        for name in names:
            value = self._field(value, name)
        return value

    def _field(self, value: Any, name: str) -> Any:
        if value is MISSING:
            return self._lacking(name)
        if value is None:
            raise TemplateFailed(reason=f"what should have the field {name} is null")
        if not isinstance(value, Mapping):
            raise TemplateFailed(reason=f"a value of type {go_type(value)} has no field {name}")
        return value[name] if name in value else self._lacking(name)

    def _lacking(self, name: str) -> Any:
        if self._missing is TemplateFailed:
            raise TemplateFailed(reason=f"there is no value {name}, and missingkey=error is set")
        return self._missing


def _pairs(value: Any, variables: int) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return ((key, value[key]) for key in sorted(value))
    if isinstance(value, list):
        return iter(enumerate(value))
    if isinstance(value, int) and not isinstance(value, bool):
        if variables > 1:
            raise TemplateFailed(reason="a range over a number sets one variable only")
        kind = type(value)
        return ((number, kind(number)) for number in range(value))
    if value is MISSING or value is None:
        return iter(())
    raise TemplateFailed(reason=f"there is no range over a value of type {go_type(value)}")


def _at_line(error: TemplateFailed, line: int) -> TemplateFailed:
    reason = str(error.facts["reason"])
    return error if reason.startswith("line ") else TemplateFailed(reason=f"line {line}: {reason}")
