"""The words by which custom kinds say how they are: types of conditions, reasons, and words in `phase`, `state`, `health`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from fleet.model.health import HealthState

# False is bad, True is good; while False says nothing of failure the object is still on its way.
POSITIVE = frozenset(
    "Ready Available Healthy Synced Reconciled Established Programmed Deployed Installed Accepted Valid ResolvedRefs "
    "NamesAccepted Succeeded Complete Completed".split()
)
# False is a verdict, not a step on the way.
VERDICTS = frozenset("Accepted Valid ResolvedRefs NamesAccepted Succeeded".split())
# They say that something has come to its end; what is Ready need not have.
ENDS = frozenset("Succeeded Complete Completed Deployed Installed".split())
# True is bad, by the last word: Stalled, ReconcileError, ReplicaFailure.
NEGATIVE_ENDINGS = frozenset("stalled failed failure error errors degraded unhealthy invalid".split())
# True is on its way.
TRANSITIONAL = frozenset(
    "Reconciling Progressing Updating Upgrading Provisioning Creating Installing Deploying Initializing Issuing Scaling Pending "
    "NotReady Unavailable Deleting".split()
)
PAUSED = frozenset("Suspended Paused".split())
# Deployments and what is modelled on them keep Progressing=True when they are done, with this reason.
DONE_REASONS = frozenset({"NewReplicaSetAvailable"})

# In the reason of a condition that is False: it failed, it is not merely on its way.
FAILURE_WORDS = frozenset(
    "error errors errored fail failed failure invalid denied forbidden unauthorized rejected exceeded exhausted aborted crash "
    "crashed crashing unhealthy degraded stalled expired".split()
)

_WORDS: Mapping[HealthState, str] = {
    HealthState.HEALTHY: "ready running active available bound healthy succeeded success successful completed complete "
    "established deployed synced online ok green enabled provisioned created installed up valid configured connected normal "
    "attached finished done reconciled started",
    HealthState.SUSPENDED: "suspended paused stopped hibernated hibernating disabled halted",
    HealthState.PROGRESSING: "pending progressing creating provisioning initializing initialising updating upgrading "
    "reconciling installing deploying starting scaling waiting processing terminating deleting configuring restarting migrating "
    "syncing issuing yellow building queued scheduled scheduling new init inprogress unready notready stopping restoring "
    "rollingback preparing",
    HealthState.DEGRADED: "failed failure failing error errored degraded unhealthy crashed crashloopbackoff invalid lost "
    "rejected red aborted timeout timedout offline critical down broken outofsync",
}
WORDS: Mapping[str, HealthState] = {word: state for state, words in _WORDS.items() for word in words.split()}
_NEGATIONS = frozenset({"not", "no", "non"})


def ends_badly(condition: str) -> bool:
    """Whether a condition of this type is bad news when it is True."""
    return not NEGATIVE_ENDINGS.isdisjoint(split(condition)[-1:])


def tells_failure(reason: str) -> bool:
    """Whether a CamelCase reason has a word of failure in it."""
    return not FAILURE_WORDS.isdisjoint(split(reason))


def meaning(said: str) -> HealthState | None:
    """What a word, or a short sentence such as `Cluster in healthy state`, means; None where it is not known.

    The whole is tried before its parts; of several known parts the worst counts, and a "not" makes good ones Progressing.
    """
    words = split(said)
    whole = WORDS.get("".join(words))
    if whole is not None:
        return whole
    known = [WORDS[word] for word in words if word in WORDS]
    if not known:
        return None
    worst = max(known)
    return max(worst, HealthState.PROGRESSING) if not _NEGATIONS.isdisjoint(words) else worst


def split(name: str) -> list[str]:
    """The words of a CamelCase name or a sentence, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]
