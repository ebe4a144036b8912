"""What the hub knows of the last Syncs."""

from __future__ import annotations

from datetime import UTC, datetime

from fleet.hub.state import HubState
from fleet.model.keys import AppKey
from tests.store.reports import WEB, report

SHOP, TILL, AWAY = AppKey("here", "shop"), AppKey("here", "till"), AppKey("away", "shop")


def test_the_apps_of_a_cluster_are_those_of_its_last_syncs() -> None:
    state = HubState(started=datetime(2026, 11, 23, tzinfo=UTC))
    for app in (TILL, SHOP, AWAY, SHOP):
        state.synced(report(app=app), frozenset({WEB}))
    assert (state.apps_of("here"), state.apps_of("away"), state.apps_of("nowhere")) == ([SHOP, TILL], [AWAY], [])


def test_an_app_that_was_removed_is_forgotten() -> None:
    state = HubState(started=datetime(2026, 11, 23, tzinfo=UTC))
    for app in (SHOP, TILL):
        state.synced(report(app=app), frozenset({WEB}))
    state.removed(SHOP)
    state.removed(AWAY)
    assert (state.apps_of("here"), set(state.reports), set(state.members)) == ([TILL], {TILL}, {TILL})
