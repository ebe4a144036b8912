"""Functions of regular expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import islice

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.limits import Budget
from fleet.model import regex
from fleet.model.regex import Match, find, matches
from fleet.model.regex.program import Program

_REFERENCE = re.compile(r"\$(?:\$|(\w+)|\{(\w+)\})", re.ASCII)


def compiled(expression: str) -> Program:
    """Compile an expression; raises TemplateFailed."""
    try:
        return regex.compiled(expression)
    except ValueError as error:
        raise TemplateFailed(reason=str(error)) from None


def _matches(budget: Budget, expression: str, text: str) -> bool:
    return find(compiled(expression), text, 0, budget.step) is not None


def _matches_if_it_can(budget: Budget, expression: str, text: str) -> bool:
    """Without `must` an expression that makes no sense matches nothing."""
    try:
        program = compiled(expression)
    except TemplateFailed:
        return False
    return find(program, text, 0, budget.step) is not None


def _find(budget: Budget, expression: str, text: str) -> str:
    match = find(compiled(expression), text, 0, budget.step)
    return match.group(text, 0) if match else ""


def _find_all(budget: Budget, expression: str, text: str, many: int) -> list[str]:
    found = matches(compiled(expression), text, budget.step)
    return [each.group(text, 0) for each in (found if many < 0 else islice(found, many))]


def _split(budget: Budget, expression: str, text: str, many: int) -> list[str]:
    if many == 0:
        return []
    if expression and not text:
        return [""]
    made: list[str] = []
    begin = end = 0
    found = matches(compiled(expression), text, budget.step)
    for match in found if many < 0 else islice(found, many):
        if many > 0 and len(made) == many - 1:
            break
        end = match.start
        if match.end != 0:
            made.append(text[begin:end])
        begin = match.end
    return [*made, text[begin:]] if end != len(text) else made


def _replaced(budget: Budget, expression: str, text: str, *, by: str, literal: bool) -> str:
    program = compiled(expression)
    made: list[str] = []
    at = length = 0
    for match in matches(program, text, budget.step):
        new = by if literal else _expanded(program, match, text, by)
        made += [text[at : match.start], new]
        at = match.end
        length += len(new)
        budget.room(length + len(text))
    return "".join([*made, text[at:]])


def _expanded(program: Program, match: Match, text: str, template: str) -> str:
    """Put groups in for `$1`, `${1}` and `${name}`; `$$` is a dollar, and a group that is not there nothing."""

    def one(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        if name is None:
            return "$"
        numbers = (int(name[:4]),) if name.isdigit() else program.names.get(name, ())
        return next((match.group(text, number) for number in numbers if match.took(number)), "")

    return _REFERENCE.sub(one, template)


def _replace(budget: Budget, expression: str, text: str, by: str) -> str:
    return _replaced(budget, expression, text, by=by, literal=False)


def _replace_literal(budget: Budget, expression: str, text: str, by: str) -> str:
    return _replaced(budget, expression, text, by=by, literal=True)


_THREE = ("text", "text", "text")
_COUNTED = ("text", "text", "int")
REGEXES: Mapping[str, Func] = {
    "regexMatch": Func(_matches_if_it_can, ("text", "text")),
    "mustRegexMatch": Func(_matches, ("text", "text")),
    **dict.fromkeys(("regexFind", "mustRegexFind"), Func(_find, ("text", "text"))),
    **dict.fromkeys(("regexFindAll", "mustRegexFindAll"), Func(_find_all, _COUNTED)),
    **dict.fromkeys(("regexSplit", "mustRegexSplit"), Func(_split, _COUNTED)),
    **dict.fromkeys(("regexReplaceAll", "mustRegexReplaceAll"), Func(_replace, _THREE)),
    **dict.fromkeys(("regexReplaceAllLiteral", "mustRegexReplaceAllLiteral"), Func(_replace_literal, _THREE)),
}
