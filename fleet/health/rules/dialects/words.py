"""Words: `phase`, `state`, `status`, `health`, also one level down, and fields whose names end so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.health.rules.dialects.finding import Finding, Part
from fleet.health.rules.reading import section, text
from fleet.health.rules.vocabulary import meaning, split, tells_failure
from fleet.model.health import HealthState

PRIMARY = ("phase", "state", "status", "health")
# A field is about the present unless its name says otherwise.
_ELSEWHEN = frozenset("last previous desired target old initial next prior former".split())
_ENDINGS = frozenset("phase state status health stage robustness result outcome verdict".split())
_LONGEST = 200


def findings(part: Part) -> Iterator[Finding]:
    """What the plain words of a part say; a word that is not understood says nothing."""
    yield from _understood(part, said(part))


def other_findings(part: Part) -> Iterator[Finding]:
    """What fields say whose names end in such a word: `clusterStatus`, `lifecycleState`, `printableStatus`."""
    yield from _understood(part, _other(part))


def said(part: Part) -> Iterator[tuple[str, str]]:
    """The plain words with their fields; each may be a mapping with one of the others in it."""
    for name in PRIMARY:
        inner = section(part.body, name)
        for path, word in ((name, text(part.body, name)), *((f"{name}.{each}", text(inner, each)) for each in PRIMARY)):
            if word and len(word) <= _LONGEST and name not in part.known.ignore:
                yield f"{part.path}.{path}", word


def explained(part: Part, *names: str) -> Iterator[Finding]:
    """What fields say that stand beside others to explain them, when it is that something failed."""
    for name in names:
        said = text(part.body, name)
        if said and tells_failure(said) and name not in part.known.ignore:
            yield Finding(
                state=HealthState.DEGRADED, reason=said if name == "reason" else name, message=f"{part.path}.{name}: {said}"
            )


def about_now(name: Any) -> bool:
    """Whether the name of a field is that of something present."""
    return isinstance(name, str) and _ELSEWHEN.isdisjoint(split(name)[:1])


def state_of(word: str, part: Part) -> HealthState | None:
    """What a word means in a part: what is known of its kind comes before what is known of the word."""
    own = part.known.words.get(word.lower())
    return own if own is not None else meaning(word, runs=part.runs)


def _other(part: Part) -> Iterator[tuple[str, str]]:
    for name in sorted(name for name in part.body if about_now(name)):
        word = text(part.body, name)
        ends = not _ENDINGS.isdisjoint(split(name)[-1:])
        if word and ends and name not in PRIMARY and name not in part.known.ignore and len(word) <= _LONGEST:
            yield f"{part.path}.{name}", word


def _understood(part: Part, words: Iterator[tuple[str, str]]) -> Iterator[Finding]:
    for path, word in words:
        state = state_of(word, part)
        if state is not None:
            more = "" if state is HealthState.HEALTHY else _more(part.body)
            yield Finding(state=state, reason=word, message=f"{path}: {word}{more}")


def _more(body: Mapping[str, Any]) -> str:
    """What stands beside a word to explain it."""
    told = [(name, text(body, name)) for name in ("reason", "phaseReason", "message", "description")]
    return "".join(f"; {name}: {said}" for name, said in told if said)
