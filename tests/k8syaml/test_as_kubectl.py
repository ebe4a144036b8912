"""The judge of the tables: kubectl itself, which reads with the same code whether or not it asks a server."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.k8syaml import dump
from tests.k8syaml.cases import FILES, REFUSED, REFUSED_FILES, STRICTER, VALUES, as_document
from tests.k8syaml.compare import differences, theirs
from tests.k8syaml.kubectl import readings
from tests.k8syaml.texts import text


def test_kubectl_reads_every_value_of_the_table_as_the_table_says() -> None:
    read = [theirs(objects) for objects in readings([as_document(text) for _, text, _ in VALUES])]
    found = {name: each[0].get("value") for (name, _, _), each in zip(VALUES, read, strict=True) if each}
    assert found == {name: value for name, _, value in VALUES}


def test_kubectl_reads_every_file_of_the_table_as_the_table_says() -> None:
    found = [theirs(objects) for objects in readings([text for _, text, _ in FILES])]
    assert {name: each for (name, _, _), each in zip(FILES, found, strict=True)} == {name: values for name, _, values in FILES}


def test_kubectl_refuses_what_the_tables_say() -> None:
    cases = [*((name, as_document(text)) for name, text in REFUSED), *REFUSED_FILES]
    read = readings([text for _, text in cases])
    assert [name for (name, _), objects in zip(cases, read, strict=True) if objects is not None] == []


def test_kubectl_reads_what_the_table_says_that_we_refuse() -> None:
    read = readings([text for _, text, _ in STRICTER])
    assert [name for (name, _, _), objects in zip(STRICTER, read, strict=True) if objects is None] == []


@pytest.mark.parametrize("seed", [6])
def test_texts_written_at_random_are_read_as_kubectl_reads_them(seed: int) -> None:
    rng = Random(seed)
    found = list(differences([text(rng) for _ in range(1_000)]))
    assert [each for each in found if each[0] == "different"] == []
    assert sum(each[0] == "read" for each in found) > 300


WORDS = st.sampled_from(["yes", "0755", "1e3", "1:30", "2024-01-01", "null", "~", "", "=", "<<", "-", "a: b", "#", "---"])
TEXTS = st.text() | WORDS | st.builds("{}{}".format, WORDS, WORDS)


@settings(max_examples=4, deadline=None)
@given(st.lists(TEXTS, min_size=200, max_size=200))
def test_kubectl_reads_back_what_was_dumped(texts: list[str]) -> None:
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "case"}, "value": texts}
    ((read,),) = (theirs(objects) or [] for objects in readings([dump([document])]))
    assert read["value"] == texts
