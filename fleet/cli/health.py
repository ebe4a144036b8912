"""Judge the health of objects in files, with the evidence, in the order in which they stand there. It talks to no cluster.

They may be of anything that says what a cluster has, as `kubectl get … -o yaml` does: objects that are given together
explain one another, a Deployment by its Pods. The health checks of plugins count where a registry is given or found.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.cli.frame.codes import DIFFERENT, ERROR, FINE, FINE_HEALTH, gravest
from fleet.cli.frame.options import CONFIG, labels_of
from fleet.cli.frame.show import line_of, say, structured, table
from fleet.errors import CommandMisused, FleetError

if TYPE_CHECKING:
    from fleet.hooks.registry import Registry
    from fleet.k8syaml import Document
    from fleet.model.health import Health


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the files."""
    parser.add_argument(
        "-f", "--filename", metavar="FILE", nargs="+", action="extend", default=[], help="files, directories, or - for stdin"
    )
    parser.add_argument("-R", "--recursive", action="store_true", help="also the directories in a directory")


def run(options: argparse.Namespace) -> int:
    """Judge them, and print that."""
    _refuse_misuse(options)
    from fleet.cli.frame.objects import read_objects
    from fleet.health import assess_all

    registry = _registry(options)
    given = read_objects(options.filename, recursive=options.recursive)
    healths = assess_all([each.value for each in given.documents], registry.health_check, now=datetime.now(UTC))
    rows = [_row(document, health) for document, health in zip(given.documents, healths, strict=True)]
    if not structured(options, rows, name=lambda each: str(each["object"])) and rows:
        table(options, rows, COLUMNS, wide=WIDE)
    errors: list[FleetError] = [*registry.broken, *given.errors]
    if not rows and not errors:
        errors.append(CommandMisused(message=f"{' '.join(options.filename)}: there is no object in it"))
    for error in errors:
        say(f"fleet: {error}")
    return gravest([ERROR if errors else FINE, *(FINE if each["health"] in FINE_HEALTH else DIFFERENT for each in rows)])


def _refuse_misuse(options: argparse.Namespace) -> None:
    if not options.filename:
        raise CommandMisused(message="say which objects: -f FILE, a directory, or -f - for what kubectl get -o yaml prints")
    if options.filename.count("-") > 1:
        raise CommandMisused(message="-f -: stdin can be read only once")
    if labels_of(options) or options.watch:
        raise CommandMisused(message="-l chooses clusters and -w follows a hub: objects in files have neither")


def _registry(options: argparse.Namespace) -> Registry:
    """The built-in checks and those of installed plugins; where there is a registry of clusters, also those it names."""
    from fleet.health.rules import BUILTINS
    from fleet.hooks.registry import load

    file = Path(options.config)
    if options.config == CONFIG and not file.exists():
        return load(BUILTINS)
    from fleet.config import load_config

    return load(BUILTINS, plugins=load_config(file).plugins, directory=file.absolute().parent)


def _row(document: Document, health: Health) -> dict[str, Any]:
    from fleet.model.keys import ObjectKey

    key = ObjectKey.of(document.value)
    return {
        "apiVersion": document.value["apiVersion"],
        "kind": key.kind,
        "namespace": key.namespace,
        "name": key.name,
        "object": str(key),
        "health": str(health.state),
        "reason": health.reason,
        "message": health.message,
        "file": document.file,
        "line": document.line,
    }


def _whole(each: Mapping[str, Any]) -> str:
    return " ".join(str(each["message"]).split())


COLUMNS = {
    "OBJECT": lambda each: each["object"],
    "HEALTH": lambda each: each["health"],
    "REASON": lambda each: each["reason"],
    "MESSAGE": lambda each: line_of(_whole(each)),
}
WIDE = {"MESSAGE": _whole, "SOURCE": lambda each: f"{each['file']}:{each['line']}"}
