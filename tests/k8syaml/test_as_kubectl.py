"""The judge of the table: kubectl itself, which reads with the same code whether or not it asks a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fleet.k8syaml import dump
from tests.k8syaml.cases import REFUSED_PARAMS, VALUES, as_document

KUBECTL = Path(sys.executable).with_name("kubectl")


def kubectl_reads(text: str) -> list[dict[str, Any]]:
    """Give what `kubectl -f -` makes of a text; `--local` keeps it from asking a server."""
    argv = [KUBECTL, "label", "--local", "-f", "-", "-o", "json", "read=yes"]
    answer = subprocess.run(argv, input=text.encode(), capture_output=True, check=True, timeout=60, env={})
    decoder, output, objects = json.JSONDecoder(), answer.stdout.decode().strip(), []
    while output:
        value, end = decoder.raw_decode(output)
        objects.append(value)
        output = output[end:].strip()
    return objects


def as_fleet(value: Any) -> Any:
    """Numbers that are no int64 are floats to Kubernetes; Go prints them without an exponent."""
    if isinstance(value, dict):
        return {key: as_fleet(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_fleet(item) for item in value]
    return float(value) if type(value) is int and not -(2**63) <= value < 2**63 else value


def test_kubectl_reads_every_value_of_the_table_as_the_table_says() -> None:
    read = kubectl_reads("---\n".join(as_document(text) for _, text, _ in VALUES))
    found = {name: as_fleet(each.get("value")) for (name, _, _), each in zip(VALUES, read, strict=True)}
    assert found == {name: value for name, _, value in VALUES}


@pytest.mark.parametrize("text", REFUSED_PARAMS)
def test_kubectl_refuses_what_the_table_says(text: str) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        kubectl_reads(as_document(text))


WORDS = st.sampled_from(["yes", "0755", "1e3", "1:30", "2024-01-01", "null", "~", "", "=", "<<", "-", "a: b", "#", "---"])
TEXTS = st.text() | WORDS | st.builds("{}{}".format, WORDS, WORDS)


@settings(max_examples=8, deadline=None)
@given(st.lists(TEXTS, min_size=100, max_size=100))
def test_kubectl_reads_back_what_was_dumped(texts: list[str]) -> None:
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "case"}, "value": texts}
    (read,) = kubectl_reads(dump([document]))
    assert read["value"] == texts
