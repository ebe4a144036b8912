"""JSON patch (RFC 6902), merge patch (RFC 7386) and Kubernetes' strategic merge patch, on plain values. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson


class Unfit(ValueError):
    """The patch does not fit what it is laid on; says why."""


def merge_patch(value: Any, patch: Any) -> Any:
    """Lay a merge patch over a value."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(value) if isinstance(value, dict) else {}
    for key, change in patch.items():
        if change is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), change)
    return merged


def json_patch(value: Any, operations: Any) -> Any:
    """Carry out the operations of a JSON patch; all of them, or Unfit."""
    value = orjson.loads(orjson.dumps(value))
    if not isinstance(operations, list):
        raise Unfit("a JSON patch is a list of operations")
    for operation in operations:
        perform = _OPERATIONS.get(operation.get("op", "")) if isinstance(operation, dict) else None
        if perform is None:
            raise Unfit(f"Unexpected kind: {operation.get('op') if isinstance(operation, dict) else operation}")
        value = perform(value, operation)
    return value


def _steps(pointer: Any) -> list[str]:
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise Unfit(f"no pointer: {pointer!r}")
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def _look(value: Any, steps: list[str], pointer: str) -> Any:
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list):
            value = value[_index(value, step, pointer)]
        else:
            raise Unfit(f"unable to find {pointer!r}: missing path")
    return value


def _index(items: list[Any], step: str, pointer: str, *, beyond: int = 0) -> int:
    if not step.removeprefix("-").isdecimal():
        raise Unfit(f"{pointer!r}: invalid index {step!r}")
    index = int(step)
    if index < 0:
        index += len(items) + beyond
    if not 0 <= index < len(items) + beyond:
        raise Unfit(f"{pointer!r}: invalid index {step!r}")
    return index


def _add(value: Any, operation: Mapping[str, Any]) -> Any:
    return _put(value, operation.get("path"), operation.get("value"))


def _put(value: Any, pointer: Any, new: Any) -> Any:
    steps = _steps(pointer)
    if not steps:
        return new
    parent = _look(value, steps[:-1], pointer)
    if isinstance(parent, list):
        if steps[-1] == "-":
            parent.append(new)
        else:
            parent.insert(_index(parent, steps[-1], pointer, beyond=1), new)
    elif isinstance(parent, dict):
        parent[steps[-1]] = new
    else:
        raise Unfit(f"add operation does not apply: doc is missing path: {pointer!r}: missing value")
    return value


def _remove(value: Any, operation: Mapping[str, Any]) -> Any:
    pointer = operation.get("path")
    steps = _steps(pointer)
    parent = _look(value, steps[:-1], str(pointer))
    if isinstance(parent, list):
        del parent[_index(parent, steps[-1], str(pointer))]
    elif isinstance(parent, dict) and steps[-1] in parent:
        del parent[steps[-1]]
    else:
        raise Unfit(f"remove operation does not apply: doc is missing path: {pointer!r}: missing value")
    return value


def _replace(value: Any, operation: Mapping[str, Any]) -> Any:
    pointer = operation.get("path")
    steps = _steps(pointer)
    if not steps:
        return operation.get("value")
    _look(value, steps, str(pointer))
    parent = _look(value, steps[:-1], str(pointer))
    parent[_index(parent, steps[-1], str(pointer)) if isinstance(parent, list) else steps[-1]] = operation.get("value")
    return value


def _move(value: Any, operation: Mapping[str, Any]) -> Any:
    moved = _look(value, _steps(operation.get("from")), str(operation.get("from")))
    return _put(_remove(value, {"path": operation.get("from")}), operation.get("path"), moved)


def _copy(value: Any, operation: Mapping[str, Any]) -> Any:
    copied = _look(value, _steps(operation.get("from")), str(operation.get("from")))
    return _put(value, operation.get("path"), orjson.loads(orjson.dumps(copied)))


def _test(value: Any, operation: Mapping[str, Any]) -> Any:
    pointer = str(operation.get("path"))
    if _look(value, _steps(operation.get("path")), pointer) != operation.get("value"):
        raise Unfit(f"testing value {pointer} failed: test failed")
    return value


_OPERATIONS: Mapping[str, Callable[[Any, Mapping[str, Any]], Any]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}
