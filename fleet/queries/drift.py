"""Drift: what stands now, and what was seen before."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from fleet.hub.hub import Hub
from fleet.model.drift import Drift
from fleet.model.plan import Cause
from fleet.model.sync import SyncReport
from fleet.model.values import ABSENT
from fleet.queries.answers import DriftAnswer, FieldAnswer
from fleet.queries.asked import Asked, keys_of
from fleet.store import PastDrift


async def drift(hub: Hub, asked: Asked, *, object: str = "", limit: int = 50) -> tuple[DriftAnswer, ...]:
    """What stands now first, then the newest of the past; raises StoreUnavailable rather than leave the past out."""
    keys = keys_of(hub, asked)
    reports = (hub.state.reports.get(key) for key in keys)
    now = [answer for report in reports if report for answer in standing_of(report) if object in ("", answer.object)]
    clusters = {key.cluster for key in keys} if asked.labels else {asked.cluster}
    past = [
        each
        for cluster in sorted(clusters)
        for each in await hub.shared.store.drifts(cluster, asked.app, object=object, limit=limit)
    ]
    known = {(each.cluster, each.object, each.seen) for each in now}
    rest = [_past(each) for each in past if (each.cluster, each.object, each.seen) not in known]
    rest.sort(key=lambda each: each.seen, reverse=True)
    return (*now, *rest[: max(limit - len(now), 0)])


def standing(report: SyncReport) -> Iterator[Drift]:
    """The Drifts that a Sync saw and left, or could not heal."""
    healed = {done.change.key for done in report.changes.done if done.error is None and done.change.cause is Cause.DRIFT}
    return (each for each in report.drifts if each.key not in healed)


def standing_of(report: SyncReport) -> Iterable[DriftAnswer]:
    """Say the Drifts that a Sync left."""
    return [drift_answer(each, seen=report.started, state="standing") for each in standing(report)]


def drift_answer(found: Drift, *, seen: datetime, state: str) -> DriftAnswer:
    """Say one Drift."""
    return DriftAnswer(
        cluster=found.app.cluster,
        app=found.app.app,
        object=str(found.key),
        kind=found.kind.value,
        fields=tuple(FieldAnswer(path=str(each.path), git=_value(each.git), live=_value(each.live)) for each in found.fields),
        manager=found.manager,
        time=found.time,
        seen=seen,
        state=state,
    )


def _past(past: PastDrift) -> DriftAnswer:
    return DriftAnswer(
        cluster=past.cluster,
        app=past.app,
        object=past.object,
        kind=past.kind,
        fields=tuple(_field(each) for each in past.fields),
        manager=past.manager,
        time=past.time,
        seen=past.seen,
        state="reverted" if past.reverted else "past",
    )


def _field(kept: Mapping[str, Any]) -> FieldAnswer:
    return FieldAnswer(path=kept["path"], git=kept.get("git"), live=kept.get("live"))


def _value(value: Any) -> Any:
    return None if value is ABSENT else value
