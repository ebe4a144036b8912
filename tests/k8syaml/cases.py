"""What kubectl reads from a text, as literal values; test_scalars asks us, test_as_kubectl asks kubectl."""

from __future__ import annotations

from typing import Any

import pytest

_BIG = 12345678901234567890.0

# id, text of the value, what it is
VALUES: list[tuple[str, str, Any]] = [
    ("exponent-is-an-integer", "1e3", 1000),
    ("exponent-with-sign", "-1E+2", -100),
    ("small-exponent", "1e-7", 1e-07),
    ("base-60-is-a-string", "1:30", "1:30"),
    ("base-60-with-seconds-is-a-string", "190:20:30", "190:20:30"),
    ("date-is-a-string", "2024-01-01", "2024-01-01"),
    ("timestamp-is-a-string", "2024-01-01T10:00:00Z", "2024-01-01T10:00:00Z"),
    ("timestamp-with-space-is-a-string", "2001-12-14 21:59:43.10", "2001-12-14 21:59:43.10"),
    ("old-octal", "0755", 493),
    ("new-octal", "0o755", 493),
    ("negative-octal", "-0644", -420),
    ("octal-with-8-is-decimal", "08", 8),
    ("octal-with-9-and-more", "0789", 789),
    ("hexadecimal", "0x1F", 31),
    ("hexadecimal-upper-prefix", "0XfF", 255),
    ("binary", "0b101", 5),
    ("binary-with-2-is-a-string", "0b102", "0b102"),
    ("sign-after-binary-prefix", "0b-1", -1),
    ("binary-negative", "-0b11", -3),
    ("underscores", "1_000", 1000),
    ("underscores-in-a-float", "1_0.5_0", 10.5),
    ("underscore-first-is-a-string", "_1", "_1"),
    ("plus", "+12", 12),
    ("zero", "0", 0),
    ("minus-zero", "-0.0", 0),
    ("float", "1.5", 1.5),
    ("whole-float-is-an-integer", "1.0", 1),
    ("float-without-fraction", "1.", 1),
    ("float-without-integer", ".5", 0.5),
    ("underscore-after-a-dot", ".4_1", 0.41),
    ("two-underscores-after-a-dot", ".4__1", ".4__1"),
    ("dot-is-a-string", ".", "."),
    ("version-is-a-string", "1.2.3", "1.2.3"),
    ("int64-largest", "9223372036854775807", 9223372036854775807),
    ("int64-smallest", "-9223372036854775808", -9223372036854775808),
    ("beyond-int64-is-a-float", "9223372036854775808", 9223372036854775808.0),
    ("beyond-uint64-is-a-float", "123456789012345678901", 123456789012345678901.0),
    ("uint64-is-a-float", "12345678901234567890", _BIG),
    ("beyond-uint64-in-hexadecimal-is-a-string", "0x1FFFFFFFFFFFFFFFF", "0x1FFFFFFFFFFFFFFFF"),
    ("float-out-of-range-is-a-string", "1e400", "1e400"),
    ("yes", "yes", True),
    ("y", "y", True),
    ("upper-y", "Y", True),
    ("on", "on", True),
    ("upper-on", "ON", True),
    ("true", "True", True),
    ("n", "n", False),
    ("no", "NO", False),
    ("norway", "no", False),
    ("off", "Off", False),
    ("odd-case-is-a-string", "yEs", "yEs"),
    ("quoted-yes", '"yes"', "yes"),
    ("single-quoted-number", "'12'", "12"),
    ("null", "null", None),
    ("tilde", "~", None),
    ("upper-null", "NULL", None),
    ("nothing", "", None),
    ("odd-case-null-is-a-string", "nULL", "nULL"),
    ("empty-quotes", '""', ""),
    ("equals", "=", "="),
    ("merge-sign-as-value", "<<", "<<"),
    ("inf-word", "inf", "inf"),
    ("nan-word", "NaN", "NaN"),
    ("tag-str", "!!str 12", "12"),
    ("tag-str-empty", "!!str", ""),
    ("tag-int-quoted", '!!int "12"', 12),
    ("tag-float", "!!float 3", 3),
    ("tag-bool-quoted", '!!bool "yes"', True),
    ("tag-timestamp", "!!timestamp 2024-01-01", "2024-01-01"),
    ("tag-null", "!!null ''", None),
    ("tag-non-specific", "! 12", "12"),
    ("tag-of-somebody", "!Ref 12", "12"),
    ("tag-on-a-mapping", "!Sub {a: 1}", {"a": 1}),
    ("set", "!!set {x, z}", {"x": None, "z": None}),
    ("tag-binary", "!!binary aGVsbG8=", "hello"),
    ("tag-binary-not-utf-8", "!!binary gIGC4oI=", "\ufffd\ufffd\ufffd\ufffd\ufffd"),
    ("key-bool", "{y: 1, no: 2}", {"true": 1, "false": 2}),
    ("key-number", "{1: a, 0x10: b, 08: c}", {"1": "a", "16": "b", "8": "c"}),
    ("key-float", "{1.5: a, 1e3: b, 1234567.0: c, 0.1: d, 1e39: e, 1e-5: f}",
     {"1.5": "a", "1000": "b", "1.234567e+06": "c", "0.1": "d", ".inf": "e", "1e-05": "f"}),
    ("key-date", "{2024-01-01: a}", {"2024-01-01": "a"}),
    ("key-quoted-merge-sign", '{"<<": 1}', {"<<": 1}),
    ("key-explicit", "{? a : b}", {"a": "b"}),
    ("key-alias", "[&k name, {*k : 1}]", ["name", {"name": 1}]),
    ("anchors", "[&x {b: 1}, *x]", [{"b": 1}, {"b": 1}]),
    ("anchor-set-again", "[&x 1, &x 2, *x]", [1, 2, 2]),
    ("anchor-set-again-inside-itself", "&x [&x q, *x]", ["q", "q"]),
    ("anchor-of-a-float", "[&x 1.0, {*x : *x}]", [1, {"1": 1}]),
    ("merge", "[&x {b: 1, c: 1}, {<<: *x, c: 2}]", [{"b": 1, "c": 1}, {"b": 1, "c": 2}]),
    ("merge-wins-over-earlier-keys", "{b: 1, <<: {b: 2}}", {"b": 2}),
    ("merge-with-a-non-specific-tag", "{! << : {a: 1}}", {"a": 1}),
    ("merge-list-first-wins", "{<<: [{a: 1}, {a: 2, b: 3}]}", {"a": 1, "b": 3}),
    ("merge-of-merge", "[&x {a: 1}, &z {<<: *x}, {<<: *z}]", [{"a": 1}, {"a": 1}, {"a": 1}]),
    ("flow-url", "[http://x:80/, a:b]", ["http://x:80/", "a:b"]),
    ("flow-trailing-comma", "[a, ]", ["a"]),
    ("hash-inside-a-word", "x#q", "x#q"),
    ("comment", "x # q", "x"),
    ("tab-after-colon", "\tx", "x"),
    ("tab-in-quotes", "'a\tb'", "a\tb"),
    ("escapes", r'"\x41\u00e9\U0001F600\t"', "Aé😀\t"),
    ("folded-quotes", "'b\n\n  c'", "b\nc"),
    ("literal", "|\n  a\n   b\n", "a\n b\n"),
    ("literal-strip", "|-\n  a\n", "a"),
    ("literal-keep", "|+\n  a\n", "a\n\n"),
    ("literal-indent", "|2\n    a\n", "  a\n"),
    ("folded", ">\n  a\n  b\n", "a b\n"),
    ("compact-list", "\n- a\n- b", ["a", "b"]),
    ("unicode", "žluťoučký 😀", "žluťoučký 😀"),
]  # fmt: skip

# id, text of the value: kubectl refuses it, and so do we
REFUSED: list[tuple[str, str]] = [
    ("infinity", ".inf"),
    ("minus-infinity", "-.INF"),
    ("nan", ".nan"),
    ("null-key", "{~: a}"),
    ("uint64-key", "{18446744073709551615: a}"),
    ("list-key", "{? [a] : b}"),
    ("mapping-key", "{? {a: 1} : b}"),
    ("alias-without-anchor", "*x"),
    ("anchor-that-contains-itself", "&x [*x]"),
    ("merge-of-a-scalar", "{<<: 1}"),
    ("merge-of-null", "{<<: }"),
    ("merge-of-an-alias-to-a-list", "[&x [{a: 1}], {<<: *x}]"),
    ("merge-of-a-list-of-scalars", "{<<: [1]}"),
    ("tag-int-of-a-word", "!!int abc"),
    ("tag-int-of-a-float", "!!int 1.5"),
    ("tag-bool-of-a-word", "!!bool x"),
    ("tag-null-of-a-word", "!!null x"),
    ("tag-timestamp-of-a-word", "!!timestamp x"),
    ("tag-binary-not-base64", "!!binary 'a b'"),
    ("tab-as-indentation", "\n\t- b"),
    ("at-sign", "@x"),
    ("backtick", "`x"),
    ("nested-colon", "b: c"),
    ("unclosed", "["),
    ("surrogate-escape", r'"\ud83d\ude00"'),
    ("control-character", "\x07"),
    ("text-after-quotes", "'x' z"),
]

OBJECT = "apiVersion: v1\nkind: Case\nmetadata: {name: x}\n"
_SAME = {"apiVersion": "v1", "kind": "Case", "metadata": {"name": "x"}}
_JSON = '{"apiVersion": "v1", "kind": "Case", "metadata": {"name": "x"}, "value": %s}'
_LISTED = "- {apiVersion: v1, kind: Case, metadata: {name: x}}\n"


def _with(value: Any) -> dict[str, Any]:
    return {**_SAME, "value": value}


# id, a whole file, the objects in it
FILES: list[tuple[str, str | bytes, list[dict[str, Any]]]] = [
    ("nothing", "", []),
    ("comments-only", "# a\n---\n  # b\n---\n", []),
    ("null-documents", "null\n---\n~\n---\n" + OBJECT, [_SAME]),
    ("comment-on-the-separator", OBJECT + "--- # c\n" + OBJECT, [_SAME, _SAME]),
    ("tab-on-the-separator", OBJECT + "---\t#c\n" + OBJECT, [_SAME, _SAME]),
    ("separator-at-the-end", OBJECT + "---", [_SAME]),
    ("document-end", OBJECT + "...\n---\n" + OBJECT, [_SAME, _SAME]),
    ("crlf", (OBJECT + "value: |\n  a\n  b\n---\n" + OBJECT).replace("\n", "\r\n"), [_with("a\nb\n"), _SAME]),
    ("carriage-return-before-crlf", OBJECT + "value: a\r\r\n  b\n", [_with("a b")]),
    ("byte-order-mark", "\ufeff" + OBJECT, [_SAME]),
    ("byte-order-mark-in-each-document", "\ufeff" + OBJECT + "---\n\ufeff" + OBJECT, [_SAME, _SAME]),
    ("byte-order-mark-before-json", "\ufeff" + _JSON % 1, [_with(1)]),
    ("utf-16-little-endian", b"\xff\xfe" + (OBJECT + "value: é\n").encode("utf-16-le"), [_with("é")]),
    ("utf-16-big-endian", b"\xfe\xff" + (OBJECT + "value: é\n").encode("utf-16-be"), [_with("é")]),
    ("next-line", OBJECT + "value: a\u0085  b\n", [_with("a b")]),
    ("line-separator-in-quotes", OBJECT + "value: 'a\u2028  b'\n", [_with("a\u2028b")]),
    ("json", _JSON % "[1.0, 9007199254740993, 12345678901234567890]", [_with([1, 9007199254740993, _BIG])]),
    ("json-escapes", _JSON % r'["\ud83d\ude00\/", ["\ud800"]]', [_with(["😀/", ["\ufffd"]])]),
    ("json-stream", _JSON % 1 + "\n\n" + _JSON % 2, [_with(1), _with(2)]),
    ("json-on-one-line", _JSON % 1 + _JSON % 2 + _JSON % 3, [_with(1), _with(2), _with(3)]),
    ("json-then-yaml", _JSON % 1 + "\n" + OBJECT, [_with(1), _SAME]),
    ("json-then-separator-on-its-line", _JSON % 1 + " ---\n" + OBJECT, [_with(1), _SAME]),
    ("json-then-comment", _JSON % 1 + " # c\n", [_with(1)]),
    ("json-with-a-slip-is-yaml", _JSON % "[1e400, 01, NaN, ]", [_with(["1e400", 1, "NaN"])]),
    ("yaml-then-json", OBJECT + "---\n" + _JSON % "1e400", [_SAME, _with("1e400")]),
    ("list", "apiVersion: v1\nkind: List\nitems:\n" + _LISTED + _LISTED, [_SAME, _SAME]),
    ("list-of-a-kind", "apiVersion: v1\nkind: CaseList\nitems:\n- {metadata: {name: x}}\n", [_SAME]),
    ("empty-list", "apiVersion: v1\nkind: List\nitems: []\n---\n" + OBJECT, [_SAME]),
    ("merge-of-an-anchor-set-twice", OBJECT + "b: &a {m: 1}\nc: &a {o: 2}\nvalue:\n  <<: *a\n",
     [{**_SAME, "b": {"m": 1}, "c": {"o": 2}, "value": {"o": 2}}]),
    ("merges-of-both-kinds", OBJECT + "b: &a {m: 1, o: 1}\nvalue:\n  <<: [*a, {o: 2, p: 2}]\n  m: 3\n",
     [{**_SAME, "b": {"m": 1, "o": 1}, "value": {"m": 3, "o": 1, "p": 2}}]),
    ("anchors-end-with-their-document", OBJECT + "value: &a 1\n---\n" + OBJECT + "value: &a 2\n", [_with(1), _with(2)]),
]  # fmt: skip

# id, a whole file that kubectl refuses, and so do we
REFUSED_FILES: list[tuple[str, str | bytes]] = [
    ("directive", "%YAML 1.1\n---\n" + OBJECT),
    ("text-on-the-separator", OBJECT + "--- x\n" + OBJECT),
    ("yaml-after-a-json-stream", _JSON % 1 + _JSON % 2 + "\n# c\n"),
    ("json-number-out-of-range", _JSON % "1e400"),
    ("escaped-slash-in-yaml", OBJECT + 'value: "\\/"\n'),
    ("question-mark-in-flow", OBJECT + "value: [http://x/?q]\n"),
    ("anchor-of-another-document", OBJECT + "value: &a 1\n---\n" + OBJECT + "value: *a\n"),
    ("null-character", OBJECT + "value: a\x00b\n"),
    ("utf-16-without-a-mark", (OBJECT + "value: é\n").encode("utf-16-le")),
    ("utf-32", (OBJECT + "value: é\n").encode("utf-32")),
    ("tab-alone", "\t\n"),
    ("broken-second-document", OBJECT + "---\n" + OBJECT + "value: [\n"),
]

# id, a whole file that kubectl reads and we refuse, why
STRICTER: list[tuple[str, str | bytes, str]] = [
    ("key-twice", OBJECT + "value: 1\nvalue: 2\n", "already at line 4"),  # kubectl takes the last
    ("key-twice-in-json", _JSON % '{"a": 1, "a": 2}', "already at line 1"),
    ("after-document-end", OBJECT + "...\n" + OBJECT, "after the end of the document"),  # kubectl drops the rest
    ("second-json-after-a-separator", OBJECT + "---\n" + _JSON % 1 + _JSON % 2, "after the end of the document"),
    ("directive-behind-a-separator", "---\n%YAML 1.1\n" + OBJECT, "after the end of the document"),  # it drops all of it
    ("not-utf-8", OBJECT.encode() + b"value: \xff\n", "not UTF-8"),  # it reads another text
    ("colon-before-a-bracket", OBJECT + "value: [a:]\n", "unexpected ':'"),  # a text to kubectl, a mapping to others
    ("comma-in-a-tag", OBJECT + "value: [!, a]\n", "followed by a space"),  # the comma goes with the tag
    ("separator-without-space", OBJECT + "---#c\n" + OBJECT, "may follow `---`"),  # it is text in the first line
]

VALUE_PARAMS = [pytest.param(text, value, id=name) for name, text, value in VALUES]
FILE_PARAMS = [pytest.param(text, values, id=name) for name, text, values in FILES]
REFUSED_FILE_PARAMS = [pytest.param(text, id=name) for name, text in REFUSED_FILES]
STRICTER_PARAMS = [pytest.param(text, says, id=name) for name, text, says in STRICTER]
REFUSED_PARAMS = [pytest.param(text, id=name) for name, text in REFUSED]


def as_document(text: str) -> str:
    """Put the value into an object that kubectl accepts."""
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: case}}\nvalue: {text}\n"
