"""Who waits for what, and since when: the clock, and finding who waits for an object."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from fleet.hub.waits import Waits
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.plan import Action, Awaited, Cause, Change, ChangeSet, Done, Plan
from fleet.model.revision import Revision
from fleet.model.sync import SyncReport, SyncState
from tests.plan.given import revision

SHOP, TILL = AppKey("prod-1", "shop"), AppKey("prod-1", "till")
WEB, DATABASE = ObjectKey("apps", "Deployment", "shop", "web"), ObjectKey("apps", "StatefulSet", "shop", "database")
START = datetime(2026, 11, 23, 2, tzinfo=UTC)
SLOW = 30.0
ONE, TWO = ("fingerprint-1",), ("fingerprint-2",)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def report(app: AppKey, seconds: float, *keys: ObjectKey, done: tuple[Done, ...] = ()) -> SyncReport:
    """An App that waits for these objects at a time."""
    given: Revision = revision()
    awaits = tuple(Awaited(key=key, reason="it is Progressing") for key in keys)
    plan = Plan(app=app, commit=given.commit, stages=(), awaits=awaits)
    changes = ChangeSet(app=app, commit=given.commit, done=done)
    time = at(seconds)
    return SyncReport(app=app, revision=given, state=SyncState.WAITING, started=time, ended=time, plan=plan, changes=changes)


def done(cause: Cause) -> Done:
    return Done(change=Change(action=Action.CONFIGURE, key=WEB, cause=cause))


def waited(waits: Waits, seconds: float, of: tuple[str, ...] = ONE) -> tuple[float, bool, bool] | None:
    """Since when it waits, and whether it is slow and overdue, at a time."""
    found = waits.of(SHOP, of, timeout=600, now=at(seconds))
    return ((found.since - START).total_seconds(), found.slow, found.overdue) if found else None


def test_a_wait_is_slow_and_then_overdue() -> None:
    waits = Waits(slow_after=SLOW)
    waits.begin(report(SHOP, 0, WEB), ONE)
    assert [waited(waits, seconds) for seconds in (29, 30, 599, 600)] == [
        (0, False, False),
        (0, True, False),
        (0, True, False),
        (0, True, True),
    ]


def test_the_clock_goes_on_from_one_look_to_the_next() -> None:
    waits = Waits(slow_after=SLOW)
    for seconds in (0, 100, 500):
        waits.begin(report(SHOP, seconds, WEB), ONE)
    assert waited(waits, 600) == (0, True, True)


def test_what_heals_drift_does_not_start_the_clock_anew() -> None:
    waits = Waits(slow_after=SLOW)
    waits.begin(report(SHOP, 0, WEB), ONE)
    waits.begin(report(SHOP, 50, WEB, done=(done(Cause.DRIFT),)), ONE)
    assert waited(waits, 60) == (0, True, False)


def test_a_sync_that_came_further_starts_it_anew() -> None:
    waits = Waits(slow_after=SLOW)
    waits.begin(report(SHOP, 0, WEB), ONE)
    waits.begin(report(SHOP, 50, DATABASE, done=(done(Cause.COMMIT),)), ONE)
    assert waited(waits, 60) == (50, False, False)


def test_so_does_what_git_wants_of_the_app_by_now() -> None:
    waits = Waits(slow_after=SLOW)
    waits.begin(report(SHOP, 0, WEB), ONE)
    assert waited(waits, 700, of=TWO) is None
    waits.begin(report(SHOP, 700, WEB), TWO)
    assert waited(waits, 701, of=TWO) == (700, False, False)


def test_an_app_that_ended_waiting_waits_no_longer() -> None:
    waits = Waits(slow_after=SLOW)
    waits.begin(report(SHOP, 0, WEB), ONE)
    waits.end(SHOP)
    assert (waited(waits, 1), tuple(waits.for_object(WEB)), waits.awaits(SHOP)) == (None, (), ())


def test_who_waits_for_an_object_is_found() -> None:
    waits = Waits(slow_after=SLOW)
    waits.begin(report(SHOP, 0, WEB, DATABASE), ONE)
    waits.begin(report(TILL, 0, DATABASE), TWO)
    assert (set(waits.for_object(WEB)), set(waits.for_object(DATABASE))) == ({SHOP}, {SHOP, TILL})
    waits.begin(report(SHOP, 5, WEB), ONE)
    assert set(waits.for_object(DATABASE)) == {TILL}


def test_the_next_look_is_when_something_is_to_be_said() -> None:
    waits = Waits(slow_after=SLOW)
    waits.begin(report(SHOP, 0, WEB), ONE)
    looks = [waits.next_look(SHOP, timeout=600, now=at(seconds)) for seconds in (0, SLOW, 600)]
    assert [look and round(look, 1) for look in looks] == [SLOW, 600 - SLOW, None]
    assert waits.next_look(SHOP, timeout=math.inf, now=at(SLOW)) is None
    assert waits.next_look(TILL, timeout=600, now=at(0)) is None


def test_the_log_tells_of_a_wait_once() -> None:
    waits = Waits(slow_after=SLOW)
    waits.begin(report(SHOP, 0, WEB), ONE)
    told = [waits.say(SHOP), waits.say(SHOP)]
    waits.begin(report(SHOP, 40, WEB), ONE)
    told.append(waits.say(SHOP))
    waits.begin(report(SHOP, 41, WEB), TWO)
    told.append(waits.say(SHOP))
    assert told == [True, False, False, True]
