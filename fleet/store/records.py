"""What history keeps of a Sync, a Change and a Drift, in the product's words; plain values, ready for JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fleet.model.drift import Drift, FieldDrift
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.plan import WRITES, Action, Cause, Change
from fleet.model.sync import SyncReport
from fleet.model.values import ABSENT

_MAX_VALUE = 4096  # bytes of a field's value in JSON; a longer one says nothing to a person in a list
_MAX_TEXT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class PastChange:
    """What a Sync did to one object, or why it did not."""

    object: str
    action: str
    cause: str
    reason: str = ""
    error: str = ""
    commit: str = ""
    """The commit that made it so, and what is said of it; empty where it is the Sync's own."""
    author: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastSync:
    """One Sync; `attempts` counts the equal ones in a row that changed nothing, of which `ended` is the last one's."""

    cluster: str
    app: str
    commit: str
    author: str
    subject: str
    state: str
    message: str
    started: datetime
    ended: datetime
    attempts: int = 1
    changes: tuple[PastChange, ...] = ()

    @property
    def key(self) -> AppKey:
        """The App on its cluster."""
        return AppKey(self.cluster, self.app)

    @property
    def outcome(self) -> tuple[str, str, str]:
        """What makes two Syncs that changed nothing the same."""
        return self.commit, self.state, self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDrift:
    """One Drift. A field has `path`, and `git` and `live` where there was a value that may be kept."""

    cluster: str
    app: str
    object: str
    kind: str
    fields: tuple[dict[str, Any], ...]
    manager: str
    time: str
    """When it happened, as the API server says; empty is unknown."""
    seen: datetime
    reverted: bool


def past_sync(report: SyncReport) -> PastSync:
    """Keep of a SyncReport what history keeps; objects that were left as they are leave no trace."""
    errors = "; ".join(str(error) for error in report.errors)
    return PastSync(
        cluster=report.app.cluster,
        app=report.app.app,
        commit=report.revision.commit,
        author=_text(report.revision.author),
        subject=_text(report.revision.subject),
        state=report.state.value,
        message=_text(report.message or errors),
        started=report.started,
        ended=report.ended,
        changes=tuple(_past_changes(report)),
    )


def past_drifts(report: SyncReport) -> tuple[PastDrift, ...]:
    """The Drifts of a SyncReport; reverted are those whose Change was done without an error."""
    done = {it.change.key for it in report.changes.done if it.error is None and it.change.cause is Cause.DRIFT}
    return tuple(past_drift(drift, seen=report.started, reverted=drift.key in done) for drift in report.drifts)


def past_drift(drift: Drift, *, seen: datetime, reverted: bool) -> PastDrift:
    """Keep of a Drift what history keeps."""
    return PastDrift(
        cluster=drift.app.cluster,
        app=drift.app.app,
        object=str(drift.key),
        kind=drift.kind.value,
        fields=tuple(_field(field, drift.key) for field in drift.fields),
        manager=_text(drift.manager),
        time=drift.time,
        seen=seen,
        reverted=reverted,
    )


def _past_changes(report: SyncReport) -> Iterator[PastChange]:
    for done in report.changes.done:
        if done.change.action in WRITES or done.change.release or done.error:
            yield _past_change(done.change, report, error=str(done.error or done.change.error or ""))
    for change in report.plan.still if report.plan else ():
        if change.action is Action.HOLD or change.error:
            yield _past_change(change, report, error=str(change.error or ""))


def _past_change(change: Change, report: SyncReport, *, error: str) -> PastChange:
    commit = change.revision if change.revision != report.revision.commit else ""
    said = report.authored.get(commit)
    return PastChange(
        object=str(change.key),
        action=change.action.value,
        cause=change.cause.value,
        reason=_text(change.reason),
        error=_text(error),
        commit=commit,
        author=_text(said.author) if said else "",
        subject=_text(said.subject) if said else "",
    )


def _field(field: FieldDrift, key: ObjectKey) -> dict[str, Any]:
    # No value of a Secret should have come so far; none goes further.
    values = {} if key.kind == "Secret" else {"git": field.git, "live": field.live}
    kept = {name: value for name, value in values.items() if value is not ABSENT and len(json.dumps(value)) <= _MAX_VALUE}
    return {"path": str(field.path), **kept}


def _text(text: str) -> str:
    # A database takes neither NUL (PostgreSQL) nor half a surrogate pair (all).
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:_MAX_TEXT]
