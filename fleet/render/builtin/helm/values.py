"""What the user says of a chart's values: files, values and parameters, merged in Helm's order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from fleet.errors import RenderError
from fleet.render.builtin.helm.choices import FileParameter, Parameter

_LARGEST_INDEX = 65536  # Helm's own


class Whole(int):
    """A whole number that a parameter said: Helm keeps it one, while every number of a file is a float to a template."""


_STEP = re.compile(r"((?:\\.|[^.\[\]\\])*)((?:\[\d+\])*)(\.|\Z)", re.DOTALL)
_INTEGER = re.compile(r"[-+]?[1-9]\d*|[-+]0\d*")
_WORDS: Mapping[str, Any] = {"true": True, "false": False, "null": None, "0": Whole(0)}


def merged(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Lay values over others: mappings are merged, anything else replaces; a null stays, and takes a chart's default away."""
    result = dict(lower)
    for name, value in upper.items():
        below = result.get(name)
        result[name] = merged(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return result


def with_parameters(values: Mapping[str, Any], parameters: Iterable[Parameter]) -> dict[str, Any]:
    """Set each parameter at its path, texts after the others as Helm's command does; raises RenderError."""
    result: Any = dict(values)
    for parameter in sorted(parameters, key=lambda each: each.text):
        result = placed(result, path_of(parameter), value_of(parameter))
    return result  # type: ignore[no-any-return]


def path_of(parameter: Parameter | FileParameter) -> tuple[str | int, ...]:
    """Read `a.b[0].c\\.d` as its steps; raises RenderError."""
    steps: list[str | int] = []
    name, at = parameter.name, 0
    while at <= len(name):
        found = _STEP.match(name, at)
        if found is None or not found[1]:
            raise _wrong(parameter, "is no path such as image.tag, hosts[0].name or annotations.example\\.com/a")
        steps.append(re.sub(r"\\(.)", r"\1", found[1]))
        steps += [int(index) for index in re.findall(r"\[(\d+)\]", found[2])]
        at = found.end() if found[3] else len(name) + 1
    if any(isinstance(step, int) and step > _LARGEST_INDEX for step in steps):
        raise _wrong(parameter, f"names an item after {_LARGEST_INDEX}")
    return tuple(steps)


def value_of(parameter: Parameter) -> Any:
    """Read a value: `{a,b}` as a list; true, false, null and whole numbers as such, unless it is always text."""
    said = parameter.value
    if not said.startswith("{"):
        return _typed(said, text=parameter.text)
    if not said.endswith("}"):
        raise _wrong(parameter, "begins a list with { that no } ends")
    items = re.split(r"(?<!\\),", said[1:-1])
    return [_typed(item, text=parameter.text) for item in items]


def placed(base: Any, path: tuple[str | int, ...], value: Any) -> Any:
    """A copy of a value with another at a path into it; lists grow to hold it."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, int):
        items = list(base) if isinstance(base, list) else []
        items += [None] * (step + 1 - len(items))
        items[step] = placed(items[step], rest, value)
        return items
    below = dict(base) if isinstance(base, Mapping) else {}
    below[step] = placed(below.get(step), rest, value)
    return below


def _typed(said: str, *, text: bool) -> Any:
    plain = re.sub(r"\\(.)", r"\1", said, flags=re.DOTALL)
    if text:
        return plain
    if plain.lower() in _WORDS:
        return _WORDS[plain.lower()]
    return Whole(plain) if _INTEGER.fullmatch(plain) and -(2**63) <= int(plain) < 2**63 else plain


def _wrong(parameter: Parameter | FileParameter, what: str) -> RenderError:
    return RenderError(path=f"helm.parameters {parameter.name!r}", reason=f"it {what}")
