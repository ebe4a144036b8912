"""Names are spread over places that double."""

from __future__ import annotations

from fleet.kube.kept.shards import divided, place_of, places_for

NAMES = [f"app-{number}" for number in range(1000)]


def test_doubling_the_places_moves_names_from_old_places_to_new_ones_only() -> None:
    moved = {(place_of(name, 8), place_of(name, 16)) for name in NAMES}

    assert moved == {(old, new) for old in range(8) for new in (old, old + 8)}


def test_every_name_has_one_place() -> None:
    places = divided(NAMES, 16)

    assert sorted(name for place in places for name in place) == sorted(NAMES)
    assert all(names for names in places)


def test_there_are_no_more_places_than_the_limit_asks_for() -> None:
    sizes = dict.fromkeys(NAMES, 100)

    places = places_for(sizes, limit=32 * 1024)

    assert places == 4
    assert max(len(names) for names in divided(NAMES, places)) * 100 <= 32 * 1024


def test_one_name_that_is_larger_than_the_limit_does_not_multiply_the_places() -> None:
    assert places_for({"huge": 100_000, "small": 10}, limit=32 * 1024) <= 2


def test_places_are_never_taken_back() -> None:
    assert places_for({}, limit=10, at_least=8) == 8
