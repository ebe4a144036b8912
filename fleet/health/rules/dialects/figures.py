"""Flags (`ready: true`), counts (`readyReplicas` of `replicas`), and fields that stand only where something went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from fleet.health.rules.dialects.finding import Finding, Part
from fleet.health.rules.dialects.words import about_now
from fleet.health.rules.reading import optional_number, section, text
from fleet.health.rules.vocabulary import STEPS, ends_badly, ends_well, split
from fleet.model.health import HealthState

_FLAGS = frozenset("available ready use".split())  # readyToUse
_VERDICTS = frozenset("valid applied".split())
_FAILURES = frozenset(
    "error errors errormessage errorreason failuremessage failurereason failedreason validationerrors syncerror "
    "reconciliationerror".split()
)
_COUNTED = frozenset(
    "replicas instances nodes members tablets shards pods workers servers brokers racks machines components size hosts".split()
)
_REACHED = ("ready", "available", "healthy", "online", "updated", "upToDate")
_WANTED = ("desired", "total", "expected")
_FRACTION = re.compile(r"(\d{1,9})/(\d{1,9})")


def flags(part: Part) -> Iterator[Finding]:
    """What fields say that are true or false."""
    for name in sorted(name for name in part.body if about_now(name) and name not in part.known.ignore):
        value = {"true": True, "false": False}.get(str(part.body[name]).lower())
        state = None if value is None else _of_flag(split(name), value=value)
        if state is not None:
            written = str(value).lower()
            yield Finding(state=state, reason=f"{name} {written}", message=f"{part.path}.{name}: {written}")


def _of_flag(words: tuple[str, ...], *, value: bool) -> HealthState | None:
    if words[-1:] in (("paused",), ("suspended",)):
        return HealthState.SUSPENDED if value else None
    if ends_badly("".join(word.capitalize() for word in words)):
        return HealthState.DEGRADED if value else None
    step = not STEPS.isdisjoint(words[-1:])
    if not (step or ends_well(words) or (words[:1] == ("ready",) and not _FLAGS.isdisjoint(words[-1:]))):
        return None
    if value:
        return HealthState.HEALTHY
    return HealthState.DEGRADED if not _VERDICTS.isdisjoint(words[-1:]) else HealthState.PROGRESSING


def failures(part: Part) -> Iterator[Finding]:
    """What stands in fields that are empty while all is well: `failureMessage`, `error`, `errors`."""
    for name in sorted(name for name in part.body if about_now(name) and name not in part.known.ignore):
        told = _told(part.body[name]) if "".join(split(name)) in _FAILURES else ""
        if told:
            yield Finding(state=HealthState.DEGRADED, reason=name, message=f"{part.path}.{name}: {told}")


def _told(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(filter(None, map(_told, value)))
    if isinstance(value, Mapping):
        # Of a part in which other fields are empty too, only a message tells of a failure.
        return text(value, "message") or text(value, "description") or text(value, "code")
    return value if isinstance(value, str) else ""


def counts(part: Part, spec: Mapping[str, Any], declared: Iterable[str] = ()) -> Finding | None:
    """How many there are of how many there should be: the first that lacks some, else the first; None where nothing is counted.

    A count that is declared and not there is none: zeros are left out.
    """
    zeros = {name: 0 for name in declared if name not in part.body}
    counted = replace(part, body={**zeros, **part.body}) if zeros else part
    found = sorted(_counted(counted, spec), key=lambda each: (each[1] >= each[2], each[0]))
    if not found:
        return None
    name, reached, wanted = found[0]
    state = HealthState.HEALTHY if reached >= wanted else HealthState.PROGRESSING
    return Finding(state=state, reason=f"{name} of wanted", message=f"{part.path}.{name}: {reached} of {wanted}")


def _counted(part: Part, spec: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    for name, value in part.body.items():
        if not about_now(name) or name in part.known.ignore:
            continue
        fraction = _FRACTION.fullmatch(value) if isinstance(value, str) else None
        if fraction and not {"ready", "replicas"}.isdisjoint(split(name)):
            yield name, int(fraction[1]), int(fraction[2])
        elif (reached := optional_number(part.body, name)) is not None:
            wanted = _wanted(name, part.body, spec)
            if wanted is not None and name.startswith("unavailable"):
                yield f"replicas without {name}", max(wanted - reached, 0), wanted
            elif wanted is not None:
                yield name, reached, wanted


def _wanted(name: str, body: Mapping[str, Any], spec: Mapping[str, Any]) -> int | None:
    """How many should be counted under a name; None where nothing says so, or where fewer are meant."""
    if name in ("numberReady", "numberAvailable"):
        return optional_number(body, "desiredNumberScheduled")
    if name == "unavailableReplicas":
        return optional_number(body, "replicas")
    if name == "ready":
        return optional_number(body, "size")
    prefix = next((prefix for prefix in _REACHED if name.startswith(prefix) and name[len(prefix) :][:1].isupper()), "")
    noun = name[len(prefix) :]
    if not prefix or split(noun)[-1] not in _COUNTED or (prefix in ("updated", "upToDate") and _partly(spec)):
        return None
    plain = noun[:1].lower() + noun[1:]
    told = [optional_number(spec, plain), *(optional_number(body, each) for each in (plain, *(w + noun for w in _WANTED)))]
    return max((number for number in told if number is not None), default=None)


def _partly(spec: Mapping[str, Any]) -> bool:
    """Whether not all are to be updated."""
    for name in ("updateStrategy", "strategy"):
        strategy = section(spec, name)
        inner = (strategy, *(section(strategy, each) for each in sorted(strategy)))
        if strategy.get("type") == "OnDelete" or any(each.get("partition") or each.get("paused") for each in inner):
            return True
    return False
