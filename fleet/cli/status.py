"""Show the fleet at a glance: the Revision, and each cluster, the worst first."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from fleet.cli.frame.codes import DIFFERENT, FINE, FINE_HEALTH, UNREACHABLE, gravest
from fleet.cli.frame.following import follow
from fleet.cli.frame.hubclient import HubClient, hub_of
from fleet.cli.frame.options import labels_of
from fleet.cli.frame.show import age, heading, line_of, say, short, structured, table

FINE_STATES = frozenset({"synced"})


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It takes none of its own."""


def run(options: argparse.Namespace) -> int:
    """Show it."""
    hub = hub_of(options)
    return follow(options, hub, lambda: _once(options, hub))


def _once(options: argparse.Namespace, hub: HubClient) -> int:
    found = hub.get("status", {"label": labels_of(options)})
    if options.output == "name":
        structured(options, found["clusters"], name=lambda each: str(each["name"]))
    elif not structured(options, found, name=lambda each: str(each["fleet"])):
        _table(options, found)
    return code_of(found)


def _table(options: argparse.Namespace, found: Mapping[str, Any]) -> None:
    print(_head(found))
    if found["cause"]:
        print(f"{healths_of(found)}; {cause_of(found, 'cluster', 'app')}")
    for name, text in (("fetch", found["fetchError"]), ("history", found["historyProblem"])):
        if text:
            say(f"{name}: {text}")
    if found["clusters"]:
        print()
        table(options, found["clusters"], CLUSTERS, wide=WIDE)
    if found["hold"]:
        heading(options, "held for the whole fleet")
        print(f"{found['hold']['reason']}; its word is {found['hold']['word']}")
    if found["problems"]:
        heading(options, "problems")
        print("\n".join(found["problems"]))


def _head(found: Mapping[str, Any]) -> str:
    revision = found["revision"]
    if revision is None:
        return f"fleet {found['fleet']}: nothing was fetched yet from {found['source']}"
    text = (
        f"fleet {found['fleet']} at {short(revision['commit'])} “{line_of(revision['subject'], most=60)}” by {revision['author']}"
    )
    return f"{text}, looked at {age(found['fetched'])} ago" + ("" if found["mapped"] == revision["commit"] else ", being mapped")


def healths_of(found: Mapping[str, Any]) -> str:
    """How many objects are in each state of Health, the worst first."""
    return ", ".join(f"{count} {state}" for state, count in found["healths"].items()) or f"{found['health']}"


def cause_of(found: Mapping[str, Any], *parts: str) -> str:
    """What makes an App, a cluster or the fleet as bad as it is, and those parts of where that is; empty when it is Healthy."""
    cause = found["cause"]
    if cause is None:
        return ""
    place = "/".join(cause[part] for part in parts if cause[part])
    return ": ".join(filter(None, (f"{place} {cause['object']}".strip(), cause["reason"], cause["message"])))


def synced(cluster: Mapping[str, Any]) -> str:
    """How many of a cluster's Apps are in sync."""
    return f"{cluster['states'].get('synced', 0)}/{cluster['apps']}"


CLUSTERS = {
    "CLUSTER": lambda each: each["name"],
    "PHASE": lambda each: each["phase"],
    "SYNCED": synced,
    "HEALTH": lambda each: each["health"],
    "FAILED": lambda each: each["failed"] or "-",
    "HELD": lambda each: each["held"] or "-",
    "DRIFT": lambda each: each["drifted"] or "-",
    "SINCE": lambda each: age(each["since"]),
    "MESSAGE": lambda each: line_of(each["message"] or cause_of(each, "app")),
}
WIDE = {
    "OF OBJECTS": healths_of,
    "OBJECTS": lambda each: each["objects"],
    "DIRECTORY": lambda each: each["directory"] or "-",
    "UID": lambda each: each["uid"] or "-",
    "LABELS": lambda each: ",".join(f"{name}={value}" for name, value in each["labels"].items()) or "-",
}


def code_of(found: Mapping[str, Any]) -> int:
    """The exit code: what is wrong with the fleet, or any cluster of it."""
    fleet = DIFFERENT if found["fetchError"] or found["hold"] or found["problems"] else FINE
    return gravest([fleet, *(cluster_code(each) for each in found["clusters"])])


def cluster_code(cluster: Mapping[str, Any]) -> int:
    """The exit code for one cluster."""
    if cluster["phase"] == "unreachable":
        return UNREACHABLE
    sound = cluster["phase"] == "ready" and cluster["health"] in FINE_HEALTH and not cluster["drifted"]
    return FINE if sound and set(cluster["states"]) <= FINE_STATES else DIFFERENT
