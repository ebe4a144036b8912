"""What a scalar means, by the rules of go-yaml v2 (`resolve.go`) and the JSON that sigs.k8s.io/yaml makes of it."""

from __future__ import annotations

import base64
import binascii
import codecs
import math
import re
import struct

Scalar = str | int | float | bool | None

_PREFIX = "tag:yaml.org,2002:"
STR, BOOL, INT, FLOAT, NULL, TIMESTAMP, BINARY = (
    _PREFIX + name for name in ("str", "bool", "int", "float", "null", "timestamp", "binary")
)
MERGE = _PREFIX + "merge"
_RESOLVABLE = frozenset({BOOL, INT, FLOAT, NULL, TIMESTAMP})

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_MAY_BE_OTHER = frozenset("+-.0123456789yYnNtTfFoO~")
_INTEGER = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))\Z")
_SIGN_AFTER_PREFIX = re.compile(r"0b([-+][01]+)\Z")  # go-yaml hands the rest, with its own sign, to ParseInt
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_DOT_FIRST = re.compile(r"\.\d(_?\d)*([eE][-+]?\d(_?\d)*)?\Z", re.ASCII)  # Go's ParseFloat, no underscore removed
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d\d:\d\d)?)?\Z")
_INT64, _UINT64 = 1 << 63, 1 << 64
_JSON_INTEGER_BELOW = 1e21  # Go's encoding/json writes larger floats with an exponent


def plain(text: str) -> Scalar:
    """Say what an unquoted scalar without a tag is; infinities and NaN come out as such, JSON refuses them later."""
    if text and text[0] not in _MAY_BE_OTHER:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    number = _number(text)
    return text if number is None else number


def tagged(text: str, tag: str) -> Scalar:
    """Say what a scalar with an explicit tag is; raises ValueError with go-yaml's words where the tag does not fit."""
    if tag == BINARY:
        return _binary(text)
    if tag not in _RESOLVABLE:
        return text
    value = plain(text)
    if _fits(value, text, tag):
        return text if tag == TIMESTAMP else float(value or 0) if tag == FLOAT else value
    raise ValueError(f"cannot decode `{text[:40]}` as a !!{tag.removeprefix(_PREFIX)}")


def as_json(value: Scalar) -> Scalar:
    """Give the number that is left after Go wrote it as JSON and read it again: int64 if it can be, else a float.

    Raises ValueError for what JSON cannot say.
    """
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("infinity and NaN cannot be written as JSON; quote it if a string is meant")
        if value.is_integer() and abs(value) < _JSON_INTEGER_BELOW:
            value = int(value)
    if type(value) is int and not -_INT64 <= value < _INT64:
        return float(value)
    return value


def as_key(value: Scalar) -> str:
    """Turn a mapping's key into the string sigs.k8s.io/yaml makes of it; raises ValueError for null and uint64."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return str(value)
    if isinstance(value, float):
        return _float_key(value)
    raise ValueError("null cannot be a key" if value is None else f"the number {value} is too large for a key")


def _number(text: str) -> int | float | None:
    if text[0] == ".":
        return _float(text.replace("_", "")) if _DOT_FIRST.match(text) else None
    bare = text.replace("_", "")
    found = _INTEGER.match(bare)
    if found:
        value = _integer(found)
        if -_INT64 <= value < (_INT64 if found[1] == "-" else _INT64 if found[1] else _UINT64):
            return value
    elif late_sign := _SIGN_AFTER_PREFIX.match(bare):
        value = int(late_sign[1], 2)
        return value if -_INT64 <= value < _INT64 else None
    return _float(bare)


def _integer(found: re.Match[str]) -> int:
    sign, hexadecimal, binary, octal, decimal = found.groups()
    digits, base = next((text, base) for text, base in
                        ((hexadecimal, 16), (binary, 2), (octal, 8), (decimal, 10)) if text is not None)  # fmt: skip
    if len(digits) > 80:  # beyond any 64 bit number, and int() is quadratic
        return _UINT64 if sign != "-" else -_UINT64
    return -int(digits, base) if sign == "-" else int(digits, base)


def _float(text: str) -> float | None:
    if not _FLOAT.match(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None  # Go's ParseFloat fails out of range, and the text stays a string


def _fits(value: Scalar, text: str, tag: str) -> bool:
    if tag == TIMESTAMP:
        return bool(_DATE.match(text))
    if tag == BOOL:
        return isinstance(value, bool)
    if tag == NULL:
        return value is None
    if tag == INT:
        return type(value) is int
    return type(value) is float or (type(value) is int and value < _INT64)


def _float_key(value: float) -> str:
    # strconv.FormatFloat(key, 'g', -1, 32): the shortest digits that are the same 32 bit float
    try:
        single = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        single = math.copysign(math.inf, value)
    if not math.isfinite(single):
        return ".nan" if math.isnan(single) else ".inf" if single > 0 else "-.inf"
    digits, exponent = _shortest(single)
    if -4 <= exponent < 6:
        return _positional(digits, exponent)
    sign, digits = ("-", digits[1:]) if digits[0] == "-" else ("", digits)
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _shortest(single: float) -> tuple[str, int]:
    for precision in range(9):
        text = f"{single:.{precision}e}"
        if struct.pack("f", float(text)) == struct.pack("f", single):
            break
    mantissa, _, exponent = text.partition("e")
    digits = mantissa.replace(".", "").rstrip("0") or "0"
    return ("-0" if digits == "-" else digits), int(exponent)


def _positional(digits: str, exponent: int) -> str:
    sign, digits = ("-", digits[1:]) if digits[0] == "-" else ("", digits)
    if exponent < 0:
        return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
    whole, rest = digits[: exponent + 1].ljust(exponent + 1, "0"), digits[exponent + 1 :]
    return f"{sign}{whole}{'.' + rest if rest else ''}"


def _binary(text: str) -> str:
    compact = text.replace("\n", "").replace("\r", "")
    try:
        data = base64.b64decode(compact.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("!!binary value contains invalid base64 data") from error
    return data.decode("utf-8", errors="fleet.replace-each-byte")


def _replace_each_byte(error: UnicodeError) -> tuple[str, int]:
    # Go replaces every single byte that is not UTF-8; Python's own "replace" takes runs of them together
    assert isinstance(error, UnicodeDecodeError)  # it is registered for decoding only
    return "\ufffd" * (error.end - error.start), error.end


codecs.register_error("fleet.replace-each-byte", _replace_each_byte)
