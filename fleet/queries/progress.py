"""How far the hub is with what was asked of it: what `fleet sync -w` waits for."""

from __future__ import annotations

from datetime import UTC, datetime

from fleet.errors import WaitedTooLong
from fleet.hub.hub import Hub
from fleet.hub.state import ClusterStatus, Phase
from fleet.model.keys import AppKey
from fleet.model.sync import SyncReport, SyncState
from fleet.queries.answers import ProgressAnswer
from fleet.queries.apps import app_summary
from fleet.queries.asked import Asked, keys_of, runtimes_of

_UNTRIED = ClusterStatus(name="", since=datetime.min.replace(tzinfo=UTC))
_GOES_ON = frozenset({SyncState.WAITING, SyncState.SUPERSEDED})


def progress(hub: Hub, asked: Asked, *, since: datetime) -> ProgressAnswer:
    """Compare what is known now with what was known at a moment of the hub's own clock."""
    fetch, mapped = hub.state.fetch, hub.revisions.map
    fetched = fetch.began is not None and fetch.began >= since and fetch.at is not None and fetch.at >= fetch.began
    connected = {runtime.name for runtime in runtimes_of(hub, asked) if runtime.site is not None}
    away = sorted(runtime.name for runtime in runtimes_of(hub, asked) if runtime.site is None)
    keys = [key for key in keys_of(hub, asked) if key.cluster in connected]
    pending = [key for key in keys if not _over(hub, hub.state.reports.get(key), since)]
    ended = [key for key in keys if key not in set(pending)]
    untried = [name for name in away if hub.state.clusters.get(name, _UNTRIED).phase is Phase.CONNECTING]
    return ProgressAnswer(
        now=hub.shared.now(),
        fetched=fetched,
        fetch_error=fetch.error if fetched else "",
        mapped=fetched and mapped is not None and fetch.revision is not None and mapped.revision.commit == fetch.revision.commit,
        pending=(*untried, *(str(key) for key in pending)),
        unsynced=tuple(app_summary(hub, key) for key in ended if not _is_synced(hub, key)),
        unreachable=tuple(name for name in away if name not in untried),
    )


def failed_for_good(hub: Hub, report: SyncReport) -> bool:
    """Whether a Sync that failed at the newest commit will fail again until somebody does something.

    It is tried again for ever, and what it lacked, a Namespace or a kind, another App of the cluster may have made since it
    began: then it has not failed for good.
    """
    if any(error.retry and not isinstance(error, WaitedTooLong) for error in report.errors):
        return False
    others = (hub.state.reports[key] for key in hub.state.apps_of(report.app.cluster) if key != report.app)
    if any(other.changes.done and other.ended >= report.started for other in others):
        return False
    desired, head = hub.clusters[report.app.cluster].desired, hub.state.fetch.revision
    newest = head is not None and desired.settled and desired.newest == head.commit
    return newest and report.revision == desired.revision


def _over(hub: Hub, report: SyncReport | None, since: datetime) -> bool:
    """Whether a Sync that began since then is over, and not to be tried again at once by itself."""
    if report is None or report.started < since or report.state in _GOES_ON:
        return False
    return report.state is not SyncState.FAILED or failed_for_good(hub, report)


def _is_synced(hub: Hub, key: AppKey) -> bool:
    report = hub.state.reports.get(key)
    return report is not None and report.state is SyncState.SYNCED
