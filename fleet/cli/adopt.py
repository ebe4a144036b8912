"""Let the hub write to a cluster that it only observes: the repository is another, its history went another way, or the
Inventories were lost. What is found there is taken as it is, by the marks on it.

A cluster that says that it is another fleet's is never adopted.

With --from: say that another engine no longer reconciles anything on a cluster. What carries its mark, and is in git, is then
taken over, field by field.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from typing import Any

from fleet.cli.frame.codes import DIFFERENT, FINE, UNREACHABLE
from fleet.cli.frame.hubclient import HubClient, hub_of, segments
from fleet.cli.frame.show import heading, line_of, say, structured, table
from fleet.errors import CommandMisused

ENGINES = ("argocd", "flux", "helm")
_PLAN_SECONDS = 300.0
"""Every object that was there before is tried on its cluster."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take which cluster."""
    parser.add_argument("cluster", nargs="?", default="", metavar="CLUSTER")
    parser.add_argument(
        "--all", action="store_true", help="every cluster that is only observed and may be adopted; with --from: all"
    )
    parser.add_argument(
        "--plan", action="store_true", help="only show what would be adopted, and which objects would change hands"
    )
    parser.add_argument(
        "--from", dest="engine", default="", choices=ENGINES, metavar="|".join(ENGINES), help="an engine that is gone"
    )


def run(options: argparse.Namespace) -> int:
    """Adopt, or show what would be."""
    whole = options.all or (options.plan and not options.cluster)
    if bool(options.cluster) == whole:
        raise CommandMisused(message="say which cluster is to be adopted, or --all")
    hub = hub_of(options)
    if options.plan:
        return _plan(options, hub)
    if options.engine:
        return _depart(options, hub)
    found = hub.post("adopt", {"cluster": options.cluster})
    said = [{"name": name} for name in found["clusters"]] if options.output == "name" else found
    if not structured(options, said, name=lambda each: str(each["name"])):
        say(f"adopted: {', '.join(found['clusters'])}" if found["clusters"] else "no cluster is to be adopted")
    return FINE


def _depart(options: argparse.Namespace, hub: HubClient) -> int:
    found = hub.post("adopt", {"cluster": options.cluster, "from": options.engine})
    said = [{"name": name} for name in found["clusters"]] if options.output == "name" else found
    if not structured(options, said, name=lambda each: str(each["name"])):
        say(f"{options.engine} is gone from: {', '.join(found['clusters']) or 'no cluster'}")
    if found["missing"]:
        say(f"not reached, to be said again there: {', '.join(found['missing'])}")
    return UNREACHABLE if found["missing"] else FINE


def _plan(options: argparse.Namespace, hub: HubClient) -> int:
    query = {"cluster": options.cluster, "from": options.engine}
    objects = hub.post("handover", {}, {name: value for name, value in query.items() if value}, seconds=_PLAN_SECONDS)
    names = [options.cluster] if options.cluster else [each["name"] for each in hub.get("clusters")]
    found = [hub.get(segments("clusters", name)) for name in names]
    rows = [_row(each, objects) for each in found]
    rows = [row for row in rows if row["phase"] == "observing" or row["handover"] or options.cluster]
    if not structured(options, rows, name=lambda each: str(each["name"])):
        table(options, rows, PLAN)
        if objects:
            heading(options, "objects that were there before")
            table(options, objects, OBJECTS, wide=FIELDS)
    return DIFFERENT if any(row["adoptable"] or row["handover"] for row in rows) else FINE


def _row(cluster: Mapping[str, Any], objects: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    summary = cluster["summary"]
    return {
        "name": cluster["name"],
        "phase": summary["phase"],
        "adoptable": cluster["adoptable"],
        "message": summary["message"],
        "apps": summary["apps"],
        "objects": summary["objects"],
        "handover": [each for each in objects if each["cluster"] == cluster["name"]],
    }


_TEMPLATES = {"same": "same", "changes": "CHANGES", "": "-"}

PLAN = {
    "CLUSTER": lambda each: each["name"],
    "PHASE": lambda each: each["phase"],
    "ADOPTABLE": lambda each: "yes" if each["adoptable"] else "no",
    "APPS": lambda each: each["apps"],
    "OBJECTS": lambda each: each["objects"],
    "WHY": lambda each: line_of(each["message"]),
}
OBJECTS = {
    "APP": lambda each: f"{each['cluster']}/{each['app']}",
    "OBJECT": lambda each: each["object"],
    "MARK OF": lambda each: ", ".join(each["engines"]) or "-",
    "TAKEN": lambda each: "yes" if each["taken"] else "no",
    "FIELDS": lambda each: f"{len(each['fields'])} of {', '.join(each['managers'])}" if each["fields"] else "-",
    "POD TEMPLATE": lambda each: _TEMPLATES[each["template"]],
    "WHY": lambda each: line_of(each["reason"]),
}
FIELDS = {"WHICH": lambda each: " ".join(each["fields"]) or "-"}
