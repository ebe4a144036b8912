"""What a structural schema has against a custom object, in the API server's words.

Source: k8s.io/kube-openapi `pkg/validation/validate`, and what k8s.io/apiextensions-apiserver makes of its errors. Rules written
in CEL (`x-kubernetes-validations`) are not evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import orjson

Json: TypeAlias = Any
Structural: TypeAlias = Mapping[str, Any]
Cause: TypeAlias = dict[str, str]

_INT_OR_STRING = "x-kubernetes-int-or-string"
_NOTHING: Structural = {}


def problems(value: Json, schema: Structural) -> list[Cause]:
    """Return the causes for which an object is invalid: first what its values are, then what stands twice in its lists."""
    return [*_problems(value, schema, ""), *_repeated(value, schema, "")]


def scale_problems(value: Json, scale: Mapping[str, str]) -> list[Cause]:
    """Return what is wrong with the replicas to which a scale subresource's paths lead."""
    found: list[Cause] = []
    for path in (scale.get("specReplicasPath", ""), scale.get("statusReplicasPath", "")):
        replicas = _at(value, path)
        if replicas is not None and not _is_of(replicas, "integer"):
            said = f"{path} accessor error: {_go(replicas)} is of the type {_go_type(replicas)}, expected int64"
            found.append(_cause("FieldValueInvalid", path, f"Invalid value: 0: {said}"))
        elif replicas is not None and replicas < 0:
            found.append(_invalid(path, replicas, "should be a non-negative integer"))
    return found


def _problems(value: Json, schema: Structural, path: str) -> Iterator[Cause]:
    if value is None and schema.get("nullable"):
        return
    kinds = _kinds(schema)
    if kinds and not any(_is_of(value, kind) for kind in kinds):
        kind, wanted = _kind_of(value), ",".join(kinds)
        said = f'Invalid value: "{kind}": {path} in body must be of type {wanted}: "{kind}"'
        yield _cause("FieldValueTypeInvalid", path, said)
    yield from _enum(value, schema, path)
    if isinstance(value, dict):
        yield from _of_object(value, schema, path)
    elif isinstance(value, list):
        yield from _of_list(value, schema, path)
    elif isinstance(value, str):
        yield from _of_text(value, schema, path)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield from _of_number(value, schema, path)
    for each in schema.get("allOf") or ():
        yield from _problems(value, each, path)
    yield from _of_choices(value, schema, path)


def _enum(value: Json, schema: Structural, path: str) -> Iterator[Cause]:
    allowed = schema.get("enum")
    if allowed and value not in allowed:
        words = ", ".join(f'"{each}"' if isinstance(each, str) else _quoted(each) for each in allowed)
        yield _cause("FieldValueNotSupported", path, f"Unsupported value: {_quoted(value)}: supported values: {words}")


def _of_object(value: dict[str, Json], schema: Structural, path: str) -> Iterator[Cause]:
    least, most = schema.get("minProperties"), schema.get("maxProperties")
    if least is not None and len(value) < least:
        yield _invalid(path, value, f"{path} in body should have at least {least} properties")
    if most is not None and len(value) > most:
        yield _cause("FieldValueTooMany", path, f"Too many: {len(value)}: must have at most {most} items")
    for name in schema.get("required") or ():
        if name not in value:
            yield _cause("FieldValueRequired", _inside(path, name), "Required value")
    properties, more = schema.get("properties") or _NOTHING, schema.get("additionalProperties")
    for name, field in sorted(value.items()):
        below = properties.get(name, more)
        if isinstance(below, Mapping):
            yield from _problems(field, below, _inside(path, name))


def _of_list(value: list[Json], schema: Structural, path: str) -> Iterator[Cause]:
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least is not None and len(value) < least:
        yield _invalid(path, len(value), f"{path} in body should have at least {least} items")
    if most is not None and len(value) > most:
        yield _cause("FieldValueTooMany", path, f"Too many: {len(value)}: must have at most {most} items")
    for number, item in enumerate(value):
        yield from _problems(item, schema.get("items") or _NOTHING, f"{path}[{number}]")


def _of_text(value: str, schema: Structural, path: str) -> Iterator[Cause]:
    least, most, pattern = schema.get("minLength"), schema.get("maxLength"), schema.get("pattern")
    if most is not None and len(value) > most:
        yield _cause("FieldValueTooLong", path, f"Too long: may not be more than {most} bytes")
    if least is not None and len(value) < least:
        yield _invalid(path, value, f"{path} in body should be at least {least} chars long")
    if pattern and not re.search(pattern, value):
        yield _invalid(path, value, f"{path} in body should match '{pattern}'")


def _of_number(value: float, schema: Structural, path: str) -> Iterator[Cause]:
    most, least, step = schema.get("maximum"), schema.get("minimum"), schema.get("multipleOf")
    if step and value % step:
        yield _invalid(path, value, f"{path} in body should be a multiple of {_go(step)}")
    if most is not None and (value >= most if schema.get("exclusiveMaximum") else value > most):
        word = "less than" if schema.get("exclusiveMaximum") else "less than or equal to"
        yield _invalid(path, value, f"{path} in body should be {word} {_go(most)}")
    if least is not None and (value <= least if schema.get("exclusiveMinimum") else value < least):
        word = "greater than" if schema.get("exclusiveMinimum") else "greater than or equal to"
        yield _invalid(path, value, f"{path} in body should be {word} {_go(least)}")


def _of_choices(value: Json, schema: Structural, path: str) -> Iterator[Cause]:
    any_of, one_of, never = schema.get("anyOf"), schema.get("oneOf"), schema.get("not")
    if any_of and not schema.get(_INT_OR_STRING) and not any(_holds(value, each) for each in any_of):
        yield _invalid(path, "", f'"{path}" must validate at least one schema (anyOf)')
    matching = sum(_holds(value, each) for each in one_of or ())
    if one_of and matching != 1:
        found = f"Found {matching} valid alternatives" if matching else "Found none valid"
        yield _invalid(path, "", f'"{path}" must validate one and only one schema (oneOf). {found}')
    if never and _holds(value, never):
        yield _invalid(path, "", f'"{path}" must not validate the schema (not)')


def _holds(value: Json, schema: Structural) -> bool:
    return not any(_problems(value, schema, ""))


def _repeated(value: Json, schema: Structural, path: str) -> Iterator[Cause]:
    """Walk the lists that are sets or maps, for what stands in them twice."""
    if isinstance(value, list):
        items = schema.get("items") or _NOTHING
        keys = schema.get("x-kubernetes-list-map-keys") or ()
        kind, seen = schema.get("x-kubernetes-list-type"), list[Json]()
        for number, item in enumerate(value):
            key = {name: item[name] for name in keys if name in item} if kind == "map" and isinstance(item, dict) else item
            if kind in ("map", "set") and key in seen:
                yield _cause("FieldValueDuplicate", f"{path}[{number}]", f"Duplicate value: {_quoted(key)}")
            seen.append(key)
        for number, item in enumerate(value):
            yield from _repeated(item, items, f"{path}[{number}]")
    elif isinstance(value, dict):
        properties, more = schema.get("properties") or _NOTHING, schema.get("additionalProperties")
        for name, field in sorted(value.items()):
            below = properties.get(name, more)
            if isinstance(below, Mapping):
                yield from _repeated(field, below, _inside(path, name))


def _kinds(schema: Structural) -> tuple[str, ...]:
    if schema.get(_INT_OR_STRING):
        return ("integer", "string")
    return (schema["type"],) if schema.get("type") else ()


def _is_of(value: Json, kind: str) -> bool:
    found = _kind_of(value)
    return found == kind or (kind == "number" and found == "integer")


def _kind_of(value: Json) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    names: dict[type, str] = {float: "number", str: "string", list: "array", dict: "object"}
    return names.get(type(value), "null")


def _at(value: Json, path: str) -> Json:
    for name in path.strip(".").split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _inside(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _invalid(path: str, value: Json, said: str) -> Cause:
    return _cause("FieldValueInvalid", path, f"Invalid value: {_quoted(value)}: {said}")


def _cause(reason: str, path: str, message: str) -> Cause:
    # The object itself has no path.
    return {"reason": reason, "message": message, "field": path or "<nil>"}


def _quoted(value: Json) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _go(value: Json) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _go_type(value: Json) -> str:
    return {"string": "string", "boolean": "bool", "object": "map[string]interface {}", "array": "[]interface {}"}.get(
        _kind_of(value), "float64"
    )
