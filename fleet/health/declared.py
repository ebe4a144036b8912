"""Reads from a CustomResourceDefinition what its kind is to report of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from fleet.health.rules.reading import mappings, section, text
from fleet.model.declared import Column, Declared

_PICKED = re.compile(r"""\.conditions\[\?\(\s*@\.type\s*==\s*["']([^"']+)["']\s*\)\]""")
_STEP = re.compile(r"""\.([A-Za-z_][\w-]*)|\[["']([^"']+)["']\]""")


def declared_of(crd: Mapping[str, Any]) -> Mapping[str, Declared]:
    """What each version of a definition (apiextensions.k8s.io/v1) says about the status of its objects, by the version's name.

    Reads it without trusting it: what is missing or of another type counts as not said.
    """
    return {text(version, "name"): _declared(version) for version in mappings(section(crd, "spec"), "versions")}


def _declared(version: Mapping[str, Any]) -> Declared:
    fields = section(version, "schema", "openAPIV3Schema", "properties", "status", "properties")
    subresources = version.get("subresources")
    return Declared(
        status=isinstance(subresources, Mapping) and "status" in subresources,
        conditions=section(fields, "conditions").get("type") in ("array", "object"),
        fields=tuple(sorted(map(str, fields))),
        columns=tuple(_columns(version)),
    )


def _columns(version: Mapping[str, Any]) -> Iterator[Column]:
    for column in mappings(version, "additionalPrinterColumns"):
        path, picked = _steps(text(column, "jsonPath")), _PICKED.search(text(column, "jsonPath"))
        if path[:1] == ("status",):
            yield Column(name=text(column, "name"), path=path, condition=picked[1] if picked else "")


def _steps(path: str) -> tuple[str, ...]:
    """The plain names a JSON path begins with; a filter, an index or a wildcard ends them."""
    steps: list[str] = []
    place = 1 if path.startswith("$") else 0
    while step := _STEP.match(path, place):
        steps.append(step[1] or step[2])
        place = step.end()
    return tuple(steps)
