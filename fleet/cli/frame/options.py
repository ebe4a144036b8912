"""The flags that every verb takes, and the parser of one verb."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from fleet.errors import CommandMisused

FORMATS = ("table", "wide", "json", "yaml", "name")
CONFIG = "clusters.yaml"
"""The registry where none is named."""


class Flag(NamedTuple):
    """A global flag as the help shows it. No dataclass: making one imports a third of what a verb needs to start."""

    names: tuple[str, ...]
    help: str
    value: str = ""


GLOBAL_FLAGS = (
    Flag(names=("--config",), value="FILE", help="the registry; FLEET_CONFIG; default ./clusters.yaml"),
    Flag(names=("--server",), value="URL", help="the hub; FLEET_SERVER; default unix:<state>/hub.sock"),
    Flag(names=("--token",), value="TOKEN", help="for a hub over the network; FLEET_TOKEN"),
    Flag(names=("-o", "--output"), value="FORMAT", help="|".join(FORMATS)),
    Flag(names=("-l", "--label"), value="LABEL=VALUE", help="only clusters with this label; may be repeated"),
    Flag(names=("-w", "--watch"), help="go on as things change"),
    Flag(names=("--no-color",), help="no colours; NO_COLOR"),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str):  # type: ignore[no-untyped-def]
        """Say a misuse as every other error is said."""
        raise CommandMisused(message=f"{message}; {self.prog} --help shows its flags")


def verb_parser(verb: str, does: str, *, details: str) -> argparse.ArgumentParser:
    """Make the parser of a verb with the global flags; the verb adds its own."""
    parser = _Parser(
        prog=f"fleet {verb}",
        description=details.strip() or does,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    flags = parser.add_argument_group("flags of every verb")
    environment = os.environ.get
    flags.add_argument("--config", metavar="FILE", default=environment("FLEET_CONFIG") or CONFIG, help=_help("--config"))
    flags.add_argument("--server", metavar="URL", default=environment("FLEET_SERVER") or "", help=_help("--server"))
    flags.add_argument("--token", metavar="TOKEN", default=environment("FLEET_TOKEN") or "", help=_help("--token"))
    flags.add_argument("-o", "--output", metavar="FORMAT", choices=FORMATS, default="table", help=_help("-o"))
    flags.add_argument("-l", "--label", metavar="LABEL=VALUE", action="append", default=[], help=_help("-l"))
    flags.add_argument("-w", "--watch", action="store_true", help=_help("-w"))
    flags.add_argument("--no-color", action="store_true", help=_help("--no-color"))
    return parser


def add_past(parser: argparse.ArgumentParser) -> None:
    """Take what a question about the past is about: a target, an object, and how much of it."""
    parser.add_argument("target", nargs="?", default="", metavar="CLUSTER[/APP]", help="everything, where it is left out")
    parser.add_argument("object", nargs="?", default="", metavar="OBJECT", help="Kind[.group]/[namespace/]name")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="how many at most; default 50")


def past_of(options: argparse.Namespace) -> Mapping[str, Any]:
    """The query that those arguments are."""
    cluster, app = target_of(options.target)
    return {"cluster": cluster, "app": app, "object": options.object, "limit": options.limit, "label": labels_of(options)}


def labels_of(options: argparse.Namespace) -> Mapping[str, str]:
    """The labels that `-l` asks for."""
    found: dict[str, str] = {}
    for text in ",".join(options.label).split(",") if options.label else ():
        name, separator, value = text.partition("=")
        if not name or not separator:
            raise CommandMisused(message=f"-l {text!r}: write it as LABEL=VALUE")
        found[name] = value
    return found


def target_of(text: str) -> tuple[str, str]:
    """Read `CLUSTER[/APP]`; empty for what is not said."""
    cluster, separator, app = text.partition("/")
    if text and (not cluster or (separator and not app)):
        raise CommandMisused(message=f"{text!r} is not CLUSTER or CLUSTER/APP")
    return cluster, app


def _help(name: str) -> str:
    return next(flag.help for flag in GLOBAL_FLAGS if name in flag.names)
