"""Which run of its hooks an App is in, and how far each hook is: from the Record and from what is seen of the objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import groupby

from fleet.model.health import Health, HealthState
from fleet.model.inventory import RecordEntry
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import Manifest, digest_of
from fleet.model.observation import LiveObject, Observation
from fleet.model.sync_hook import HookEnd, HookPhase, HookRun, SyncHook

REASON = 200
"""Characters of a failed hook's reason that a Record keeps."""

_GOES_ON = {
    GroupKind("batch", "Job"): frozenset({"Running"}),
    GroupKind("", "Pod"): frozenset({"Unschedulable", "NotReady", "Pending"}),
}
"""Reasons for which what runs is Degraded and not over: a node may come yet, an image be pushed; a timeout is the App's."""


@dataclass(frozen=True, slots=True)
class HookSeen:
    """The last Health of a hook's object that was told, also of one that is gone since."""

    mark: str
    """Of which run and phase the object was."""
    health: Health


@dataclass(frozen=True, slots=True, kw_only=True)
class HookFacts:
    """What is known of an App's hooks at one moment."""

    run: HookRun | None = None
    """The run for the wanted Fingerprint: going on, or over. None: none was ever needed for it."""
    due: bool = False
    """Whether it is going on: the App is not yet what git wants."""
    begun: bool = False
    """Whether it is down in the Record that this run began: before that nothing of it is created."""
    removing: bool = False
    """Whether it is in the Record that the App is being removed: then it goes on, whatever is left of the App."""
    recorded: bool = False
    """Whether the run, as it is here, is down in the Record: before that nothing is deleted by a policy."""
    seen: Mapping[ObjectKey, HookSeen] = field(default_factory=dict, hash=False)
    words: Mapping[ObjectKey, str] = field(default_factory=dict, hash=False)
    """The last words of Pods, of hooks that failed."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One hook: the object that git says, and what its annotations mean."""

    manifest: Manifest
    says: SyncHook

    @property
    def key(self) -> ObjectKey:
        """The object's."""
        return self.manifest.key


class HookState(StrEnum):
    """How far a hook is in a phase of a run."""

    DUE = "due"
    """It has to be created, and what an earlier run left of it deleted before."""
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


def run_of(entry: RecordEntry, fingerprint: str, *, empty: bool, asked: bool) -> tuple[HookRun | None, bool]:
    """The run that hooks belong to for a Fingerprint, and whether it is going on.

    `empty`: the App has no object of its own in the cluster yet but hooks. `asked`: somebody wants it synced; a run that failed
    is then begun anew. A new run's id follows from what was before: who was interrupted before it is down makes the same one.
    """
    last = entry.hooks
    same = last if last is not None and last.fingerprint == fingerprint and not last.removal else None
    if entry.digest == fingerprint and (last is None or same is not None):
        return last, False
    if same is not None and not (asked and same.broken):
        return same, True
    identity = digest_of([fingerprint, entry.digest, last.id if last else ""])[:16]
    first = same.first if same is not None else empty and not entry.applied
    return HookRun(id=identity, fingerprint=fingerprint, first=first), True


def removal_of(entry: RecordEntry, fingerprint: str, *, asked: bool) -> HookRun:
    """The run that the hooks of an App's removal belong to, whatever renders what it was last: it is not removed twice.

    `asked`: one that failed is then begun anew, without what has to come before the first delete once that was made.
    """
    last = entry.hooks
    if last is not None and last.removal and not (asked and last.broken):
        return last
    identity = digest_of(["removal", fingerprint, last.id if last else ""])[:16]
    before = last.ended if last is not None and last.removal else ()
    first = tuple(end for end in before if end.phase is HookPhase.PRE_DELETE)
    kept = first if all(end.succeeded for end in first) else ()
    return HookRun(id=identity, fingerprint=fingerprint, removal=True, ended=kept)


def state_of(hook: Hook, phase: HookPhase, facts: HookFacts, observation: Observation) -> HookState:
    """How far a hook is: what the Record says of it, else the last that was seen of this run's object."""
    assert facts.run is not None
    if end := facts.run.end(phase, hook.key):
        return HookState.SUCCEEDED if end.succeeded else HookState.FAILED
    mark = facts.run.mark(phase)
    seen = facts.seen.get(hook.key)
    told = verdict(hook.manifest, seen.health) if seen and seen.mark == mark else HookState.DUE
    if told in (HookState.SUCCEEDED, HookState.FAILED):
        return told
    live = observation.live(hook.key)
    return HookState.RUNNING if live is not None and live.marks.run == mark else HookState.DUE


def verdict(manifest: Manifest, health: Health) -> HookState:
    """What a Health means of a hook: a Pod that will end is not done while it is merely ready."""
    if health.state is HealthState.HEALTHY:
        return HookState.RUNNING if _will_end(manifest) and health.reason == "Ready" else HookState.SUCCEEDED
    may_end_well = health.reason in _GOES_ON.get(manifest.key.group_kind, frozenset())
    return HookState.FAILED if health.state is HealthState.DEGRADED and not may_end_well else HookState.RUNNING


def _will_end(manifest: Manifest) -> bool:
    spec = manifest.body.get("spec")
    restarts = spec.get("restartPolicy", "Always") if isinstance(spec, Mapping) else "Always"
    return manifest.key.group_kind == ("", "Pod") and restarts != "Always"


def groups(hooks: Iterable[Hook]) -> tuple[tuple[Hook, ...], ...]:
    """Hooks by weight: each group is waited for before the next begins."""
    ordered = sorted(hooks, key=lambda hook: (hook.says.weight, hook.key))
    return tuple(tuple(group) for _, group in groupby(ordered, key=lambda hook: hook.says.weight))


def ended(run: HookRun, phase: HookPhase, hooks: Iterable[tuple[Hook, HookState, str]]) -> HookRun:
    """The run with the ends of hooks that are not in it yet; the third is the reason of one that failed."""
    new = tuple(
        HookEnd(
            phase=phase,
            key=hook.key,
            succeeded=state is HookState.SUCCEEDED,
            reason="" if state is HookState.SUCCEEDED else reason[:REASON],
        )
        for hook, state, reason in hooks
        if state in (HookState.SUCCEEDED, HookState.FAILED) and run.end(phase, hook.key) is None
    )
    return replace(run, ended=(*run.ended, *new)) if new else run


def made_by(live: LiveObject, run: HookRun) -> HookPhase | None:
    """The phase of a run that an object was made for; None when it is of another."""
    return next((phase for phase in HookPhase if live.marks.run == run.mark(phase)), None)
