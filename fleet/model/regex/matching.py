"""Goes through a text once, with all ways to match it at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from fleet.model.regex.program import Assert, Done, Either, Jump, Program, Save, Take

Slots: TypeAlias = tuple[int, ...]
Charge: TypeAlias = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a text matches: the beginning and the end of the whole and of each group, -1 where one took no part."""

    slots: Slots

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.slots[0]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.slots[1]

    def took(self, number: int) -> bool:
        """Whether a group is there and took part."""
        return 2 * number + 1 < len(self.slots) and self.slots[2 * number] >= 0

    def group(self, text: str, number: int) -> str:
        """What a group took."""
        return text[self.slots[2 * number] : self.slots[2 * number + 1]]


@dataclass(frozen=True, slots=True)
class _Ways:
    """The ways that are open at one place of a text, the preferred first."""

    program: Program
    text: str
    open: list[tuple[int, Slots]] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    """Steps that were come by: whoever comes second would do no better."""

    def add(self, place: int, slots: Slots, at: int) -> None:
        """Follow the steps that take no character, and add those that do."""
        waiting = [(place, slots)]
        while waiting:
            place, slots = waiting.pop()
            if place in self.known:
                continue
            self.known.add(place)
            match self.program.steps[place]:
                case Either(first=first, second=second):
                    waiting += [(second, slots), (first, slots)]
                case Jump(to=to):
                    waiting.append((to, slots))
                case Save(slot=slot):
                    waiting.append((place + 1, (*slots[:slot], at, *slots[slot + 1 :])))
                case Assert(holds=holds):
                    if holds(self.text[at - 1 : at] if at else "", self.text[at : at + 1]):
                        waiting.append((place + 1, slots))
                case _:
                    self.open.append((place, slots))


def find(program: Program, text: str, begin: int, charge: Charge) -> Match | None:
    """The leftmost match from a place on; charges for each step."""
    ways = _Ways(program, text)
    found: Slots | None = None
    for at in range(begin, len(text) + 1):
        if found is None:
            ways.add(0, (-1,) * (2 * program.groups + 2), at)
        charge(1 + len(ways.known))
        ways, ended = _further(ways, at)
        found = ended or found
        if not ways.open and found is not None:
            break
    return None if found is None else Match(found)


def _further(ways: _Ways, at: int) -> tuple[_Ways, Slots | None]:
    """All ways one character further; one that ends leaves out those that would only have been tried after it."""
    char = ways.text[at : at + 1]
    following = _Ways(ways.program, ways.text)
    for place, slots in ways.open:
        step = ways.program.steps[place]
        if isinstance(step, Done):
            return following, slots
        if char and isinstance(step, Take) and step.passes(char):
            following.add(place + 1, slots, at + 1)
    return following, None


def matches(program: Program, text: str, charge: Charge) -> Iterator[Match]:
    """All matches that do not overlap; an empty one right behind another does not count."""
    at, before = 0, -1
    while at <= len(text) and (match := find(program, text, at, charge)) is not None:
        if match.end > match.start or match.start != before:
            yield match
        at = match.end + 1 if match.end == match.start else match.end
        before = match.end
