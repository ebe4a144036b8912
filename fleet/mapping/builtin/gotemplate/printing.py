"""Go's fmt: Sprint, Sprintln and Sprintf, for the values that templates have."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.values import go_float, go_text, go_type

_VERB = re.compile(r"%(?P<flags>[-+# 0]*)(?P<width>\d+|\*)?(?:\.(?P<precision>\d+|\*)?)?(?P<verb>.)?", re.DOTALL)
_MAX_WIDTH = 4096
_ESCAPES = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"'}


def sprint(values: Sequence[Any]) -> str:
    """Write values one after another, with a space between two of which neither is a text."""
    made = ""
    for at, value in enumerate(values):
        if at and not isinstance(value, str) and not isinstance(values[at - 1], str):
            made += " "
        made += go_text(value)
    return made


def sprintln(values: Sequence[Any]) -> str:
    """Write values with spaces between them, and the end of the line."""
    return " ".join(map(go_text, values)) + "\n"


def quoted(text: str) -> str:
    """Write a text as Go's `%q`."""
    return '"' + "".join(map(_quoted, text)) + '"'


def formatted(form: str, values: Sequence[Any]) -> str:
    """Write values by a form, as Sprintf does: what does not fit is said in the text, it is no error."""
    arguments = iter(values)
    taken = 0

    def one(match: re.Match[str]) -> str:
        nonlocal taken
        verb = match["verb"]
        if verb is None:
            return "%!(NOVERB)"
        if verb == "%":
            return "%"
        if "*" in (match["width"], match["precision"]):
            raise TemplateFailed(reason="printf with a width that is an argument is not read here")
        if taken >= len(values):
            return f"%!{verb}(MISSING)"
        taken += 1
        return _padded(next(arguments), match)

    made = _VERB.sub(one, form)
    if taken < len(values):
        made += "%!(EXTRA " + ", ".join(_typed(value) for value in values[taken:]) + ")"
    return made


def _padded(value: Any, match: re.Match[str]) -> str:
    width = int(match["width"] or 0)
    precision = int(match["precision"] or 0) if "." in match.group() else None
    if width > _MAX_WIDTH or (precision or 0) > _MAX_WIDTH:
        raise TemplateFailed(reason=f"printf with a width above {_MAX_WIDTH} is refused")
    flags, verb = match["flags"], match["verb"]
    return _pad(_verb(value, verb, flags, precision), width, flags, numeric=isinstance(value, int | float))


def _pad(made: str, width: int, flags: str, *, numeric: bool) -> str:
    if "-" in flags:
        return made.ljust(width)
    if "0" in flags and numeric and made[:1] not in ("%", "t", "f"):
        sign = made[:1] if made[:1] in ("-", "+", " ") else ""
        return sign + made[len(sign) :].rjust(width - len(sign), "0")
    return made.rjust(width, "0" if "0" in flags else " ")


def _verb(value: Any, verb: str, flags: str, precision: int | None) -> str:
    if verb == "T":
        return go_type(value)
    if isinstance(value, list):
        return "[" + " ".join(_verb(each, verb, flags, precision) for each in value) + "]"
    if isinstance(value, dict):
        inner = (f"{_verb(key, verb, flags, precision)}:{_verb(value[key], verb, flags, precision)}" for key in sorted(value))
        return "map[" + " ".join(inner) + "]"
    if verb == "v" and "#" in flags:
        raise TemplateFailed(reason="printf with %#v is not read here")
    writer = _writer(value, verb)
    if writer is None:
        return "%!v(<nil>)" if value is None and verb == "v" else f"%!{verb}({_typed(value)})"
    return writer(value, flags, precision)


Writer = Callable[[Any, str, "int | None"], str]


def _writer(value: Any, verb: str) -> Writer | None:
    if value is None:
        return _as_nil if verb == "v" else None
    if isinstance(value, bool):
        return _as_bool if verb in "tv" else None
    if isinstance(value, int):
        return _INTS.get(verb)
    if isinstance(value, float):
        return _FLOATS.get(verb)
    return _TEXTS.get(verb)


def _as_nil(value: Any, flags: str, precision: int | None) -> str:
    return "<nil>"


def _as_bool(value: bool, flags: str, precision: int | None) -> str:
    return "true" if value else "false"


def _signed(made: str, flags: str) -> str:
    if made.startswith("-"):
        return made
    return ("+" if "+" in flags else " " if " " in flags else "") + made


def _int(base: str) -> Writer:
    def write(value: int, flags: str, precision: int | None) -> str:
        digits = format(abs(value), base).rjust(precision or 0, "0")
        prefix = {"x": "0x", "X": "0X", "o": "0", "b": "0b"}.get(base, "") if "#" in flags else ""
        return _signed(("-" if value < 0 else "") + prefix + digits, flags)

    return write


def _float(kind: str) -> Writer:
    def write(value: float, flags: str, precision: int | None) -> str:
        if precision is None and kind in "gG":
            return _signed(go_float(value), flags)
        return _signed(format(value, f".{6 if precision is None else precision}{kind}"), flags)

    return write


def _text(value: str, flags: str, precision: int | None) -> str:
    return value if precision is None else value[:precision]


def _quote(value: str, flags: str, precision: int | None) -> str:
    return quoted(_text(value, flags, precision))


def _hexadecimal(value: str, flags: str, precision: int | None) -> str:
    return value.encode().hex()


def _char(value: int, flags: str, precision: int | None) -> str:
    return chr(value) if 0 <= value <= 0x10FFFF and not 0xD800 <= value < 0xE000 else "\ufffd"


def _code(value: int, flags: str, precision: int | None) -> str:
    return f"U+{value:04X}"


_INTS: dict[str, Writer] = {**{verb: _int(verb) for verb in "dxXob"}, "v": _int("d"), "c": _char, "U": _code}
_FLOATS: dict[str, Writer] = {**{verb: _float(verb) for verb in "feEgG"}, "F": _float("f"), "v": _float("g")}
_TEXTS: dict[str, Writer] = {"s": _text, "v": _text, "q": _quote, "x": _hexadecimal}


def _typed(value: Any) -> str:
    return "<nil>" if value is None else f"{go_type(value)}={go_text(value)}"


def _quoted(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char == " " or char.isprintable():
        return char
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
