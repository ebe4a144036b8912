"""The words by which custom kinds say how they are: types of conditions, reasons, and words in `phase`, `state`, `health`.

Clusters have many objects and few words: what a word means is remembered, within bounds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from fleet.model.health import HealthState

# False is bad, True is good; while False says nothing of failure the object is still on its way.
POSITIVE = frozenset(
    "Ready Available Healthy Synced Synchronized Reconciled Established Programmed Deployed Installed Accepted Valid "
    "ResolvedRefs NamesAccepted Succeeded Success Successful Complete Completed Applied Finished Done Enforced".split()
)
# False is a verdict, not a step on the way.
VERDICTS = frozenset("Accepted Valid ResolvedRefs NamesAccepted Succeeded".split())
# They say that something has come to its end; what is Ready need not have.
ENDS = frozenset("Succeeded Success Successful Complete Completed Deployed Installed Finished Done".split())
# A longer type with one of these as its last word is about a part: GaleraReady, RepoHostReady, ReferencesResolved.
POSITIVE_ENDINGS = frozenset(
    "ready available healthy synced synchronized reconciled established programmed deployed installed accepted valid succeeded "
    "success successful complete completed resolved provisioned bound validated verified offered configured connected joined "
    "applied finished admitted reachable serving reserved issued enforced provided promoted published loaded resized injected "
    "registered done refs".split()
)
# False is a step not yet taken; True says no more than that the next one may follow.
STEPS = frozenset("created scheduled started initialized launched registered selected pulled unpacked".split())
# True is bad, by the last word: Stalled, ReconcileError, ReplicaFailure.
NEGATIVE_ENDINGS = frozenset(
    "stalled failed failure failures failing error errors degraded unhealthy invalid terminal recoverable irreconcilable "
    "conflict conflicts conflicted revoked expired lost faulted blocked unschedulable unreachable unrecoverable unsupported "
    "misconfigured denied rejected fallback exceeded crashed aborted problem".split()
)
# One of these anywhere makes a type bad news as well, unless it ends well: ErrorOccurred, FailedToSync.
_NEGATIVE = frozenset("error errors failed failure invalid".split())
# True is on its way.
TRANSITIONAL = frozenset(
    "Reconciling Progressing Updating Upgrading Provisioning Creating Installing Deploying Initializing Issuing Scaling Pending "
    "NotReady Unavailable Deleting".split()
)
# The same, by the last words.
_TRANSITIONAL_ENDINGS = (
    *(
        (word,)
        for word in "reconciling progressing updating upgrading provisioning creating installing deploying initializing issuing "
        "scaling pending unavailable deleting resizing restarting migrating suspending resuming terminating draining".split()
    ),
    *(tuple(words.split()) for words in "not ready|in progress|scaling up|scaling down|rolling out|rolling update".split("|")),
    ("rolling", "restart"),
    ("replacing", "nodes"),
)
PAUSED = frozenset("Suspended Paused Stopped Hibernated Halted".split())
# Deployments and what is modelled on them keep Progressing=True when they are done, with such a reason.
DONE_REASONS = frozenset({"NewReplicaSetAvailable"})
_DONE = frozenset("succeeded success successful complete completed stable idle finished done".split())

# In the reason of a condition that is False: it failed, it is not merely on its way.
FAILURE_WORDS = frozenset(
    "error errors errored fail failed failure failing invalid denied forbidden unauthorized rejected exceeded exhausted aborted "
    "crash crashed crashing unhealthy degraded stalled expired exception throwable unrecoverable unschedulable unreachable "
    "evicted oomkilled conflict conflicted unsupported cancelled canceled blocked insufficient misconfigured incompatible "
    "unresolved mismatch lost unmanaged timeout err backoff killed terminal unresponsive".split()
)
_FAILURE_PAIRS = frozenset({("not", "found"), ("timed", "out"), ("back", "off"), ("oom", "killed"), ("not", "permitted")})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# What a type or a word may be qualified by: acme.com/Ready, ACK.ResourceSynced.
_BEFORE = re.compile(r"[/.](?=\w)")
_EXIT_CODE = re.compile(r"ExitCode[1-9]")

_WORDS: Mapping[HealthState, str] = {
    HealthState.HEALTHY: "ready running active available bound healthy succeeded success successful completed complete "
    "established deployed synced online ok green enabled provisioned created installed up valid configured connected normal "
    "attached finished done reconciled started operational stable atlatestknown uptodate initialized accepted applied serving "
    "updated passed promoted admitted joined registered verified loaded approved issued programmed published open idle "
    "live",
    HealthState.SUSPENDED: "suspended paused stopped hibernated hibernating hibernation disabled halted inactive poweredoff "
    "poweroff requiresapproval awaitingapproval waitingforuseraction shutdown",
    HealthState.PROGRESSING: "pending progressing creating provisioning initializing initialising updating upgrading "
    "reconciling installing deploying starting scaling waiting processing terminating deleting configuring restarting migrating "
    "syncing issuing yellow building queued scheduled scheduling new init inprogress unready notready stopping restoring "
    "rollingback preparing bootstrap bootstrapping initialization finalizing importing inqueue submitted planning switchover "
    "failover failingover delayed partial rerun recovery prepared warmup upgrade restarted requested",
    HealthState.MISSING: "missing",
    HealthState.UNKNOWN: "unknown uncertain",
    HealthState.DEGRADED: "failed failure failing fail error errored degraded unhealthy crashed crashloopbackoff invalid lost "
    "rejected red aborted timeout timedout offline critical down broken outofsync faulted faulty unavailable unrecoverable "
    "unreachable orphaned warn warning conflict expired revoked denied cancelled canceled evicted oomkilled killed err "
    "inconsistent cannot noquorum splitbrain notenough backoff terminated stalled blocked misconfigured unschedulable exception "
    "errors warnings fails disconnected outofmemory exhausted exceeded forbidden unauthorized insufficient problem "
    "problems notfound",
}
WORDS: Mapping[str, HealthState] = {word: state for state, words in _WORDS.items() for word in words.split()}
_NEGATIONS = frozenset({"not", "no", "non"})
_WITHOUT = frozenset({"no", "without", "zero"})
# Words in -ing that name no way to somewhere else.
_STEADY = frozenset(
    "running serving listening streaming watching monitoring archiving replicating existing string nothing everything something "
    "during being missing following including using during tracking sharing".split()
)
# What runs to an end is not well because it runs: a Job, a Backup, a PipelineRun.
_RUNS = frozenset(
    "run job backup restore workflow task build migration upload download experiment scan export import dump operation test "
    "execution".split()
)
_STARTED = frozenset("running started active created processing executing".split())


@lru_cache(maxsize=8192)
def ends_badly(condition: str) -> bool:
    """Whether a condition of this type is bad news when it is True."""
    words = split(condition)
    if words[:1] in (("no",), ("not",)):
        return False
    return not NEGATIVE_ENDINGS.isdisjoint(words[-1:]) or not (_NEGATIVE.isdisjoint(words) or ends_well(words))


@lru_cache(maxsize=8192)
def ends_well(words: tuple[str, ...]) -> bool:
    """Whether a condition's type, in words, is about something that is to become True."""
    ending = not POSITIVE_ENDINGS.isdisjoint(words[-1:]) or words[-3:] == ("up", "to", "date")
    return ending and _NEGATIONS.isdisjoint(words[-2:-1])


@lru_cache(maxsize=8192)
def is_transitional(words: tuple[str, ...]) -> bool:
    """Whether a condition's type, in words, says that something is under way."""
    return any(words[-len(ending) :] == ending for ending in _TRANSITIONAL_ENDINGS)


def is_moving(word: str) -> bool:
    """Whether a word has the form of something under way, though nobody listed it."""
    return len(word) > 5 and word.endswith("ing") and word not in _STEADY


def tells_done(reason: str) -> bool:
    """Whether the reason of a condition that says something is under way tells that it no longer is."""
    return reason in DONE_REASONS or not _DONE.isdisjoint(split(reason)[-1:])


@lru_cache(maxsize=8192)
def tells_failure(reason: str) -> bool:
    """Whether a CamelCase reason has a word of failure in it that is not denied."""
    words = split(reason)
    pairs = set(pairwise(words))
    if not _FAILURE_PAIRS.isdisjoint(pairs) or _EXIT_CODE.search(reason):
        return True
    return any(word in FAILURE_WORDS and before not in _NEGATIONS for before, word in zip(("", *words), words, strict=False))


@lru_cache(maxsize=8192)
def runs_to_an_end(kind: str) -> bool:
    """Whether the name of a kind is that of something that runs once and is over."""
    words = split(kind)
    return not _RUNS.isdisjoint(words[-1:]) and words[:1] not in (("scheduled",), ("cron",))


@lru_cache(maxsize=8192)
def meaning(said: str, *, runs: bool = False) -> HealthState | None:
    """What a word, or a short sentence such as `Cluster in healthy state`, means; None where it is not known.

    The whole is tried before its parts, two words before one; of several known parts the worst counts, and a "not" makes good
    ones Progressing. A word in -ing that nobody listed is Progressing. Of what runs to an end (`runs`) a start is no success.
    """
    words = split(said)
    whole = "".join(words)
    if whole in WORDS:
        return _of_word(whole, runs=runs)
    words = _but_for_what_is_not(words)
    known = [state for state in _parts(words, runs=runs) if state is not None]
    if not known:
        return None
    worst = max(known)
    return max(worst, HealthState.PROGRESSING) if not _NEGATIONS.isdisjoint(words) else worst


def _but_for_what_is_not(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of a sentence without "no errors" and the like."""
    pairs = enumerate(pairwise(words))
    gone = {place for place, (before, word) in pairs if before in _WITHOUT and WORDS.get(word) is HealthState.DEGRADED}
    return tuple(word for place, word in enumerate(words) if place not in gone and place - 1 not in gone)


def _parts(words: Sequence[str], *, runs: bool) -> list[HealthState | None]:
    found: list[HealthState | None] = []
    place = 0
    while place < len(words):
        pair = "".join(words[place : place + 2])
        both = pair in WORDS and pair != words[place]
        found.append(_of_word(pair if both else words[place], runs=runs))
        place += 2 if both else 1
    return found


def _of_word(word: str, *, runs: bool) -> HealthState | None:
    if runs and word in _STARTED:
        return HealthState.PROGRESSING
    if word in WORDS:
        return WORDS[word]
    return HealthState.PROGRESSING if is_moving(word) else None


@lru_cache(maxsize=8192)
def split(name: str) -> tuple[str, ...]:
    """The words of a CamelCase name or a sentence, in lower case; those of `acme.com/Name` or `ACK.Name` from Name on."""
    last = name if " " in name else _BEFORE.split(name)[-1]
    return tuple(word.lower() for word in _WORD.findall(last))
