"""Kinds that nobody else judges: their conditions, then the words they use, then the generation they have seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.health.rules.reading import Condition, conditions, instant, is_true, optional_number, outdated, section, text
from fleet.health.rules.verdicts import healthy, progressing, suspended, verdict
from fleet.health.rules.vocabulary import (
    DONE_REASONS,
    ENDS,
    PAUSED,
    POSITIVE,
    TRANSITIONAL,
    VERDICTS,
    ends_badly,
    meaning,
    tells_failure,
)
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.hooks.declarations import ANY_KIND
from fleet.model.health import Health, HealthState


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one condition, or one word, says."""

    state: HealthState
    reason: str
    message: str


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare the check for any kind."""
    return (HealthCheck(kind=ANY_KIND, assess=assess),)


def assess(context: HealthContext) -> Health:
    """Judge any object by what it says of itself, and give that as the evidence.

    Bad news counts as soon as it is about this generation; good news only when nothing is of an older one.
    """
    if stopped := _stopped(context.live):
        return stopped
    if not section(context.live, "status"):
        return _silent(context)
    found = _worst(list(_findings(context.live)))
    if found is not None and found.state is HealthState.DEGRADED:
        return _health(found)
    if old := outdated(context.live):
        return old
    found = found or _worst(list(_words(context.live)))
    return _health(found) if found else _unsaid(context.live)


def _stopped(live: Mapping[str, Any]) -> Health | None:
    spec = section(live, "spec")
    for name in ("suspend", "suspended", "paused"):
        if spec.get(name) is True:
            return suspended("Suspended", f"it is stopped by spec.{name}")
    paused = [found for found in conditions(live).values() if found.type in PAUSED and _current(found, live) and is_true(found)]
    return suspended(paused[0].type, str(paused[0])) if paused else None


def _silent(context: HealthContext) -> Health:
    """Judge an object without a status: its controller gets a while to say something, if it can.

    One whose kind is declared to report is waited for.
    """
    if context.declared and context.declared.reports:
        return progressing("NotReported", "it has reported no status yet, and its definition says that it will")
    created = instant(text(section(context.live, "metadata"), "creationTimestamp"))
    since = context.last_write or created
    left = context.grace - abs((context.now - since).total_seconds()) if since and context.has_status else 0
    if left > 0:
        return progressing("NoStatus", "it has reported no status yet", again=left)
    return healthy("NoStatus", "it reports no status")


def _unsaid(live: Mapping[str, Any]) -> Health:
    seen = optional_number(section(live, "status"), "observedGeneration")
    quiet = "; ".join(str(found) for found in conditions(live).values())
    said = "; ".join(f"{name}: {word}" for name, word in _said(live))
    evidence = "; ".join(filter(None, (quiet, said))) or "its status says nothing of its health"
    if seen is not None:
        return healthy("Observed", f"its controller has seen this generation; {evidence}")
    return healthy("NothingSaid", evidence)


def _worst(found: list[Finding]) -> Finding | None:
    """The worst; of several equally bad the first, in the order in which they were looked for."""
    return max(found, key=lambda finding: finding.state, default=None)


def _health(found: Finding) -> Health:
    return verdict(found.state, found.reason, found.message)


# ── conditions ──────────────────────────────────────────────────────────────────────────────────


def _findings(live: Mapping[str, Any]) -> Iterator[Finding]:
    """What each condition says, Ready first, then by type."""
    found = conditions(live)
    ready = found.get("Ready")
    is_ready = ready is not None and is_true(ready) and _current(ready, live)
    for condition in sorted(found.values(), key=lambda condition: (condition.type != "Ready", condition.type)):
        state = _state(condition, current=_current(condition, live), ready=is_ready)
        if state is not None:
            reason = condition.reason or f"{condition.type}{condition.status}"
            yield Finding(state=state, reason=reason, message=_evidence(condition, live))


def _state(condition: Condition, *, current: bool, ready: bool) -> HealthState | None:
    if condition.type in POSITIVE:
        return _positive(condition, current=current, ready=ready)
    if not is_true(condition):
        return None
    if ends_badly(condition.type):
        return HealthState.DEGRADED if current else HealthState.PROGRESSING
    moving = condition.type in TRANSITIONAL and condition.reason not in DONE_REASONS
    return HealthState.PROGRESSING if moving else None


def _positive(condition: Condition, *, current: bool, ready: bool) -> HealthState | None:
    if not current:
        return None if ready else HealthState.PROGRESSING
    if is_true(condition):
        return HealthState.HEALTHY
    if ready and condition.type in ENDS:
        return None
    verdict = condition.status == "False" and (condition.type in VERDICTS or tells_failure(condition.reason))
    # Some write a word where True, False or Unknown should stand.
    return HealthState.DEGRADED if verdict or tells_failure(condition.status) else HealthState.PROGRESSING


def _current(condition: Condition, live: Mapping[str, Any]) -> bool:
    """Whether a condition is about this generation, as far as it says."""
    generation = optional_number(section(live, "metadata"), "generation")
    return condition.generation is None or generation is None or condition.generation == generation


def _evidence(condition: Condition, live: Mapping[str, Any]) -> str:
    if _current(condition, live):
        return str(condition)
    generation = optional_number(section(live, "metadata"), "generation")
    return f"{condition.type} is of generation {condition.generation}, and the object is at {generation}"


# ── words ───────────────────────────────────────────────────────────────────────────────────────


def _words(live: Mapping[str, Any]) -> Iterator[Finding]:
    for name, word in _said(live):
        state = meaning(word)
        if state is not None:
            yield Finding(state=state, reason=word, message=f"{name}: {word}")


def _said(live: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The words in `phase`, `state` and `health`, which may also be a mapping that has one of them in `status` or `state`."""
    status = section(live, "status")
    for name in ("phase", "state", "health"):
        inner = section(status, name)
        word = text(status, name) or text(inner, "status") or text(inner, "state")
        if word:
            yield f"status.{name}", word
