"""Conditions: a list or a map of them, of either polarity, under `conditions` or a longer name, or one level down."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.health.rules.dialects.finding import Finding, Part, generation
from fleet.health.rules.reading import instant, section, text
from fleet.health.rules.vocabulary import (
    ENDS,
    PAUSED,
    POSITIVE,
    STEPS,
    TRANSITIONAL,
    VERDICTS,
    ends_badly,
    ends_well,
    is_moving,
    is_transitional,
    split,
    tells_done,
    tells_failure,
)
from fleet.model.health import HealthState

_STATUSES = {"true": "True", "false": "False", "unknown": "Unknown"}
_FINAL_ENDINGS = frozenset("accepted valid resolved refs succeeded".split())
_PAUSED = frozenset(word.lower() for word in PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """One condition. `seen` is the generation it is about, its own or else that of the status it stands in."""

    type: str
    status: str
    reason: str
    message: str
    severity: str
    since: float
    seen: int | None

    def __str__(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        message = f": {self.message}" if self.message else ""
        return f"{self.type}={self.status or 'True'}{reason}{message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What the conditions of a part are seen against."""

    part: Part
    ready: bool
    """Whether one of them says that the whole is ready, in this generation."""

    def current(self, found: Stated) -> bool:
        return found.seen is None or self.part.generation is None or found.seen == self.part.generation


def stated(part: Part) -> tuple[Stated, ...]:
    """The conditions of a part, Ready first, then by type.

    A type should stand once; of several the latest counts, and of several equally late ones all of them do.
    """
    read = [found for entry in _entries(part) if (found := _read(entry, part)).type not in ("", *part.known.ignore)]
    latest = {found.type: max(each.since for each in read if each.type == found.type) for found in read}
    counted = {found for found in read if found.since == latest[found.type]}
    return _now(
        part, tuple(sorted(counted, key=lambda found: (found.type != "Ready", str(found), found.severity, found.seen or 0)))
    )


def findings(part: Part) -> Iterator[Finding]:
    """What the conditions of a part say; those that say nothing are left out."""
    found = stated(part)
    ready = [each for each in found if each.type == "Ready"]
    bare = _View(part=part, ready=False)
    view = _View(part=part, ready=bool(ready) and all(each.status == "True" and bare.current(each) for each in ready))
    prefix = "" if part.path == "status" else f"{part.path}: "
    for condition in found:
        state = _state(condition, view)
        if state is not None:
            reason = condition.reason or f"{condition.type}{condition.status}"
            whole = condition.type in POSITIVE
            yield Finding(state=state, reason=reason, message=prefix + _evidence(condition, view), whole=whole)


def unclear(part: Part) -> tuple[Stated, ...]:
    """Those that are not True, and of whose type it is not known whether that is good or bad."""
    view = _View(part=part, ready=False)
    return tuple(
        each
        for each in stated(part)
        if each.status in ("False", "Unknown") and not _is_known(each) and _state(each, view) is None and not _is_history(each)
    )


# ── reading ─────────────────────────────────────────────────────────────────────────────────────


def _entries(part: Part) -> list[Mapping[str, Any]]:
    """Those under `conditions`; else those under a longer name, or one level down."""
    body = part.body
    if found := _listed(body.get("conditions")):
        return found
    names = sorted(name for name in body if name not in part.known.ignore)
    longer = [entry for name in names if name.endswith("Conditions") for entry in _listed(body[name])]
    return longer or [entry for name in names for entry in _listed(section(body, name).get("conditions"))]


def _listed(found: Any) -> list[Mapping[str, Any]]:
    if isinstance(found, Mapping):
        return [_keyed(str(name), entry) for name, entry in found.items()]
    return [entry for entry in found if isinstance(entry, Mapping)] if isinstance(found, list | tuple) else []


def _keyed(name: str, entry: Any) -> Mapping[str, Any]:
    return {**entry, "type": name} if isinstance(entry, Mapping) else {"type": name, "status": entry}


def _read(entry: Mapping[str, Any], part: Part) -> Stated:
    said = entry.get("status")
    status = str(said) if isinstance(said, bool | str) else ""
    since = instant(text(entry, "lastTransitionTime"))
    # None was ever at generation 0: it is what is written where nothing is.
    own = generation(entry, "observedGeneration") or None
    return Stated(
        type=text(entry, "type"),
        status=_STATUSES.get(status.lower(), status),
        reason=text(entry, "reason"),
        message=text(entry, "message"),
        severity=text(entry, "severity"),
        since=since.timestamp() if since else 0.0,
        seen=part.seen if own is None else own,
    )


def _now(part: Part, found: tuple[Stated, ...]) -> tuple[Stated, ...]:
    """Of conditions that are a history of states, that of the present state.

    Percona's operators add one condition for each state they pass, leave it True, and name the present one in `state`.
    """
    state = text(part.body, "state")
    if not any(each.type == state and state.islower() and each.status == "True" for each in found):
        return found
    return tuple(each for each in found if each.type == state or not each.type.islower())


# ── what one says ───────────────────────────────────────────────────────────────────────────────


def _state(found: Stated, view: _View) -> HealthState | None:
    words = split(found.type)
    if _is_history(found) and (view.ready or found.status == "True"):
        return None
    if ends_badly(found.type):
        return _negative(found, view)
    if is_transitional(words):
        return _transitional(found, view)
    if _is_positive(found):
        return _positive(found, view)
    if not STEPS.isdisjoint(words[-1:]):
        return _step(found, view)
    return _other(found, view)


def _negative(found: Stated, view: _View) -> HealthState | None:
    # Argo CD's Applications list what is wrong, without a status.
    if found.status not in ("True", ""):
        return None
    return HealthState.DEGRADED if view.current(found) else HealthState.PROGRESSING


def _transitional(found: Stated, view: _View) -> HealthState | None:
    failed = _tells_failure(found) and view.current(found)
    if found.status == "False":
        return HealthState.DEGRADED if failed else None
    if found.status != "True" or tells_done(found.reason):
        return None
    return HealthState.DEGRADED if failed else HealthState.PROGRESSING


def _positive(found: Stated, view: _View) -> HealthState | None:
    if not view.current(found):
        return None if view.ready else HealthState.PROGRESSING
    if found.status == "True":
        return HealthState.HEALTHY
    if not found.status:
        return None
    if _is_verdict(found, view):
        return HealthState.DEGRADED
    if view.ready and (found.type in ENDS or found.type not in POSITIVE or found.severity == "Info"):
        return None
    return HealthState.SUSPENDED if not _PAUSED.isdisjoint(split(found.reason)[-1:]) else HealthState.PROGRESSING


def _is_verdict(found: Stated, view: _View) -> bool:
    """Whether a condition that should be True will not become so by itself."""
    if found.status not in ("False", "Unknown"):
        return tells_failure(found.status)  # some write a word where True, False or Unknown should stand
    if found.status == "Unknown" or found.severity == "Info":
        return False
    if view.ready and found.type in ENDS:
        return False
    final = (
        found.type in VERDICTS or found.type in view.part.known.verdicts or not _FINAL_ENDINGS.isdisjoint(split(found.type)[-1:])
    )
    return final or found.severity == "Error" or _tells_failure(found)


def _step(found: Stated, view: _View) -> HealthState | None:
    if found.status == "True" or view.ready or not found.status:
        return None
    failed = found.status == "False" and _tells_failure(found) and view.current(found)
    return HealthState.DEGRADED if failed else HealthState.PROGRESSING


def _other(found: Stated, view: _View) -> HealthState | None:
    if found.status == "False":
        return HealthState.DEGRADED if _tells_failure(found) and view.current(found) else None
    if found.status != "True" or view.ready or tells_done(found.reason):
        return None
    moving = any(map(is_moving, split(found.type)[-1:])) or (view.part.runs and found.type == "Running")
    return HealthState.PROGRESSING if moving else None


def _tells_failure(found: Stated) -> bool:
    """Whether a condition's reason, or its message where it gives none, is that something failed."""
    return tells_failure(found.reason or found.message)


def _is_positive(found: Stated) -> bool:
    return found.type in POSITIVE or ends_well(split(found.type))


def _is_known(found: Stated) -> bool:
    words = split(found.type)
    transitional = found.type in TRANSITIONAL or is_transitional(words) or any(map(is_moving, words[-1:]))
    paused = not _PAUSED.isdisjoint(words[-1:])
    return ends_badly(found.type) or transitional or _is_positive(found) or not STEPS.isdisjoint(words[-1:]) or paused


def _is_history(found: Stated) -> bool:
    return split(found.type)[:1] in (("last",), ("previous",))


def _evidence(found: Stated, view: _View) -> str:
    if view.current(found):
        return str(found)
    return f"{found.type} is of generation {found.seen}, and the object is at {view.part.generation}"
