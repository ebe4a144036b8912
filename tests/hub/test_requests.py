"""For how long a request for an App counts: until it is in sync with what the next fetch found."""

from __future__ import annotations

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


def test_in_sync_before_the_fetch_is_not_the_end_of_it() -> None:
    requests = Requests()
    requests.ask(SHOP)
    requests.done(SHOP)
    requests.begin()
    requests.found(lambda _: "b")
    assert requests.stands(SHOP, "b")
    requests.done(SHOP)
    assert not requests.stands(SHOP, "b")
