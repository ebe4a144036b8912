"""Parts of a status that speak for themselves: `ceph.health`, `byPod[…].errors`, `ancestors[…].conditions`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from fleet.health.rules.dialects import conditions, figures, words
from fleet.health.rules.dialects.finding import Finding, Part, generation, worst
from fleet.health.rules.reading import text
from fleet.health.rules.vocabulary import split
from fleet.model.health import HealthState

# Of what was, not of what is.
_PAST = frozenset("history log logs events conditions transitions transition timestamps attempts retries revisions".split())
_DEEPEST = 3


def findings(status: Part) -> Iterator[Finding]:
    """What the parts of a status say, each by its worst; none of them stops anything, and what ran is no present."""
    for part in _parts(status, _DEEPEST):
        found = worst(each for each in _of(part) if each.state is not HealthState.SUSPENDED)
        if found is not None:
            yield found


def _of(part: Part) -> Iterator[Finding]:
    if not part.current:
        message = f"{part.path} is of generation {part.seen}, and the object is at {part.generation}"
        yield Finding(state=HealthState.PROGRESSING, reason="OldGeneration", message=message)
        return
    yield from conditions.findings(part)
    yield from words.findings(part)
    yield from figures.failures(part)
    yield from figures.flags(part)
    yield from words.other_findings(part)
    counted = figures.counts(part, {})
    if counted is not None:
        yield counted


def _parts(of: Part, depth: int) -> Iterator[Part]:
    for name in sorted(name for name in of.body if _speaks(name, of)):
        for path, body in _bodies(of.body[name], f"{of.path}.{name}", lists=not of.runs):
            seen = generation(body, "observedGeneration")
            part = replace(of, body=body, path=path, seen=of.seen if seen is None else seen)
            yield part
            if depth > 1:
                yield from _parts(part, depth - 1)


def _speaks(name: Any, of: Part) -> bool:
    if not words.about_now(name) or name in of.known.ignore:
        return False
    return _PAST.isdisjoint(split(name)[-1:]) and name not in (*words.PRIMARY, "conditions")


def _bodies(value: Any, path: str, *, lists: bool) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        if lists or not all(isinstance(each, Mapping) for each in value.values()):
            yield path, value
    elif isinstance(value, list | tuple) and lists:
        named = [(_name(item), item) for item in value if isinstance(item, Mapping)]
        for place, (name, item) in enumerate(named):
            yield f"{path}[{name or place}]", item


def _name(item: Mapping[str, Any]) -> str:
    return next((found for name in ("name", "id", "key", "component", "type") if (found := text(item, name))), "")
