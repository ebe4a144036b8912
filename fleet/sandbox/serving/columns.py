"""The columns in which kubectl shows the objects of a kind, and what stands in them.

Which columns there are was extracted; the cells follow `pkg/printers/internalversion` of Kubernetes. A built-in kind whose
cells are not known here shows its name and age, and `<unknown>` in the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from fleet.sandbox.resources import Resource
from fleet.sandbox.serving.ages import age
from fleet.sandbox.serving.cells import CELLS
from fleet.sandbox.serving.jsonpath import found_at
from fleet.schema.discovery import columns

_NAME = columns()["v1/configmaps"][0]
_AGE = {"name": "Age", "type": "date", "format": "", "description": columns()["v1/configmaps"][-1]["description"], "priority": 0}
_CREATED = ".metadata.creationTimestamp"


def columns_of(resource: Resource) -> Sequence[Mapping[str, Any]]:
    """The definitions of a kind's columns."""
    if resource.custom is None:
        return columns().get(f"{resource.api_version}/{resource.plural}") or columns()["v1/serviceaccounts"]
    more = resource.custom.version.get("additionalPrinterColumns")
    return [_NAME, *([_column(each) for each in more] if more else [_AGE])]


def _column(said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": said["name"],
        "type": said["type"],
        "format": said.get("format", ""),
        "description": said.get("description") or f"Custom resource definition column (in JSONPath format): {said['jsonPath']}",
        "priority": said.get("priority", 0),
    }


def cells_of(resource: Resource, body: dict[str, Any], now: datetime) -> Sequence[Any]:
    """One object's cells."""
    name = body["metadata"]["name"]
    if resource.custom is not None:
        more = resource.custom.version.get("additionalPrinterColumns") or [{"jsonPath": _CREATED, "type": "date"}]
        return [name, *(_custom_cell(each, body, now) for each in more)]
    cells = CELLS.get(resource.storage)
    if cells is not None:
        return cells(body, now)
    return [_cell(column["name"], body, now) for column in columns_of(resource)]


def _cell(column: str, body: dict[str, Any], now: datetime) -> Any:
    metadata = body["metadata"]
    if column == "Name":
        return metadata["name"]
    if column == "Created At":
        return metadata["creationTimestamp"]
    return age(metadata["creationTimestamp"], now) if column == "Age" else "<unknown>"


def _custom_cell(column: Mapping[str, Any], body: dict[str, Any], now: datetime) -> Any:
    found = found_at(body, column["jsonPath"])
    if not found:
        return None
    value = found[0]
    if column["type"] == "date":
        return age(value, now) if isinstance(value, str) else "<unknown>"
    if column["type"] == "string":
        return value if isinstance(value, str) else _text(value)
    wanted = {"integer": int, "number": (int, float), "boolean": bool}[column["type"]]
    return value if isinstance(value, wanted) else None  # type: ignore[arg-type]


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
