"""List the registered clusters, or try the ways into them: from here, without a hub.

check connects, identifies the cluster, asks what the hub's user may do there, and says what to do about what is missing.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fleet.cli.frame.codes import DIFFERENT, FINE, UNREACHABLE, gravest
from fleet.cli.frame.show import line_of, structured, table
from fleet.errors import CommandMisused

if TYPE_CHECKING:
    from fleet.model.cluster import Cluster


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is done, with which clusters."""
    parser.add_argument("action", choices=("list", "check"), metavar="list|check")
    parser.add_argument("names", nargs="*", metavar="NAME", help="all clusters, where it is left out")


def run(options: argparse.Namespace) -> int:
    """Do it."""
    from fleet.config import load_config

    config = load_config(Path(options.config))
    clusters = _chosen(config.clusters, options.names)
    if options.action == "list":
        return _list(options, clusters)
    from fleet.cli.frame.checking import check_all

    found = asyncio.run(check_all(clusters, config.settings))
    if not structured(options, found, name=lambda each: str(each["cluster"])):
        table(options, [{**each, "cluster": cluster["cluster"]} for cluster in found for each in cluster["checks"]], CHECKS)
    return gravest(_code(each) for each in found)


def _chosen(clusters: Sequence[Cluster], names: Sequence[str]) -> Sequence[Cluster]:
    unknown = set(names) - {cluster.name for cluster in clusters}
    if unknown:
        raise CommandMisused(
            message=f"there is no registered cluster {', '.join(sorted(unknown))}; fleet cluster list shows them"
        )
    return [cluster for cluster in clusters if not names or cluster.name in names]


def _list(options: argparse.Namespace, clusters: Sequence[Cluster]) -> int:
    rows = [_row(cluster) for cluster in clusters]
    if not structured(options, rows, name=lambda each: str(each["name"])):
        table(options, rows, CLUSTERS)
    return FINE


def _row(cluster: Cluster) -> dict[str, str]:
    return {
        "name": cluster.name,
        "wayIn": _way(cluster),
        "path": cluster.path,
        "uid": cluster.uid,
        "declaredAt": str(cluster.origin),
    }


def _way(cluster: Cluster) -> str:
    from fleet.model.cluster import Kubeconfig, Server

    way = cluster.way_in
    if isinstance(way, Kubeconfig):
        return f"kubeconfig {way.file}" + (f", context {way.context}" if way.context else "")
    if isinstance(way, Server):
        return f"server {way.url}, {'token' if way.token else 'client certificate'}"
    return "in the cluster"


def _code(cluster: Mapping[str, Any]) -> int:
    results = {each["result"] for each in cluster["checks"]}
    if not cluster["reached"]:
        return UNREACHABLE
    return DIFFERENT if "failed" in results else FINE


CLUSTERS = {
    "NAME": lambda each: each["name"],
    "WAY IN": lambda each: each["wayIn"],
    "PATH": lambda each: each["path"] or "-",
    "UID": lambda each: each["uid"] or "-",
    "REGISTERED AT": lambda each: each["declaredAt"],
}
CHECKS = {
    "CLUSTER": lambda each: each["cluster"],
    "CHECK": lambda each: each["check"],
    "RESULT": lambda each: each["result"],
    "FOUND": lambda each: line_of(each["message"], most=140),
}
