"""How far Apps are with what somebody waits for: what `fleet wait` asks again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from fleet.errors import RequestInvalid, RevisionUnknown
from fleet.hub.cluster import ClusterRuntime
from fleet.hub.freshness import AppHealth
from fleet.hub.hub import Hub
from fleet.hub.state import Phase
from fleet.model.health import Health, HealthState
from fleet.model.keys import AppKey
from fleet.model.sync import SyncState
from fleet.queries.answers import GoalAnswer, WaitedAnswer
from fleet.queries.apps import state_word
from fleet.queries.asked import Asked, apps_of, keys_of, runtimes_of
from fleet.queries.progress import failed_for_good

_A_TURN = 100
"""Apps that are judged before others have their turn: some 10 ms."""
_SETTLED = frozenset({SyncState.HELD, SyncState.OBSERVED})
"""How a Sync ends that nothing but a commit or a person lets go on."""


class Goal(StrEnum):
    """What may be waited for."""

    SYNCED = "synced"
    HEALTHY = "healthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Aim:
    """What is waited for, and at which commit."""

    goal: Goal
    commit: str
    """Empty before anything was fetched."""
    fetched: bool
    at: Callable[[str], bool]
    """Whether another commit is that one or a later one."""


async def goal(hub: Hub, asked: Asked, *, goal: str, revision: str = "") -> GoalAnswer:
    """Compare what is known now with what is waited for; raises RequestInvalid, and NotThere for what will never be.

    Where no commit is named, the newest that was fetched is meant. Costs what all objects that are asked for do, and lets
    others have their turn meanwhile.
    """
    if goal not in list(Goal):
        raise RequestInvalid(message=f"{goal!r} cannot be waited for: {' or '.join(Goal)} can")
    aim, fetch, mapped = _aim(hub, Goal(goal), revision), hub.state.fetch, hub.revisions.map
    is_mapped = (
        aim.fetched and mapped is not None and fetch.revision is not None and mapped.revision.commit == fetch.revision.commit
    )
    runtimes = runtimes_of(hub, asked)
    # An App that is only in the commit that is to come is not known yet.
    keys = (
        keys_of(hub, asked)
        if is_mapped
        else [key for each in runtimes for key in apps_of(hub, each) if asked.app in ("", key.app)]
    )
    connected = {runtime.name for runtime in runtimes if runtime.site is not None}
    missing = await _missing(hub, [key for key in keys if key.cluster in connected], aim)
    away = [runtime for runtime in runtimes if runtime.site is None]
    untried = [runtime.name for runtime in away if _phase(hub, runtime) is Phase.CONNECTING]
    problems = tuple(_problems(hub, asked, runtimes)) if is_mapped else ()
    return GoalAnswer(
        goal=aim.goal,
        commit=aim.commit,
        fetched=aim.fetched,
        fetch_error=fetch.error,
        mapped=is_mapped,
        reached=is_mapped and bool(runtimes) and not (missing or away or problems),
        clusters=len(runtimes),
        apps=len(keys),
        missing=tuple(sorted(missing, key=lambda each: not each.final)),
        connecting=tuple(sorted(untried)),
        unreachable=tuple(sorted(runtime.name for runtime in away if runtime.name not in untried)),
        problems=problems,
    )


def _aim(hub: Hub, goal: Goal, revision: str) -> _Aim:
    repository, head = hub.shared.repository, hub.state.fetch.revision
    if head is None:
        return _Aim(goal=goal, commit=revision, fetched=False, at=lambda _: False)
    if not revision:
        return _Aim(goal=goal, commit=head.commit, fetched=True, at=lambda commit: commit == head.commit)
    if not _is_id(revision):
        raise RequestInvalid(message=f"revision {revision!r} is no commit: write its id, or at least the first 4 digits of it")
    try:
        wanted = repository.resolve(revision)
    except RevisionUnknown:
        return _Aim(goal=goal, commit=revision, fetched=False, at=lambda _: False)

    def is_at(commit: str) -> bool:
        return commit == wanted or repository.is_ancestor(wanted, commit)

    return _Aim(goal=goal, commit=wanted, fetched=is_at(head.commit), at=is_at)


def _is_id(text: str) -> bool:
    return 4 <= len(text) <= 64 and set(text) <= set("0123456789abcdef")


def _phase(hub: Hub, runtime: ClusterRuntime) -> Phase:
    status = hub.state.clusters.get(runtime.name)
    return status.phase if status else Phase.CONNECTING


def _problems(hub: Hub, asked: Asked, runtimes: Iterable[ClusterRuntime]) -> Iterator[str]:
    """What is wrong in git for the clusters that are meant: what it hides is not even known. One App is known or is not."""
    names = {runtime.name for runtime in runtimes}
    problems = hub.revisions.map.problems if hub.revisions.map and not asked.app else ()
    return (str(problem.error) for problem in problems if names & set(problem.clusters))


async def _missing(hub: Hub, keys: Iterable[AppKey], aim: _Aim) -> list[WaitedAnswer]:
    found = []
    for number, key in enumerate(keys, start=1):
        lacking = _lacking(hub, key, aim)
        if lacking is not None:
            found.append(lacking)
        if number % _A_TURN == 0:
            await asyncio.sleep(0)
    return found


def _lacking(hub: Hub, key: AppKey, aim: _Aim) -> WaitedAnswer | None:
    """What an App lacks; None when it is there."""
    found = hub.clusters[key.cluster].freshness.of_app(key)
    health, report = found.report.health, hub.state.reports.get(key)
    why = _unsynced(hub, key, found, aim) or (_unhealthy(found, health) if aim.goal is Goal.HEALTHY else "")
    if not why:
        return None
    return WaitedAnswer(
        cluster=key.cluster,
        app=key.app,
        state=state_word(report),
        commit=found.commit,
        health=str(health.state),
        final=_is_final(hub, key, found, health),
        message=why,
    )


def _unsynced(hub: Hub, key: AppKey, found: AppHealth, aim: _Aim) -> str:
    """Why an App is not in sync with the commit; empty when it is."""
    report = hub.state.reports.get(key)
    if not aim.fetched:
        return f"commit {aim.commit[:12]} was not fetched yet"
    if found.commit:
        return "" if aim.at(found.commit) else f"it is in sync with {found.commit[:12]}, not with {aim.commit[:12]} yet"
    if report is None or hub.clusters[key.cluster].worker.busy_with(key) or report.state is SyncState.SYNCED:
        return "it is being synced"
    return f"{report.state}: {report.message}" if report.message else report.state.value


def _unhealthy(found: AppHealth, health: Health) -> str:
    """Why an App in sync does not count as healthy; empty when it does."""
    if found.untold:
        more = f" and {len(found.untold) - 1} more" if len(found.untold) > 1 else ""
        return f"the cluster has not told of {found.untold[0]}{more} since the last write"
    if health.state > HealthState.SUSPENDED:
        return f"{health.state}: {health.message}"
    return "" if found.final else f"{health.state}, which must last a while to count"


def _is_final(hub: Hub, key: AppKey, found: AppHealth, health: Health) -> bool:
    """Whether an App that is not there will stay so until there is another commit, or somebody does something."""
    report = hub.state.reports.get(key)
    if report is None or hub.clusters[key.cluster].worker.busy_with(key):
        return False
    if report.state is SyncState.SYNCED:
        return health.state > HealthState.SUSPENDED and _lasts(hub, key, found)
    return failed_for_good(hub, report) if report.state is SyncState.FAILED else report.state in _SETTLED


def _lasts(hub: Hub, key: AppKey, found: AppHealth) -> bool:
    """Whether an App has been unwell, with no change, for longer than it says that it may take."""
    desired = hub.clusters[key.cluster].desired.apps.get(key.app)
    if desired is None or found.since is None:
        return False
    return (hub.shared.now() - found.since).total_seconds() >= desired.app.timeout
