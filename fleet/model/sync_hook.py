"""Hooks of a Sync: objects that run at a point of it, or of an App's removal, instead of being kept as git has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from fleet.model.keys import ObjectKey
from fleet.model.marks import WAVES, integer, wave_of

ARGO_HOOK = "argocd.argoproj.io/hook"
ARGO_POLICY = "argocd.argoproj.io/hook-delete-policy"
HELM_HOOK = "helm.sh/hook"
HELM_POLICY = "helm.sh/hook-delete-policy"
HELM_WEIGHT = "helm.sh/hook-weight"


class HookPhase(StrEnum):
    """When in a Sync a hook runs."""

    PRE_SYNC = "PreSync"
    """Before anything else of the App is applied."""
    SYNC = "Sync"
    """Beside the App's objects."""
    POST_SYNC = "PostSync"
    """When all of the App is applied and Healthy."""
    SYNC_FAIL = "SyncFail"
    """When a hook failed, or an object could not be applied."""
    PRE_DELETE = "PreDelete"
    """When the App is removed, before anything of it is deleted."""
    POST_DELETE = "PostDelete"
    """When the App is removed, and all else of it is gone."""


REMOVAL = frozenset({HookPhase.PRE_DELETE, HookPhase.POST_DELETE})
"""The phases of an App's removal; all others are of its Syncs."""


class DeletePolicy(StrEnum):
    """When a hook's object is deleted. One that is left by an earlier run is always deleted before it runs again."""

    SUCCEEDED = "HookSucceeded"
    FAILED = "HookFailed"
    BEFORE_CREATION = "BeforeHookCreation"


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncHook:
    """What an object's annotations say of when it runs and when it goes."""

    installs: frozenset[HookPhase]
    """The phases it runs in when the App is installed for the first time."""
    upgrades: frozenset[HookPhase]
    """The phases it runs in when the App was installed before."""
    removals: frozenset[HookPhase] = frozenset()
    """The phases it runs in when the App is removed."""
    never: tuple[str, ...] = ()
    """Words for which it is never applied, as they were written: tests, rollbacks, Skip."""
    weight: int = 0
    policies: frozenset[DeletePolicy] = frozenset({DeletePolicy.BEFORE_CREATION})

    def phases(self, run: HookRun) -> frozenset[HookPhase]:
        """The phases of a run that it is of."""
        if run.removal:
            return self.removals
        return self.installs if run.first else self.upgrades


_Both = tuple[HookPhase | None, HookPhase | None]
_EVENTS: Mapping[str, Mapping[str, _Both]] = {
    ARGO_HOOK: {phase.value: (phase, phase) for phase in HookPhase if phase not in REMOVAL},
    HELM_HOOK: {
        "pre-install": (HookPhase.PRE_SYNC, None),
        "pre-upgrade": (None, HookPhase.PRE_SYNC),
        "post-install": (HookPhase.POST_SYNC, None),
        "post-upgrade": (None, HookPhase.POST_SYNC),
    },
}
_REMOVALS: Mapping[str, Mapping[str, HookPhase]] = {
    ARGO_HOOK: {phase.value: phase for phase in REMOVAL},
    HELM_HOOK: {"pre-delete": HookPhase.PRE_DELETE, "post-delete": HookPhase.POST_DELETE},
}
_NEVER: Mapping[str, frozenset[str]] = {
    ARGO_HOOK: frozenset({"Skip"}),
    HELM_HOOK: frozenset({"test", "test-success", "test-failure", "pre-rollback", "post-rollback"}),
}
# Helm 2's word for what every engine since applies as any other definition.
_ORDINARY = "crd-install"
_POLICIES: Mapping[str, Mapping[str, DeletePolicy]] = {
    ARGO_POLICY: {policy.value: policy for policy in DeletePolicy},
    HELM_POLICY: {
        "hook-succeeded": DeletePolicy.SUCCEEDED,
        "hook-failed": DeletePolicy.FAILED,
        "before-hook-creation": DeletePolicy.BEFORE_CREATION,
    },
}


def is_hook(annotations: Mapping[str, str]) -> bool:
    """Whether annotations make an object a hook; so do malformed ones."""
    return ARGO_HOOK in annotations or (HELM_HOOK in annotations and bool({*_words(annotations, HELM_HOOK)} - {_ORDINARY}))


def read_hook(annotations: Mapping[str, str]) -> SyncHook:
    """Read a hook's annotations, Argo CD's before Helm's where an object has both; raises ValueError for what is no word."""
    said = ARGO_HOOK if ARGO_HOOK in annotations else HELM_HOOK
    words = [word for word in _words(annotations, said) if word != _ORDINARY]
    if not words:
        raise ValueError(f"{said} says nothing; name a phase, or take it away")
    events, removals, never = _EVENTS[said], _REMOVALS[said], _NEVER[said]
    for word in words:
        _known(said, word, {*events, *removals, *never})
    found = [events[word] for word in words if word in events]
    return SyncHook(
        installs=frozenset(phase for phase, _ in found if phase),
        upgrades=frozenset(phase for _, phase in found if phase),
        removals=frozenset(removals[word] for word in words if word in removals),
        never=tuple(f"{said}: {word}" for word in words if word in never),
        weight=_weight(annotations),
        policies=_policies(annotations),
    )


def _policies(annotations: Mapping[str, str]) -> frozenset[DeletePolicy]:
    said = ARGO_POLICY if ARGO_POLICY in annotations else HELM_POLICY
    words = _words(annotations, said)
    for word in words:
        _known(said, word, _POLICIES[said])
    return frozenset(_POLICIES[said][word] for word in words) or frozenset({DeletePolicy.BEFORE_CREATION})


def _weight(annotations: Mapping[str, str]) -> int:
    if any(name in annotations for name in WAVES):
        return wave_of(annotations)
    return integer(HELM_WEIGHT, annotations.get(HELM_WEIGHT, "0"))


def _words(annotations: Mapping[str, str], name: str) -> list[str]:
    return [word for each in annotations.get(name, "").split(",") if (word := each.strip())]


def _known(said: str, word: str, known: Iterable[str]) -> None:
    names = sorted(known)
    if word in names:
        return
    near = get_close_matches(word, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"it must be one of {', '.join(names)}"
    raise ValueError(f"{said}: {word} is not known; {hint}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HookEnd:
    """How one hook ended in one phase of a run."""

    phase: HookPhase
    key: ObjectKey
    succeeded: bool
    reason: str = ""
    """Of one that failed, short: what its Health said, never what its Pods wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRun:
    """The hooks of an App for one Fingerprint, as the Record has it: it is there before the first of them is created."""

    id: str
    fingerprint: str
    """What git wanted of the App; of a removal, what it wanted last."""
    removal: bool = False
    """Whether the App is being removed."""
    first: bool = False
    """Whether the App was being installed for the first time."""
    failed: bool = False
    """Whether an object of the App could not be applied in it."""
    ended: tuple[HookEnd, ...] = ()

    def mark(self, phase: HookPhase) -> str:
        """What an object that was made for one phase of this run says on itself."""
        return f"{self.id} {phase}"

    def end(self, phase: HookPhase, key: ObjectKey) -> HookEnd | None:
        """How a hook ended in a phase; None when it has not."""
        return next((end for end in self.ended if (end.phase, end.key) == (phase, key)), None)

    @property
    def broken(self) -> bool:
        """Whether the Sync it belongs to failed, by a hook or by an object; what SyncFail hooks do changes nothing of that."""
        return self.failed or any(not end.succeeded for end in self.ended if end.phase is not HookPhase.SYNC_FAIL)
