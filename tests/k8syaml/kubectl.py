"""Asks the real kubectl what it makes of many texts in one process: each text is a file, with a known object after it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

KUBECTL = Path(sys.executable).with_name("kubectl")
_END = "end-of-case"
_ERROR_AT = re.compile(r"(\d{6})a\.yaml")


def readings(texts: Sequence[bytes | str]) -> list[list[dict[str, Any]] | None]:
    """Give the objects kubectl reads from each text, in order; None for one that it has an error about.

    `label --local` reads with the code of every other verb and asks no server; an error in one file ends no other.
    """
    with tempfile.TemporaryDirectory() as directory:
        for number, text in enumerate(texts):
            data = text if isinstance(text, bytes) else text.encode()
            Path(directory, f"{number:06}a.yaml").write_bytes(data)
            Path(directory, f"{number:06}b.yaml").write_text(f"apiVersion: v1\nkind: End\nmetadata: {{name: {_END}}}\n")
        argv = [KUBECTL, "label", "--local", "-f", directory, "-o", "json", "read=yes"]
        answer = subprocess.run(argv, capture_output=True, check=False, timeout=300, env={})
    refused = {int(found) for found in _ERROR_AT.findall(answer.stderr.decode())}
    cases: list[list[dict[str, Any]]] = [[]]
    for value in _objects(answer.stdout.decode()):
        if value.get("kind") == "End" and value["metadata"]["name"] == _END:
            cases.append([])
        else:
            cases[-1].append(value)
    assert len(cases) == len(texts) + 1, answer.stderr.decode()[-2000:]
    return [None if number in refused else case for number, case in enumerate(cases[:-1])]


def _objects(output: str) -> list[dict[str, Any]]:
    decoder, place, objects = json.JSONDecoder(), 0, []
    while place < len(output):
        value, place = decoder.raw_decode(output, place)
        objects.append(value)
        while place < len(output) and output[place].isspace():
            place += 1
    return objects


def as_fleet(value: Any) -> Any:
    """Numbers that are no int64 are floats to Kubernetes; Go prints them without an exponent."""
    if isinstance(value, dict):
        return {key: as_fleet(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_fleet(item) for item in value]
    return float(value) if type(value) is int and not -(2**63) <= value < 2**63 else value
