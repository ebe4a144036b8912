"""`make soak`: kill the hub at random instants, and look at what is there when another has come to rest.

A run is some commits, a `kill -9` at some instant, often a deleted database, and a new hub. Everything random comes from the
seed: `--seed N` gives the same repository, ids and all, and the same kills.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.controlplane import ControlPlane
from tests.controlplane.cluster import Options
from tests.controlplane.waiting import eventually
from tests.flows.fleets import SHORT, write_registry
from tests.flows.soak_check import Foreign, Witness, faults, is_busy, lease_time, meddle
from tests.flows.soak_hub import HubProcess
from tests.flows.soak_story import CLUSTERS, Key, Story

REST_SECONDS = 120
"""A hub at rest takes 3 s on an idle machine; a foreign lease is waited for, and CI is ten times slower."""
ANCHORS = ("start", "commit", "commit", "write", "write")
LOSSES = ("with the kill", "with the kill", "while running", "after the start", "but for its journal", "the whole state")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One run, as the seed drew it."""

    number: int
    edits: tuple[float, ...]
    """Seconds before each commit."""
    anchor: str
    """What the kill's instant counts from: the hub's start, the last commit, or the hub's first write of it."""
    offset: float
    loss: str
    """How the database is lost; empty: not at all."""
    loss_offset: float
    late_edits: int
    """Commits made while no hub runs."""
    meddled: int
    rest: bool
    """Whether the new hub comes to rest before the next kill."""

    def __str__(self) -> str:
        parts = [f"{len(self.edits)} commits, kill {self.offset:.2f} s after {self.anchor}"]
        parts += [f"database lost {self.loss}"] if self.loss else []
        parts += [f"{self.late_edits} commits meanwhile"] if self.late_edits else []
        parts += [f"{self.meddled} edits by hand"] if self.meddled else []
        return f"{self.number}: {', '.join(parts)}{'' if self.rest else ', no rest'}"


def drawn(random: Random, runs: int) -> list[Kill]:
    """Draw the runs; the database is lost in half of them."""
    lossy = [number % 2 == 1 for number in range(runs)]
    random.shuffle(lossy)
    return [_draw(random, number, lossy[number], last=number == runs - 1) for number in range(runs)]


def _draw(random: Random, number: int, lossy: bool, *, last: bool) -> Kill:
    anchor = random.choice(ANCHORS)
    # A start takes 1.5 s and a fetch comes within 1 s; what a commit asks for is done 0.3 s after the first write.
    longest = {"start": 3.5, "commit": 1.8, "write": 0.35}[anchor]
    return Kill(
        number=number,
        edits=tuple(random.uniform(0, 0.6) for _ in range(random.randint(1, 3))),
        anchor=anchor,
        offset=random.uniform(0, longest),
        loss=random.choice(LOSSES) if lossy else "",
        loss_offset=random.uniform(0, 1),
        late_edits=random.choice((0, 0, 0, 1, 2)),
        meddled=random.choice((0, 0, 1, 2)),
        rest=last or random.random() < 0.75,
    )


class Soak:
    """One fleet of two clusters, soaked."""

    def __init__(self, planes: Sequence[ControlPlane], directory: Path, *, seed: int, say: Callable[[str], None]) -> None:
        self.planes = dict(zip(CLUSTERS, planes, strict=True))
        self.random = Random(seed)
        self.seed = seed
        self.say = say
        self.story = Story(directory / "repository", self.random)
        registry = write_registry(directory / "hub", self.story.path, planes, settings=SHORT, names=CLUSTERS)
        self.hub = HubProcess(registry)
        self.witnesses = [Witness(plane, name) for name, plane in self.planes.items()]
        self.foreign: list[Foreign] = []

    async def run(self, runs: int) -> None:
        """Soak; raises AssertionError with what is wrong, the seed and the hub's last words."""
        try:
            await self._begin()
            for kill in drawn(self.random, runs):
                self.say(str(kill))
                await self._kill(kill)
                if kill.rest:
                    await self._rest()
        except AssertionError as error:
            raise AssertionError(f"seed {self.seed}: {error}\n\nthe hub's last words:\n{self.hub.told()}") from None
        finally:
            self.hub.end()

    async def _begin(self) -> None:
        self.story.begin()
        self._committed()
        self.story.forgive()
        self.hub.start()
        await self._rest()
        self.foreign = [Foreign(plane) for plane in self.planes.values()]

    async def _kill(self, kill: Kill) -> None:
        marks = [(plane, plane.audit_mark()) for plane in self.planes.values()]
        if kill.anchor == "start":
            self.hub.kill()
        for wait in kill.edits:
            if self.hub.running:
                await asyncio.sleep(wait)
            self._edit()
        targets = [self._target() for _ in range(kill.meddled)]
        if not self.hub.running:
            self._meddle(targets)
            self.hub.start()
        elif kill.anchor == "write":
            await self._first_write(marks)
        await self._wait_and_kill(kill)
        self._lose(kill)
        for _ in range(kill.late_edits):
            self._edit()
        self._meddle(targets)
        self.hub.start()
        if kill.loss == "after the start":
            await asyncio.sleep(kill.loss_offset * 2)
            self.hub.forget_history()

    async def _wait_and_kill(self, kill: Kill) -> None:
        early = kill.loss_offset * kill.offset if kill.loss == "while running" else None
        if early is not None:
            await asyncio.sleep(early)
            self.hub.forget_history()
        await asyncio.sleep(kill.offset - (early or 0))
        self.hub.kill()

    def _lose(self, kill: Kill) -> None:
        if kill.loss == "with the kill":
            self.hub.forget_history()
        elif kill.loss == "but for its journal":
            self.hub.forget_history(whole=False)
        elif kill.loss == "the whole state":
            self.hub.forget_everything()

    def _edit(self) -> None:
        self.say(f"   {self.story.edit()} ({self.story.head[:12]})")
        self._committed()

    def _committed(self) -> None:
        for witness in self.witnesses:
            witness.commit(self.story)

    def _target(self) -> tuple[str, Key]:
        cluster = self.random.choice(CLUSTERS)
        return cluster, self.random.choice(sorted(self.story.desired(cluster)))

    def _meddle(self, targets: Sequence[tuple[str, Key]]) -> None:
        for cluster, key in targets:
            meddle(self.planes[cluster], key)

    async def _first_write(self, marks: Sequence[tuple[ControlPlane, int]]) -> None:
        """Wait until the hub writes; a commit that changes nothing of any cluster never lets it."""
        with suppress(AssertionError):
            await eventually(lambda: any(is_busy(plane, mark) for plane, mark in marks), within=2.5, every=0.01)

    # ── rest ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _rest(self) -> None:
        """Wait until the clusters equal git and nothing more is written while every lease is renewed twice; then judge."""
        begun = time.monotonic()
        while not await self._is_at_rest(begun + REST_SECONDS):
            pass
        wrong = [fault for witness in self.witnesses for fault in witness.rest(self.story)]
        wrong += [fault for foreign in self.foreign for fault in foreign.faults()]
        assert not wrong, "\n".join(wrong)
        self.story.forgive()
        self.say(f"   at rest after {time.monotonic() - begun:.1f} s")

    async def _is_at_rest(self, end: float) -> bool:
        while found := self._faults():
            assert time.monotonic() < end, f"not at rest after {REST_SECONDS} s:\n" + "\n".join(found)
            self.hub.check()
            await asyncio.sleep(0.25)
        marks = {plane: plane.audit_mark() for plane in self.planes.values()}
        for _ in range(2):
            times = {plane: lease_time(plane) for plane in marks}
            while any(lease_time(plane) == times[plane] for plane in marks):
                assert time.monotonic() < end, "the leases are not renewed"
                self.hub.check()
                await asyncio.sleep(0.05)
        return not any(is_busy(plane, mark) for plane, mark in marks.items()) and not self._faults()

    def _faults(self) -> list[str]:
        return [f"{name}: {fault}" for name, plane in self.planes.items() for fault in faults(plane, name, self.story)]


async def main(arguments: argparse.Namespace) -> None:
    """Start two clusters and soak them."""
    with tempfile.TemporaryDirectory(prefix="fleet-soak-") as name:
        directory = Path(name)
        planes: list[ControlPlane] = []
        try:
            for cluster in CLUSTERS:
                options = Options(name=cluster, controllers=True, audit_bodies=False)
                planes.append(await ControlPlane.start(directory / cluster, options=options))
            await Soak(planes, directory, seed=arguments.seed, say=lambda line: print(line, flush=True)).run(arguments.runs)
        finally:
            for plane in planes:
                plane.stop()


def parsed() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.flows.soak", description="Kill the hub at random instants.")
    parser.add_argument("--runs", type=int, default=100, help="how many kills")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="replays a soak that printed it")
    return parser.parse_args()


if __name__ == "__main__":
    given = parsed()
    print(f"seed {given.seed}", flush=True)
    asyncio.run(main(given))
    print(f"{given.runs} kills survived, seed {given.seed}")
