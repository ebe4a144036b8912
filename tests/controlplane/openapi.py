"""Write down what a real API server says of its kinds: `python -m tests.controlplane.openapi OUTDIR`.

`api.json` and `apis.json` are the aggregated discovery, `columns.json` the columns in which each resource is shown,
`openapi-v2.json` the whole schema in one document, and `openapi-v3/` one document per group and version, named by its path
with `/` as `_`; `openapi-v3.json` lists them.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.controlplane.build import ensure
from tests.controlplane.client import DISCOVERY, Kube
from tests.controlplane.cluster import ControlPlane


async def dump(directory: Path) -> int:
    """Start a cluster, write its documents into the directory, and return how many there are."""
    with tempfile.TemporaryDirectory() as scratch:
        plane = await ControlPlane.start(Path(scratch) / "plane", binaries=ensure())
        try:
            documents = read(plane.kube)
        finally:
            plane.stop()
    for name, document in documents.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")
    return len(documents)


def read(kube: Kube) -> dict[str, Any]:
    """Return all documents by the name of their file."""
    index = kube.get("/openapi/v3").ok()
    documents = {
        "version.json": kube.get("/version").ok(),
        "api.json": kube.request("GET", "/api", accept=DISCOVERY).ok(),
        "apis.json": kube.request("GET", "/apis", accept=DISCOVERY).ok(),
        "openapi-v2.json": kube.get("/openapi/v2").ok(),
        "openapi-v3.json": index,
    }
    documents["columns.json"] = {
        f"{resource.root}/{resource.plural}": _columns(kube, f"{resource.root}/{resource.plural}")
        for resource in kube.discover()
        if "list" in resource.verbs
    }
    for path, entry in index["paths"].items():
        documents[f"openapi-v3/{path.replace('/', '_')}.json"] = kube.get(entry["serverRelativeURL"]).ok()
    return documents


def _columns(kube: Kube, path: str) -> Any:
    """Return the columns in which the server shows a resource."""
    table = "application/json;as=Table;g=meta.k8s.io;v=v1"
    return kube.request("GET", path, query={"limit": 1}, accept=table).ok()["columnDefinitions"]


def main() -> int:
    """Dump into the directory that the command line names."""
    if len(sys.argv) != 2:
        print("usage: python -m tests.controlplane.openapi OUTDIR", file=sys.stderr)
        return 2
    count = asyncio.run(dump(Path(sys.argv[1])))
    print(f"controlplane: wrote {count} documents to {sys.argv[1]}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
