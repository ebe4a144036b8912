"""Kinds that nobody else judges: by what they say of themselves, weighed in one order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.health.rules.dialects import conditions, figures, parts, words
from fleet.health.rules.dialects.finding import Finding, Part, generation, worst
from fleet.health.rules.dialects.known import Known, known
from fleet.health.rules.dialects.stopped import stopped
from fleet.health.rules.reading import instant, section, text
from fleet.health.rules.verdicts import healthy, progressing, unknown, verdict
from fleet.health.rules.vocabulary import ENDS, POSITIVE, runs_to_an_end
from fleet.hooks import HealthCheck, HealthContext, hookimpl
from fleet.hooks.declarations import ANY_KIND
from fleet.model.declared import Column
from fleet.model.health import Health, HealthState


@hookimpl
def fleet_health_checks() -> Iterable[HealthCheck]:
    """Declare the check for any kind."""
    return (HealthCheck(kind=ANY_KIND, assess=assess),)


def assess(context: HealthContext) -> Health:
    """Judge any object by what it says of itself, and give that as the evidence.

    Stopped on purpose; bad news of this generation, from wherever it comes; an older generation; then the first of conditions,
    words, flags, counts, other words and parts that says anything. Counts that lack something make good news Progressing.
    """
    status = _status(context.live)
    if halt := stopped(context.live, status):
        return _health(halt)
    if not status.body:
        return _silent(context, status.known)
    sources = [list(source) for source in _sources(context, status)]
    bad = [found for source in sources for found in source if found.state is HealthState.DEGRADED]
    if bad:
        return _health(bad[0])
    if not status.current:
        return progressing("OldGeneration", f"its controller has seen generation {status.seen}, and it is at {status.generation}")
    return _told(context, status, sources)


def _status(live: Mapping[str, Any]) -> Part:
    body = live.get("status")
    # Some have a single word for a status.
    status = {"status": body} if isinstance(body, str) and body else section(live, "status")
    kind = text(live, "kind")
    facts = known(text(live, "apiVersion").rpartition("/")[0], kind)
    return Part(
        body=status,
        generation=generation(section(live, "metadata"), "generation"),
        seen=generation(status, "observedGeneration"),
        known=facts,
        runs=runs_to_an_end(kind) if facts.runs is None else facts.runs,
    )


def _sources(context: HealthContext, status: Part) -> Iterator[Iterable[Finding]]:
    """What each place says, in the order in which they are weighed."""
    yield conditions.findings(status)
    if not status.current:
        return  # nothing else tells which generation it is about
    yield words.findings(status)
    yield figures.failures(status)
    yield figures.flags(status)
    fields = context.declared.fields if context.declared else ()
    counted = figures.counts(status, section(context.live, "spec"), fields)
    yield (counted,) if counted else ()
    yield words.other_findings(status)
    yield parts.findings(status)


def _told(context: HealthContext, status: Part, sources: list[list[Finding]]) -> Health:
    stops = [found for found in (*sources[1], *sources[3], *sources[5]) if found.state is HealthState.SUSPENDED]
    decided = stops[0] if stops else worst(_heard(sources))
    if decided is None:
        failed = next(words.explained(status, "reason", "message"), None)
        return _health(failed) if failed else _unsaid(context, status)
    if decided.state is HealthState.PROGRESSING:
        return _health(next(words.explained(status, "reason"), decided))
    if decided.state is not HealthState.HEALTHY:
        return _health(decided)
    if absent := _absent(context, status):
        return progressing("NotReported", f"{decided.message}; it has not reported {absent} yet")
    lacking = [found for found in sources[4] if found.state is HealthState.PROGRESSING]
    return _health(lacking[0] if lacking else decided)


def _heard(sources: list[list[Finding]]) -> Iterator[Finding]:
    """The findings that are weighed: those of the first place that tells of the whole, and of those before it."""
    for source in sources:
        yield from source
        if any(found.whole for found in source):
            return


def _health(found: Finding) -> Health:
    return verdict(found.state, found.reason, found.message)


# ── what has not been said ──────────────────────────────────────────────────────────────────────


def _silent(context: HealthContext, facts: Known) -> Health:
    """Judge an object without a status: its controller gets a while to say something, if it can.

    One whose kind is known to report is waited for.
    """
    if facts.reports not in ("", "never"):
        return progressing("NotReported", "it has reported no status yet, and its kind is known to")
    if facts.reports != "never" and context.declared and context.declared.reports and not _is_template(context.live):
        return progressing("NotReported", "it has reported no status yet, and its definition says that it will")
    left = _grace(context) if context.has_status else 0.0
    if left > 0:
        return progressing("NoStatus", "it has reported no status yet", again=left)
    return healthy("NoStatus", "it reports no status")


def _grace(context: HealthContext) -> float:
    """Seconds left in which a status may still be written."""
    created = instant(text(section(context.live, "metadata"), "creationTimestamp"))
    since = context.last_write or created
    return context.grace - abs((context.now - since).total_seconds()) if since else 0.0


def _unsaid(context: HealthContext, status: Part) -> Health:
    """Judge an object whose status says nothing that is understood."""
    evidence = _evidence(status)
    if _awaited(context, status):
        return progressing("NotReported", f"its kind reports how it is, and has not yet: {evidence}")
    if puzzles := [*(f"{path}: {word}" for path, word in words.said(status)), *map(str, conditions.unclear(status))]:
        return unknown(
            "NotUnderstood", f"{'; '.join(puzzles)}; no rule knows what that means: a health check of your own can tell"
        )
    if status.seen is not None:
        return healthy("Observed", f"its controller has seen this generation; {evidence}")
    left = _grace(context)
    if left > 0:
        return progressing("NothingSaid", f"{evidence} so far", again=left)
    return healthy("NothingSaid", evidence)


def _evidence(status: Part) -> str:
    quiet = [str(found) for found in conditions.stated(status)]
    return (
        "; ".join((*quiet, *(f"{path}: {word}" for path, word in words.said(status)))) or "its status says nothing of its health"
    )


def _awaited(context: HealthContext, status: Part) -> bool:
    """Whether there is more to come: nothing it is known, or declared, to report is there."""
    if status.known.reports == "trouble":
        return not conditions.stated(status)
    if status.known.reports == "generation":
        return status.seen is None
    if status.known.reports:
        return status.known.reports == "status"
    declared = context.declared
    if declared is None or not declared.reports or _is_template(context.live):
        return False
    if declared.conditions:
        return not conditions.stated(status)
    return not any(_filled(context.live, column) for column in declared.columns)


def _is_template(live: Mapping[str, Any]) -> bool:
    """Whether its kind is there for others to be made of: definitions of such often declare what only those others report."""
    return text(live, "kind").endswith("Template")


def _filled(live: Mapping[str, Any], column: Column) -> bool:
    return section(live, *column.path[:-1]).get(column.path[-1]) not in (None, "", [], {})


def _absent(context: HealthContext, status: Part) -> str:
    """A condition without which good news is not complete: one that the kind is known, or printed, to have."""
    printed = () if status.known.reports == "never" or not context.declared else context.declared.columns
    picked = (column.condition for column in printed if column.condition in POSITIVE - ENDS)
    there = {found.type for found in conditions.stated(status)}
    return next((name for name in (*status.known.needs, *picked) if name not in there), "")
