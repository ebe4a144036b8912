"""Extract the facts about built-in kinds from a real API server: `python -m tests.schema.extract`, or `make schema`.

With a directory that `python -m tests.controlplane.openapi` wrote, no server is started.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tests.controlplane.build import ensure
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.openapi import read

TARGET = Path(__file__).parents[2] / "fleet" / "schema" / "kinds.json"
NEEDED = ("version.json", "api.json", "apis.json")


def extract(documents: Mapping[str, Any]) -> str:
    """Write the documents' facts as the committed file has them: a line per kind, in order of group and kind."""
    groups = [group for name in ("api.json", "apis.json") for group in documents[name]["items"]]
    entries = sorted((entry for group in groups for entry in _kinds(group)), key=lambda entry: (entry["group"], entry["kind"]))
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    version = json.dumps(documents["version.json"]["gitVersion"])
    return f'{{"kubernetes": {version}, "kinds": [\n{lines}\n]}}\n'


def _kinds(group: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    name = group["metadata"].get("name", "")
    found: dict[str, dict[str, Any]] = {}
    for version in group["versions"]:  # In the order of the server's preference.
        for resource in version.get("resources", []):
            kind = resource["responseKind"]["kind"]
            entry = {"group": name, "kind": kind, "plural": resource["resource"], "scope": resource["scope"], "versions": []}
            found.setdefault(kind, entry)["versions"].append(_version(version["version"], resource))
    return found.values()


def _version(name: str, resource: Mapping[str, Any]) -> dict[str, Any]:
    subresources = sorted(subresource["subresource"] for subresource in resource.get("subresources", []))
    return {"version": name, "verbs": sorted(resource["verbs"]), "subresources": subresources}


async def ask() -> Mapping[str, Any]:
    """Start a real API server and return all it says of its kinds."""
    with tempfile.TemporaryDirectory() as scratch:
        plane = await ControlPlane.start(Path(scratch) / "plane", binaries=ensure())
        try:
            return read(plane.kube)
        finally:
            plane.stop()


def main() -> int:
    """Write the committed file anew."""
    if len(sys.argv) > 2:
        print("usage: python -m tests.schema.extract [DIRECTORY]", file=sys.stderr)
        return 2
    written = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    documents = {name: json.loads((written / name).read_text()) for name in NEEDED} if written else asyncio.run(ask())
    TARGET.write_text(extract(documents))
    print(f"schema: wrote {TARGET}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
