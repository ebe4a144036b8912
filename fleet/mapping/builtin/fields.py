"""Checks a document's fields: unknown ones name the nearest known one, wrong ones say what belongs there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fleet.model.durations import seconds

Complaint = tuple[str, str]
"""A JSON pointer and what is wrong there."""
Check = Callable[[str, Any], Iterator[Complaint]]


def mapping(known: Mapping[str, Check], *, required: Iterable[str] = ()) -> Check:
    """A mapping of these fields and no others."""

    def check(at: str, value: Any) -> Iterator[Complaint]:
        if not isinstance(value, dict):
            yield at, f"{named(at)} must be a mapping"
            return
        for name in required:
            if name not in value:
                yield at, f"{named(at)} needs the field {name}"
        for name, inner in value.items():
            below = f"{at}/{escaped(name)}"
            if name in known:
                yield from known[name](below, inner)
            else:
                yield below, unknown(name, known)

    return check


def mapping_with(*required: str) -> Check:
    """A mapping that has at least these fields; somebody else checks them and the others."""

    def check(at: str, value: Any) -> Iterator[Complaint]:
        if not isinstance(value, dict):
            yield at, f"{named(at)} must be a mapping"
            return
        for name in required:
            if value.get(name) is None:
                yield at, f"{named(at)} needs the field {name}"

    return check


def unknown(name: str, known: Iterable[str]) -> str:
    """Say that a field does not exist, and which was probably meant."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"there is no field {name}; {f'did you mean {near[0]}?' if near else 'there are ' + ', '.join(names)}"


def text(at: str, value: Any) -> Iterator[Complaint]:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        yield at, f"{named(at)} must be a text"


def boolean(at: str, value: Any) -> Iterator[Complaint]:
    """True or false."""
    if not isinstance(value, bool):
        yield at, f"{named(at)} must be true or false"


def anything(at: str, value: Any) -> Iterator[Complaint]:
    """Whatever there is: somebody else checks it."""
    yield from ()


def some_mapping(at: str, value: Any) -> Iterator[Complaint]:
    """A mapping whose fields somebody else checks."""
    if not isinstance(value, dict):
        yield at, f"{named(at)} must be a mapping"


def texts_by_key(at: str, value: Any) -> Iterator[Complaint]:
    """A mapping of texts."""
    if not isinstance(value, dict) or not all(isinstance(inner, str) for inner in value.values()):
        yield at, f"{named(at)} must be a mapping of texts; quote numbers and booleans"


def one_of(*words: str) -> Check:
    """One of some words."""

    def check(at: str, value: Any) -> Iterator[Complaint]:
        if value not in words:
            yield at, f"{named(at)} must be {' or '.join(words)}"

    return check


def list_of(item: Check) -> Check:
    """A list whose items pass a check."""

    def check(at: str, value: Any) -> Iterator[Complaint]:
        if not isinstance(value, list):
            yield at, f"{named(at)} must be a list"
            return
        for number, inner in enumerate(value):
            yield from item(f"{at}/{number}", inner)

    return check


def matching(pattern: str, what: str) -> Check:
    """A text of a form, which `what` says."""
    form = re.compile(pattern)

    def check(at: str, value: Any) -> Iterator[Complaint]:
        if not isinstance(value, str) or not form.fullmatch(value):
            yield at, f"{named(at)} must be {what}"

    return check


def directory(at: str, value: Any) -> Iterator[Complaint]:
    """A directory from the repository's root."""
    if not isinstance(value, str) or not plain_path(value):
        yield at, f"{named(at)} must be a directory from the repository's root, such as apps/shop"
    elif value.startswith("/") or ".." in value.split("/"):
        yield at, f"{named(at)} must stay inside the repository: no leading / and no .."


def plain_path(path: str) -> str:
    """A path without `./`, doubled or trailing slashes; empty for the root itself."""
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def duration(at: str, value: Any) -> Iterator[Complaint]:
    """A length of time."""
    if not isinstance(value, str) or not seconds(value):
        yield at, f"{named(at)} must be a length of time such as 90s, 10m or 1h30m"


def named(at: str) -> str:
    """Write a JSON pointer as people write fields: `spec.path`."""
    parts = [part.replace("~1", "/").replace("~0", "~") for part in at.split("/")[1:]]
    return ".".join(parts) or "this"


def escaped(name: str) -> str:
    """Write a key as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
