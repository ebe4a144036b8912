"""Functions of texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fleet.errors import TemplateFailed
from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.limits import Budget
from fleet.mapping.builtin.gotemplate.printing import quoted
from fleet.mapping.builtin.gotemplate.values import OfTexts, go_text

_WHITE = " \t\n\v\f\r\x85\xa0"
_META = re.compile(r"([\\.+*?()|\[\]{}^$])")


def texts_of(value: Any) -> list[str]:
    """The items of a list as texts; what is no list is one text; what is null, none."""
    items = value if isinstance(value, list) else [value]
    return [go_text(each) for each in items if each is not None]


def _bytes(text: str) -> bytes:
    return text.encode()


def _cut(raw: bytes) -> str:
    """Go cuts bytes, and may cut a character in two: what is left of it is written as a replacement."""
    return raw.decode(errors="replace")


def _trunc(_: Budget, length: int, text: str) -> str:
    raw = _bytes(text)
    if length < 0:
        return _cut(raw[length:]) if len(raw) + length > 0 else text
    return _cut(raw[:length])


def _substr(_: Budget, start: int, end: int, text: str) -> str:
    raw = _bytes(text)
    if start < 0:
        if not 0 <= end <= len(raw):
            raise TemplateFailed(reason=f"{end} is out of range, there are {len(raw)}")
        return _cut(raw[:end])
    if end < 0 or end > len(raw):
        end = len(raw)
    if start > end:
        raise TemplateFailed(reason=f"{start} is out of range, there are {end}")
    return _cut(raw[start:end])


def _repeat(budget: Budget, count: int, text: str) -> str:
    if count < 0:
        raise TemplateFailed(reason="a text cannot be repeated less than not at all")
    budget.room(count * len(text))
    return text * count


def _replace(budget: Budget, old: str, new: str, text: str) -> str:
    count = text.count(old) if old else len(text) + 1
    budget.room(len(text) + count * len(new))
    return text.replace(old, new)


def _indent(budget: Budget, spaces: int, text: str) -> str:
    if spaces < 0:
        raise TemplateFailed(reason="a text cannot be indented by less than nothing")
    budget.room(len(text) + spaces * (text.count("\n") + 1))
    pad = " " * spaces
    return pad + text.replace("\n", "\n" + pad)


def _join(budget: Budget, separator: str, value: Any) -> str:
    budget.whole(value)
    items = texts_of(value)
    budget.room(len(separator) * len(items) + sum(map(len, items)))
    return separator.join(items)


def _cat(budget: Budget, *values: Any) -> str:
    budget.whole(list(values))
    return " ".join(go_text(each) for each in values if each is not None)


def _quote(budget: Budget, *values: Any) -> str:
    budget.whole(list(values))
    return " ".join(quoted(go_text(each)) for each in values if each is not None)


def _squote(budget: Budget, *values: Any) -> str:
    budget.whole(list(values))
    return " ".join(f"'{go_text(each)}'" for each in values if each is not None)


def _to_string(budget: Budget, value: Any) -> str:
    budget.whole(value)
    return go_text(value)


def _to_strings(budget: Budget, value: Any) -> list[str]:
    budget.whole(value)
    return texts_of(value)


def _split_list(_: Budget, separator: str, text: str) -> list[str]:
    return text.split(separator) if separator else list(text)


def _split(budget: Budget, separator: str, text: str) -> OfTexts:
    return _numbered(_split_list(budget, separator, text))


def _splitn(_: Budget, separator: str, many: int, text: str) -> OfTexts:
    if many == 0:
        return OfTexts()
    if many < 0:
        return _numbered(_split_list(_, separator, text))
    if separator:
        return _numbered(text.split(separator, many - 1))
    return _numbered([*text[: many - 1], text[many - 1 :]] if len(text) >= many else list(text))


def _numbered(items: Iterable[str]) -> OfTexts:
    return OfTexts({f"_{at}": item for at, item in enumerate(items)})


def _cased(text: str, change: Callable[[str], str]) -> str:
    """Go changes each letter by itself: one that would become two stays."""
    if text.isascii():
        return change(text)
    return "".join(changed if len(changed := change(char)) == 1 else char for char in text)


def _title(_: Budget, text: str) -> str:
    """Words begin behind space, and behind whatever of ASCII is neither a letter, a digit nor an underscore."""
    return re.sub(r"(?:(?<=[\s\x00-/:-@\[-^`{-\x7f])|\A)\w", lambda match: _cased(match[0], str.upper), text)


def _abbrev(_: Budget, width: int, text: str) -> str:
    return text if width < 4 or len(text) <= width else text[: width - 3] + "..."


def _initials(_: Budget, text: str) -> str:
    return "".join(word[0] for word in text.split())


def _trim_prefix(_: Budget, prefix: str, text: str) -> str:
    return text.removeprefix(prefix)


def _trim_suffix(_: Budget, suffix: str, text: str) -> str:
    return text.removesuffix(suffix)


TEXTS: Mapping[str, Func] = {
    "trim": Func(lambda _, text: text.strip(_WHITE), ("text",)),
    **dict.fromkeys(("trimAll", "trimall"), Func(lambda _, chars, text: text.strip(chars) if chars else text, ("text", "text"))),
    "trimPrefix": Func(_trim_prefix, ("text", "text")),
    "trimSuffix": Func(_trim_suffix, ("text", "text")),
    "upper": Func(lambda _, text: _cased(text, str.upper), ("text",)),
    "lower": Func(lambda _, text: _cased(text, str.lower), ("text",)),
    "title": Func(_title, ("text",)),
    "untitle": Func(lambda _, text: re.sub(r"(?<!\S)\S", lambda match: match[0].lower(), text), ("text",)),
    "swapcase": Func(lambda _, text: _cased(text, str.swapcase), ("text",)),
    "repeat": Func(_repeat, ("int", "text")),
    "replace": Func(_replace, ("text", "text", "text")),
    "substr": Func(_substr, ("int", "int", "text")),
    "trunc": Func(_trunc, ("int", "text")),
    "abbrev": Func(_abbrev, ("int", "text")),
    "initials": Func(_initials, ("text",)),
    "nospace": Func(lambda _, text: "".join(text.split()), ("text",)),
    "contains": Func(lambda _, part, text: part in text, ("text", "text")),
    "hasPrefix": Func(lambda _, part, text: text.startswith(part), ("text", "text")),
    "hasSuffix": Func(lambda _, part, text: text.endswith(part), ("text", "text")),
    "indent": Func(_indent, ("int", "text")),
    "nindent": Func(lambda budget, spaces, text: "\n" + _indent(budget, spaces, text), ("int", "text")),
    "plural": Func(lambda _, one, many, count: one if count == 1 else many, ("text", "text", "int")),
    "quote": Func(_quote, (), "any"),
    "squote": Func(_squote, (), "any"),
    "cat": Func(_cat, (), "any"),
    "toString": Func(_to_string, ("any",)),
    "toStrings": Func(_to_strings, ("any",)),
    "join": Func(_join, ("text", "any")),
    "splitList": Func(_split_list, ("text", "text")),
    "split": Func(_split, ("text", "text")),
    "splitn": Func(_splitn, ("text", "int", "text")),
    "regexQuoteMeta": Func(lambda _, text: _META.sub(r"\\\1", text), ("text",)),
}
