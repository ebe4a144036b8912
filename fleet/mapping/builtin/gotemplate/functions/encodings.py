"""Functions that write values as JSON, YAML, base64 or a digest, and read them back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from fleet.errors import TemplateFailed, YamlError
from fleet.mapping.builtin.gotemplate.calling import Func
from fleet.mapping.builtin.gotemplate.limits import Budget
from fleet.mapping.builtin.gotemplate.printing import quoted
from fleet.mapping.builtin.gotemplate.values import go_float, go_values, plain_values

_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_JSON = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"'}


def _json_text(text: str, *, html: bool) -> str:
    made = []
    for char in text:
        if char in _JSON:
            made.append(_JSON[char])
        elif char < " ":
            made.append(f"\\u{ord(char):04x}")
        elif char in _HTML and (html or char > "\x7f"):
            made.append(_HTML[char])
        else:
            made.append(char)
    return '"' + "".join(made) + '"'


def _json(value: Any, *, html: bool, indent: str = "", level: str = "") -> str:
    """Write a value as Go's encoding/json does: keys in order, no space, or two of them for each level."""
    if isinstance(value, str):
        return _json_text(value, html=html)
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, float):
        return _json_number(value)
    if isinstance(value, int):
        return str(value)
    inner = level + indent
    if isinstance(value, list):
        items = [_json(each, html=html, indent=indent, level=inner) for each in value]
        return _wrapped("[", items, "]", indent=indent, level=level)
    colon = ": " if indent else ":"
    items = [
        _json_text(key, html=html) + colon + _json(value[key], html=html, indent=indent, level=inner)
        for key in sorted(value, key=str.encode)
    ]
    return _wrapped("{", items, "}", indent=indent, level=level)


def _wrapped(left: str, items: list[str], right: str, *, indent: str, level: str) -> str:
    if not items:
        return left + right
    if not indent:
        return left + ",".join(items) + right
    inner = level + indent
    return f"{left}\n{inner}" + f",\n{inner}".join(items) + f"\n{level}{right}"


def _json_number(value: float) -> str:
    text = go_float(value, exponent_from=21)
    if "e-" in text:
        # JSON writes small numbers out down to the sixth place, and then an exponent of as few digits as it takes.
        return format(value, "f").rstrip("0") if abs(value) >= 1e-6 else text.replace("e-0", "e-")
    return text


def _to_json(*, html: bool, indent: str = "") -> Func:
    def write(budget: Budget, value: Any) -> str:
        budget.whole(value)
        return _json(value, html=html, indent=indent)

    return Func(write, ("any",))


def _from_json(_: Budget, text: str) -> Any:
    try:
        return go_values(json.loads(text, parse_constant=_no_constant))
    except ValueError:
        raise TemplateFailed(reason="the text is no JSON") from None


def _from_json_if_any(budget: Budget, text: str) -> Any:
    """What is no JSON gives nothing, as sprig has it."""
    try:
        return _from_json(budget, text)
    except TemplateFailed:
        return None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _to_yaml(budget: Budget, value: Any) -> str:
    if budget.yaml is None:
        raise TemplateFailed(reason="there is no YAML here")
    budget.whole(value)
    return budget.yaml.write(plain_values(value)).removesuffix("\n")


def _from_yaml(kind: type, empty: Any, what: str) -> Callable[[Budget, str], Any]:
    def read(budget: Budget, text: str) -> Any:
        if budget.yaml is None:
            raise TemplateFailed(reason="there is no YAML here")
        try:
            value = budget.yaml.read(text)
        except YamlError as error:
            raise TemplateFailed(reason=f"the text is no YAML: {error}") from None
        if value is None:
            return empty
        if not isinstance(value, kind):
            raise TemplateFailed(reason=f"the text is YAML, but no {what}")
        return go_values(value)

    return read


def _decode(how: Callable[[str], bytes]) -> Func:
    def read(_: Budget, text: str) -> str:
        try:
            return how(text.replace("\r", "").replace("\n", "")).decode(errors="replace")
        except (binascii.Error, ValueError):
            raise TemplateFailed(reason=f"{quoted(text[:40])} cannot be decoded") from None

    return Func(read, ("text",))


def _digest(algorithm: str) -> Func:
    return Func(lambda _, text: hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest(), ("text",))


ENCODINGS: Mapping[str, Func] = {
    **dict.fromkeys(("toJson", "mustToJson"), _to_json(html=True)),
    **dict.fromkeys(("toRawJson", "mustToRawJson"), _to_json(html=False)),
    **dict.fromkeys(("toPrettyJson", "mustToPrettyJson"), _to_json(html=True, indent="  ")),
    "fromJson": Func(_from_json_if_any, ("text",)),
    "mustFromJson": Func(_from_json, ("text",)),
    "toYaml": Func(_to_yaml, ("any",)),
    "fromYaml": Func(_from_yaml(dict, {}, "mapping"), ("text",)),
    "fromYamlArray": Func(_from_yaml(list, [], "list"), ("text",)),
    "b64enc": Func(lambda _, text: base64.b64encode(text.encode()).decode(), ("text",)),
    "b64dec": _decode(lambda text: base64.b64decode(text, validate=True)),
    "b32enc": Func(lambda _, text: base64.b32encode(text.encode()).decode(), ("text",)),
    "b32dec": _decode(base64.b32decode),
    **{f"{name}sum": _digest(name) for name in ("sha1", "sha256", "sha512")},
    "adler32sum": Func(lambda _, text: str(zlib.adler32(text.encode())), ("text",)),
}
