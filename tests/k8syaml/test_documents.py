"""Which documents a file holds, where they begin, and what `List` is taken apart into."""

from __future__ import annotations

import codecs
from typing import Any

import pytest

from fleet.errors import DuplicateKey, YamlError
from fleet.k8syaml import Document, load_documents

CM = "apiVersion: v1\nkind: ConfigMap\n"


def places(text: bytes | str) -> list[tuple[Any, int, int]]:
    return [(each.value, each.line, each.index) for each in load_documents(text, file="a.yaml")]


def test_a_document_knows_its_file_line_and_index() -> None:
    assert load_documents("# hello\n\na: 1\n---\n# there\nb: 2\n", file="x/y.yaml") == (
        Document(value={"a": 1}, file="x/y.yaml", line=3, index=0),
        Document(value={"b": 2}, file="x/y.yaml", line=6, index=1),
    )


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("\n\n", id="blank-lines"),
        pytest.param("# only a comment\n", id="comment"),
        pytest.param("---\n---\n# a\n---\n", id="separators"),
        pytest.param("null\n---\n~\n", id="nulls"),
        pytest.param("\ufeff", id="byte-order-mark"),
    ],
)
def test_a_file_without_values_has_no_documents(text: str) -> None:
    assert load_documents(text, file="a.yaml") == ()


@pytest.mark.parametrize(
    "text, expected",
    [
        pytest.param("---\na: 1\n--- # next\nb: 2", [({"a": 1}, 2, 0), ({"b": 2}, 4, 1)], id="comment-on-separator"),
        pytest.param("a: 1\r\n---\r\nb: |\r\n  x\r\n", [({"a": 1}, 1, 0), ({"b": "x\n"}, 3, 1)], id="crlf"),
        pytest.param("\ufeffa: 1\n", [({"a": 1}, 1, 0)], id="bom-in-str"),
        pytest.param(codecs.BOM_UTF8 + b"a: 1\n", [({"a": 1}, 1, 0)], id="bom-in-bytes"),
        pytest.param("a: é\n".encode("utf-16"), [({"a": "é"}, 1, 0)], id="utf-16"),
        pytest.param("a: 1\n...\n", [({"a": 1}, 1, 0)], id="document-end"),
        pytest.param("a: |\n  x", [({"a": "x\n"}, 1, 0)], id="no-newline-at-the-end"),
        pytest.param("a: |\n  x\n  ---\n", [({"a": "x\n---\n"}, 1, 0)], id="indented-separator-is-text"),
        pytest.param('\n{"a": 1}\n', [({"a": 1}, 2, 0)], id="json"),
        pytest.param('{"a":1}\n\n{"b":2}', [({"a": 1}, 1, 0), ({"b": 2}, 3, 1)], id="json-stream"),
        pytest.param('{"a":1}\n---\n{"b":2}', [({"a": 1}, 1, 0), ({"b": 2}, 3, 1)], id="json-separated"),
        pytest.param('{"a":1}\nb: 2\n', [({"a": 1}, 1, 0), ({"b": 2}, 2, 1)], id="json-then-yaml-without-separator"),
        pytest.param('{"a":1}\n---\nb: 2\n', [({"a": 1}, 1, 0), ({"b": 2}, 3, 1)], id="json-then-yaml"),
        pytest.param("{a: 1}\n---\n{b: 2}\n", [({"a": 1}, 1, 0), ({"b": 2}, 3, 1)], id="flow"),
        pytest.param("{\n\t\"a\": [\n\t\t1.0,\n\t\t1e3,\n\t\t12345678901234567890\n\t]\n}",
                     [({"a": [1, 1000, 12345678901234567890.0]}, 1, 0)], id="json-with-tabs-and-numbers"),
        pytest.param(r'{"a": "\ud83d\ude00\/ \ud800"}', [({"a": "😀/ \ufffd"}, 1, 0)], id="json-surrogates"),
        pytest.param("[1, a]\n---\nword\n", [([1, "a"], 1, 0), ("word", 3, 1)], id="not-only-mappings"),
    ],
)  # fmt: skip
def test_documents_are_separated_as_kubectl_separates_them(text: bytes | str, expected: list[Any]) -> None:
    assert places(text) == expected


@pytest.mark.parametrize(
    "text, line, says",
    [
        pytest.param("a: 1\n--- b: 2\n", 2, "may follow `---`", id="text-on-the-separator"),
        pytest.param("a: 1\n---b\n", 2, "may follow `---`", id="separator-without-space"),
        pytest.param("a: 1\n...\nb: 2\n", 3, "after the end of the document", id="after-document-end"),
        pytest.param("  a: 1\n b: 2\n", 2, "after the end of the document", id="indented-too-little"),
        pytest.param("%YAML 1.1\n---\na: 1\n", 2, "is a `---` missing", id="directive"),
        pytest.param("x: 1\n---\na: 1\nb: [\n", 5, "not YAML", id="syntax"),
        pytest.param('{"a":1} {"b":2}\nc: 1\n', 2, "after several JSON objects", id="yaml-after-json-stream"),
        pytest.param('{"a":1}{"b":2}\n{"c": nul}', 2, "not JSON", id="broken-json-stream"),
        pytest.param(b"a: 1\nb: \xff\n", 2, "not UTF-8", id="not-utf-8"),
        pytest.param("a: 1\nb: \ud800\n", 2, "half a character", id="lone-surrogate"),
    ],
)
def test_what_would_be_lost_in_silence_is_an_error_at_its_line(text: bytes | str, line: int, says: str) -> None:
    with pytest.raises(YamlError, match=says) as caught:
        load_documents(text, file="a.yaml")
    assert caught.value.line == line


@pytest.mark.parametrize(
    "text, key, lines",
    [
        pytest.param("a: 1\nb: 2\na: 3\n", "a", (1, 3), id="plain"),
        pytest.param("x:\n- a: 1\n  b: {c: 1,\n    c: 2}\n", "c", (3, 4), id="nested"),
        pytest.param('1: x\n"1": y\n', "1", (1, 2), id="equal-as-strings"),
        pytest.param("yes: x\ny: y\n", "true", (1, 2), id="two-words-for-true"),
        pytest.param("x: 1\n---\n{a: 1,\n a: 2}\n", "a", (3, 4), id="second-document"),
        pytest.param('{"a": {"b": 1,\n "c": "\\ud83d\\ude00\\/",\n "b": 2}}', "b", (1, 3), id="json"),
    ],
)
def test_a_key_that_stands_twice_is_an_error_that_names_both_lines(text: str, key: str, lines: tuple[int, int]) -> None:
    with pytest.raises(DuplicateKey) as caught:
        load_documents(text, file="a.yaml")
    assert (caught.value.key, caught.value.first, caught.value.line) == (key, *lines)


def test_a_merged_key_may_stand_beside_an_own_one() -> None:
    (document,) = load_documents("a: &x {k: 1}\nb:\n  <<: *x\n  k: 2\n", file="a.yaml")
    assert document.value["b"] == {"k": 2}


def test_aliases_give_values_that_share_nothing() -> None:
    (document,) = load_documents("a: &x {k: [1]}\nb: *x\nc: {<<: *x}\n", file="a.yaml")
    document.value["a"]["k"].append(2)
    assert (document.value["b"], document.value["c"]) == ({"k": [1]}, {"k": [1]})


def test_a_list_stands_for_its_items_each_with_its_line_and_pointer() -> None:
    text = "apiVersion: v1\nkind: List\nitems:\n- kind: A\n  apiVersion: v1\n-\n  kind: B\n  apiVersion: v1\n---\nc: 1\n"
    found = [(each.value.get("kind"), each.line, each.index, each.pointer) for each in load_documents(text, file="a")]
    assert found == [("A", 4, 0, "/items/0"), ("B", 7, 0, "/items/1"), (None, 10, 1, "")]


def test_lists_in_lists_are_taken_apart_in_order() -> None:
    inner = "{apiVersion: v1, kind: List, items: [{kind: A, apiVersion: v1}, {kind: B, apiVersion: v1}]}"
    text = f"apiVersion: v1\nkind: List\nitems: [{inner}, {{kind: C, apiVersion: v1}}]\n"
    found = [(each.value["kind"], each.pointer) for each in load_documents(text, file="a")]
    assert found == [("A", "/items/0/items/0"), ("B", "/items/0/items/1"), ("C", "/items/1")]


def test_an_item_that_names_no_kind_has_the_lists_kind() -> None:
    (item,) = load_documents("apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n", file="a")
    assert item.value == {"metadata": {"name": "a"}, "apiVersion": "v1", "kind": "ConfigMap"}


def test_an_item_that_names_half_of_its_kind_is_not_given_the_lists() -> None:
    text = "apiVersion: v1\nkind: ConfigMapList\nitems:\n- {kind: Secret, metadata: {name: a}}\n"
    (item,) = load_documents(text, file="a")
    assert item.value == {"kind": "Secret", "metadata": {"name": "a"}}


def test_a_json_list_knows_its_items_lines() -> None:
    text = '{"apiVersion": "v1", "kind": "List",\n "items": [\n  {"kind": "A", "apiVersion": "v1"}\n]}'
    assert [(each.value["kind"], each.line) for each in load_documents(text, file="a")] == [("A", 3)]


@pytest.mark.parametrize("items", ["[]", "null", ""])
def test_an_empty_list_has_no_documents(items: str) -> None:
    assert load_documents(f"apiVersion: v1\nkind: List\nitems: {items}\n", file="a") == ()


def test_a_custom_kind_that_merely_ends_in_list_stays_whole() -> None:
    text = "apiVersion: acme.io/v1\nkind: AllowList\nspec: {items: [a]}\n"
    assert [each.value["kind"] for each in load_documents(text, file="a")] == ["AllowList"]
