"""Long histories of one object: what was found wrong stays wrong until the cluster tells something else.

Each object goes through statuses of its kind at random, sound and broken ones, is told of again, written, looked at and left
alone for a while. Beside it goes one that is told the same in another order, with fields that nobody knows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet.health.rules import BUILTINS
from fleet.hooks.registry import load
from fleet.hub.children import Related
from fleet.hub.health import Assessor
from fleet.hub.state import Assessed
from fleet.kube.live.cache import Event
from fleet.model.health import Health, HealthState
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.observation import observe
from tests.health.table import dialects
from tests.health.test_dialects import SEEDS, noise
from tests.health.test_dialects import shuffled as conditions_shuffled
from tests.health.test_invariants import CASES, broken_object, extended, shuffled

STEPS, AT_ONCE = 60, 30
REGISTRY = load(BUILTINS)
OPERATIONS = ("tell", "tell", "tell", "tell broken", "repeat", "look", "wait", "wait", "write")
NEWS = frozenset({"tell", "tell broken", "look"})
CRON_JOB = GroupKind("batch", "CronJob")

Body = Mapping[str, Any]
Statuses = list[tuple[Body, list[Body]]]
"""Of one kind: objects, and what explains each."""


def built_in() -> dict[str, Statuses]:
    """The rows of the tables of built-in kinds."""
    found: dict[str, Statuses] = {}
    for case in CASES:
        body, related = case.values
        found.setdefault(ObjectKey.of(body).kind, []).append((body, related))
    return found


def custom(group: str = "") -> dict[str, Statuses]:
    """The examples of operators' dialects, by kind; with a group of nobody's, no dialect is known for them."""
    found: dict[str, Statuses] = {}
    for row in dialects():
        every = [row.body(example) for state in row.examples for example in row.examples[state]]
        bodies = [{**body, "apiVersion": f"{group}/v1"} if group else body for body in every]
        if bodies:
            found[f"{row.group} {row.name}"] = [(body, []) for body in (*bodies, _silent(bodies[0]))]
    return found


def _silent(body: Body) -> Body:
    return {name: value for name, value in body.items() if name != "status"}


@dataclass(kw_only=True)
class Object:
    """One object in a hub's eyes."""

    key: ObjectKey
    now: datetime = datetime(2026, 11, 25, tzinfo=UTC)
    version: int = 0
    body: dict[str, Any] = field(default_factory=dict)
    related: Related | None = None
    """What explains it, once that was looked at."""
    followed: bool = False
    """Whether what was looked at is known at once when the object is told of."""
    health: dict[ObjectKey, Assessed] = field(default_factory=dict)
    written: dict[ObjectKey, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.assessor = Assessor(
            registry=REGISTRY,
            health=self.health,
            written_at=self.written,
            now=lambda: self.now,
            again=lambda *_: None,
            related=lambda *_: self.related if self.followed else None,
        )

    def tell(self, body: Body) -> Health:
        """The watch tells of it, as it is now."""
        self.version += 1
        metadata = {**body["metadata"], "uid": "u-1", "resourceVersion": str(self.version)}
        self.body = {**body, "metadata": metadata}
        return self.repeat()

    def repeat(self) -> Health:
        """The watch begins anew, and tells what is known."""
        self.assessor.event(Event(key=self.key, before=None, after=observe(self.body, key=self.key), body=self.body))
        return self.found

    def look(self, related: list[Body]) -> Health:
        """What explains it was fetched."""
        self.related = {ObjectKey.of(each): each for each in related}
        return self.assessor.judge(self.key, self.body, related=self.related)

    def wait(self, seconds: float) -> Health:
        """Time passes, and it is judged again by what is known."""
        self.now += timedelta(seconds=seconds)
        known = self.health[self.key]
        return self.assessor.judge(self.key, self.body, related=self.related) if known.told else known.health

    def write(self) -> Health:
        """The hub writes it, and the watch has not told of it yet."""
        self.version += 1
        metadata = {**self.body["metadata"], "resourceVersion": str(self.version)}
        self.written[self.key] = self.now
        self.assessor.learned(self.key, observe({**self.body, "metadata": metadata}, key=self.key))
        return self.found

    @property
    def found(self) -> Health:
        """Its Health."""
        return self.health[self.key].health


class History:
    """One object and its twin, and the dice that say what happens to both."""

    def __init__(self, statuses: Statuses, dice: random.Random, *, built_in: bool) -> None:
        self.statuses, self.dice, self.built_in = statuses, dice, built_in
        key = ObjectKey.of(statuses[0][0])
        self.one, self.twin = Object(key=key), Object(key=key)
        self.explained: list[Body] = []
        self.failed = False
        """Whether the last news was of a failure that is still one of what the object is."""

    def happen(self, operation: str) -> tuple[Health, Health]:
        """Let one thing happen to both."""
        seconds, followed = self.dice.choice((0.5, 20.0, 700.0, 90_000.0)), self.dice.random() < 0.5
        self.one.followed = self.twin.followed = followed
        match operation:
            case "tell" | "tell broken":
                return self.tell(broken=operation == "tell broken")
            case "look":
                return self.one.look(self.explained), self.twin.look([self.changed(each) for each in self.explained])
            case "wait":
                return self.one.wait(seconds), self.twin.wait(seconds)
            case "write":
                return self.one.write(), self.twin.write()
        return self.one.repeat(), self.twin.repeat()

    def remember(self, operation: str, found: Health) -> None:
        """Take what happened for news, or not; a CronJob's last Job says nothing of what was written since."""
        if operation in NEWS:
            self.failed = found.state is HealthState.DEGRADED
        elif operation == "write" and self.one.key.group_kind == CRON_JOB:
            self.failed = False

    def tell(self, *, broken: bool = False) -> tuple[Health, Health]:
        """Tell of a status; of one that is broken in the same order, for then two of one name may stand there."""
        body, self.explained = self.dice.choice(self.statuses)
        self.one.related = self.twin.related = None
        if broken:
            body = {**broken_object(body, self.dice), "metadata": body["metadata"]}
            return self.one.tell(body), self.twin.tell(body)
        return self.one.tell(body), self.twin.tell(self.changed(body))

    def changed(self, body: Body) -> Body:
        """The same in another order, with fields that nobody knows; of kinds without a rule only conditions have no order."""
        if self.built_in:
            found: Body = shuffled(extended(body), self.dice)
            return found
        more = {"status": {**body["status"], **noise(self.dice)}} if "status" in body else {}
        told: Body = conditions_shuffled({**body, **more}, self.dice)
        return told


KINDS = {
    "built in": built_in(),
    "with a dialect": custom(),
    "that nobody knows": custom("nobody.example.com"),
}


def histories(which: str, seed: int) -> Iterator[tuple[str, History]]:
    """One of each of some kinds."""
    print(f"the seed is {seed}")
    dice = random.Random(seed)
    for kind in dice.sample(sorted(KINDS[which]), AT_ONCE):
        history = History(KINDS[which][kind], dice, built_in=which == "built in")
        history.tell()
        yield kind, history


@SEEDS
@pytest.mark.parametrize("which", KINDS)
def test_what_failed_is_healthy_again_only_when_the_cluster_tells_something_else(which: str, seed: int) -> None:
    for kind, history in histories(which, seed):
        for step in range(STEPS):
            operation = history.dice.choice(OPERATIONS)
            found, twins = history.happen(operation)
            assert found.reason != "CheckFailed", (kind, step, found)
            assert found == twins, (kind, step, operation)
            history.remember(operation, found)
            assert not (history.failed and found.state is HealthState.HEALTHY), (kind, step, operation, found)


@pytest.mark.parametrize("which", KINDS)
def test_histories_go_through_every_state_that_matters(which: str) -> None:
    seen = {history.happen("tell")[0].state for _, history in histories(which, 5) for _ in range(4)}
    assert seen >= {HealthState.HEALTHY, HealthState.PROGRESSING, HealthState.DEGRADED, HealthState.SUSPENDED}
