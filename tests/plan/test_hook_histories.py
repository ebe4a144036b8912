"""Whatever happens in whatever order, hooks run once, before what they are to run before, and go when that is recorded."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.model.health import Health, HealthState
from fleet.model.inventory import RecordEntry
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.observation import LiveObject
from fleet.model.plan import Action, Change, Plan
from fleet.model.sync_hook import HookPhase, HookRun
from fleet.plan.hook_run import HookFacts, HookSeen, run_of
from fleet.plan.plan import plan
from tests.plan.given import facts, manifest, ours
from tests.plan.test_hook_step import hook, made

HOOKS = (
    hook("PreSync", "early", wave="-1", policy="HookSucceeded"),
    hook("PreSync", "migrate"),
    hook("Sync", "fill", policy="HookFailed"),
    hook("PostSync", "tell", policy="HookSucceeded,HookFailed"),
    hook("SyncFail", "sad"),
    hook("PreSync,PostSync", "both", wave="3"),
)
RUNS = Health(state=HealthState.PROGRESSING, reason="Running")
ENDS = {
    True: Health(state=HealthState.HEALTHY, reason="Complete"),
    False: Health(state=HealthState.DEGRADED, reason="BackoffLimitExceeded"),
}
OPERATIONS = ("sync", "sync", "sync", "flush", "flush", "end", "end", "end badly", "crash", "commit", "revert")
MANY = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def web(commit: int) -> Manifest:
    """The App's one object, as a commit has it."""
    return manifest("Service", "web", annotations={"commit": str(commit)})


@dataclass
class World:
    """A cluster, its Record, and a hub that may die: what is not down is then lost."""

    hooks: tuple[Manifest, ...]
    commit: int = 1
    newest: int = 1
    record: RecordEntry = field(default_factory=RecordEntry)
    pending: RecordEntry | None = None
    begun: str = ""
    live: dict[ObjectKey, tuple[str, Health]] = field(default_factory=dict)
    web: int = 0
    made: Counter[tuple[str, ObjectKey]] = field(default_factory=Counter)
    well: set[tuple[str, ObjectKey]] = field(default_factory=set)

    def happen(self, operation: str, roll: int) -> None:
        """Let one thing happen."""
        if operation == "sync":
            self.sync()
        elif operation == "flush":
            self.record, self.pending = self.pending or self.record, None
        elif operation == "crash":
            self.pending, self.begun = None, ""
        elif operation == "commit":
            self.newest += 1
            self.commit = self.newest
        elif operation == "revert":
            self.commit = max(1, self.commit - 1)
        elif self.live:
            self.end(sorted(self.live)[roll % len(self.live)], well=operation == "end")

    def end(self, key: ObjectKey, *, well: bool) -> None:
        """Let a Job that runs end."""
        mark, health = self.live[key]
        if health is RUNS:
            self.live[key] = (mark, ENDS[well])
            self.well |= {(mark, key)} if well else set()

    def sync(self) -> Plan:
        """Plan, do what the Plan says, and hand the outcome to the Record."""
        entry = self.pending or self.record
        run, due = run_of(entry, f"f{self.commit}", empty=not self.web, asked=False)
        known = run is not None and entry.hooks is not None and entry.hooks.id == run.id
        recorded = known and self.pending is None
        self.begun = run.id if recorded and run else self.begun
        begun = run is not None and known and self.begun == run.id
        seen = {key: HookSeen(*told) for key, told in self.live.items()}
        known_now = HookFacts(run=run, due=due, begun=begun, recorded=recorded, seen=seen)
        health = {key: told[1] for key, told in self.live.items()}
        found = plan(facts([*self.hooks, web(self.commit)], self.objects(), hooks=known_now, health=health))
        for stage in found.stages:
            for change in stage:
                self.write(change, run)
        for change in found.deletes:
            assert self.record.hooks is not None
            assert any(end.key == change.key for end in self.record.hooks.ended)
            del self.live[change.key]
        self.note(entry, found)
        return found

    def objects(self) -> list[LiveObject]:
        """What is there."""
        by_key = {each.key: each for each in self.hooks}
        there = [made(by_key[key], *_parts(mark)) for key, (mark, _) in self.live.items()]
        return [*there, *([ours(web(self.web))] if self.web else [])]

    def write(self, change: Change, run: HookRun | None) -> None:
        """Do one Change, and check that its time had come."""
        if change.key.name == "web":
            before = [each for each in self.hooks if HookPhase.PRE_SYNC in each.annotations["argocd.argoproj.io/hook"]]
            assert run is not None
            assert all((run.mark(HookPhase.PRE_SYNC), each.key) in self.well for each in before)
            self.web = self.commit
        elif change.action is Action.DELETE:
            assert run is not None
            assert change.run == ""
            del self.live[change.key]
        else:
            assert change.key not in self.live
            self.made[change.run, change.key] += 1
            self.live[change.key] = (change.run, RUNS)

    def note(self, entry: RecordEntry, found: Plan) -> None:
        """What a Sync leaves for the Record."""
        held = found.awaits or found.errors or any(change.action is Action.HOLD for change in found.still)
        after = replace(entry, hooks=found.run or entry.hooks)
        if not held:
            after = replace(after, digest=f"f{self.commit}", applied=str(self.commit))
        if after != entry:
            self.pending = after


def _parts(mark: str) -> tuple[str, HookPhase]:
    run, _, phase = mark.partition(" ")
    return run, HookPhase(phase)


HISTORIES = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 5)), min_size=25, max_size=60)
SOME = st.sets(st.sampled_from(range(len(HOOKS))), min_size=1).map(lambda chosen: tuple(HOOKS[n] for n in sorted(chosen)))


@MANY
@given(SOME, HISTORIES)
def test_a_hook_runs_once_in_each_run_and_nothing_is_written_before_its_time(
    hooks: tuple[Manifest, ...], history: list[tuple[str, int]]
) -> None:
    world = World(hooks)
    for operation, roll in history:
        world.happen(operation, roll)
    assert all(times == 1 for times in world.made.values())


@MANY
@given(SOME, HISTORIES)
def test_a_commit_whose_hooks_end_well_is_applied_whatever_was_before(
    hooks: tuple[Manifest, ...], history: list[tuple[str, int]]
) -> None:
    world = World(hooks)
    for operation, roll in (*history, ("commit", 0)):
        world.happen(operation, roll)
    for _ in range(20):
        world.sync()
        world.happen("flush", 0)
        for key in list(world.live):
            world.end(key, well=True)
    assert world.record.digest == f"f{world.commit}"
    assert world.web == world.commit
    assert world.sync().stages == ()
