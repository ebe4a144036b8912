"""Name every problem of the repository at once, as file:line, with all clusters it concerns. It talks to no cluster and no hub.

What cannot be read, rendered or ordered; objects that the API server of Kubernetes would refuse, custom ones by the definitions
in the repository; objects that two Apps claim; kinds that nothing here defines. PATH is a checkout of the repository; without it,
it is found as fleet map finds it. --staged is for a hook before a commit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from fleet.cli.frame.codes import DIFFERENT, FINE
from fleet.cli.frame.options import labels_of
from fleet.cli.frame.show import say, structured
from fleet.errors import CommandMisused

if TYPE_CHECKING:
    from fleet.cli.validating import Finding
    from fleet.model.app import ClusterMap

FORMATS = ("text", "json", "sarif", "junit")
_SHOWN = 3  # clusters that are named in a line of text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is validated, and how problems are written."""
    parser.add_argument("path", nargs="?", default="", metavar="PATH", help="a checkout; default as fleet map finds it")
    parser.add_argument("--revision", default="", metavar="R", help="a commit, branch or tag; default what the Source follows")
    parser.add_argument("--staged", action="store_true", help="what git would commit now")
    parser.add_argument("--strict", action="store_true", help="warnings are errors")
    parser.add_argument("--format", choices=FORMATS, default="text", help="|".join(FORMATS))


def run(options: argparse.Namespace) -> int:
    """Print them; 1 where one is an error."""
    if options.staged and options.revision:
        raise CommandMisused(message="--staged and --revision each say what is validated: give one of them")
    from fleet.cli.frame.checkout import chosen, open_repository
    from fleet.cli.validating import Level, gather

    checkout = open_repository(options, options.path)
    revision = checkout.history.staged() if options.staged else options.revision
    mapped = asyncio.run(checkout.map(revision))
    clusters = chosen(mapped.map, cluster="", labels=labels_of(options))
    found = gather(mapped, clusters)
    if options.strict:
        found = [replace(each, level=Level.ERROR) if each.level is Level.WARNING else each for each in found]
    _print(options, found, clusters)
    for error in checkout.registry.broken:
        say(f"fleet: {error}")
    return DIFFERENT if any(each.level is Level.ERROR for each in found) else FINE


def _print(options: argparse.Namespace, found: Sequence[Finding], clusters: Sequence[ClusterMap]) -> None:
    from fleet.cli.validating.formats import junit, plain, sarif

    if options.format == "sarif":
        print(json.dumps(sarif(found), indent=2, ensure_ascii=False))
    elif options.format == "junit":
        print(junit(found, [each.cluster for each in clusters]), end="")
    elif options.format == "json":
        print(json.dumps(plain(found), indent=2, ensure_ascii=False))
    elif not structured(options, plain(found), name=lambda each: f"{each['file']}:{each['line']}"):
        versions = _versions(clusters)
        for each in found:
            print(f"{each}{_concerned(each, versions)}")
        say(_summary(found, clusters, versions))


def _versions(clusters: Sequence[ClusterMap]) -> list[str]:
    from fleet.schema.releases import base, minors, nearest

    return sorted({nearest(each.kube_version) for each in clusters if each.apps}, key=minors().index) or [base()]


def _concerned(finding: Finding, versions: Sequence[str]) -> str:
    clusters = finding.clusters
    if not clusters:
        return ""
    more = f" and {len(clusters) - _SHOWN} more" if len(clusters) > _SHOWN else ""
    # In a fleet of one version it is said once, at the end.
    which = f" (Kubernetes {', '.join(finding.kubernetes)})" if finding.kubernetes and len(versions) > 1 else ""
    return f" on {', '.join(clusters[:_SHOWN])}{more}{which}"


def _summary(found: Sequence[Finding], clusters: Sequence[ClusterMap], versions: Sequence[str]) -> str:
    counts = [(sum(each.level == level for each in found), level) for level in ("error", "warning", "note")]
    said = ", ".join(f"{count} {word}{'s' if count != 1 else ''}" for count, word in counts)
    names = f"{len(clusters)} cluster{'s' if len(clusters) != 1 else ''}"
    return f"{names}: {said}; objects were checked by Kubernetes {' and '.join(versions)}"
