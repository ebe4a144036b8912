"""Show what the repository would put where: every cluster's Apps, where each is declared, what is overridden, what belongs to
nobody, what is wrong. It talks to no cluster and to no hub.

The repository is the registry's Source where that is a directory, else the one this is called in.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fleet.cli.frame.codes import DIFFERENT, FINE
from fleet.cli.frame.options import labels_of
from fleet.cli.frame.show import heading, line_of, structured, table

if TYPE_CHECKING:
    from fleet.cli.frame.checkout import Checkout, Mapped
    from fleet.model.app import ClusterMap, DesiredApp, Notice, Problem

    _Notices = Mapping[str, list[Notice]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take which Revision."""
    parser.add_argument("--revision", default="", metavar="R", help="a commit, branch or tag; default what the Source follows")
    parser.add_argument("--verbose", action="store_true", help="variables of clusters, renderers of Apps, fields of no effect")


def run(options: argparse.Namespace) -> int:
    """Show it."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    from fleet.cli.frame.checkout import chosen, open_repository

    checkout = open_repository(options)
    mapped = await checkout.map(options.revision)
    clusters = chosen(mapped.map, cluster="", labels=labels_of(options))
    notices = await _noticed(checkout, mapped, clusters) if options.verbose else None
    found = _answer(mapped, clusters, notices)
    if options.output == "name":
        names = [{"name": f"{each['name']}/{app['app']}"} for each in found["clusters"] for app in each["apps"]]
        structured(options, names, name=lambda each: str(each["name"]))
    elif not structured(options, found, name=str):
        _tables(options, found)
    wrong = any(problem["clusters"] for problem in found["problems"])
    return DIFFERENT if wrong or any(app["error"] for app in _apps(found)) else FINE


async def _noticed(checkout: Checkout, mapped: Mapped, clusters: Iterable[ClusterMap]) -> _Notices:
    """What has no effect, by cluster: of declarations, and of what renderers read."""
    from fleet.cli.frame.notices import notices_of

    found: dict[str, list[Notice]] = {}
    for cluster in clusters:
        found[cluster.cluster] = [*cluster.notices]
        for desired in cluster.apps.values():
            found[cluster.cluster] += await notices_of(checkout, mapped, cluster, desired)
    return found


def _answer(mapped: Mapped, clusters: Iterable[ClusterMap], notices: _Notices | None) -> dict[str, Any]:
    return {
        "commit": mapped.revision.commit,
        "author": mapped.revision.author,
        "subject": mapped.revision.subject,
        "clusters": [_cluster(each, notices) for each in clusters],
        "unclaimed": list(mapped.map.unclaimed),
        "homeless": list(mapped.map.homeless),
        "problems": [_problem(each) for each in mapped.map.problems],
    }


def _cluster(found: ClusterMap, notices: _Notices | None) -> dict[str, Any]:
    verbose = notices is not None
    overridden = [
        {"object": str(key), "nearer": str(nearer), "farther": str(farther)}
        for key, (nearer, farther) in sorted(found.overridden.items())
    ]
    return {
        "name": found.cluster,
        "directory": found.directory,
        "complete": found.complete,
        "labels": dict(found.labels),
        **({"variables": dict(found.variables)} if verbose else {}),
        "apps": [_app(each, verbose=verbose) for _, each in sorted(found.apps.items())],
        "overridden": overridden,
        **({"withoutEffect": [_notice(each) for each in notices[found.cluster]]} if notices is not None else {}),
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {"file": notice.origin.file, "line": notice.origin.line, "message": notice.message}


def _app(desired: DesiredApp, *, verbose: bool) -> dict[str, Any]:
    from fleet.model.manifest import RenderFailed

    failed = desired.result.message if isinstance(desired.result, RenderFailed) else ""
    app = desired.app
    return {
        "app": app.key.app,
        "path": app.path,
        "objects": 0 if isinstance(desired.result, RenderFailed) else len(desired.result.manifests),
        "withheld": 0 if isinstance(desired.result, RenderFailed) else len(desired.result.withheld),
        "declaredBy": str(app.declared_by.origin),
        "parent": app.declared_by.parent,
        "paused": app.paused,
        "fingerprint": desired.fingerprint,
        "error": failed,
        **({"renderer": app.renderer, "namespace": app.namespace, "dependsOn": list(app.depends_on)} if verbose else {}),
    }


def _problem(problem: Problem) -> dict[str, Any]:
    return {"message": str(problem.error), "clusters": list(problem.clusters)}


def _apps(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for cluster in found["clusters"]:
        yield from cluster["apps"]


def _tables(options: argparse.Namespace, found: Mapping[str, Any]) -> None:
    print(f"{found['commit'][:12]} “{line_of(found['subject'], most=60)}” by {found['author']}\n")
    rows = [{**app, "cluster": cluster} for cluster in found["clusters"] for app in cluster["apps"] or [_NO_APP]]
    table(options, rows, APPS, wide=WIDE)
    for cluster in found["clusters"] if options.verbose else ():
        heading(options, f"variables of {cluster['name']}")
        print("\n".join(f"{name}={value}" for name, value in cluster["variables"].items()))
    _without_effect(options, found)
    overridden = [{**each, "cluster": cluster["name"]} for cluster in found["clusters"] for each in cluster["overridden"]]
    if overridden:
        heading(options, "overridden")
        table(options, overridden, OVERRIDDEN)
    for title, names in (("unclaimed directories", found["unclaimed"]), ("without a directory", found["homeless"])):
        if names:
            heading(options, title)
            print("\n".join(names))
    _wrong(options, found)


def _without_effect(options: argparse.Namespace, found: Mapping[str, Any]) -> None:
    """Each once: a group's declaration is read for every cluster below it."""
    said = [each for cluster in found["clusters"] for each in cluster.get("withoutEffect", ())]
    lines = dict.fromkeys(f"{each['file']}:{each['line']}: {each['message']}" for each in said)
    if lines:
        heading(options, "without effect")
        print("\n".join(lines))


def _wrong(options: argparse.Namespace, found: Mapping[str, Any]) -> None:
    errors = {line for app in _apps(found) for line in app["error"].split("\n") if line}
    messages = dict.fromkeys([*(each["message"] for each in found["problems"]), *sorted(errors)])
    if messages:
        heading(options, "problems")
        print("\n".join(messages))


_NO_APP: Mapping[str, Any] = {"app": "-", "path": "", "objects": 0, "declaredBy": "", "parent": "", "error": "", "paused": False}

APPS = {
    "CLUSTER": lambda each: each["cluster"]["name"],
    "DIRECTORY": lambda each: each["cluster"]["directory"] or "-",
    "APP": lambda each: each["app"],
    "OBJECTS": lambda each: "failed" if each["error"] else each["objects"],
    "PATH": lambda each: each["path"] or "-",
    "DECLARED BY": lambda each: each["declaredBy"] + (f" (by App {each['parent']})" if each["parent"] else "") or "-",
}
WIDE = {
    "PAUSED": lambda each: "yes" if each["paused"] else "-",
    "LABELS": lambda each: ",".join(f"{name}={value}" for name, value in each["cluster"]["labels"].items()) or "-",
}
OVERRIDDEN = {
    "CLUSTER": lambda each: each["cluster"],
    "OBJECT": lambda each: each["object"],
    "TAKEN FROM": lambda each: each["nearer"],
    "NOT FROM": lambda each: each["farther"],
}
