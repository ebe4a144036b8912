"""Show Apps, the worst first; everything about one cluster, one App, or one object of it.

An object is written Kind[.group]/[namespace/]name, as in Deployment.apps/shop/web.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from fleet.cli.frame.codes import DIFFERENT, FINE, FINE_HEALTH, gravest
from fleet.cli.frame.following import follow
from fleet.cli.frame.hubclient import HubClient, hub_of, segments
from fleet.cli.frame.options import labels_of, target_of
from fleet.cli.frame.show import age, facts, line_of, short, structured, table
from fleet.cli.status import FINE_STATES, cause_of, cluster_code, healths_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is asked about."""
    parser.add_argument("target", nargs="?", default="", metavar="CLUSTER[/APP]", help="all Apps, where it is left out")
    parser.add_argument("object", nargs="?", default="", metavar="OBJECT", help="Kind[.group]/[namespace/]name")


def run(options: argparse.Namespace) -> int:
    """Show it."""
    hub = hub_of(options)
    cluster, app = target_of(options.target)
    if options.object:
        return follow(options, hub, lambda: _object(options, hub, cluster, app))
    if app:
        return follow(options, hub, lambda: _app(options, hub, cluster, app))
    if cluster:
        return follow(options, hub, lambda: _cluster(options, hub, cluster))
    return follow(options, hub, lambda: _apps(options, hub))


def _apps(options: argparse.Namespace, hub: HubClient) -> int:
    found = hub.get("apps", {"label": labels_of(options)})
    if not structured(options, found, name=_app_name):
        table(options, found, APPS, wide=WIDE)
    return gravest(app_code(each) for each in found)


def _cluster(options: argparse.Namespace, hub: HubClient, name: str) -> int:
    found = hub.get(segments("clusters", name))
    said = found["apps"] if options.output == "name" else found
    if not structured(options, said, name=_app_name):
        summary = found["summary"]
        fields = [
            ("cluster", name),
            ("phase", summary["phase"]),
            ("message", summary["message"]),
            ("since", age(summary["since"])),
            ("directory", summary["directory"]),
            ("labels", ", ".join(f"{key}={value}" for key, value in summary["labels"].items())),
            ("uid", summary["uid"]),
            ("health", summary["health"]),
            ("of objects", healths_of(summary)),
            ("cause", cause_of(summary, "app")),
            ("adopt", f"fleet adopt {name} lets the hub write here" if found["adoptable"] else ""),
            ("taken over from", ", ".join(found["departed"])),
            ("problems", "\n".join(found["problems"])),
        ]
        facts(options, fields)
        print()
        table(options, found["apps"], {head: cell for head, cell in APPS.items() if head != "CLUSTER"}, wide=WIDE)
    return cluster_code(found["summary"])


def _app(options: argparse.Namespace, hub: HubClient, cluster: str, app: str) -> int:
    found = hub.get(segments("apps", cluster, app))
    said = found["objects"] if options.output == "name" else found
    if not structured(options, said, name=lambda each: str(each["object"])):
        facts(options, _app_facts(found))
        print()
        table(options, found["objects"], OBJECTS)
    return app_code(found["summary"])


def _app_facts(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    summary = found["summary"]
    commit = f"{short(summary['commit'])} “{line_of(summary['subject'])}” by {summary['author']}" if summary["commit"] else ""
    tries = f"{age(summary['nextTry'])} (failed {summary['failures']} times)" if summary["nextTry"] else ""
    return [
        ("app", _app_name(summary)),
        ("state", summary["state"] + (" (paused)" if found["paused"] else "")),
        ("commit", commit),
        ("synced", f"{age(summary['ended'])} ago" if summary["ended"] else ""),
        ("applied", short(found["applied"])),
        ("health", summary["health"]),
        ("of objects", healths_of(summary)),
        ("cause", cause_of(summary)),
        ("message", "" if summary["state"] in FINE_STATES else summary["message"]),
        ("next try", tries),
        ("path", found["path"]),
        ("declared by", found["declaredBy"] or f"nothing ({found['standing']})"),
        ("errors", "\n".join(each["message"] for each in found["errors"])),
        ("held", "\n".join(f"{each['guard']}: {each['reason']}; fleet approve {each['word']}" for each in found["holds"])),
        ("said", "\n".join(found["approvals"])),
    ]


def _object(options: argparse.Namespace, hub: HubClient, cluster: str, app: str) -> int:
    found = hub.get(segments("objects", cluster, app), {"object": options.object})
    if not structured(options, found, name=lambda each: str(each["object"])):
        facts(options, _object_facts(found))
    return FINE if found["state"] in ("synced", "skipped") and found["health"] in FINE_HEALTH else DIFFERENT


def _object_facts(found: Mapping[str, Any]) -> list[tuple[str, Any]]:
    change, drift = found["lastChange"], found["drift"]
    fields = [_field(each) for each in drift["fields"]] if drift else []
    return [
        ("object", found["object"]),
        ("app", _app_name(found)),
        ("state", found["state"] + (" (being deleted)" if found["deleting"] else "")),
        ("health", found["health"]),
        ("evidence", f"{found['reason']}: {found['message']}".rstrip(": ")),
        ("assessed", f"{age(found['assessed'])} ago" if found["assessed"] else ""),
        ("last change", f"{change['action']} ({change['cause']}) {change['reason']}".rstrip() if change else ""),
        ("error", change["error"] if change else ""),
        ("drift", "\n".join([f"{drift['kind']} by {drift['manager'] or 'unknown'}", *fields]) if drift else ""),
        ("source", found["source"]),
        ("revision", short(found["revision"])),
        ("digest", found["digest"]),
        ("owner", found["owner"]),
        ("uid", found["uid"]),
        ("version", found["resourceVersion"]),
        ("kept", "never deleted, as it says itself" if found["kept"] else ""),
        ("others write", ", ".join(found["managers"])),
    ]


def _field(field: Mapping[str, Any]) -> str:
    return f"{field['path']}: git {field['git']!r}, live {field['live']!r}"


def _app_name(each: Mapping[str, Any]) -> str:
    return f"{each['cluster']}/{each['app']}"


APPS = {
    "CLUSTER": lambda each: each["cluster"],
    "APP": lambda each: each["app"],
    "STATE": lambda each: each["state"],
    "HEALTH": lambda each: each["health"],
    "COMMIT": lambda each: short(each["commit"]),
    "OBJECTS": lambda each: each["objects"],
    "SYNCED": lambda each: age(each["ended"]),
    "NEXT TRY": lambda each: age(each["nextTry"]) or "-",
    "MESSAGE": lambda each: line_of(each["message"]),
}
WIDE = {
    "OF OBJECTS": healths_of,
    "DRIFT": lambda each: each["drifted"] or "-",
    "AUTHOR": lambda each: each["author"],
    "SUBJECT": lambda each: line_of(each["subject"]),
}
OBJECTS = {
    "OBJECT": lambda each: each["object"],
    "STATE": lambda each: each["state"],
    "HEALTH": lambda each: each["health"],
    "REASON": lambda each: each["reason"],
    "MESSAGE": lambda each: line_of(each["message"]),
}


def app_code(app: Mapping[str, Any]) -> int:
    """The exit code for one App."""
    sound = app["state"] in FINE_STATES and app["health"] in FINE_HEALTH and not app["drifted"]
    return FINE if sound else DIFFERENT
