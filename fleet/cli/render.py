"""Print the objects of Apps as YAML: as the renderer gave them, or as they are sent.

PATH is written with a / or a . at its beginning. The top of a checkout is the repository to read; without it, it is found as
fleet map finds it. A directory below is rendered alone, as it was committed and for no cluster in particular.
The values of Secrets are printed as they are in the repository.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fleet.cli.frame.codes import ERROR, FINE
from fleet.cli.frame.options import labels_of, target_of
from fleet.cli.frame.show import say
from fleet.errors import CommandMisused

if TYPE_CHECKING:
    from fleet.cli.frame.checkout import Checkout, Mapped
    from fleet.model.app import ClusterMap, DesiredApp
    from fleet.source import History


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take what is rendered, and how it is shown."""
    parser.add_argument("words", nargs="*", metavar="CLUSTER[/APP] | PATH", help="all Apps of all clusters, where it is left out")
    parser.add_argument("--revision", default="", metavar="R", help="a commit, branch or tag; default what the Source follows")
    parser.add_argument("--applied", action="store_true", help="as they are sent: with namespaces, data and marks")
    alone = parser.add_argument_group("of a directory that is rendered alone")
    alone.add_argument("--renderer", default="", metavar="NAME", help="default: found by what the directory holds")
    alone.add_argument("--name", default="", metavar="APP", help="the App's name; default the directory's")
    alone.add_argument("--namespace", default="default", metavar="NS", help="for namespaced objects that name none")
    alone.add_argument("--kube-version", default="", metavar="V", help="for charts that ask, as 1.36")
    alone.add_argument("--api-versions", action="append", default=[], metavar="G/V", help="what is served; may be repeated")


@dataclass(frozen=True, slots=True)
class _Shown:
    """One object, and what is said above it."""

    title: str
    name: str
    body: Any


def run(options: argparse.Namespace) -> int:
    """Print them."""
    return asyncio.run(_run(options))


async def _run(options: argparse.Namespace) -> int:
    from fleet.cli.frame.checkout import chosen, open_repository
    from fleet.cli.frame.directory import below_the_top

    target, path = _words(options.words)
    alone = below_the_top(path) if path else None
    if alone is not None:
        return await _alone(options, *alone, target=target)
    cluster, app = target_of(target)
    checkout = open_repository(options, path)
    mapped = await checkout.map(options.revision)
    clusters = chosen(mapped.map, cluster=cluster, labels=labels_of(options))
    if app and not any(app in each.apps for each in clusters):
        raise CommandMisused(message=f"git declares no App {target}; fleet map lists them")
    failed = [line for each in clusters for line in _failures(each, app)]
    shown = [each async for each in _all(checkout, mapped, clusters, app=app, applied=options.applied)]
    notices = [line for each in clusters for line in await _notices(checkout, mapped, each, app)]
    _print(options, shown)
    for line in dict.fromkeys((*notices, *failed)):
        say(line)
    return ERROR if failed else FINE


async def _alone(options: argparse.Namespace, history: History, place: str, *, target: str) -> int:
    """Render a directory by itself."""
    from fleet.cli.frame.directory import render_directory
    from fleet.model.keys import ObjectKey

    if target:
        raise CommandMisused(message=f"{place} is a directory within a repository: name it, or {target}, not both")
    given = await render_directory(history, place, options=options)
    _print(options, [_Shown(str(origin), str(ObjectKey.of(body)), body) for origin, body in given.objects])
    for line in (*(f"{each.origin}: {each.message}" for each in given.notices), *map(str, given.errors)):
        say(line)
    return ERROR if given.errors else FINE


def _words(words: list[str]) -> tuple[str, str]:
    paths = [word for word in words if word.startswith(("/", ".", "~"))]
    targets = [word for word in words if word not in paths]
    if len(paths) > 1 or len(targets) > 1:
        raise CommandMisused(message="say one CLUSTER[/APP] and one PATH at most")
    return targets[0] if targets else "", paths[0] if paths else ""


def _failures(found: ClusterMap, app: str) -> Iterator[str]:
    from fleet.model.manifest import RenderFailed

    for name, desired in sorted(found.apps.items()):
        if app in ("", name) and isinstance(desired.result, RenderFailed):
            yield f"{desired.app.key}: {desired.result.message}"
    yield from (str(problem.error) for problem in found.problems)


async def _notices(checkout: Checkout, mapped: Mapped, found: ClusterMap, app: str) -> list[str]:
    """What the renderers of these Apps say has no effect."""
    from fleet.cli.frame.notices import notices_of

    apps = [desired for name, desired in sorted(found.apps.items()) if app in ("", name)]
    return [f"{each.origin}: {each.message}" for desired in apps for each in await notices_of(checkout, mapped, found, desired)]


async def _all(
    checkout: Checkout, mapped: Mapped, clusters: list[ClusterMap], *, app: str, applied: bool
) -> AsyncIterator[_Shown]:
    from fleet.model.manifest import Rendered

    found = [(cluster, desired) for cluster in clusters for name, desired in sorted(cluster.apps.items()) if app in ("", name)]
    for cluster, desired in found:
        if not isinstance(desired.result, Rendered):
            continue
        given = () if applied else await _given(checkout, mapped, desired, variables=cluster.variables)
        for each in _sent(checkout, mapped, desired) if applied else given:
            yield each


def _sent(checkout: Checkout, mapped: Mapped, desired: DesiredApp) -> Iterator[_Shown]:
    from fleet.cli.frame.checkout import placed
    from fleet.model.marks import marked

    for manifest in placed(desired, mapped.map):
        body = marked(manifest, fleet=checkout.config.fleet, app=desired.app.key, revision=mapped.revision.commit)
        yield _Shown(f"{desired.app.key} {manifest.origin}", f"{desired.app.key} {manifest.key}", body)


async def _given(checkout: Checkout, mapped: Mapped, desired: DesiredApp, *, variables: Mapping[str, str]) -> list[_Shown]:
    from fleet.cli.frame.given import documents
    from fleet.model.keys import ObjectKey

    found = await documents(checkout.host, mapped.tree, desired, variables=variables)
    key = desired.app.key
    return [_Shown(f"{key} {each.file}:{each.line}", f"{key} {ObjectKey.of(each.value)}", each.value) for each in found]


def _print(options: argparse.Namespace, shown: list[_Shown]) -> None:
    if options.output == "name":
        print("".join(f"{each.name}\n" for each in shown), end="")
    elif options.output == "json":
        import json

        print(json.dumps([each.body for each in shown], indent=2, ensure_ascii=False))
    else:
        from fleet.k8syaml import dump

        print("---\n".join(f"# {each.title}\n{dump([each.body])}" for each in shown), end="")
