"""Whatever happens in whatever order while an App is removed: its last hooks run once, before what they come before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.errors import LeavingUntold
from fleet.model.app import OnRemoval, Standing
from fleet.model.health import Health
from fleet.model.inventory import Inventory, RecordEntry
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.observation import Absent, LiveObject, Observation
from fleet.model.plan import Action, ChangeSet
from fleet.model.sync_hook import HookPhase
from fleet.plan import PlanInput
from fleet.plan.hook_run import HookFacts, HookSeen, removal_of
from fleet.plan.keeping import grown, shrunk
from fleet.plan.plan import plan
from tests.plan.given import INCOMPLETE, actions, change, claims, deleted, inventory, manifest, ours, removed
from tests.plan.test_hook_histories import ENDS, RUNS
from tests.plan.test_hook_step import hook, made

BEFORE, AFTER = HookPhase.PRE_DELETE, HookPhase.POST_DELETE
HOOKS = (
    hook("PreDelete", "drain", wave="-1", policy="HookSucceeded"),
    hook("PreDelete", "backup"),
    hook("PreDelete,PostDelete", "both", wave="3", policy="HookFailed"),
    hook("PostDelete", "free", policy="HookSucceeded,HookFailed"),
)
OBJECTS = (manifest("Service", "web"), manifest("ConfigMap", "settings"))
OPERATIONS = ("sync", "sync", "sync", "flush", "flush", "end", "end", "end badly", "crash", "ask")
KNOWN = HookFacts(run=removal_of(RecordEntry(), "f1", asked=False), due=True, begun=True, removing=True, recorded=True)


@dataclass
class World:
    """A cluster that an App is removed from, its Record and Inventory, and a hub that may die: what is not down is then lost."""

    hooks: tuple[Manifest, ...]
    record: RecordEntry = field(default_factory=lambda: RecordEntry(applied="1", digest="f1"))
    pending: RecordEntry | None = None
    begun: str = ""
    asked: bool = False
    there: set[ObjectKey] = field(default_factory=lambda: {each.key for each in OBJECTS})
    live: dict[ObjectKey, tuple[str, Health]] = field(default_factory=dict)
    kept: Inventory | None = field(default_factory=lambda: inventory(each.key for each in OBJECTS))
    made: Counter[tuple[str, ObjectKey]] = field(default_factory=Counter)
    well: set[tuple[HookPhase, ObjectKey]] = field(default_factory=set)

    def happen(self, operation: str, roll: int) -> None:
        """Let one thing happen."""
        if operation == "sync":
            self.sync()
        elif operation == "flush":
            self.record, self.pending = self.pending or self.record, None
        elif operation == "crash":
            self.pending, self.begun = None, ""
        elif operation == "ask":
            self.asked = True
        elif self.live:
            self.end(sorted(self.live)[roll % len(self.live)], well=operation == "end")

    def end(self, key: ObjectKey, *, well: bool) -> None:
        """Let a Job that runs end."""
        mark, health = self.live[key]
        if health is RUNS:
            self.live[key] = (mark, ENDS[well])
            self.well |= {(HookPhase(mark.partition(" ")[2]), key)} if well else set()

    def sync(self) -> None:
        """Plan, do what the Plan says with the Inventory grown before and shrunk after, and hand the outcome to the Record."""
        if self.kept is None:
            return
        facts = self.facts(self.kept)
        found = plan(facts)
        self.kept = grown(facts, found)
        for each in (*(each for stage in found.stages for each in stage), *found.deletes):
            self.write(each.key, each.action, each.run)
        assert self.kept is not None
        self.kept = shrunk(self.kept, found, ChangeSet(app=facts.key, commit=facts.commit), self.facts(self.kept))
        entry = self.pending or self.record
        after = replace(entry, hooks=found.run or entry.hooks)
        self.pending = after if after != entry else self.pending

    def facts(self, kept: Inventory) -> PlanInput:
        """What is known now."""
        entry = self.pending or self.record
        run = removal_of(entry, "f1", asked=self.asked)
        self.asked = False
        known = entry.hooks is not None and entry.hooks.id == run.id
        recorded = known and self.pending is None
        self.begun = run.id if recorded else self.begun
        seen = {key: HookSeen(*told) for key, told in self.live.items()}
        hooks = HookFacts(
            run=run,
            due=True,
            begun=known and self.begun == run.id,
            removing=entry.hooks is not None,
            recorded=recorded,
            seen=seen,
        )
        health = {key: told[1] for key, told in self.live.items()}
        given = removed(self.objects(), hooks=hooks, leaving=self.hooks, health=health, inventories={"shop": kept})
        absent = {key: Absent() for key in kept.members | {each.key for each in self.hooks}}
        seen_now = Observation(objects={**absent, **given.observation.objects})
        kinds = dict.fromkeys((key.group_kind for key in seen_now.objects), OBJECTS[0].scope)
        return replace(given, observation=seen_now, served=kinds)

    def objects(self) -> list[LiveObject]:
        """What is there."""
        by_key = {each.key: each for each in self.hooks}
        parts = {key: mark.partition(" ") for key, (mark, _) in self.live.items()}
        hooks = [made(by_key[key], run, HookPhase(phase)) for key, (run, _, phase) in parts.items()]
        return [*hooks, *(ours(each) for each in OBJECTS if each.key in self.there)]

    def write(self, key: ObjectKey, action: Action, run: str) -> None:
        """Do one Change, and check that its time had come."""
        if key in self.there:
            assert action is Action.DELETE
            assert all((BEFORE, each.key) in self.well for each in self.hooks if str(BEFORE) in _phases(each))
            self.there.remove(key)
        elif action is Action.DELETE:
            del self.live[key]
        else:
            assert self.kept is not None
            assert key in self.kept.members
            assert key not in self.live
            assert str(AFTER) not in run or not self.there
            self.made[run, key] += 1
            self.live[key] = (run, RUNS)


def _phases(manifest: Manifest) -> str:
    return manifest.annotations["argocd.argoproj.io/hook"]


HISTORIES = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 5)), min_size=25, max_size=60)
SOME = st.sets(st.sampled_from(range(len(HOOKS))), min_size=1).map(lambda chosen: tuple(HOOKS[n] for n in sorted(chosen)))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(SOME, HISTORIES)
def test_each_last_hook_runs_once_at_its_time_and_nothing_is_left_in_the_end(
    hooks: tuple[Manifest, ...], history: list[tuple[str, int]]
) -> None:
    world = World(hooks)
    for operation, roll in history:
        world.happen(operation, roll)
    assert all(times == 1 for times in world.made.values())
    for _ in range(25):
        world.happen("ask", 0)
        world.sync()
        world.happen("flush", 0)
        for key in list(world.live):
            world.end(key, well=True)
    assert (world.there, world.live, world.kept) == (set(), {}, None)
    assert all((HookPhase(phase), each.key) in world.well for each in hooks for phase in _phases(each).split(","))


def test_a_removal_that_deletes_nothing_runs_no_hook() -> None:
    moved = removed([ours(each) for each in OBJECTS], claims=claims({each.key: "store" for each in OBJECTS}))
    kept = removed([ours(each) for each in OBJECTS], inventories={"shop": inventory((), on_removal=OnRemoval.ORPHAN)})
    for each in (moved, kept):
        found = plan(replace(each, leaving=HOOKS, hooks=replace(KNOWN, begun=False, removing=False)))
        assert (found.hooks, found.run) == (frozenset(), None)


def test_a_hook_that_another_app_has_now_is_not_run() -> None:
    owners = claims({HOOKS[1].key: "store"})
    found = plan(removed([ours(each) for each in OBJECTS], leaving=(HOOKS[1],), hooks=KNOWN, claims=owners))
    assert set(deleted(found)) == {"web", "settings"}
    assert found.hooks == frozenset()


@pytest.mark.parametrize(
    ("what", "says"),
    [
        pytest.param({"standing": Standing.REMOVED}, "all of the App's objects", id="a guard"),
        pytest.param({"claims": INCOMPLETE}, "not every App", id="claims"),
    ],
)
def test_what_holds_every_delete_holds_the_hooks_and_leaves_no_trace(what: dict[str, object], says: str) -> None:
    fresh = replace(KNOWN, begun=False, removing=False, recorded=False)
    found = plan(removed([ours(each) for each in OBJECTS], leaving=HOOKS, hooks=fresh, **what))
    assert set(actions(found).values()) == {Action.HOLD}
    assert says in change(found, HOOKS[0].key).reason
    assert found.run is None


def test_nothing_goes_while_it_is_not_known_what_comes_before() -> None:
    error = LeavingUntold(app="shop", reason="there is no commit 1")
    found = plan(removed([ours(each) for each in OBJECTS], untold=error))
    assert (deleted(found), found.errors) == ([], (error,))
    assert set(actions(found).values()) == {Action.HOLD}
