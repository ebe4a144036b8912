"""The part of JSONPath that printer columns use: fields, indexes, `[*]`, and a choice of items by one field."""

from __future__ import annotations

import re
from typing import Any

_STEP = re.compile(
    r"""\.?(?:(?P<field>(?:[^.\[\\]|\\.)+)|\[(?:(?P<index>-?\d+)|(?P<all>\*)|['"](?P<quoted>[^'"]*)['"]"""
    r"""|\?\(@\.(?P<by>[\w./-]+)\s*==\s*['"](?P<equal>[^'"]*)['"]\))\])"""
)


def found_at(value: Any, path: str) -> list[Any]:
    """All values at a path; none where it leads nowhere, or is of another form."""
    found, at = [value], 0
    path = path.strip().removeprefix("{").removesuffix("}").removeprefix("$")
    while at < len(path):
        match = _STEP.match(path, at)
        if match is None:
            return []
        found = [below for each in found for below in _step(each, match)]
        at = match.end()
    return found


def _step(value: Any, match: re.Match[str]) -> list[Any]:
    name = match["field"] or match["quoted"]
    if name is not None:
        name = name.replace("\\", "")
        return [value[name]] if isinstance(value, dict) and value.get(name) is not None else []
    if not isinstance(value, list):
        return []
    if match["index"] is not None:
        index = int(match["index"])
        return [value[index]] if -len(value) <= index < len(value) else []
    if match["all"]:
        return list(value)
    return [each for each in value if isinstance(each, dict) and str(each.get(match["by"])) == match["equal"]]
