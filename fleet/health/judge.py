"""Judges one live object by its check: what is the same for every kind stands here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from fleet.errors import FleetError
from fleet.health.related import looks
from fleet.health.rules.patience import lapsing, moment
from fleet.health.rules.reading import conditions, items, section, text
from fleet.health.rules.verdicts import progressing, unknown
from fleet.hooks import HealthCheck, HealthContext, guard
from fleet.model.health import Health, HealthState
from fleet.model.keys import GroupKind, ObjectKey

_BLOCKING = frozenset(
    {"NamespaceDeletionContentFailure", "NamespaceDeletionDiscoveryFailure", "NamespaceDeletionGroupVersionParsingFailure"}
)


def assess(context: HealthContext, check: HealthCheck) -> Health:
    """Judge a live object; never raises.

    An object that is being deleted is Progressing whatever its kind, as in kstatus. A check that fails, or answers with
    anything but a Health, makes it Unknown with the message: a rollout then holds.
    """
    if text(section(context.live, "metadata"), "deletionTimestamp"):
        return _terminating(context)
    try:
        if callable(check.related):
            looks(context.live, check)  # a check that cannot say what it must see has not seen it
        answer: Any = guard.call(check.assess, context, plugin=_title(check.kind))
    except FleetError as error:
        return unknown("CheckFailed", str(error))
    if isinstance(answer, Health):
        return answer
    kind = type(answer).__name__
    return unknown("CheckFailed", f"{_title(check.kind)} answered {kind} instead of a Health; mend the plugin")


@cache
def _title(kind: GroupKind) -> str:
    return f"the health check of {kind}"


def missing(key: ObjectKey) -> Health:
    """The Health of an object that should be in the cluster and is not."""
    return Health(state=HealthState.MISSING, reason="NotFound", message=f"{key} is not in the cluster")


def _terminating(context: HealthContext) -> Health:
    # A Namespace names its finalizers in its spec, and what is left in it in its conditions.
    live = context.live
    named = [*_finalizers(section(live, "metadata")), *_finalizers(section(live, "spec"))]
    waits = f"; it waits for {', '.join(named)}" if named else ""
    if text(live, "kind") != "Namespace":
        return progressing("Terminating", f"it is being deleted{waits}")
    told = [found for found in conditions(live).values() if found.status == "True" and found.message]
    left = " ".join(found.message for found in told)
    said = f"it is being deleted{waits}{f': {left}' if left else ''}"
    # What is left may take its time; that it cannot be told what is left, or not be deleted, is another matter.
    failed = [found for found in told if found.type in _BLOCKING]
    return lapsing(context, moment(failed[0].since), failed[0].reason, said) if failed else progressing("Terminating", said)


def _finalizers(part: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in items(part, "finalizers") if isinstance(name, str))
