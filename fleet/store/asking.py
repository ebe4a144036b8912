"""The questions history answers, newest first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from fleet.model.keys import AppKey
from fleet.store.records import PastChange, PastDrift, PastSync
from fleet.store.tables import CHANGES, DRIFTS, SYNCS


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """What is asked about; an empty word stands for all. An object is written `Kind[.group]/[namespace/]name`."""

    cluster: str = ""
    app: str = ""
    object: str = ""
    limit: int = 50


async def history(session: AsyncSession, which: Which) -> tuple[PastSync, ...]:
    """The newest Syncs with their Changes; of an object, only those that touched it."""
    query = _chosen(select(SYNCS), SYNCS, which)
    if which.object:
        touched = select(CHANGES.c.sync_id).where(CHANGES.c.object == which.object)
        query = query.where(SYNCS.c.id.in_(touched))
    rows = (await session.execute(query)).all()
    return await _with_changes(session, rows)


async def last_syncs(session: AsyncSession) -> dict[AppKey, PastSync]:
    """The newest Sync of every App, without its Changes."""
    newest = select(func.max(SYNCS.c.id)).group_by(SYNCS.c.cluster, SYNCS.c.app)
    rows = (await session.execute(select(SYNCS).where(SYNCS.c.id.in_(newest)))).all()
    return {sync.key: sync for sync in (_past_sync(row, ()) for row in rows)}


async def drifts(session: AsyncSession, which: Which) -> tuple[PastDrift, ...]:
    """The newest Drifts."""
    query = _chosen(select(DRIFTS), DRIFTS, which)
    if which.object:
        query = query.where(DRIFTS.c.object == which.object)
    return tuple(_past_drift(row) for row in (await session.execute(query)).all())


def _chosen(query: Any, table: Any, which: Which) -> Any:
    if which.cluster:
        query = query.where(table.c.cluster == which.cluster)
    if which.app:
        query = query.where(table.c.app == which.app)
    return query.order_by(table.c.id.desc()).limit(which.limit)


async def _with_changes(session: AsyncSession, rows: Sequence[Any]) -> tuple[PastSync, ...]:
    found: dict[int, list[PastChange]] = defaultdict(list)
    ids = [row.id for row in rows]
    for start in range(0, len(ids), 500):  # SQLite takes a bounded number of values in one statement
        some = CHANGES.c.sync_id.in_(ids[start : start + 500])
        for change in (await session.execute(select(CHANGES).where(some).order_by(CHANGES.c.id))).all():
            found[change.sync_id].append(_past_change(change))
    return tuple(_past_sync(row, tuple(found[row.id])) for row in rows)


def _past_sync(row: Any, changes: tuple[PastChange, ...]) -> PastSync:
    return PastSync(
        cluster=row.cluster,
        app=row.app,
        commit=row.commit,
        author=row.author,
        subject=row.subject,
        state=row.state,
        message=row.message,
        started=row.started,
        ended=row.ended,
        attempts=row.attempts,
        changes=changes,
    )


def _past_change(row: Any) -> PastChange:
    return PastChange(
        object=row.object,
        action=row.action,
        cause=row.cause,
        reason=row.reason,
        error=row.error,
        commit=row.commit,
        author=row.author,
        subject=row.subject,
    )


def _past_drift(row: Any) -> PastDrift:
    return PastDrift(
        cluster=row.cluster,
        app=row.app,
        object=row.object,
        kind=row.kind,
        fields=tuple(row.fields),
        manager=row.manager,
        time=row.time,
        seen=row.seen,
        reverted=row.reverted,
    )
