"""Extract which resources a real API server serves and how it shows them: `python -m tests.schema.served`, or `make schema`.

With a directory that `python -m tests.controlplane.openapi` wrote, no server is started.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.schema.extract import TARGET, ask

SERVED = TARGET.with_name("discovery.json")
COLUMNS = TARGET.with_name("columns.json")
NEEDED = ("version.json", "api.json", "apis.json", "columns.json")


def extract(documents: Mapping[str, Any]) -> str:
    """Write the two aggregated documents and the version as the committed file has them: a line per group."""
    core, named = (_lines(documents[name]["items"]) for name in ("api.json", "apis.json"))
    version = json.dumps(documents["version.json"], sort_keys=True)
    return f'{{"version": {version},\n"api": [\n{core}\n],\n"apis": [\n{named}\n]}}\n'


def columns(documents: Mapping[str, Any]) -> str:
    """Write the columns, a line per resource: name, type, format, priority and which of the descriptions, which come last."""
    found: dict[str, list[Any]] = {}
    descriptions: dict[str, int] = {}
    for path, definitions in sorted(documents["columns.json"].items()):  # The server tells its groups in any order.
        place = path.removeprefix("/apis/").removeprefix("/api/")
        found[place] = [
            [
                each["name"],
                each["type"],
                each["format"],
                each["priority"],
                descriptions.setdefault(each["description"], len(descriptions)),
            ]
            for each in definitions
        ]
    lines = ",\n".join(f"{json.dumps(place)}: {json.dumps(rows, separators=(',', ':'))}" for place, rows in sorted(found.items()))
    texts = ",\n".join(json.dumps(text) for text in descriptions)
    return f'{{"columns": {{\n{lines}\n}},\n"descriptions": [\n{texts}\n]}}\n'


def _lines(groups: list[Any]) -> str:
    return ",\n".join(json.dumps(group, sort_keys=True, separators=(",", ":")) for group in groups)


def main() -> int:
    """Write the committed file anew."""
    written = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    documents = {name: json.loads((written / name).read_text()) for name in NEEDED} if written else asyncio.run(ask())
    SERVED.write_text(extract(documents))
    COLUMNS.write_text(columns(documents))
    print(f"schema: wrote {SERVED}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
