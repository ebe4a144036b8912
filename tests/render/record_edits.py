"""Ask the real `kustomize edit` what it writes for each of edit_cases.yaml: `python -m tests.render.record_edits`.

Needs Go; the answers stand in edits.yaml, so that the tests do not.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

VERSION = "v5.8.1"
HERE = Path(__file__).parent


def main() -> None:
    """Write edits.yaml."""
    with tempfile.TemporaryDirectory() as directory:
        program = _built(Path(directory))
        cases = yaml.safe_load((HERE / "edit_cases.yaml").read_text())
        answers = [{**case, **_answer(program, case)} for case in cases]
    head = f"# Written by `python -m tests.render.record_edits` with kustomize {VERSION}; do not edit.\n"
    (HERE / "edits.yaml").write_text(head + yaml.safe_dump(answers, sort_keys=False, width=120))


def _built(directory: Path) -> Path:
    module = f"sigs.k8s.io/kustomize/kustomize/v5@{VERSION}"
    subprocess.run(["go", "install", module], env=_environment(directory), check=True)
    return directory / "kustomize"


def _environment(directory: Path) -> dict[str, str]:

    return {**os.environ, "GOBIN": str(directory)}


def _answer(program: Path, case: Mapping[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "kustomization.yaml")
        file.write_text(yaml.safe_dump(case["before"]))
        for name in ("one", "two"):
            Path(place, name).mkdir()
        for command in _commands(case["options"]):
            done = subprocess.run([str(program), "edit", *command], cwd=place, capture_output=True, text=True, check=False)
            if done.returncode:
                return {"error": done.stderr.strip().removeprefix("Error: ").splitlines()[0]}
        return {"after": yaml.safe_load(file.read_text())}


def _commands(options: Mapping[str, Any]) -> Iterator[list[str]]:
    """The commands that Argo CD runs for the fields these options are made of, in its order."""
    for option, verb in (("namePrefix", "nameprefix"), ("nameSuffix", "namesuffix")):
        if option in options:
            yield ["set", verb, "--", options[option]]
    if "images" in options:
        yield ["set", "image", *options["images"]]
    if "replicas" in options:
        yield ["set", "replicas", *map(_replicas, options["replicas"])]
    force = ["--force"] if options.get("forceCommonLabels") else []
    if "commonLabels" in options:
        yield ["add", "label", *force, *_pairs(options["commonLabels"])]
    for label in options.get("labels", ()):
        templates = ["--include-templates"] if label.get("includeTemplates") else []
        yield ["add", "label", *force, "--without-selector", *templates, *_pairs(label["pairs"])]
    if "commonAnnotations" in options:
        force = ["--force"] if options.get("forceCommonAnnotations") else []
        yield ["add", "annotation", *force, *_pairs(options["commonAnnotations"])]
    if "namespace" in options:
        yield ["set", "namespace", "--", options["namespace"]]
    if "components" in options:
        yield ["add", "component", *options["components"]]


def _pairs(pairs: Mapping[str, str]) -> list[str]:
    return [f"{name}:{value}" for name, value in pairs.items()]


def _replicas(item: Any) -> str:
    return item if isinstance(item, str) else f"{item['name']}={item['count']}"


if __name__ == "__main__":
    main()
