"""Judges one object: what an API server would say to it, all at once and with the places."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from fleet.cli.validating.builtin import Mistake, dotted, escaped, mistakes, unknown_field
from fleet.cli.validating.kinds import BuiltInKind, Known
from fleet.sandbox.objects import Model, Undecodable
from fleet.sandbox.typed.checking import mismatches

_STEP = re.compile(r"\[(?P<item>\d+)\]|\[(?P<keys>\w+=.*?)\]|\[(?P<quoted>[^\]]*)\]|\.?(?P<name>[^.\[]+)")
_UNKNOWN = re.compile(r'unknown field "(.*)"')


def judge(kind: Known, body: Mapping[str, Any]) -> list[Mistake]:
    """Give what is wrong with an object, in no order; each thing once."""
    found: list[Mistake] = []
    if isinstance(kind, BuiltInKind):
        found.extend(mistakes(kind.release, kind.name, body))
    spoilt = [each.pointer for each in found if each.rule in ("wrong-type", "unknown-field")]
    if kind.model is not None:
        told = [*_as_the_server(kind.model, _without(body, spoilt), {dotted(pointer) for pointer in spoilt})]
        # What must be there and is not is a zero to the server, and so is what follows from it: it says that of those.
        lacking = {each.pointer for each in found if each.rule == "required"}
        told = [each for each in told if each.pointer not in lacking or not each.message.startswith(f"{dotted(each.pointer)}.")]
        # A field that another release has is none that this one knows not: the walk above told those.
        found.extend(each for each in told if each.rule != "unknown-field" or not isinstance(kind, BuiltInKind))
    seen: dict[tuple[str, str], Mistake] = {}
    for each in found:
        # Several fields may be missing in one place; other things are said of a field once, by whoever said them first.
        seen.setdefault((each.pointer, each.message.partition(" ")[0].strip(":") if each.rule == "required" else ""), each)
    return list(seen.values())


def _without(body: Mapping[str, Any], pointers: list[str]) -> Mapping[str, Any]:
    """Leave out what is wrong already: the server would read no further, and what else is wrong is asked for too."""
    if not pointers:
        return body
    made = deepcopy(dict(body))
    for pointer in pointers:
        *above, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]] or [""]
        value: Any = made
        for step in above:
            value = value[int(step) if isinstance(value, list) else step]
        if isinstance(value, list):
            value[int(last)] = None
        else:
            value.pop(last, None)
    return made


def _as_the_server(model: Model, body: Mapping[str, Any], spoilt: set[str]) -> Iterator[Mistake]:
    try:
        decoded = model.decode(body)
    except Undecodable as refused:
        yield Mistake(pointer="", rule="wrong-type", message=refused.why)
        return
    for word in decoded.unknown:
        found = _UNKNOWN.match(word)
        yield _unknown(body, found[1] if found else word)
    told = list(_problems(model, body, decoded.value, spoilt))
    yield from told
    for mismatch in mismatches(model.schema.type, body):
        pointer = pointer_of(body, mismatch.path)
        if mismatch.message.startswith("duplicate") and not any(each.pointer.startswith(pointer) for each in told):
            yield Mistake(pointer=pointer, rule="invalid", message=f"{mismatch.path[1:]}: {mismatch.message}")


def _problems(model: Model, body: Mapping[str, Any], decoded: dict[str, Any], spoilt: set[str]) -> Iterator[Mistake]:
    for cause in model.problems(decoded):
        if any(cause["field"].startswith(path) or path.startswith(cause["field"] + ".") for path in spoilt):
            continue
        rule = "required" if cause["reason"] == "FieldValueRequired" else "invalid"
        message = f"{cause['field']}: {cause['message']}".removeprefix("<nil>: ")
        yield Mistake(pointer=pointer_of(body, cause["field"]), rule=rule, message=message)


def _unknown(body: Mapping[str, Any], path: str) -> Mistake:
    above, _, field = path.rpartition(".")
    pointer = f"{pointer_of(body, above)}/{escaped(field)}" if above else f"/{escaped(field)}"
    return unknown_field(pointer, field, {})


def pointer_of(body: Any, path: str) -> str:
    """Turn an API server's path (`spec.ports[0].name`, `.list[name="x"].value`) into a JSON pointer, as far as it leads."""
    pointer, place, value = "", 0, body
    while place < len(path):
        step, place = _step(value, path, place)
        if step is None:
            break
        pointer += f"/{escaped(str(step))}"
        value = value[step]
    return pointer


def _step(value: Any, path: str, place: int) -> tuple[Any, int]:
    rest = path[place:].removeprefix(".")
    if isinstance(value, dict):
        # A key may hold dots itself: the longest that fits is meant.
        begins = [key for key in value if rest.startswith((key, f"[{key}]"))]
        if begins:
            key = max(begins, key=len)
            return key, place + len(path[place:]) - len(rest) + len(key) + 2 * rest.startswith("[")
    found = _STEP.match(path, place)
    if found is None or not isinstance(value, list):
        return None, len(path)
    item = int(found["item"]) if found["item"] else _by_keys(value, found["keys"] or "")
    return (item, found.end()) if item is not None and item < len(value) else (None, len(path))


def _by_keys(items: list[Any], keys: str) -> int | None:
    wanted = dict(pair.partition("=")[::2] for pair in keys.split(",")) if keys else {}
    for number, item in enumerate(items):
        if wanted and isinstance(item, dict) and all(str(item.get(key)) == text.strip('"') for key, text in wanted.items()):
            return number
    return None
