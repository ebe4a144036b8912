"""Rendering with the operator's `helm` binary: the same files, values and versions, in a process of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from fleet.hooks import RenderContext
from fleet.render.builtin.helm.choices import Choices
from fleet.render.builtin.helm.values import merged

_SOURCE = re.compile(r"^---\n# Source: (.+)\n", re.MULTILINE)
_COMMA = re.compile(r"(?<!\\),")


def prepared(context: RenderContext, files: Mapping[str, bytes], choices: Choices, below: Mapping[str, object]) -> list[str]:
    """Write what Helm reads into the private directory, and give its command line. `below`: values without parameters."""
    for path, content in files.items():
        _write(Path(context.scratch, "chart", path), content)
    _write(Path(context.scratch, "values.json"), json.dumps(merged({}, below)).encode())
    return [context.programs["helm"], "template", choices.release, "chart", *_flags(context, choices)]


def texts(output: str) -> dict[str, str]:
    """What Helm wrote, by the path of its template."""
    found: dict[str, list[str]] = {}
    pieces = _SOURCE.split(output)
    for path, text in zip(pieces[1::2], pieces[2::2], strict=True):
        found.setdefault(path, []).append(text)
    return {path: "---\n".join(parts) for path, parts in found.items()}


def _flags(context: RenderContext, choices: Choices) -> Iterator[str]:
    yield from ("--namespace", choices.namespace, "--values", "values.json")
    if not choices.skip_crds:
        yield "--include-crds"
    if choices.skip_schema:
        yield "--skip-schema-validation"
    if choices.kube_version:
        yield from ("--kube-version", choices.kube_version)
    for version in choices.api_versions:
        yield from ("--api-versions", version)
    for parameter in choices.parameters:
        value = parameter.value if parameter.value.startswith("{") else _COMMA.sub(r"\\,", parameter.value)
        yield from ("--set-string" if parameter.text else "--set", f"{parameter.name}={value}")
    for number, file in enumerate(choices.file_parameters):
        place = f"parameter-{number}"
        _write(Path(context.scratch, place), context.tree.read(file.path))
        yield from ("--set-file", f"{file.name}={place}")


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
