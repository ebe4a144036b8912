"""Waits grow, are capped, differ, and never end."""

from __future__ import annotations

from random import Random

from fleet.aio import Backoff


def test_waits_double_up_to_the_cap() -> None:
    backoff = Backoff[str](random=Random(1), first=1, cap=10, jitter=0)
    assert [backoff.next("a") for _ in range(6)] == [1, 2, 4, 8, 10, 10]


def test_chance_only_shortens_a_wait_and_not_by_more_than_the_jitter() -> None:
    backoff = Backoff[int](random=Random(1), first=100, cap=100, jitter=0.3)
    waits = [backoff.next(key) for key in range(1000)]
    assert 70 <= min(waits) < 71
    assert 99 < max(waits) <= 100


def test_the_same_seed_gives_the_same_waits() -> None:
    one, other = Backoff[str](random=Random(7)), Backoff[str](random=Random(7))
    assert [one.next("a") for _ in range(5)] == [other.next("a") for _ in range(5)]


def test_keys_fail_by_themselves_and_a_success_starts_anew() -> None:
    backoff = Backoff[str](random=Random(1), first=1, cap=10, jitter=0)
    backoff.next("a")
    backoff.next("a")
    assert (backoff.failures("a"), backoff.failures("b"), backoff.next("b")) == (2, 0, 1)
    backoff.forget("a")
    assert (backoff.failures("a"), backoff.next("a")) == (0, 1)


def test_a_server_may_ask_for_a_longer_wait() -> None:
    backoff = Backoff[str](random=Random(1), first=1, cap=10, jitter=0)
    assert backoff.next("a", at_least=60) == 60


def test_it_goes_on_for_ever() -> None:
    backoff = Backoff[str](random=Random(1), cap=10, jitter=0)
    assert [backoff.next("a") for _ in range(5000)][-1] == 10
