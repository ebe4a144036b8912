"""No text crashes the process, hangs it, or takes more memory than the limits say."""

from __future__ import annotations

import pytest

from fleet.errors import LimitExceeded, YamlError
from fleet.k8syaml import Limits, line_of, load_documents

MILLION = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * MILLION, id="brackets"),
        pytest.param("a: " + "[" * MILLION + "]" * MILLION, id="closed-brackets"),
        pytest.param("[\n" * MILLION, id="brackets-on-lines"),
        pytest.param("{a: " * MILLION, id="braces"),
        pytest.param("- " * MILLION, id="sequences-on-one-line"),
        pytest.param("".join(f"{' ' * depth}a:\n" for depth in range(5_000)), id="indentation"),
        pytest.param("".join(f"{' ' * depth}-\n" for depth in range(5_000)), id="indented-sequences"),
        pytest.param('{"a":' * MILLION + "1" + "}" * MILLION, id="json"),
        pytest.param('{"a":' + "[" * 500 + "]" * 500 + "}", id="json-that-python-can-parse"),
    ],
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(LimitExceeded) as caught:
        load_documents(text, file="a.yaml")
    assert caught.value.setting == "limits.yaml.maxDepth"


@pytest.mark.parametrize("text", ["{? " * MILLION, "? " * MILLION, "- ? " * MILLION])
def test_keys_in_keys_are_refused_however_deep(text: str) -> None:
    with pytest.raises(YamlError, match="cannot be a key"):
        load_documents(text, file="a.yaml")


def test_nesting_up_to_the_limit_is_read() -> None:
    (document,) = load_documents("[" * 200 + "]" * 200, file="a.yaml")
    assert str(document.value) == "[" * 200 + "]" * 200


def test_nesting_by_aliases_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 300)]
    with pytest.raises(LimitExceeded) as caught:
        load_documents("\n".join(lines), file="a.yaml")
    assert (caught.value.setting, caught.value.line) == ("limits.yaml.maxDepth", 200)


def test_a_billion_laughs_are_refused_before_they_are_copied() -> None:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    with pytest.raises(LimitExceeded) as caught:
        load_documents("\n".join(lines), file="a.yaml")
    assert (caught.value.setting, caught.value.line) == ("limits.yaml.maxAliasValues", 6)


def test_laughs_by_merging_are_refused() -> None:
    lines = ["a0: &a0 {k0: {a: 1, b: 2}, l0: {a: 1, b: 2}}"]
    lines += [f"a{n}: &a{n} {{x{n}: *a{n - 1}, y{n}: *a{n - 1}, <<: *a{n - 1}}}" for n in range(1, 30)]
    with pytest.raises(LimitExceeded) as caught:
        load_documents("\n".join(lines), file="a.yaml")
    assert caught.value.setting == "limits.yaml.maxAliasValues"


@pytest.mark.parametrize(
    "limits, text, line, setting",
    [
        pytest.param(Limits(max_bytes=9), "a: 1\nb: 2\n", 1, "limits.yaml.maxBytes", id="bytes"),
        pytest.param(Limits(max_documents=2), "a: 1\n---\nb: 1\n---\nc: 1\n", 5, "limits.yaml.maxDocuments", id="documents"),
        pytest.param(Limits(max_depth=2), "a:\n  b:\n    c: 1\n", 3, "limits.yaml.maxDepth", id="depth"),
        pytest.param(Limits(max_values=5), "a: 1\nb: 2\nc: 3\n", 3, "limits.yaml.maxValues", id="values"),
        pytest.param(Limits(max_values=5), '{"a": [1, 2, 3, 4, 5]}', 1, "limits.yaml.maxValues", id="json-values"),
        pytest.param(Limits(max_alias_values=3), "a: &x [1, 2]\nb: *x\nc: *x\n", 3, "limits.yaml.maxAliasValues", id="aliases"),
    ],
)
def test_each_limit_is_named_with_its_line(limits: Limits, text: str, line: int, setting: str) -> None:
    with pytest.raises(LimitExceeded, match=setting) as caught:
        load_documents(text, file="a.yaml", limits=limits)
    assert caught.value.line == line


@pytest.mark.parametrize("text", ["9" * 100_000, "0x" + "f" * 100_000, "1e" + "9" * 100_000, "0b" + "1" * 100_000])
def test_a_number_of_any_length_is_read(text: str) -> None:
    (document,) = load_documents(f"a: {text}", file="a.yaml")
    assert document.value["a"] == text


def test_a_json_number_out_of_range_is_an_error_at_its_objects_line() -> None:
    with pytest.raises(YamlError, match="1e400 is out of range") as caught:
        load_documents('\n{"a": 1e400}', file="a.json")
    assert caught.value.line == 2


def test_asking_for_a_line_is_bounded_too() -> None:
    with pytest.raises(YamlError):
        line_of("- " * MILLION, index=0, pointer="/0")
