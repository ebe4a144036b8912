"""SyncReports as the hub makes them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from fleet.errors import FleetError, ObjectFailed
from fleet.model.drift import Drift, DriftKind, FieldDrift
from fleet.model.fields import FieldPath
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.plan import Action, Cause, Change, ChangeSet, Done, Plan
from fleet.model.revision import Revision
from fleet.model.sync import SyncReport, SyncState

NOON = datetime(2026, 11, 23, 12, tzinfo=timezone(timedelta(hours=2)))
SHOP = AppKey("prod", "shop")
WEB = ObjectKey("apps", "Deployment", "shop", "web")
KEYS = ObjectKey("", "Secret", "shop", "keys")


def revision(number: int = 1) -> Revision:
    return Revision(
        commit=f"{number:040x}",
        repository="0" * 40,
        tree="0" * 40,
        author="Ana",
        email="a@x",
        subject=f"Change {number}",
        time=NOON,
    )


def report(
    number: int = 1,
    *,
    app: AppKey = SHOP,
    state: SyncState = SyncState.SYNCED,
    done: tuple[Done, ...] = (),
    drifts: tuple[Drift, ...] = (),
    message: str = "",
    errors: tuple[FleetError, ...] = (),
    still: tuple[Change, ...] = (),
    hours: float = 0,
) -> SyncReport:
    started = NOON + timedelta(hours=hours)
    commit = revision(number).commit
    return SyncReport(
        app=app,
        revision=revision(number),
        state=state,
        started=started,
        ended=started + timedelta(seconds=3),
        plan=Plan(app=app, commit=commit, stages=(), still=still),
        changes=ChangeSet(app=app, commit=commit, done=done),
        drifts=drifts,
        errors=errors,
        message=message,
    )


def done(action: Action = Action.CONFIGURE, *, key: ObjectKey = WEB, cause: Cause = Cause.COMMIT, error: str = "") -> Done:
    failure = ObjectFailed(origin="a.yaml:1", key=str(key), reason=error) if error else None
    return Done(change=Change(action=action, key=key, cause=cause, reason="because"), error=failure)


def drift(key: ObjectKey = WEB, *, git: object = 3, live: object = 1, path: str = "/spec/replicas") -> Drift:
    fields = (FieldDrift(path=FieldPath.parse(path), git=git, live=live),)
    return Drift(app=SHOP, key=key, kind=DriftKind.OWNERSHIP, fields=fields, manager="kubectl-edit", time="2026-11-23T10:00:00Z")
