"""Which of several ConfigMaps a name belongs in. Pure.

The number of places is a power of two, so that doubling it only moves names from an old place to a new one: every write of
a split either only gains names or only loses them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


def place_of(name: str, places: int) -> int:
    """The place of a name among so many; the same for ever."""
    return zlib.crc32(name.encode()) % places


def places_for(sizes: Mapping[str, int], *, limit: int, at_least: int = 1) -> int:
    """The fewest places (a power of two) at which no place holds more than `limit` bytes, unless one name alone does."""
    places = at_least
    while _largest(sizes, places) > max(limit, max(sizes.values(), default=0)):
        places *= 2
    return places


def _largest(sizes: Mapping[str, int], places: int) -> int:
    held: dict[int, int] = {}
    for name, size in sizes.items():
        place = place_of(name, places)
        held[place] = held.get(place, 0) + size
    return max(held.values(), default=0)


def divided(names: Iterable[str], places: int) -> list[set[str]]:
    """The names of each place, in the places' order."""
    held: list[set[str]] = [set() for _ in range(places)]
    for name in names:
        held[place_of(name, places)].add(name)
    return held


def reach(numbers: Iterable[int]) -> int:
    """The fewest places (a power of two) among which all these numbers are."""
    places = 1
    while places <= max(numbers, default=0):
        places *= 2
    return places
