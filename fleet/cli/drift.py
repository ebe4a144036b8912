"""Show what was changed by hand: what still stands first, then the past, newest first."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from fleet.cli.frame.codes import DIFFERENT, FINE
from fleet.cli.frame.following import follow
from fleet.cli.frame.hubclient import HubClient, hub_of
from fleet.cli.frame.options import add_past, past_of
from fleet.cli.frame.show import age, line_of, structured, table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is asked about."""
    add_past(parser)


def run(options: argparse.Namespace) -> int:
    """Show it."""
    hub = hub_of(options)
    return follow(options, hub, lambda: _once(options, hub))


def _once(options: argparse.Namespace, hub: HubClient) -> int:
    found = hub.get("drift", past_of(options))
    if not structured(options, found, name=lambda each: f"{each['cluster']} {each['object']}"):
        table(options, found, DRIFTS, wide={"KIND": lambda each: each["kind"], "AT": lambda each: each["time"] or "unknown"})
    return DIFFERENT if any(each["state"] == "standing" for each in found) else FINE


def _fields(each: Mapping[str, Any]) -> str:
    fields = [f"{field['path']}: {_value(field['git'])} → {_value(field['live'])}" for field in each["fields"]]
    return line_of("; ".join(fields), most=120) if fields else each["kind"]


def _value(value: Any) -> str:
    return "none" if value is None else line_of(str(value), most=40)


DRIFTS = {
    "SEEN": lambda each: age(each["seen"]),
    "STATE": lambda each: each["state"],
    "CLUSTER": lambda each: each["cluster"],
    "APP": lambda each: each["app"],
    "OBJECT": lambda each: each["object"],
    "BY": lambda each: each["manager"] or "unknown",
    "FIELDS": _fields,
}
