"""Every scalar, key, tag, anchor, merge and file means what it means to kubectl."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.errors import YamlError
from fleet.k8syaml import load_documents
from tests.k8syaml.cases import (
    FILE_PARAMS,
    REFUSED_FILE_PARAMS,
    REFUSED_PARAMS,
    STRICTER_PARAMS,
    VALUE_PARAMS,
    as_document,
)


@pytest.mark.parametrize("text, value", VALUE_PARAMS)
def test_a_value_is_what_kubectl_reads(text: str, value: Any) -> None:
    (document,) = load_documents(as_document(text), file="a.yaml")
    read = document.value["value"]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("text", REFUSED_PARAMS)
def test_what_kubectl_refuses_is_refused_with_file_and_line(text: str) -> None:
    with pytest.raises(YamlError) as caught:
        load_documents(as_document(text), file="a.yaml")
    assert caught.value.file == "a.yaml"
    assert caught.value.line >= 1


@pytest.mark.parametrize("text, values", FILE_PARAMS)
def test_a_file_holds_the_objects_that_kubectl_finds_in_it(text: str | bytes, values: list[dict[str, Any]]) -> None:
    assert [document.value for document in load_documents(text, file="a.yaml")] == values


@pytest.mark.parametrize("text", REFUSED_FILE_PARAMS)
def test_a_file_that_kubectl_refuses_is_refused(text: str | bytes) -> None:
    with pytest.raises(YamlError):
        load_documents(text, file="a.yaml")


@pytest.mark.parametrize("text, says", STRICTER_PARAMS)
def test_what_kubectl_would_lose_or_misread_is_refused(text: str | bytes, says: str) -> None:
    with pytest.raises(YamlError, match=says):
        load_documents(text, file="a.yaml")
