"""Writes a batch of records in one transaction, and trims what is too old or too many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias, cast

from sqlalchemy import CursorResult, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from fleet.model.keys import AppKey
from fleet.store.records import PastDrift, PastSync
from fleet.store.tables import CHANGES, DRIFTS, SYNCS, SyncRow

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
    syncs: dict[int, dict[str, Any]] = {}
    changes: list[dict[str, Any]] = []
    repeated: dict[int, dict[str, Any]] = {}
    # Numbered here: asking the database for each new number costs a round trip per row.
    number = await session.scalar(select(func.max(SYNCS.c.id))) or 0
    for sync in (record for record in records if isinstance(record, PastSync)):
        outcome, known = hash(sync.outcome), latest.get(sync.key)
        if known and known.outcome == outcome and not sync.changes:
            latest[sync.key] = known = replace(known, attempts=known.attempts + 1)
            values = {"attempts": known.attempts, "ended": sync.ended}
            syncs.get(known.id, repeated.setdefault(known.id, {"id": known.id})).update(values)
            continue
        number += 1
        latest[sync.key] = Latest(number, outcome, sync.attempts)
        syncs[number] = _sync_row(sync, number)
        changes += _change_rows(sync, number)
    await _insert(session, SYNCS, list(syncs.values()))
    await _insert(session, CHANGES, changes)
    await _insert(session, DRIFTS, [_drift_row(record) for record in records if isinstance(record, PastDrift)])
    earlier = [values for number, values in repeated.items() if number not in syncs]
    if earlier:
        await session.execute(update(SyncRow), earlier)
    await session.commit()


async def trim(session: AsyncSession, keep: Keep, *, now: datetime) -> int:
    """Delete what is older than `keep.max_age`, and the oldest of what is more than `max_syncs` and `max_drifts`.

    Gives the number of Syncs and Drifts that went.
    """
    gone = 0
    oldest = now - timedelta(seconds=keep.max_age)
    for ids, age, table, most in (
        (SYNCS.c.id, SYNCS.c.ended, SYNCS, keep.max_syncs),
        (DRIFTS.c.id, DRIFTS.c.seen, DRIFTS, keep.max_drifts),
    ):
        last = await session.scalar(select(ids).order_by(ids.desc()).offset(most).limit(1))
        result = await session.execute(delete(table).where((age < oldest) | (ids <= (last or 0))))
        gone += max(0, cast("CursorResult[Any]", result).rowcount)
    await session.commit()
    return gone


async def _insert(session: AsyncSession, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        await session.execute(insert(table), rows)


def _sync_row(sync: PastSync, number: int) -> dict[str, Any]:
    return {
        "id": number,
        "cluster": sync.cluster,
        "app": sync.app,
        "commit": sync.commit,
        "author": sync.author,
        "subject": sync.subject,
        "state": sync.state,
        "message": sync.message,
        "attempts": sync.attempts,
        "started": sync.started,
        "ended": sync.ended,
    }


def _change_rows(sync: PastSync, number: int) -> list[dict[str, Any]]:
    return [
        {
            "sync_id": number,
            "object": change.object,
            "action": change.action,
            "cause": change.cause,
            "reason": change.reason,
            "error": change.error,
            "commit": change.commit,
            "author": change.author,
            "subject": change.subject,
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
