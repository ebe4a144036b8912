"""Wait until Apps are in sync with a commit, or healthy at it; for CI.

--for healthy: in sync, and every object Healthy or Suspended by what the cluster told since the last write, without a change
for a while. --for synced: every App in sync. --for revision=SHA: the same as --for synced --revision SHA.
Where no commit is named, the newest that the hub has fetched is meant; a later one that holds it will do as well.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from fleet.cli.frame.codes import DIFFERENT, FINE, TIMEOUT, UNREACHABLE, gravest
from fleet.cli.frame.hubclient import hub_of
from fleet.cli.frame.options import labels_of, target_of
from fleet.cli.frame.show import line_of, say, short, structured, table
from fleet.cli.frame.waiting import Answer, Patience, Question
from fleet.errors import CommandMisused, HubRefused

_GOALS = ("healthy", "synced")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is waited for, where, and for how long."""
    parser.add_argument("target", nargs="?", default="", metavar="CLUSTER[/APP]", help="everything, where it is left out")
    parser.add_argument(
        "--for", dest="goal", default="healthy", metavar="GOAL", help="healthy (default), synced, or revision=SHA"
    )
    parser.add_argument("--revision", default="", metavar="SHA", help="at this commit or a later one")
    parser.add_argument("--timeout", default="10m", metavar="DURATION", help="how long: 90s, 10m, 1h; default 10m")


def run(options: argparse.Namespace) -> int:
    """Wait, and say how it ended."""
    goal, revision = _goal(options)
    cluster, app = target_of(options.target)
    asked = {"cluster": cluster, "app": app, "label": labels_of(options), "goal": goal, "revision": revision}
    hub, patience = hub_of(options), Patience(options.timeout)
    first = hub.get("goal", asked)
    if not first["fetched"]:
        with suppress(HubRefused):  # a hub over the network takes no orders: it looks when it would anyway
            hub.post("fetch", {})
    found, ended = patience.until(hub, Question(ask=lambda: hub.get("goal", asked), ends=_is_over, lines=_lines))
    if found["mapped"] and not found["clusters"]:
        raise CommandMisused(message=f"no cluster has the labels {', '.join(options.label)}")
    if not structured(options, found["missing"] if options.output == "name" else found, name=_name):
        _table(options, found)
    if not ended:
        say(f"not {goal} within {options.timeout}")
        return TIMEOUT
    return _code(found)


def _goal(options: argparse.Namespace) -> tuple[str, str]:
    """What is waited for, and at which commit."""
    goal, separator, revision = options.goal.partition("=")
    if separator and goal == "revision" and revision and not options.revision:
        return "synced", revision
    if separator or goal not in _GOALS:
        raise CommandMisused(message=f"--for {options.goal!r}: write healthy, synced, or revision=SHA without --revision")
    return goal, options.revision


def _is_over(found: Answer) -> bool:
    """Whether nothing changes any more by itself: it is reached, or what lacks will go on lacking."""
    if not (found["fetched"] and found["mapped"]):
        return False
    return not found["connecting"] and all(each["final"] for each in found["missing"])


def _code(found: Answer) -> int:
    stuck = bool(found["missing"] or found["problems"])
    return gravest([DIFFERENT if stuck else FINE, UNREACHABLE if found["unreachable"] else FINE])


def _lines(found: Answer) -> Mapping[str, str]:
    lines = {_name(each): line_of(each["message"], most=200) for each in found["missing"]}
    for name in found["connecting"]:
        lines[name] = "the cluster was not reached yet"
    if not found["fetched"]:
        lacks = f"commit {short(found['commit'])} was not" if found["commit"] else "nothing was"
        lines["the Source"] = found["fetchError"] or f"{lacks} fetched yet"
    elif not found["mapped"]:
        lines["the Source"] = f"commit {short(found['commit'])} is being mapped"
    return lines


def _table(options: argparse.Namespace, found: Answer) -> None:
    if found["missing"]:
        table(options, found["missing"], COLUMNS, wide=WIDE)
    if found["reached"]:
        say(f"{found['apps']} Apps on {found['clusters']} clusters are {found['goal']} at {short(found['commit'])}")
    if found["unreachable"]:
        say(f"not connected: {', '.join(found['unreachable'])}")
    for problem in found["problems"]:
        say(problem)


def _name(each: Mapping[str, Any]) -> str:
    return f"{each['cluster']}/{each['app']}"


COLUMNS = {
    "CLUSTER": lambda each: each["cluster"],
    "APP": lambda each: each["app"],
    "STATE": lambda each: each["state"],
    "HEALTH": lambda each: each["health"],
    "BY ITSELF": lambda each: "no" if each["final"] else "maybe",
    "MESSAGE": lambda each: line_of(each["message"]),
}
WIDE = {"MESSAGE": lambda each: " ".join(each["message"].split()), "COMMIT": lambda each: short(each["commit"]) or "-"}
