"""Writes a batch of records in one transaction, and trims what is too old or too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from fleet.model.keys import AppKey
from fleet.store.records import PastDrift, PastSync
from fleet.store.tables import ChangeRow, DriftRow, SyncRow

Record: TypeAlias = PastSync | PastDrift


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """How much history is kept: seconds, and rows."""

    max_age: float = 90 * 86400.0
    max_syncs: int = 200_000
    max_drifts: int = 100_000


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest row of an App: a Sync of the same outcome (its hash) that changes nothing is counted there."""

    id: int
    outcome: int
    attempts: int


async def write(session: AsyncSession, records: Sequence[Record], latest: dict[AppKey, Latest]) -> None:
    """Write records in their order, and commit. `latest` is kept up to date; after a failure it is worth nothing."""
    new: list[tuple[SyncRow, PastSync]] = []
    fresh: dict[AppKey, tuple[SyncRow, int]] = {}
    repeated: dict[int, dict[str, Any]] = {}
    for sync in (record for record in records if isinstance(record, PastSync)):
        outcome = hash(sync.outcome)
        row, its = fresh.get(sync.key, (None, None))
        known = latest.get(sync.key)
        if row and its == outcome and not sync.changes:
            row.attempts, row.ended = row.attempts + 1, sync.ended
        elif not row and known and known.outcome == outcome and not sync.changes:
            latest[sync.key] = known = replace(known, attempts=known.attempts + 1)
            repeated[known.id] = {"id": known.id, "attempts": known.attempts, "ended": sync.ended}
        else:
            new.append((_sync_row(sync), sync))
            fresh[sync.key] = (new[-1][0], outcome)
    session.add_all(row for row, _ in new)
    await session.flush()
    await _insert(session, ChangeRow, [change for row, sync in new for change in _change_rows(row, sync)])
    await _insert(session, DriftRow, [_drift_row(record) for record in records if isinstance(record, PastDrift)])
    if repeated:
        await session.execute(update(SyncRow), list(repeated.values()))
    await session.commit()
    latest.update({key: Latest(row.id or 0, outcome, row.attempts) for key, (row, outcome) in fresh.items()})


async def trim(session: AsyncSession, keep: Keep, *, now: datetime) -> int:
    """Delete what is older than `keep.max_age`, and the oldest of what is more than `max_syncs` and `max_drifts`.

    Gives the number of Syncs and Drifts that went.
    """
    gone = 0
    oldest = now - timedelta(seconds=keep.max_age)
    syncs = SyncRow.__table__.c  # type: ignore[attr-defined]
    drifts = DriftRow.__table__.c  # type: ignore[attr-defined]
    for ids, age, table, most in (
        (syncs.id, syncs.ended, SyncRow, keep.max_syncs),
        (drifts.id, drifts.seen, DriftRow, keep.max_drifts),
    ):
        last = await session.scalar(select(ids).order_by(ids.desc()).offset(most).limit(1))
        result = await session.execute(delete(table).where((age < oldest) | (ids <= (last or 0))))
        gone += max(0, cast("CursorResult[Any]", result).rowcount)
    await session.commit()
    return gone


async def _insert(session: AsyncSession, table: type[Any], rows: list[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(table.__table__), rows)


def _sync_row(sync: PastSync) -> SyncRow:
    return SyncRow(
        cluster=sync.cluster,
        app=sync.app,
        commit=sync.commit,
        author=sync.author,
        subject=sync.subject,
        state=sync.state,
        message=sync.message,
        attempts=sync.attempts,
        started=sync.started,
        ended=sync.ended,
    )


def _change_rows(row: SyncRow, sync: PastSync) -> list[dict[str, Any]]:
    return [
        {
            "sync_id": row.id,
            "object": change.object,
            "action": change.action,
            "cause": change.cause,
            "reason": change.reason,
            "error": change.error,
        }
        for change in sync.changes
    ]


def _drift_row(drift: PastDrift) -> dict[str, Any]:
    return {
        "cluster": drift.cluster,
        "app": drift.app,
        "object": drift.object,
        "kind": drift.kind,
        "fields": list(drift.fields),
        "manager": drift.manager,
        "time": drift.time,
        "seen": drift.seen,
        "reverted": drift.reverted,
    }
