"""Every scalar, key, tag, anchor and merge means what it means to kubectl."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.errors import YamlError
from fleet.k8syaml import load_documents
from tests.k8syaml.cases import REFUSED_PARAMS, VALUE_PARAMS, as_document


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
