"""Objects as the rows of a table, which is how kubectl shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from fleet.sandbox.resources import Resource
from fleet.sandbox.serving.columns import cells_of, columns_of
from fleet.sandbox.storage import Stored
from fleet.sandbox.verbs.versions import parsed


def table(resource: Resource, found: Iterable[Stored], query: Mapping[str, str], *, revision: int) -> dict[str, Any]:
    """Make the table of some objects; what each row carries of its object, `includeObject` says."""
    now = datetime.now(UTC)
    included = query.get("includeObject", "Metadata")
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": {"resourceVersion": str(revision)},
        "columnDefinitions": columns_of(resource),
        "rows": [_row(resource, each, included, now) for each in found],
    }


def _row(resource: Resource, found: Stored, included: str, now: datetime) -> dict[str, Any]:
    body = parsed(resource, found)
    cells: Sequence[Any] = cells_of(resource, body, now)
    if included == "None":
        return {"cells": cells, "object": None}
    if included == "Object":
        return {"cells": cells, "object": body}
    kind = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}
    return {"cells": cells, "object": orjson.Fragment(orjson.dumps({**kind, "metadata": body["metadata"]}))}
