"""Extract how the built-in kinds are written as protobuf: `python -m tests.schema.wire`, part of `make sandbox-schema`.

Read from the `generated.proto` files of the Go modules that the control plane of the tests is built from.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.controlplane.binaries import HERE
from tests.schema.extract import TARGET

WIRE = TARGET.with_name("wire.json")
TYPES = TARGET.with_name("types.json")
MODULES = ("k8s.io/api", "k8s.io/apimachinery", "k8s.io/apiextensions-apiserver", "k8s.io/kube-aggregator")

_PACKAGE = re.compile(r"^package ([\w.]+);", re.MULTILINE)
_MESSAGE = re.compile(r"^message (\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*(?:(optional|repeated)\s+)?(map<string,\s*([\w.]+)>|[\w.]+)\s+(\w+)\s*=\s*(\d+);", re.MULTILINE)
_SCALARS = {"string": "s", "bool": "b", "bytes": "y", "double": "d", **dict.fromkeys(("int32", "int64", "uint32", "uint64"), "i")}


def extract() -> str:
    """Write the messages as the committed file has them: a line per message that a kind leads to.

    A field is its number, its name in JSON and its type: a letter or a message, after `*` for several, `%` for a map by text,
    `<` for a message whose fields stand in JSON as if they were the outer one's.
    """
    messages = {name: fields for text in _protos() for name, fields in _messages(text)}
    known = json.loads(TYPES.read_text())
    for name, fields in messages.items():
        json_fields = (known["types"].get(name) or {}).get("fields")
        if json_fields:
            fields.update({number: [field, _inline(field, kind, json_fields)] for number, (field, kind) in fields.items()})
    wanted = sorted(_reached(messages, sorted({*known["kinds"].values(), "meta.v1.DeleteOptions"})))
    lines = (f"{json.dumps(name)}: {json.dumps(messages[name], separators=(',', ':'))}" for name in wanted)
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _inline(field: str, kind: str, json_fields: Mapping[str, Any]) -> str:
    return kind if field in json_fields or "." not in kind or kind[0] in "*%<" else f"<{kind}"


def _protos() -> Iterator[str]:
    command = ["go", "list", "-m", "-f", "{{.Dir}}", *MODULES]
    found = subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True).stdout.split()
    for directory in found:
        for path in sorted(Path(directory).rglob("generated.proto")):
            yield path.read_text()


def _messages(text: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    match = _PACKAGE.search(text)
    assert match, "a proto file has a package"
    package = match.group(1)
    for name, body in _MESSAGE.findall(text):
        fields = {}
        for label, kind, value, field, number in _FIELD.findall(re.sub(r"//.*", "", body)):
            shape = "%" if value else "*" if label == "repeated" else ""
            fields[number] = [field, shape + _type(value or kind, package)]
        yield _short(f"{package}.{name}"), fields


def _type(name: str, package: str) -> str:
    if name in _SCALARS:
        return _SCALARS[name]
    return _short(name.removeprefix(".") if "." in name else f"{package}.{name}")


def _short(name: str) -> str:
    *_, group, version, kind = name.split(".")
    return (
        f"{group}.{version}.{kind}"
        if version != "resource" and version != "runtime" and version != "intstr"
        else f"{version}.{kind}"
    )


def _reached(messages: Mapping[str, Mapping[str, list[str]]], ahead: list[str]) -> set[str]:
    reached: set[str] = set()
    while ahead:
        name = ahead.pop()
        if name in messages and name not in reached:
            reached.add(name)
            ahead += [kind.lstrip("*%<") for _, kind in messages[name].values() if "." in kind]
    return reached


def main() -> int:
    """Write the committed file anew."""
    WIRE.write_text(extract())
    print(f"schema: wrote {WIRE}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
