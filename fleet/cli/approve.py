"""Say the word of a Hold: what it holds, as it was shown, may be deleted.

fleet get CLUSTER/APP shows the word and what it stands for; without a word, all that is held is listed.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from fleet.cli.frame.codes import DIFFERENT, FINE, UNREACHABLE
from fleet.cli.frame.hubclient import HubClient, hub_of
from fleet.cli.frame.options import labels_of
from fleet.cli.frame.show import line_of, say, structured, table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the word."""
    parser.add_argument("word", nargs="?", default="", metavar="WORD", help="the word that the Hold shows")


def run(options: argparse.Namespace) -> int:
    """Say it."""
    hub = hub_of(options)
    if not options.word:
        return _list(options, hub)
    found = hub.post("approve", {"word": options.word})
    if not structured(options, found, name=lambda each: str(each["word"])):
        rows = [{"app": app, "object": each} for app, objects in found["apps"].items() for each in objects]
        table(options, rows, {"APP": lambda each: each["app"], "MAY BE DELETED": lambda each: each["object"]})
    if found["missing"]:
        say(f"not connected: {', '.join(found['missing'])}; say the word again when they are")
        return UNREACHABLE
    return FINE


def _list(options: argparse.Namespace, hub: HubClient) -> int:
    found = hub.get("holds", {"label": labels_of(options)})
    if not structured(options, found, name=lambda each: str(each["word"])):
        table(options, found, HOLDS, wide={"ALL OBJECTS": lambda each: ", ".join(each["objects"])})
    return DIFFERENT if found else FINE


def _some(names: list[Any]) -> str:
    return ", ".join(map(str, names[:3])) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _reason(each: Mapping[str, Any]) -> str:
    return line_of(each["reason"], most=70)


HOLDS = {
    "WORD": lambda each: each["word"],
    "GUARD": lambda each: each["guard"],
    "APPS": lambda each: _some(each["apps"]),
    "OBJECTS": lambda each: _some(each["objects"]),
    "REASON": _reason,
}
