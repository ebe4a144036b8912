"""Objects that are wrong in one place each: right ones with every field left out, given another type, or a stranger beside it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

from fleet.k8syaml import load_documents

HERE = Path(__file__).parent
STRANGER = "strangerField"
_HEAD = ("apiVersion", "kind", "metadata")


class Wrong(NamedTuple):
    """An object, and what was done to it: `Deployment /spec/replicas type`."""

    name: str
    body: dict[str, Any]


def right() -> list[dict[str, Any]]:
    """Objects with which nothing is wrong, the definition of their custom kind first."""
    files = [HERE / "definition.yaml", HERE / "right.yaml"]
    return [each.value for file in files for each in load_documents(file.read_bytes(), file=file.name)]


def wrong() -> Iterator[Wrong]:
    """Every right object, changed in one place, for every place."""
    for body in right():
        for pointer, value in _places(body, ""):
            for how, made in _changes(body, pointer, value):
                yield Wrong(f"{body['kind']} {pointer} {how}", made)


def _places(value: Any, pointer: str) -> Iterator[tuple[str, Any]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, dict):
        yield pointer, value
    for step, child in steps:
        if pointer or step not in _HEAD:
            yield from _places(child, f"{pointer}/{str(step).replace('/', '~1')}")
    if pointer and not isinstance(value, dict):
        yield pointer, value


def _changes(body: dict[str, Any], pointer: str, value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield "stranger", _with(body, f"{pointer}/{STRANGER}", ["x"])
    if pointer:
        yield "left out", _with(body, pointer, None)
        yield "type", _with(body, pointer, [["x"]] if not isinstance(value, list) else {"x": ["x"]})
    if isinstance(value, str):
        yield "odd", _with(body, pointer, "-Odd Value!")
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield "text", _with(body, pointer, "x")
        yield "negative", _with(body, pointer, -7)


def _with(body: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    made = deepcopy(body)
    *above, last = [step.replace("~1", "/") for step in pointer.split("/")[1:]]
    place: Any = made
    for step in above:
        place = place[int(step) if isinstance(place, list) else step]
    if value is not None:
        place[int(last) if isinstance(place, list) else last] = value
    elif isinstance(place, list):
        del place[int(last)]
    else:
        del place[last]
    return made
