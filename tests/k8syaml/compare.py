"""Compares what we read from texts with what kubectl reads: `python -m tests.k8syaml.compare`, or `make yaml`.

Prints each text that is read differently, and exits 1 if there is one.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from fleet.errors import DuplicateKey, YamlError
from fleet.k8syaml import load_documents
from tests.k8syaml.kubectl import as_fleet, readings
from tests.k8syaml.texts import text

# Where kubectl drops text in silence, or libyaml cannot tell two meanings apart, we refuse what kubectl reads.
STRICTER = (
    "after the end of the document",
    "found unexpected ':'",
    "this is not UTF-8",
    "a tag must be followed",
    "while scanning a tag did not find expected whitespace",
    "may follow `---`",
    # In a value that kubectl drops, because its key stands once more further down.
    "null cannot be a key",
    "is too large for a key",
)
AT_ONCE = 500


def ours(written: bytes | str) -> tuple[list[dict[str, Any]] | None, YamlError | None]:
    """What we read, as `readings` gives it: None where there is an error, or something that is no object."""
    try:
        values = [each.value for each in load_documents(written, file="a.yaml")]
    except YamlError as error:
        return None, error
    return (values if all(_is_object(value) for value in values) else None), None


def _is_object(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str) or not value["kind"]:
        return False
    return isinstance(value.get("items"), list | None)  # kubectl takes whatever has them for a list


def theirs(objects: Sequence[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    """What kubectl printed, without the label that `readings` asked for."""
    return None if objects is None else [_unlabelled(as_fleet(value)) for value in objects]


def _unlabelled(value: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(value.get("metadata"), dict):
        return value
    labels = {name: text for name, text in value["metadata"]["labels"].items() if name != "read"}
    rest = {name: item for name, item in value["metadata"].items() if name != "labels"}
    metadata = {**rest, "labels": labels} if labels else rest
    return {**value, "metadata": metadata} if metadata else {name: item for name, item in value.items() if name != "metadata"}


def is_stricter(error: YamlError | None, written: bytes | str) -> bool:
    """Whether an error is one of those that we make on purpose where kubectl makes none."""
    if isinstance(error, DuplicateKey) or any(word in str(error) for word in STRICTER):
        return True
    # What follows `...` at a document's beginning is lost.
    return isinstance(written, str) and "---\n..." in written


def differences(texts: Sequence[bytes | str]) -> Iterator[tuple[str, bytes | str, Any, Any]]:
    """Give for each text how it compares, the text, what kubectl reads and what we read or say."""
    for written, objects in zip(texts, readings(texts), strict=True):
        (mine, error), kubectls = ours(written), theirs(objects)
        if mine == kubectls:
            word = "refused" if mine is None else "read"
        elif isinstance(written, str) and "\ufeff" in written[1:]:
            word = "odd mark"  # the two libraries differ in where within a document they read a byte order mark over
        else:
            word = "stricter" if mine is None and is_stricter(error, written) else "different"
        yield word, written, kubectls, mine if error is None else error


def main() -> int:
    """Compare as many texts as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.k8syaml.compare")
    parser.add_argument("--seed", type=int, default=Random().randrange(1 << 30))
    parser.add_argument("--texts", type=int, default=20_000)
    options = parser.parse_args()
    print(f"seed {options.seed}")
    rng, found = Random(options.seed), Counter[str]()
    for _ in range(0, options.texts, AT_ONCE):
        for word, written, kubectls, mine in differences([text(rng) for _ in range(AT_ONCE)]):
            found[word] += 1
            if word == "different":
                print(f"{written!r}\n  kubectl: {kubectls}\n  fleet:   {mine}")
    print(dict(found))
    return 1 if found["different"] else 0


if __name__ == "__main__":
    sys.exit(main())
