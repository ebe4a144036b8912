"""What is dumped reads back equal, and reads well."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.k8syaml import dump, load_documents

SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
WORDS = st.text(alphabet="0123456789abcdefxoyYnNtTfFeE+-._:~ \n\t'\"#&*!|>%@`[]{},?=<\r\x85\u2028\ufeff", max_size=12)
TEXTS = st.text(max_size=20) | WORDS
JSON = st.recursive(
    SCALARS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=500, deadline=None)
@given(st.lists(JSON.filter(lambda value: value is not None), max_size=4))
def test_dumped_documents_read_back_equal(documents: list[Any]) -> None:
    read = load_documents(dump(documents), file="dumped.yaml")
    assert [each.value for each in read] == documents


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.text(max_size=8), WORDS, max_size=6))
def test_strings_stay_strings_for_pyyaml_too(document: dict[str, str]) -> None:
    assert yaml.safe_load(dump([document])) == document


def test_the_form_is_the_one_people_write() -> None:
    value = {
        "kind": "A",
        "list": [{"a": 1, "b": "yes"}, "0755"],
        "text": "a\nb\n",
        "none": None,
        "empty": {},
        "on": True,
    }
    assert dump([value, {"b": 1.5}]) == (
        'kind: A\nlist:\n- a: 1\n  b: "yes"\n- "0755"\ntext: |\n  a\n  b\nnone: null\nempty: {}\n"on": true\n---\nb: 1.5\n'
    )


@pytest.mark.parametrize("value", [float("inf"), float("nan"), object(), b"x"])
def test_what_json_cannot_say_is_not_dumped(value: Any) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        dump([{"a": value}])


def test_nothing_dumps_to_nothing() -> None:
    assert dump([]) == ""
