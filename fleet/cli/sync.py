"""Make the hub fetch, and look at Apps, now.

With -w it waits until a fetch that begins now is over, what it brought is mapped, and every App meant has been synced since.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import Any

from fleet.cli.frame.codes import DIFFERENT, FINE, UNREACHABLE, gravest
from fleet.cli.frame.hubclient import HubClient, hub_of
from fleet.cli.frame.options import labels_of, target_of
from fleet.cli.frame.show import say, structured, table
from fleet.cli.frame.waiting import Patience, Question
from fleet.cli.get import APPS
from fleet.errors import CommandMisused, DeadlineExceeded, HubRefused


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is synced, and how long to wait."""
    parser.add_argument("target", nargs="?", default="", metavar="CLUSTER[/APP]", help="everything, where it is left out")
    parser.add_argument("--timeout", default="10m", metavar="DURATION", help="how long -w waits: 90s, 10m, 1h; default 10m")


def run(options: argparse.Namespace) -> int:
    """Ask for it, and wait where that is asked for."""
    cluster, app = target_of(options.target)
    if labels_of(options):
        raise CommandMisused(message="-l: a sync is asked for by name, or for all")
    hub, patience = hub_of(options), Patience(options.timeout)
    target = {"cluster": cluster, "app": app}
    if not options.watch:
        return _asked(options, hub, target)
    return _Waiting(hub, target, patience).run(options)


def _asked(options: argparse.Namespace, hub: HubClient, target: Mapping[str, str]) -> int:
    found = hub.post("sync", target)
    if not structured(options, found["apps"] if options.output == "name" else found, name=str):
        say(f"{len(found['apps'])} Apps are looked at now; fleet status shows how it goes")
    return FINE


class _Waiting:
    """What is waited for, and for how long."""

    def __init__(self, hub: HubClient, target: Mapping[str, str], patience: Patience) -> None:
        self._hub = hub
        self._target = target
        self._patience = patience

    def run(self, options: argparse.Namespace) -> int:
        """Fetch, wait for the map, look at the Apps, wait for their Syncs; gives the exit code."""
        since = self._hub.post("fetch", {})["asked"]
        found = self._until(since, lambda found: found["fetched"] and (found["fetchError"] or found["mapped"]), "the fetch")
        if found["fetchError"]:
            say(f"the Source could not be fetched: {found['fetchError']}")
            return DIFFERENT
        since = self._hub.post("sync", self._target)["asked"]
        found = self._until(since, lambda found: not found["pending"], "the Syncs")
        if not structured(options, found["unsynced"] if options.output == "name" else found, name=_name):
            _table(options, found)
        return gravest([DIFFERENT if found["unsynced"] else FINE, UNREACHABLE if found["unreachable"] else FINE])

    def _until(self, since: str, ends: Callable[[Mapping[str, Any]], object], what: str) -> Mapping[str, Any]:
        def lines(found: Mapping[str, Any]) -> Mapping[str, str]:
            if what == "the fetch":
                return {} if ends(found) else {what: "under way"}
            return dict.fromkeys(found["pending"], "to be synced")

        question = Question(ask=lambda: self._progress(since), ends=ends, lines=lines)
        found, ended = self._patience.until(self._hub, question)
        if not ended:
            some = ", ".join(found["pending"][:5])
            raise DeadlineExceeded(what=f"{what} ({some})" if some else what, seconds=self._patience.seconds)
        return found

    def _progress(self, since: str) -> Mapping[str, Any]:
        try:
            found = self._hub.get("progress", {**self._target, "since": since})
        except HubRefused as error:
            # An App that is only in the commit that is being fetched is not known yet.
            if error.status != 404 or not self._target["app"]:
                raise
            found = self._hub.get("progress", {"cluster": self._target["cluster"], "since": since})
        return dict(found)


def _table(options: argparse.Namespace, found: Mapping[str, Any]) -> None:
    if found["unsynced"]:
        table(options, found["unsynced"], APPS)
    else:
        say("in sync")
    if found["unreachable"]:
        say(f"not connected: {', '.join(found['unreachable'])}")


def _name(each: Mapping[str, Any]) -> str:
    return f"{each['cluster']}/{each['app']}"
