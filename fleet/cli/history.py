"""Show what was synced, newest first, with what each Sync changed; changes that are of several commits have a line each."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping
from typing import Any

from fleet.cli.frame.codes import FINE
from fleet.cli.frame.following import follow
from fleet.cli.frame.hubclient import HubClient, hub_of
from fleet.cli.frame.options import add_past, past_of
from fleet.cli.frame.show import age, line_of, short, structured, table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is asked about."""
    add_past(parser)


def run(options: argparse.Namespace) -> int:
    """Show it."""
    hub = hub_of(options)
    return follow(options, hub, lambda: _once(options, hub))


def _once(options: argparse.Namespace, hub: HubClient) -> int:
    found = hub.get("history", past_of(options))
    if not structured(options, found, name=lambda each: f"{each['cluster']}/{each['app']} {each['commit']}"):
        lines = [line for each in found for line in by_commit(each)]
        table(options, lines, SYNCS, wide={"OBJECTS": _objects, "TRIES": lambda each: each["attempts"]})
    return FINE


def by_commit(sync: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Take a Sync apart by the commits that its changes are of."""
    found: dict[str, Mapping[str, Any]] = {}
    for change in sync["changes"]:
        said = {name: change[name] for name in ("commit", "author", "subject")}
        line = found.setdefault(change["commit"], {**sync, **said, "changes": []})
        line["changes"].append(change)
    return list(found.values()) or [sync]


def _counts(each: Mapping[str, Any]) -> str:
    counts = Counter(change["action"] for change in each["changes"])
    return ", ".join(f"{count} {action}" for action, count in sorted(counts.items())) or "-"


def _objects(each: Mapping[str, Any]) -> str:
    return ", ".join(f"{change['action']} {change['object']}" for change in each["changes"]) or "-"


def _subject(each: Mapping[str, Any]) -> str:
    return line_of(each["message"] if each["state"] not in ("synced", "removed") and each["message"] else each["subject"])


SYNCS = {
    "ENDED": lambda each: age(each["ended"]),
    "CLUSTER": lambda each: each["cluster"],
    "APP": lambda each: each["app"],
    "STATE": lambda each: each["state"],
    "COMMIT": lambda each: short(each["commit"]),
    "AUTHOR": lambda each: each["author"],
    "CHANGES": _counts,
    "SUBJECT": _subject,
}
