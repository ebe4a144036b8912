"""What generators, patches and the configurations of kustomize's built-in plugins refer to, and which plugins are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.render.builtin.kustomize.fields import NO_CHARTS

_FUNCTIONS = ("config.kubernetes.io/function", "config.k8s.io/function")


def refusals(body: Any) -> Iterator[str]:
    """Say why a configuration is refused: only what kustomize itself does without running anything is not."""
    if not isinstance(body, Mapping):
        yield "the configuration of a plugin is a mapping"
        return
    kind, version = body.get("kind"), body.get("apiVersion")
    metadata = body.get("metadata")
    annotations = metadata.get("annotations") if isinstance(metadata, Mapping) else None
    if isinstance(annotations, Mapping) and any(mark in annotations for mark in _FUNCTIONS):
        yield f"{kind} is a function ({_FUNCTIONS[0]}), and functions are not run"
    elif version != "builtin":
        yield f"{kind} of {version} is a plugin, and plugins are not run; only those of apiVersion builtin are"
    elif str(kind).lower() == "helmchartinflationgenerator":
        yield f"{kind} is refused: {NO_CHARTS}"


def references(body: Any) -> Iterator[tuple[str, Any]]:
    """Give (pointer, path) of each file that the configuration of a built-in plugin names; names in any case, as Go reads."""
    if not isinstance(body, Mapping):
        return
    yield from nested_references(body)
    for name, value in body.items():
        if name.lower() == "paths":
            yield from ((f"/{name}/{number}", path) for number, path in enumerate(_items(value)))
        if name.lower() == "replacements":
            for number, item in enumerate(_items(value)):
                found = nested_references(item) if isinstance(item, Mapping) else ()
                yield from ((f"/{name}/{number}{pointer}", path) for pointer, path in found)


def nested_references(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give (pointer, path) of each file that a patch, a replacement or a generator names."""
    for name, value in item.items():
        if name.lower() in ("path", "env") and value:
            yield f"/{name}", value
        elif name.lower() == "files":
            yield from ((f"/{name}/{number}", _source(file)) for number, file in enumerate(_items(value)))
        elif name.lower() == "envs":
            yield from ((f"/{name}/{number}", path) for number, path in enumerate(_items(value)))


def _source(file: Any) -> Any:
    """Take the path from `key=path`."""
    return file.partition("=")[2] if isinstance(file, str) and "=" in file else file


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
