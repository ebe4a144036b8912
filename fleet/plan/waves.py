"""Waves: what is of a later one is held until everything of those before is written and Healthy.

Nothing here remembers where a Sync has come to: each Plan finds the lowest wave with something left to do, and lets that one
go. So a Sync that was cut short, by a newer commit or by a kill, goes on where it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.model.health import Health, HealthState
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.marks import WAVES, wave_of
from fleet.model.plan import WRITES, Action, Awaited, Cause, Change
from fleet.plan.holding import held
from fleet.plan.input import PlanInput

UNTOLD = "it has not told of its Health since it was last written"
TO_WRITE = "it is written first"
_FIRST = -(10**9)
"""Below every wave that can be written: the Namespace that an App brings is where everything else of it stands."""
_PAUSES = ("suspend", "paused")
"""Fields of a spec by which git itself says that an object is to stand still."""


def in_waves(manifests: Iterable[Manifest]) -> bool:
    """Whether any object says a wave of its own: only then is Health needed to plan."""
    return any(name in manifest.annotations for manifest in manifests for name in WAVES)


def one_after_the_other(facts: PlanInput, wanted: tuple[Change, ...]) -> tuple[tuple[Change, ...], tuple[Awaited, ...]]:
    """Hold what is of a later wave than the lowest with something left to do; what heals drift never waits.

    Gives what is waited for beside it: every object of that wave that is not settled, when anything waits for them.
    """
    if not in_waves(facts.manifests or ()):
        return wanted, ()
    waves = {change.key: wave_in_git(change.manifest) for change in wanted}
    unsettled = {change.key: reason for change in wanted if (reason := _unsettled(facts, change))}
    if not unsettled:
        return wanted, ()
    lowest = min(waves[key] for key in unsettled)
    awaits = _awaits(facts, (change for change in wanted if waves[change.key] == lowest and change.key in unsettled), unsettled)
    first, more = awaits[0], len(awaits) - 1
    reason = f"{first.reason} (and {more} more)" if more else first.reason

    def waiting(change: Change) -> Change:
        later = waves[change.key] > lowest and change.action in WRITES and change.cause is not Cause.DRIFT
        return held(change, f"wave {waves[change.key]} waits for {reason}", ordered=True) if later else change

    after = tuple(map(waiting, wanted))
    same = all(one is other for one, other in zip(after, wanted, strict=True))
    return after, () if same else awaits


def last_wave_first(unwanted: tuple[Change, ...]) -> tuple[Change, ...]:
    """Hold deletes of all but the highest wave that still has something to go; what goes by itself is waited for alike."""
    going = [change for change in unwanted if change.live and (change.action is Action.DELETE or change.live.deleting)]
    if not going:
        return unwanted
    last = max(going, key=_live_wave)

    def waiting(change: Change) -> Change:
        earlier = change.action is Action.DELETE and _live_wave(change) < _live_wave(last)
        return held(change, f"it is deleted when {last.key} of wave {_live_wave(last)} is gone") if earlier else change

    return tuple(map(waiting, unwanted))


def unhealthy(facts: PlanInput) -> tuple[Awaited, ...]:
    """The objects of an App that are not Healthy, the worst first; of one that is removed, or whose Health nobody asked, none."""
    found = [
        Awaited(key=manifest.key, health=health, reason=f"{manifest.key} is {health.said(facts.since.get(manifest.key))}")
        for manifest in facts.manifests or ()
        if (health := facts.health.get(manifest.key)) and not stands(manifest, health)
    ]
    return tuple(sorted(found, key=lambda each: (-each.health.state if each.health else 0, each.key or "")))


def yields(change: Change) -> bool:
    """Whether an object gives way to whoever else has it."""
    return change.manifest is not None and change.manifest.yields


def wave_in_git(manifest: Manifest | None) -> int:
    """The wave of a desired object; one that is malformed is an error of its own, and of wave 0."""
    if manifest is not None and manifest.yields:
        return _FIRST
    try:
        return wave_of(manifest.annotations) if manifest else 0
    except ValueError:
        return 0


def stands(manifest: Manifest | None, health: Health) -> bool:
    """Whether what comes after an object may begin: it is Healthy, or Suspended because git itself says so."""
    if health.state is HealthState.SUSPENDED:
        spec = manifest.body.get("spec") if manifest else None
        return isinstance(spec, Mapping) and any(spec.get(name) is True for name in _PAUSES)
    return health.state is HealthState.HEALTHY


def _unsettled(facts: PlanInput, change: Change) -> str:
    """Why what comes after an object has to wait for it; empty when it has not."""
    if change.action in WRITES:
        return TO_WRITE
    if yields(change) and change.action is Action.SKIP:
        return ""  # it is there, and somebody else's
    if change.error or change.action is Action.HOLD:
        return change.reason
    if change.action is Action.UNCHANGED and change.live is None:
        return ""  # a Job that completed, and its TTL removed it
    health = facts.health.get(change.key)
    if health is None:
        return UNTOLD
    if stands(change.manifest, health):
        return ""
    return health.said(facts.since.get(change.key))


def _awaits(facts: PlanInput, behind: Iterable[Change], unsettled: Mapping[ObjectKey, str]) -> tuple[Awaited, ...]:
    """What is waited for, the worst first."""
    ordered = sorted(behind, key=lambda change: (-_badness(facts, change), change.key))
    return tuple(
        Awaited(
            key=change.key,
            # Of one that is written now, what is known is of before.
            health=None if change.action in WRITES else facts.health.get(change.key),
            reason=f"{change.key} of wave {wave_in_git(change.manifest)}: {unsettled[change.key]}",
        )
        for change in ordered
    )


def _badness(facts: PlanInput, change: Change) -> int:
    health = facts.health.get(change.key)
    if change.error or health is None:
        return HealthState.DEGRADED if change.error else HealthState.HEALTHY
    return health.state


def _live_wave(change: Change) -> int:
    return change.live.wave if change.live else 0
