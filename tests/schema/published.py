"""Make what other Kubernetes releases have otherwise, from what each published: `make releases`.

A release's OpenAPI v3 lies in its sources (`api/openapi-spec/v3`), which the Go proxy gives as the module `k8s.io/kubernetes`.
It holds all versions of all APIs; those that are served without being turned on are the stable ones and what
`pkg/controlplane` lists as the betas that are on. The values of a field are in the generated Go of `pkg/generated/openapi`
alone. For the release of the control plane all this gives what its API server itself says: a test compares them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fleet.schema import releases
from tests.controlplane.build import go_command
from tests.schema import openapi_types

# The last patch release of each minor version that the Go proxy had when this was made; the base's own is not among them.
RELEASES = ("v1.37.2", "v1.35.4", "v1.34.4", "v1.33.13", "v1.32.13", "v1.31.14")
WORDS = ("fields", "is", "required", "enums")
_COLLECTION = re.compile(r"(?:/api|/apis/[^/]+)/[^/]+/(?:namespaces/\{namespace\}/)?[^/{}]+")
_STABLE = re.compile(r"v\d+")
_TURNED_ON = re.compile(r"legacyBetaEnabledByDefaultResources = \[\]schema\.GroupVersionResource\{(.*?)\n\t\}", re.DOTALL)
_FUNCTION = re.compile(r"^func schema_(\w+)\(")
_PROPERTY = re.compile(r'^\t{5}"([^"]+)": \{$')
_VALUES = re.compile(r"^\t{7}Enum: +\[\]interface\{\}\{(.*)\},$")


def sources(version: str) -> Path:
    """Fetch the sources of a release and say where they are."""
    environment = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=mod", "GOWORK": "off"}
    command = [go_command(), "mod", "download", "-json", f"k8s.io/kubernetes@{version}"]
    done = subprocess.run(command, env=environment, cwd="/", stdout=subprocess.PIPE, check=True)
    return Path(json.loads(done.stdout)["Dir"])


def facts(root: Path) -> dict[str, dict[str, Any]]:
    """Read the kinds and the types of a release, as `types.json` has them."""
    described = [json.loads(path.read_text()) for path in sorted((root / "api" / "openapi-spec" / "v3").glob("*.json"))]
    on = _turned_on((root / "pkg" / "controlplane" / "instance.go").read_text())
    written = set(_written(described))
    kinds = {place: name for place, name in openapi_types.kinds(described).items() if place in written and _is_served(place, on)}
    types = openapi_types.types(described)
    for name, field, values in _values((root / "pkg" / "generated" / "openapi" / "zz_generated.openapi.go").read_text(), types):
        types[name].setdefault("enums", {})[field] = values
    return {"kinds": kinds, "types": _needed(types, kinds.values())}


def _written(documents: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Name the kinds that have a collection of their own: no parts of others, no options, no lists."""
    paths = [each for document in documents for each in document.get("paths", {}).items()]
    for operations in (each for path, each in paths if _COLLECTION.fullmatch(path)):
        found = [each.get("x-kubernetes-group-version-kind") for each in operations.values() if isinstance(each, Mapping)]
        yield from (f"{said['group']}/{said['version']}/{said['kind']}" for said in found if said)


def _is_served(place: str, on: frozenset[str]) -> bool:
    group, version, _ = place.split("/")
    return _STABLE.fullmatch(version) is not None or f"{group.partition('.')[0]}{version}" in on


def _turned_on(source: str) -> frozenset[str]:
    """Read which betas are on, by the names that their packages are imported as: `flowcontrolv1beta3`."""
    found = _TURNED_ON.search(source)
    return frozenset(re.findall(r"(\w+)\.SchemeGroupVersion", found[1])) if found else frozenset()


def _values(source: str, types: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    """Read the values that each field may have: type, field and values."""
    by_function = {f"_{name.replace('.', '_').replace('-', '_')}": name for name in types}
    name = field = ""
    for line in source.splitlines():
        if found := _FUNCTION.match(line):
            name = next((by_function[tail] for tail in _tails(found[1]) if tail in by_function), "")
        elif found := _PROPERTY.match(line):
            field = found[1]
        elif name and (found := _VALUES.match(line)):
            yield name, field, json.loads(f"[{found[1]}]")


def _tails(function: str) -> Iterator[str]:
    for place, letter in enumerate(function):
        if letter == "_":
            yield function[place:]


def _reached(types: Mapping[str, Any], roots: Iterable[str]) -> set[str]:
    waiting, found = list(roots), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in found and name in types:
            found.add(name)
            waiting += [
                each for written in [*types[name].get("fields", {}).values(), types[name].get("is")] for each in _named(written)
            ]
    return found


def _named(written: Any) -> Iterator[str]:
    if isinstance(written, str):
        yield written
    elif written:
        yield from _named(written[1])


def base() -> dict[str, Any]:
    """Read what is known of the base, as far as releases are compared by it."""
    found = releases.release(releases.base())
    return {"kinds": found.kinds, "types": _needed(found.types, found.kinds.values())}


def _needed(types: Mapping[str, Any], roots: Iterable[str]) -> dict[str, Any]:
    return {name: {word: types[name][word] for word in WORDS if word in types[name]} for name in sorted(_reached(types, roots))}


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """Say what must be done to one to get the other; null takes something away."""
    made: dict[str, Any] = {}
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        both = isinstance(before, Mapping) and isinstance(after, Mapping)
        made[key] = difference(before, after) if both else after
    return made


def extract(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Write releases as the committed file has them: each as its difference from the one nearer to the base, a line per type."""
    known: dict[str, Mapping[str, Any]] = {releases.minor_of(version): each for version, each in found.items()}
    sections = []
    for version, each in found.items():
        nearer = releases.nearer(releases.minor_of(version))
        changes = difference(known[nearer] if nearer in known else base(), each)
        parts = ",\n".join(f'"{part}": {{\n{_lines(changes.get(part, {}))}\n}}' for part in ("kinds", "types"))
        sections.append(f'"{releases.minor_of(version)}": {{"kubernetes": "{version}",\n{parts}}}')
    return "{\n" + ",\n".join(sections) + "\n}\n"


def _lines(values: Mapping[str, Any]) -> str:
    return ",\n".join(f"{json.dumps(name)}: {json.dumps(value, separators=(',', ':'))}" for name, value in values.items())


def main() -> int:
    """Write the committed file anew."""
    text = extract({version: facts(sources(version)) for version in RELEASES})
    releases.DATA.write_text(text)
    print(f"schema: wrote {releases.DATA}, {len(text.encode())} bytes", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
