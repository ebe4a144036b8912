"""Apps and their objects, as they are now."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.errors import NotThere
from fleet.hub.cluster import ClusterRuntime
from fleet.hub.hub import Hub
from fleet.model.app import DeclaredBy, DesiredApp
from fleet.model.health import GroupHealth, Health, HealthState, spoken
from fleet.model.inventory import RecordEntry
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.observation import Absent, LiveObject
from fleet.model.plan import Action, Change
from fleet.model.sync import SyncReport, SyncState
from fleet.queries.answers import AppAnswer, AppSummary, ChangeAnswer, ErrorAnswer, ObjectAnswer, ObjectSummary
from fleet.queries.asked import Asked, keys_of, runtime_of
from fleet.queries.drift import drift_answer, standing, standing_of
from fleet.queries.health import app_health, cause_answer, counted, is_hook, members, object_health
from fleet.queries.holds import hold_answer

PENDING = "pending"
_WORST_FIRST = ("failed", "held", "observed", "waiting", "superseded", PENDING, "synced")
_OBJECT_STATES = ("failed", "missing", "drifted", "held", "unknown", "skipped", "synced")
_BY_ACTION: Mapping[Action, str] = {Action.HOLD: "held", Action.SKIP: "skipped"}


def apps(hub: Hub, asked: Asked) -> tuple[AppSummary, ...]:
    """The Apps that are meant, the worst first."""
    return tuple(sorted((app_summary(hub, key) for key in keys_of(hub, asked)), key=_badness))


def one_app(hub: Hub, key: AppKey) -> AppAnswer:
    """Everything that is known of one App; raises NotThere."""
    keys_of(hub, Asked(cluster=key.cluster, app=key.app))
    runtime, report = runtime_of(hub, key.cluster), hub.state.reports.get(key)
    desired = runtime.desired.apps.get(key.app)
    entry = runtime.site.records.entries.get(key.app, RecordEntry()) if runtime.site else RecordEntry()
    holds = report.plan.holds if report and report.plan else ()
    return AppAnswer(
        cluster=key.cluster,
        app=key.app,
        summary=app_summary(hub, key),
        path=_path(runtime, desired),
        declared_by=_declared_by(desired),
        paused=desired is not None and desired.app.paused,
        fingerprint=desired.fingerprint if desired else "",
        applied=entry.applied,
        standing=_standing(runtime, key),
        holds=tuple(hold_answer(hold, key) for hold in holds),
        errors=tuple(ErrorAnswer(message=str(error), retry=error.retry) for error in report.errors) if report else (),
        drifts=tuple(standing_of(report)) if report else (),
        approvals=tuple(f"{said.word} by {said.by} at {said.time}" for said in entry.decisions),
        objects=objects(hub, key),
    )


def state_word(report: SyncReport | None) -> str:
    """The state that an App's last Sync ended in, or that there was none yet."""
    return report.state.value if report else PENDING


def app_summary(hub: Hub, key: AppKey) -> AppSummary:
    """One App at a glance."""
    report = hub.state.reports.get(key)
    group = app_health(hub, key)
    health = spoken(group)
    retry = hub.state.retries.get(key)
    return AppSummary(
        cluster=key.cluster,
        app=key.app,
        state=state_word(report),
        commit=report.revision.commit if report else "",
        author=report.revision.author if report else "",
        subject=report.revision.subject if report else "",
        ended=report.ended if report else None,
        health=str(health.state),
        healths=counted(group),
        cause=cause_answer(group),
        reason=health.reason,
        message=_message(report, health, slow=_slow(hub, key, group)),
        objects=len(members(hub, key)),
        drifted=len(list(standing(report))) if report else 0,
        held=len({key for hold in report.plan.holds for key in hold.keys}) if report and report.plan else 0,
        errors=len(report.errors) if report else 0,
        next_try=retry[0] if retry else None,
        failures=retry[1] if retry else 0,
    )


def objects(hub: Hub, key: AppKey) -> tuple[ObjectSummary, ...]:
    """The objects of an App, the worst first."""
    report, changes = hub.state.reports.get(key), _changes(hub.state.reports.get(key))
    drifted = {each.key for each in standing(report)} if report else set()
    found = []
    for member in members(hub, key) | changes.keys():
        health = object_health(hub, key, member)
        found.append(
            ObjectSummary(
                cluster=key.cluster,
                app=key.app,
                object=str(member),
                state=_state(hub, key, member, changes.get(member), drifted=member in drifted),
                health=str(health.state),
                reason=health.reason,
                message=_why(changes.get(member)) or health.message,
            )
        )
    return tuple(sorted(found, key=_object_badness))


def one_object(hub: Hub, key: AppKey, member: ObjectKey) -> ObjectAnswer:
    """One object; raises NotThere where the App has none of that key."""
    report, changes = hub.state.reports.get(key), _changes(hub.state.reports.get(key))
    if member not in members(hub, key) | changes.keys():
        raise NotThere(what=f"object in App {key}", name=str(member))
    live = _live(hub, key, member)
    health = object_health(hub, key, member)
    drifts = {each.key: each for each in standing(report)} if report else {}
    known = hub.state.health.get(key.cluster, {}).get(member)
    found, change = drifts.get(member), changes.get(member)
    return ObjectAnswer(
        cluster=key.cluster,
        app=key.app,
        object=str(member),
        state=_state(hub, key, member, change, drifted=found is not None),
        health=str(health.state),
        reason=health.reason,
        message=health.message,
        assessed=known.at if known else None,
        uid=live.uid if live else "",
        resource_version=live.resource_version if live else "",
        deleting=live.deleting if live else False,
        kept=live.kept if live else False,
        owner=live.marks.owner if live else "",
        digest=live.marks.digest if live else "",
        revision=live.marks.revision if live else "",
        source=live.marks.source if live else "",
        managers=tuple(sorted({entry.manager for entry in live.others})) if live else (),
        last_change=change,
        drift=drift_answer(found, seen=report.started, state="standing") if report and found else None,
    )


def _message(report: SyncReport | None, health: Health, *, slow: str) -> str:
    if report is not None and report.state is not SyncState.SYNCED and report.message:
        return report.message
    if slow:
        return slow
    return "" if health.state is HealthState.HEALTHY else health.message


def _slow(hub: Hub, key: AppKey, group: GroupHealth) -> str:
    """What of an App has been Progressing for so long that it is to be said, since when, and why."""
    member = group.cause.key if group.cause and group.state is HealthState.PROGRESSING else None
    since = hub.clusters[key.cluster].freshness.since(member) if member else None
    if group.cause is None or since is None:
        return ""
    waited = (hub.shared.now() - since).total_seconds()
    late = waited >= hub.shared.config.settings.slow_after
    return f"slow: {member} is {group.cause.health.said(since)}" if late else ""


def _changes(report: SyncReport | None) -> dict[ObjectKey, ChangeAnswer]:
    """What the last Sync did to each object, or why it did nothing; deletes that were done are no longer there."""
    if report is None:
        return {}
    planned = report.plan.changes if report.plan else ()
    found = {change.key: change_answer(change) for change in planned if change.action is not Action.DELETE}
    for done in report.changes.done:
        if done.change.action is Action.DELETE and not done.error:
            found.pop(done.change.key, None)
        else:
            found[done.change.key] = change_answer(done.change, error=str(done.error or done.change.error or ""))
    return {key: change for key, change in found.items() if change.action != Action.UNCHANGED or change.error}


def change_answer(change: Change, *, error: str = "", diff: str = "") -> ChangeAnswer:
    """Say one Change."""
    return ChangeAnswer(
        object=str(change.key),
        action=change.action.value,
        cause=change.cause.value,
        reason=change.reason,
        error=error or str(change.error or ""),
        commit=change.revision,
        diff=diff,
    )


def _why(change: ChangeAnswer | None) -> str:
    return (change.error or change.reason) if change else ""


def _state(hub: Hub, key: AppKey, member: ObjectKey, change: ChangeAnswer | None, *, drifted: bool) -> str:
    if change and change.error:
        return "failed"
    if drifted:
        return "drifted"
    site = hub.clusters[key.cluster].site
    seen = site.cache.get(member) if site else None
    if isinstance(seen, Absent):
        if change and change.action == Action.HOLD:
            return "held"
        return "skipped" if is_hook(hub, key, member) else "missing"
    if not isinstance(seen, LiveObject):
        return "unknown"
    return _BY_ACTION.get(Action(change.action), "synced") if change else "synced"


def _live(hub: Hub, key: AppKey, member: ObjectKey) -> LiveObject | None:
    site = hub.clusters[key.cluster].site
    seen = site.cache.get(member) if site else None
    return seen if isinstance(seen, LiveObject) else None


def _path(runtime: ClusterRuntime, desired: DesiredApp | None) -> str:
    if desired is None:
        return ""
    directory = runtime.desired.map.directory if runtime.desired.map else ""
    return desired.app.path or directory


def _declared_by(desired: DesiredApp | None) -> str:
    if desired is None:
        return ""
    declared: DeclaredBy = desired.app.declared_by
    return f"{declared.origin} (by App {declared.parent})" if declared.parent else str(declared.origin)


def _standing(runtime: ClusterRuntime, key: AppKey) -> str:
    wanted = runtime.wanted(key)
    return wanted.standing.value if wanted else "unknown"


def _badness(app: AppSummary) -> tuple[int, int, str, str]:
    return _WORST_FIRST.index(app.state), -HealthState[app.health.upper()], app.cluster, app.app


def _object_badness(found: ObjectSummary) -> tuple[int, int, str]:
    return _OBJECT_STATES.index(found.state), -HealthState[found.health.upper()], found.object
