"""For how long a request for an App counts: until it is in sync with what the next fetch found."""

from __future__ import annotations

import pytest

from fleet.hub.requests import Requests
from fleet.model.keys import AppKey

SHOP, TILL = AppKey("one", "shop"), AppKey("one", "till")


def test_nothing_stands_that_nobody_asked_for() -> None:
    assert not Requests().stands(SHOP, "a")


def test_it_stands_at_once_and_for_what_the_fetch_after_it_finds() -> None:
    requests = Requests()
    requests.ask(SHOP)
    assert requests.stands(SHOP, "a")
    requests.begin()
    assert requests.found(lambda _: "b") == {SHOP}
    assert (requests.stands(SHOP, "b"), requests.stands(SHOP, "c"), requests.stands(TILL, "b")) == (True, False, False)


def test_a_fetch_that_began_before_it_does_not_tell_what_was_meant() -> None:
    requests = Requests()
    requests.begin()
    requests.ask(SHOP)
    assert requests.found(lambda _: "a") == set()
    assert requests.stands(SHOP, "b")


def test_what_git_says_otherwise_by_now_is_no_longer_asked_for_though_it_may_say_it_again() -> None:
    requests = Requests()
    requests.ask(SHOP)
    requests.begin()
    requests.found(lambda _: "a")
    assert requests.found(lambda _: "") == set()
    assert requests.stands(SHOP, "a")
    assert requests.found(lambda _: "b") == {SHOP}
    assert not requests.stands(SHOP, "a")


@pytest.mark.parametrize(("fetched", "noted"), [(False, ""), (True, "a")])
def test_another_hub_takes_a_request_up_as_it_was_noted(fetched: bool, noted: str) -> None:
    requests, other = Requests(), Requests()
    requests.ask(SHOP)
    if fetched:
        requests.begin()
        requests.found(lambda _: "a")
    assert (requests.noted(SHOP), requests.noted(TILL)) == (noted, None)
    other.recall(SHOP, noted)
    assert (other.stands(SHOP, "a"), other.stands(SHOP, "b"), other.noted(SHOP)) == (True, not fetched, noted)


def test_what_was_noted_says_nothing_where_somebody_asked_since() -> None:
    requests = Requests()
    requests.ask(SHOP)
    requests.recall(SHOP, "a")
    assert requests.stands(SHOP, "b")


def test_in_sync_before_the_fetch_is_not_the_end_of_it() -> None:
    requests = Requests()
    requests.ask(SHOP)
    requests.done(SHOP)
    requests.begin()
    requests.found(lambda _: "b")
    assert requests.stands(SHOP, "b")
    requests.done(SHOP)
    assert not requests.stands(SHOP, "b")
