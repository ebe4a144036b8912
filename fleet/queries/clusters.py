"""The fleet and its clusters, as they are now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from fleet import __version__
from fleet.hub.cluster import ClusterRuntime
from fleet.hub.hub import Hub
from fleet.hub.state import ClusterStatus
from fleet.model.health import GroupHealth, HealthState, joined
from fleet.model.revision import Revision
from fleet.queries.answers import ClusterAnswer, ClusterSummary, CommitAnswer, FleetAnswer
from fleet.queries.apps import app_summary, apps
from fleet.queries.asked import Asked, apps_of, labels_of, runtime_of, runtimes_of
from fleet.queries.health import app_health, cause_answer, cluster_health, counted
from fleet.queries.holds import hold_answer

_WORST_FIRST = ("unreachable", "observing", "waiting", "connecting", "ready")


def fleet(hub: Hub, asked: Asked) -> FleetAnswer:
    """The fleet at a glance."""
    state, hold = hub.state, hub.radius.hold
    revision = state.fetch.revision
    seen = [_seen(hub, runtime) for runtime in runtimes_of(hub, asked)]
    health = joined(each.health for each in seen)
    return FleetAnswer(
        fleet=hub.shared.config.fleet,
        version=__version__,
        started=state.started,
        source=hub.shared.config.source.url,
        revision=_commit(revision) if revision else None,
        mapped=hub.revisions.map.revision.commit if hub.revisions.map else "",
        fetched=state.fetch.at,
        fetch_error=state.fetch.error,
        problems=state.fetch.problems,
        hold=hold_answer(hold) if hold else None,
        health=str(health.state),
        healths=counted(health),
        cause=cause_answer(health),
        history_problem=hub.shared.store.problem,
        clusters=_sorted(seen),
    )


def clusters(hub: Hub, asked: Asked) -> tuple[ClusterSummary, ...]:
    """The clusters that are meant, the worst first; raises NotThere."""
    return _sorted(_seen(hub, runtime) for runtime in runtimes_of(hub, asked))


def one_cluster(hub: Hub, name: str) -> ClusterAnswer:
    """One cluster with its Apps; raises NotThere."""
    runtime = runtime_of(hub, name)
    found = runtime.desired.map
    return ClusterAnswer(
        name=name,
        summary=_seen(hub, runtime).summary,
        commit=found.revision.commit if found else "",
        adoptable=runtime.site is not None and runtime.verdict.adoptable,
        problems=tuple(str(problem.error) for problem in found.problems) if found else (),
        apps=apps(hub, Asked(cluster=name)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    summary: ClusterSummary
    health: GroupHealth


def _seen(hub: Hub, runtime: ClusterRuntime) -> _Seen:
    status = hub.state.clusters.get(runtime.name) or ClusterStatus(name=runtime.name, since=hub.state.started)
    groups = {key: app_health(hub, key) for key in apps_of(hub, runtime)}
    health = cluster_health(runtime, groups.values())
    found = [app_summary(hub, key, group) for key, group in groups.items()]
    states = Counter(app.state for app in found)
    summary = ClusterSummary(
        name=runtime.name,
        phase=status.phase.value,
        message=status.message,
        since=status.since,
        uid=status.uid,
        directory=runtime.desired.map.directory if runtime.desired.map else "",
        labels=dict(labels_of(runtime)),
        apps=len(found),
        states=dict(sorted(states.items())),
        health=str(health.state),
        healths=counted(health),
        cause=cause_answer(health),
        objects=sum(app.objects for app in found),
        drifted=sum(app.drifted for app in found),
        held=states["held"],
        failed=states["failed"],
    )
    return _Seen(summary=summary, health=health)


def _sorted(found: Iterable[_Seen]) -> tuple[ClusterSummary, ...]:
    return tuple(sorted((each.summary for each in found), key=_badness))


def _commit(revision: Revision) -> CommitAnswer:
    return CommitAnswer(commit=revision.commit, author=revision.author, subject=revision.subject, time=revision.time)


def _badness(cluster: ClusterSummary) -> tuple[int, int, int, int, str]:
    health = HealthState[cluster.health.upper()]
    return _WORST_FIRST.index(cluster.phase), -cluster.failed, -cluster.held, -health, cluster.name
