"""Reads live objects without trusting them: what is missing or of another type counts as not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard

from fleet.health.rules.verdicts import progressing
from fleet.model.health import Health


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Condition:
    """One condition. `generation` is its own observedGeneration, None where it has none."""

    since: str
    type: str
    status: str
    reason: str
    message: str
    generation: int | None

    def __str__(self) -> str:
        reason = f" ({self.reason})" if self.reason else ""
        message = f": {self.message}" if self.message else ""
        return f"{self.type}={self.status}{reason}{message}"


def section(body: Any, *names: str) -> Mapping[str, Any]:
    """The mapping under these names; empty where there is none."""
    for name in names:
        body = body.get(name) if is_mapping(body) else None
    return body if is_mapping(body) else {}


def is_mapping(found: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether it is a mapping; nearly all are dicts, and to ask about the abstract class costs ten times that."""
    return type(found) is dict or isinstance(found, Mapping)


def text(body: Mapping[str, Any], name: str) -> str:
    """A field's text; empty where there is none."""
    found = body.get(name)
    return found if isinstance(found, str) else ""


def number(body: Mapping[str, Any], name: str, default: int = 0) -> int:
    """A field's whole number."""
    found = optional_number(body, name)
    return default if found is None else found


def optional_number(body: Mapping[str, Any], name: str) -> int | None:
    """A field's whole number, or None."""
    found = body.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def items(body: Mapping[str, Any], name: str) -> list[Any]:
    """A field's list; empty where there is none."""
    found = body.get(name)
    return list(found) if isinstance(found, list | tuple) else []


def mappings(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The mappings in a field's list."""
    found = body.get(name)
    return [item for item in found if is_mapping(item)] if isinstance(found, list | tuple) else []


def conditions(live: Mapping[str, Any]) -> Mapping[str, Condition]:
    """The conditions of an object's status by type, in order of type.

    A type should stand once; of several the latest counts, so that their order never does.
    """
    found: dict[str, Condition] = {}
    for entry in mappings(section(live, "status"), "conditions"):
        read = _condition(entry)
        if read.type and (read.type not in found or _rank(found[read.type]) < _rank(read)):
            found[read.type] = read
    return dict(sorted(found.items()))


def _rank(found: Condition) -> tuple[Any, ...]:
    return found.since, found.status, found.reason, found.message, found.generation is None, found.generation or 0


def _condition(entry: Mapping[str, Any]) -> Condition:
    return Condition(
        since=text(entry, "lastTransitionTime"),
        type=text(entry, "type"),
        status=text(entry, "status"),
        reason=text(entry, "reason"),
        message=text(entry, "message"),
        generation=optional_number(entry, "observedGeneration"),
    )


def is_true(found: Condition | None) -> bool:
    """Whether a condition is there and True."""
    return found is not None and found.status == "True"


def is_false(found: Condition | None) -> bool:
    """Whether a condition is there and False."""
    return found is not None and found.status == "False"


def outdated(live: Mapping[str, Any]) -> Health | None:
    """Progressing when the status is of another generation than the object; None when it is of this one, or does not say."""
    generation = optional_number(section(live, "metadata"), "generation")
    seen = optional_number(section(live, "status"), "observedGeneration")
    if generation is None or seen is None or generation == seen:
        return None
    return progressing("OldGeneration", f"its controller has seen generation {seen}, and it is at {generation}")


def unobserved(live: Mapping[str, Any]) -> Health | None:
    """The same for kinds whose controller always says which generation it saw: silence is Progressing too."""
    if optional_number(section(live, "status"), "observedGeneration") is None:
        return progressing("NotObserved", "its controller has not seen it yet")
    return outdated(live)


def instant(written: str) -> datetime | None:
    """A time as the API server writes it (RFC 3339), or None."""
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def listed(names: Iterable[str]) -> str:
    """Names with commas between, in order, each once."""
    return ", ".join(sorted(set(names)))
