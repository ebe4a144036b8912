"""The fleet and its clusters, as they are now."""

from __future__ import annotations

from collections.abc import Iterable

from fleet import __version__
from fleet.hub.hub import Hub
from fleet.model.health import HealthState, joined
from fleet.model.revision import Revision
from fleet.queries.answers import ClusterAnswer, ClusterSummary, CommitAnswer, FleetAnswer
from fleet.queries.apps import apps
from fleet.queries.asked import Asked, runtime_of, runtimes_of
from fleet.queries.glance import Glance, glance
from fleet.queries.health import cause_answer, counted
from fleet.queries.holds import hold_answer

_WORST_FIRST = ("unreachable", "observing", "waiting", "connecting", "ready")


def fleet(hub: Hub, asked: Asked) -> FleetAnswer:
    """The fleet at a glance."""
    state, hold = hub.state, hub.radius.hold
    revision = state.fetch.revision
    seen = [glance(hub, runtime) for runtime in runtimes_of(hub, asked)]
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
    return _sorted(glance(hub, runtime) for runtime in runtimes_of(hub, asked))


def one_cluster(hub: Hub, name: str) -> ClusterAnswer:
    """One cluster with its Apps; raises NotThere."""
    runtime = runtime_of(hub, name)
    found = runtime.desired.map
    return ClusterAnswer(
        name=name,
        summary=glance(hub, runtime).summary,
        commit=found.revision.commit if found else "",
        adoptable=runtime.site is not None and runtime.verdict.adoptable,
        departed=tuple(said.engine for said in runtime.site.records.departed) if runtime.site else (),
        problems=tuple(str(problem.error) for problem in found.problems) if found else (),
        apps=apps(hub, Asked(cluster=name)),
    )


def _sorted(found: Iterable[Glance]) -> tuple[ClusterSummary, ...]:
    return tuple(sorted((each.summary for each in found), key=_badness))


def _commit(revision: Revision) -> CommitAnswer:
    return CommitAnswer(commit=revision.commit, author=revision.author, subject=revision.subject, time=revision.time)


def _badness(cluster: ClusterSummary) -> tuple[int, int, int, int, str]:
    health = HealthState[cluster.health.upper()]
    return _WORST_FIRST.index(cluster.phase), -cluster.failed, -cluster.held, -health, cluster.name
