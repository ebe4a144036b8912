"""What happens to one object that git wants."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from fleet.errors import AdoptionRefused, ClaimedTwice, KindUnknown, ObjectFailed
from fleet.model.app import AdoptPolicy
from fleet.model.drift import DriftKind, ExemptionFailed
from fleet.model.engines import named
from fleet.model.fields import FieldPath
from fleet.model.flux_words import made_only
from fleet.model.keys import GroupKind
from fleet.model.manifest import Manifest, Scope
from fleet.model.marks import ADOPT, PRUNE, REPLACE, keeps, overwrites, replaces, wave_of
from fleet.model.observation import LiveObject, Seen, Unknown
from fleet.model.plan import Action, Cause, Change
from fleet.plan.attribution import attributed
from fleet.plan.drift import contested_or_reported, drifted, job_done, missed, yielding
from fleet.plan.exempt import located, whole
from fleet.plan.input import PlanInput
from fleet.plan.ownership import Whose, conflict, never_marked, whose
from fleet.plan.takeover import takeover
from fleet.plan.waves import wave_in_git

CLAIMS_WAIT = "not every App declared for the cluster has a complete render at this Revision"


def decide(facts: PlanInput, manifest: Manifest) -> Change:
    """Decide over one desired object; what a Change needs of its neighbours (order, guards, deletes) is decided later."""
    refused = _refused(facts, manifest)
    if refused:
        return refused
    malformed = _malformed(manifest)
    if malformed:
        return _failed(manifest, malformed, live=facts.observation.live(manifest.key))
    exemption = facts.exempt.get(manifest.key)
    if isinstance(exemption, ExemptionFailed):
        return _failed(manifest, f"neither healed nor overwritten: {exemption.reason}", live=facts.observation.live(manifest.key))
    seen = facts.observation.objects.get(manifest.key)
    if manifest.scope is Scope.UNKNOWN or seen is None or isinstance(seen, Unknown):
        return _untold(facts, manifest, seen)
    if not isinstance(seen, LiveObject):
        return _absent(facts, manifest)
    if seen.deleting:
        return _still(manifest, Action.HOLD, "it is being deleted; it is created again when it is gone", live=seen)
    return taken_over(facts, manifest, seen)


def of_others(change: Change) -> bool:
    """Whether an object stands aside for what was there before: nothing of it is ours, and it is not watched."""
    live = change.live
    aside = change.action is Action.SKIP and change.cause is not Cause.DRIFT and change.error is None
    return aside and live is not None and never_marked(live)


def barred(facts: PlanInput, manifest: Manifest) -> Change | None:
    """Why an object cannot be dealt with at all: another App claims it, or whether it is there could not be told."""
    refused = _refused(facts, manifest)
    seen = facts.observation.objects.get(manifest.key)
    if refused is None and (manifest.scope is Scope.UNKNOWN or seen is None or isinstance(seen, Unknown)):
        return _untold(facts, manifest, seen)
    return refused


def taken_over(facts: PlanInput, manifest: Manifest, live: LiveObject) -> Change:
    """Decide over an object that is there, by whose it is alone."""
    return _BY_OWNER[whose(live, facts)](facts, manifest, live)


def _refused(facts: PlanInput, manifest: Manifest) -> Change | None:
    claims = facts.complete
    claim = claims.owners.get(manifest.key) if claims else None
    if claim is None or claim.app == facts.key.app:
        return None
    if manifest.yields:
        return _still(manifest, Action.SKIP, f"App {claim.app} declares it", live=facts.observation.live(manifest.key))
    error = ClaimedTwice(origin=manifest.origin, key=manifest.key, owner=claim.app, owner_origin=claim.origin)
    return _still(manifest, Action.HOLD, f"App {claim.app} claims it", error=error, live=facts.observation.live(manifest.key))


def _malformed(manifest: Manifest) -> str:
    """What is wrong with the wave an object says it is of; empty when nothing is."""
    try:
        wave_of(manifest.annotations)
    except ValueError as error:
        return str(error)
    return ""


def _untold(facts: PlanInput, manifest: Manifest, seen: Seen | None) -> Change:
    kind = manifest.key.group_kind
    unserved = manifest.scope is Scope.UNKNOWN or (isinstance(seen, Unknown) and isinstance(seen.error, KindUnknown))
    defined = _defining(facts, kind) if unserved else None
    if defined and wave_in_git(defined) > wave_in_git(manifest):
        return _failed(manifest, f"{defined.key}, which defines its kind, is of a later wave")
    if defined or (unserved and _defined_elsewhere(facts, kind)):
        return _still(manifest, Action.HOLD, f"it waits until the cluster serves {kind}")
    if isinstance(seen, Unknown):
        return _still(manifest, Action.HOLD, "whether it is there could not be told", error=seen.error)
    reason = f"the cluster does not serve {kind}" if unserved else "it was not looked for"
    return _failed(manifest, reason)


def _defining(facts: PlanInput, kind: GroupKind) -> Manifest | None:
    """The CustomResourceDefinition among the App's own objects that defines a kind."""
    for manifest in facts.manifests or ():
        if manifest.key.kind != "CustomResourceDefinition":
            continue
        spec = manifest.body["spec"]
        if (spec["group"], spec["names"]["kind"]) == kind:
            return manifest
    return None


def _defined_elsewhere(facts: PlanInput, kind: GroupKind) -> bool:
    """Whether git wants a CustomResourceDefinition, of any App, that defines at least the kind's group."""
    claims = facts.complete
    others = claims.owners if claims else ()
    return any(key.kind == "CustomResourceDefinition" and key.name.partition(".")[2] == kind.group for key in others)


def _absent(facts: PlanInput, manifest: Manifest) -> Change:
    if job_done(facts, manifest):
        return _still(manifest, Action.UNCHANGED, "the Job completed, and its TTL removed it")
    cause = Cause.DRIFT if missed(facts, manifest) else Cause.COMMIT
    left = contested_or_reported(facts, manifest) if cause is Cause.DRIFT else ""
    if left:
        return _still(manifest, Action.SKIP, f"it is gone; {left}", cause=cause)
    return Change(
        action=Action.CREATE,
        key=manifest.key,
        manifest=manifest,
        cause=cause,
        exempt=_exempt(facts, manifest, None),
        revision=attributed(facts, manifest, None),
    )


def _ours(facts: PlanInput, manifest: Manifest, live: LiveObject) -> Change:
    known = facts.written.get(manifest.key)
    applied = live.marks.digest == manifest.digest or (known is not None and known.digest == manifest.digest)
    drift = drifted(facts, manifest, live)
    if whole(facts.exempt.get(manifest.key)) and drift is None:
        return _still(manifest, Action.SKIP, "it is exempt as a whole", live=live)
    if not applied:
        return _changed(facts, manifest, live)
    left = contested_or_reported(facts, manifest)
    if drift is None and (known or left):
        return _still(manifest, Action.UNCHANGED, "", live=live)
    if drift and left:
        return _still(manifest, Action.SKIP, f"{_DRIFTED[drift]}; {left}", live=live, cause=Cause.DRIFT)
    if drift is None:
        return _configure(facts, manifest, live, reason="what was last written of it is not known")
    return _configure(facts, manifest, live, cause=Cause.DRIFT, reason=_DRIFTED[drift])


def _changed(facts: PlanInput, manifest: Manifest, live: LiveObject) -> Change:
    if facts.immutable.get(manifest.key) != manifest.digest:
        return _configure(facts, manifest, live)
    if not replaces(manifest.metadata, overwrite=facts.overwrite):
        reason = f'it changes a field that cannot be changed; {REPLACE}: "true" would have it deleted and created anew'
        return _failed(manifest, reason, live=live)
    if live.kept or keeps(manifest.metadata):
        return _failed(manifest, "it would have to be replaced, and it is to be kept for good", live=live)
    barred = _not_replaceable(facts, live)
    if barred:
        return _still(manifest, Action.HOLD, barred, live=live, cause=Cause.PRUNE)
    return Change(
        action=Action.REPLACE,
        key=manifest.key,
        manifest=manifest,
        live=live,
        reason="it changes a field that cannot be changed",
        force=True,
        exempt=_exempt(facts, manifest, None),
        revision=attributed(facts, manifest, live),
    )


def _not_replaceable(facts: PlanInput, live: LiveObject) -> str:
    """Why an object may not be deleted to be created anew: a replace is a delete, and takes as much knowledge."""
    if facts.complete is None:
        return f"it is to be replaced, and {CLAIMS_WAIT}"
    if live.key not in facts.members or whose(live, facts) is not Whose.OURS:
        return "it is to be replaced, and is not yet in the Inventory with its marks"
    return "" if live.key.group_kind in facts.served else f"it is to be replaced, and {live.key.group_kind} was not discovered"


def _theirs(facts: PlanInput, manifest: Manifest, live: LiveObject) -> Change:
    claims = facts.complete
    if claims is None or manifest.key not in claims.owners:
        return _still(manifest, Action.HOLD, f"its mark names {live.owner}, and {CLAIMS_WAIT}", live=live, cause=Cause.MOVE)
    return _configure(facts, manifest, live, cause=Cause.MOVE, reason=f"it moves here from {live.owner}")


def _nobodys(facts: PlanInput, manifest: Manifest, live: LiveObject) -> Change:
    if manifest.yields and not _says_more(manifest):
        return _still(manifest, Action.SKIP, "it was there before, and stays as it is", live=live)
    # What an engine made that is gone was git's before, and is so again.
    if made_only(manifest.metadata) and never_marked(live) and not live.rivals:
        return _still(manifest, Action.SKIP, "it was there before, and is only to be made where it is not there", live=live)
    said = manifest.annotations.get(ADOPT) or (facts.app.adopt.value if facts.app else AdoptPolicy.NEVER.value)
    try:
        policy = AdoptPolicy(said)
    except ValueError:
        return _failed(manifest, f"{ADOPT}: {said} is none of {', '.join(AdoptPolicy)}", live=live)
    if policy is AdoptPolicy.NEVER:
        return _conflicting(manifest, live, "it may not be adopted (adopt: Never)")
    left = contested_or_reported(facts, manifest) if missed(facts, manifest) else ""
    if left:
        return _still(manifest, Action.SKIP, f"{_DRIFTED[DriftKind.MARK]}; {left}", live=live, cause=Cause.DRIFT)
    if policy is AdoptPolicy.ALWAYS:
        return _configure(facts, manifest, live, cause=Cause.ADOPT, reason="it was there before (adopt: Always)")
    # Unforced: only what the API server accepts shows that nobody else claims it. What an engine left that is gone goes with
    # it; what client-side apply left is taken over as drift, once it carries our mark.
    exempt = _exempt(facts, manifest, live)
    left_behind = takeover(live, exempt, facts.departed_managers)
    return Change(
        action=Action.CONFIGURE,
        key=manifest.key,
        manifest=manifest,
        live=live,
        cause=Cause.ADOPT,
        reason=f"{named(live.rivals)} managed it, and is gone" if live.rivals else "it was there before",
        take=left_behind.paths,
        take_from=left_behind.managers,
        exempt=exempt,
        revision=attributed(facts, manifest, live),
    )


def _says_more(manifest: Manifest) -> bool:
    """Whether an object that gives way has labels or annotations that it is to get nonetheless."""
    metadata = manifest.body["metadata"]
    return bool(metadata.get("labels")) or bool(manifest.annotations.keys() - {PRUNE})


def _rivals(facts: PlanInput, manifest: Manifest, live: LiveObject) -> Change:
    return _conflicting(manifest, live, conflict(live, whose(live, facts)))


def _configure(
    facts: PlanInput, manifest: Manifest, live: LiveObject, *, cause: Cause = Cause.COMMIT, reason: str = ""
) -> Change:
    exempt = _exempt(facts, manifest, live)
    taken = takeover(live, exempt, yielding(facts, manifest))
    return Change(
        action=Action.CONFIGURE,
        key=manifest.key,
        manifest=manifest,
        live=live,
        cause=cause,
        reason=reason,
        force=True,
        overwrite=cause is Cause.COMMIT and overwrites(manifest.annotations, overwrite=facts.overwrite),
        take=taken.paths,
        take_from=taken.managers,
        exempt=exempt,
        revision=attributed(facts, manifest, live),
    )


def _exempt(facts: PlanInput, manifest: Manifest, live: LiveObject | None) -> tuple[FieldPath, ...]:
    return located(facts.exempt.get(manifest.key), manifest, live)


def _failed(manifest: Manifest, reason: str, *, live: LiveObject | None = None) -> Change:
    error = ObjectFailed(origin=manifest.origin, key=manifest.key, reason=reason)
    return _still(manifest, Action.HOLD, reason, error=error, live=live)


def _conflicting(manifest: Manifest, live: LiveObject, reason: str) -> Change:
    error = AdoptionRefused(origin=manifest.origin, key=manifest.key, reason=reason)
    return _still(manifest, Action.HOLD, reason, error=error, live=live, cause=Cause.ADOPT)


def _still(manifest: Manifest, action: Action, reason: str, **more: Any) -> Change:
    return Change(action=action, key=manifest.key, manifest=manifest, reason=reason, **more)


_DRIFTED: Mapping[DriftKind, str] = {
    DriftKind.GONE: "it is gone",
    DriftKind.MARK: "its marks were changed",
    DriftKind.OWNERSHIP: "fields of it were changed",
    DriftKind.OVERRIDE: "a person's tool owns fields of it",
}

_BY_OWNER: Mapping[Whose, Callable[[PlanInput, Manifest, LiveObject], Change]] = {
    Whose.OURS: _ours,
    Whose.DAMAGED: _ours,
    Whose.APP: _theirs,
    Whose.NOBODY: _nobodys,
    Whose.RIVAL: _rivals,
    Whose.ALIEN: _rivals,
}
