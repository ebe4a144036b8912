"""Let the hub write to a cluster that it only observes: the repository is another, its history went another way, or the
Inventories were lost. What is found there is taken as it is, by the marks on it.

A cluster that says that it is another fleet's is never adopted.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from fleet.cli.frame.codes import DIFFERENT, FINE
from fleet.cli.frame.hubclient import HubClient, hub_of, segments
from fleet.cli.frame.show import line_of, say, structured, table
from fleet.errors import CommandMisused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take which cluster."""
    parser.add_argument("cluster", nargs="?", default="", metavar="CLUSTER")
    parser.add_argument("--all", action="store_true", help="every cluster that is only observed and may be adopted")
    parser.add_argument("--plan", action="store_true", help="only show which those are, and why they are observed")


def run(options: argparse.Namespace) -> int:
    """Adopt, or show what would be."""
    whole = options.all or (options.plan and not options.cluster)
    if bool(options.cluster) == whole:
        raise CommandMisused(message="say which cluster is to be adopted, or --all")
    hub = hub_of(options)
    if options.plan:
        return _plan(options, hub)
    found = hub.post("adopt", {"cluster": options.cluster})
    said = [{"name": name} for name in found["clusters"]] if options.output == "name" else found
    if not structured(options, said, name=lambda each: str(each["name"])):
        say(f"adopted: {', '.join(found['clusters'])}" if found["clusters"] else "no cluster is to be adopted")
    return FINE


def _plan(options: argparse.Namespace, hub: HubClient) -> int:
    names = [options.cluster] if options.cluster else [each["name"] for each in hub.get("clusters")]
    found = [hub.get(segments("clusters", name)) for name in names]
    rows = [_row(each) for each in found if each["summary"]["phase"] == "observing" or options.cluster]
    if not structured(options, rows, name=lambda each: str(each["name"])):
        table(options, rows, PLAN)
    return DIFFERENT if any(row["adoptable"] for row in rows) else FINE


def _row(cluster: Mapping[str, Any]) -> Mapping[str, Any]:
    summary = cluster["summary"]
    return {
        "name": cluster["name"],
        "phase": summary["phase"],
        "adoptable": cluster["adoptable"],
        "message": summary["message"],
        "apps": summary["apps"],
        "objects": summary["objects"],
    }


PLAN = {
    "CLUSTER": lambda each: each["name"],
    "PHASE": lambda each: each["phase"],
    "ADOPTABLE": lambda each: "yes" if each["adoptable"] else "no",
    "APPS": lambda each: each["apps"],
    "OBJECTS": lambda each: each["objects"],
    "WHY": lambda each: line_of(each["message"]),
}
