"""What was synced."""

from __future__ import annotations

from fleet.hub.hub import Hub
from fleet.queries.answers import ChangeAnswer, SyncAnswer
from fleet.queries.asked import Asked, runtimes_of
from fleet.store import PastChange, PastSync


async def history(hub: Hub, asked: Asked, *, object: str = "", limit: int = 50) -> tuple[SyncAnswer, ...]:
    """The newest Syncs with what they changed; raises StoreUnavailable."""
    clusters = [runtime.name for runtime in runtimes_of(hub, asked)] if asked.labels else [asked.cluster]
    found = [
        sync for cluster in clusters for sync in await hub.shared.store.history(cluster, asked.app, object=object, limit=limit)
    ]
    found.sort(key=lambda sync: sync.ended, reverse=True)
    return tuple(_answer(sync) for sync in found[:limit])


def _answer(sync: PastSync) -> SyncAnswer:
    return SyncAnswer(
        cluster=sync.cluster,
        app=sync.app,
        commit=sync.commit,
        author=sync.author,
        subject=sync.subject,
        state=sync.state,
        message=sync.message,
        started=sync.started,
        ended=sync.ended,
        attempts=sync.attempts,
        changes=tuple(_change(each, sync) for each in sync.changes),
    )


def _change(change: PastChange, sync: PastSync) -> ChangeAnswer:
    said = change if change.commit else sync
    return ChangeAnswer(
        object=change.object,
        action=change.action,
        cause=change.cause,
        reason=change.reason,
        error=change.error,
        commit=said.commit,
        author=said.author,
        subject=said.subject,
    )
