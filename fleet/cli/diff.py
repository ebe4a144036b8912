"""Show what would change.

fleet diff A..B     what a change in git does to every cluster, from git alone: no hub, no cluster is asked
fleet diff --live   what a sync would do now, as the hub sees it; nothing is written

The blast radius comes first. Values of Secrets are never shown, only that they differ. Words are those that let deletes through.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from fleet.cli.frame.codes import DIFFERENT, ERROR, FINE, UNREACHABLE, gravest
from fleet.cli.frame.hubclient import hub_of
from fleet.cli.frame.options import labels_of, target_of
from fleet.cli.frame.show import heading, say, structured, unified
from fleet.errors import CommandMisused

if TYPE_CHECKING:
    from fleet.cli.frame.checkout import Mapped
    from fleet.plan.between import Between, Difference, Side

_LIVE_SECONDS = 300.0
"""A preview reads every object that would change, on every cluster."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is compared."""
    parser.add_argument("words", nargs="*", metavar="CLUSTER[/APP] | A..B", help="everything, where no cluster is said")
    parser.add_argument("--live", action="store_true", help="compare with the clusters; needs a hub")


def run(options: argparse.Namespace) -> int:
    """Show it."""
    ranges = [word for word in options.words if ".." in word]
    targets = [word for word in options.words if ".." not in word]
    if len(ranges) > 1 or len(targets) > 1 or options.live == bool(ranges):
        raise CommandMisused(message="say A..B, two commits with two dots between them, or --live, and one CLUSTER[/APP] at most")
    cluster, app = target_of(targets[0] if targets else "")
    if options.live:
        return _live(options, cluster, app)
    return asyncio.run(_git(options, ranges[0], cluster, app))


# ── between two commits ─────────────────────────────────────────────────────────────────────────────────────────────────


async def _git(options: argparse.Namespace, span: str, cluster: str, app: str) -> int:
    from fleet.cli.frame.checkout import chosen, open_repository
    from fleet.plan.between import between

    old, _, new = span.replace("...", "..").partition("..")
    checkout = open_repository(options)
    before, after = await checkout.map(old or "HEAD"), await checkout.map(new or "HEAD")
    names = [each.cluster for each in chosen(after.map, cluster=cluster, labels=labels_of(options))]
    sides = [{name: _side(mapped, name) for name in names} for mapped in (before, after)]
    found = between(sides[0], sides[1], registered=len(after.map.clusters))
    failed = [line for name in names for line in _failures(after, name)]
    differences = [each for each in found.differences if app in ("", each.app, each.from_app)]
    answer = _answer(before, after, found, differences)
    said = answer["changes"] if options.output == "name" else answer
    if not structured(options, said, name=lambda each: f"{each['action']} {each['object']}"):
        _text(options, answer)
    for line in dict.fromkeys(failed):
        say(line)
    return gravest([ERROR if failed else FINE, DIFFERENT if differences else FINE])


def _side(mapped: Mapped, cluster: str) -> Side:
    from fleet.cli.frame.checkout import placed
    from fleet.plan.between import Side

    found = mapped.map.clusters[cluster]
    return Side(map=found, manifests={name: placed(desired, mapped.map) for name, desired in found.apps.items()})


def _failures(mapped: Mapped, cluster: str) -> Iterator[str]:
    from fleet.model.manifest import RenderFailed

    found = mapped.map.clusters[cluster]
    for desired in found.apps.values():
        if isinstance(desired.result, RenderFailed):
            yield f"{desired.app.key}: {desired.result.message}"
    yield from (str(problem.error) for problem in found.problems)


def _answer(before: Mapped, after: Mapped, found: Between, differences: Iterable[Difference]) -> dict[str, Any]:
    changes = [_change(each) for each in differences]
    return {
        "from": before.revision.commit,
        "to": after.revision.commit,
        "registered": len(after.map.clusters),
        "clusters": sorted({cluster for each in changes for cluster in each["clusters"]}),
        "counts": _counts(changes),
        "word": found.word,
        "hold": found.hold.reason if found.hold else "",
        "changes": changes,
    }


def _change(each: Difference) -> dict[str, Any]:
    return {
        "action": each.action,
        "object": str(each.key),
        "app": each.app,
        "fromApp": each.from_app,
        "reason": each.reason,
        "clusters": list(each.clusters),
        "diff": each.diff,
    }


def _counts(changes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for each in changes:
        counts[each["action"]] += len(each["clusters"])
    return dict(sorted(counts.items()))


def _text(options: argparse.Namespace, answer: Mapping[str, Any]) -> None:
    counts = ", ".join(f"{count} {action}" for action, count in answer["counts"].items()) or "nothing changes"
    print(f"{answer['from'][:12]}..{answer['to'][:12]}: {len(answer['clusters'])} of {answer['registered']} clusters; {counts}")
    if answer["word"]:
        print(f"what it deletes has the word {answer['word']}")
    if answer["hold"]:
        print(f"it would be held: {answer['hold']}")
    for each in answer["changes"]:
        _one(options, each)


def _one(options: argparse.Namespace, each: Mapping[str, Any]) -> None:
    where = ", ".join(each["clusters"][:5]) + (f" and {len(each['clusters']) - 5} more" if len(each["clusters"]) > 5 else "")
    app = f"App {each['app']}" + (f", before {each['fromApp']}" if each["fromApp"] else "")
    heading(options, f"{each['action']} {each['object']} ({app}) on {where}")
    if each["reason"]:
        print(each["reason"])
    unified(options, each["diff"])


# ── against the clusters ────────────────────────────────────────────────────────────────────────────────────────────────


def _live(options: argparse.Namespace, cluster: str, app: str) -> int:
    hub = hub_of(options)
    query = {"cluster": cluster, "app": app, "label": labels_of(options)}
    found = hub.post("preview", {}, query, seconds=_LIVE_SECONDS)
    if options.output == "name":
        names = [{"name": f"{each['cluster']}/{each['app']} {change['object']}"} for each in found for change in each["changes"]]
        structured(options, names, name=lambda each: str(each["name"]))
    elif not structured(options, found, name=str):
        _live_text(options, found)
    untold = [each for each in found if each["error"]]
    for each in untold:
        say(f"{each['cluster']}/{each['app']}: {each['error']}")
    return gravest([UNREACHABLE if untold else FINE, DIFFERENT if len(found) > len(untold) else FINE])


def _live_text(options: argparse.Namespace, found: Iterable[Mapping[str, Any]]) -> None:
    told = [each for each in found if not each["error"]]
    counts = Counter(change["action"] for each in told for change in each["changes"])
    clusters = {each["cluster"] for each in told if each["changes"]}
    print(
        f"{len(clusters)} clusters; "
        + (", ".join(f"{count} {action}" for action, count in sorted(counts.items())) or "nothing changes")
    )
    for word, reason in {hold["word"]: hold["reason"] for each in told for hold in each["holds"]}.items():
        print(f"held: {reason}; its word is {word}")
    for change, apps in _collapsed(told):
        action, text, error, diff = change
        heading(options, f"{action} {text} on {', '.join(apps)}")
        if error:
            print(error)
        unified(options, diff)


def _collapsed(found: Iterable[Mapping[str, Any]]) -> Iterable[tuple[tuple[str, str, str, str], list[str]]]:
    """Equal changes once, with all Apps they are of; what reaches most first."""
    same: dict[tuple[str, str, str, str], list[str]] = {}
    for each in found:
        for change in each["changes"]:
            key = (change["action"], change["object"], change["error"] or change["reason"], change["diff"])
            same.setdefault(key, []).append(f"{each['cluster']}/{each['app']}")
    return sorted(same.items(), key=lambda pair: -len(pair[1]))
