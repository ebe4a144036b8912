"""Extract what a real API server says of the resources it serves: `python -m tests.schema.served`, part of `make schema`.

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
NEEDED = ("version.json", "api.json", "apis.json")


def extract(documents: Mapping[str, Any]) -> str:
    """Write the two aggregated documents and the version as the committed file has them: a line per group."""
    core, named = (_lines(documents[name]["items"]) for name in ("api.json", "apis.json"))
    version = json.dumps(documents["version.json"], sort_keys=True)
    return f'{{"version": {version},\n"api": [\n{core}\n],\n"apis": [\n{named}\n]}}\n'


def _lines(groups: list[Any]) -> str:
    return ",\n".join(json.dumps(group, sort_keys=True, separators=(",", ":")) for group in groups)


def main() -> int:
    """Write the committed file anew."""
    written = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    documents = {name: json.loads((written / name).read_text()) for name in NEEDED} if written else asyncio.run(ask())
    SERVED.write_text(extract(documents))
    print(f"schema: wrote {SERVED}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
