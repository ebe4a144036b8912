"""Extract the types of the built-in kinds from a real API server: `python -m tests.schema.typed`, or `make sandbox-schema`.

What OpenAPI says is completed by what the Go types say: which fields are written even when nothing is set, and which can
tell a zero from nothing; and by what the server's own defaulting does. With a directory that
`python -m tests.controlplane.openapi` wrote, no server is started.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleet.schema.types import go_name
from tests.schema import facts, openapi_types
from tests.schema.extract import TARGET, ask
from tests.schema.learned import learn

TYPES = TARGET.with_name("types.json")
OPENAPI = "openapi-v3/"


def extract(documents: Mapping[str, Any], program: Path) -> str:
    """Write the types as the committed file has them: a line per type, in order of their names."""
    described = [document for name, document in sorted(documents.items()) if name.startswith(OPENAPI)]
    types = openapi_types.types(described)
    for structure in facts.structures(program):
        name = openapi_types.short(structure["name"])
        if name in types and "fields" in structure and "fields" in types[name]:
            types[name].update(_written(structure["fields"]) | _named(types[name]["fields"], structure["fields"]))
    version = json.dumps(documents["version.json"]["gitVersion"])
    kinds = openapi_types.kinds(described)
    with facts.Defaulter(program) as defaulter:
        rules = learn(types, dict(sorted(kinds.items())), defaulter)
    parts: Mapping[str, Mapping[str, Any]] = {"kinds": kinds, "types": types, "defaults": rules}
    sections = ",\n".join(f'"{name}": {{\n{_lines(values)}\n}}' for name, values in parts.items())
    return f'{{"kubernetes": {version},\n{sections}}}\n'


def _lines(values: Mapping[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in sorted(values.items()))


def _written(fields: list[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Say of a struct's fields which are `always` written, and which are `pointers`: for those a zero is not nothing."""
    always = sorted(field["name"] for field in fields if _is_always_written(field))
    pointers = sorted(
        field["name"] for field in fields if field.get("pointer") and (field["kind"] != "struct" or _is_always_written(field))
    )
    return {word: names for word, names in (("always", always), ("pointers", pointers)) if names}


def _named(types: Mapping[str, Any], fields: list[Mapping[str, Any]]) -> dict[str, dict[str, str]]:
    """Say how Go calls the types of fields where that does not follow from the rest: the server does in its messages."""
    others = {field["name"]: field["go"] for field in fields if go_name(types.get(field["name"], "")) != field["go"]}
    return {"go": others} if others else {}


def _is_always_written(field: Mapping[str, Any]) -> bool:
    """Go's `omitempty` leaves nothing out that is a struct, or writes its own JSON; `omitzero` does."""
    if field.get("omitzero"):
        return False
    if field.get("omitempty"):
        return field["kind"] in ("struct", "custom") and not field.get("pointer")
    return True


def main() -> int:
    """Write the committed file anew."""
    written = Path(sys.argv[1]) if len(sys.argv) == 2 else None
    if written:
        documents = {str(path.relative_to(written)): json.loads(path.read_text()) for path in written.rglob("*.json")}
    else:
        documents = dict(asyncio.run(ask()))
    TYPES.write_text(extract(documents, facts.build()))
    print(f"schema: wrote {TYPES}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
