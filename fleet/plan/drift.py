"""Whether a live object still is what was last applied, told from its metadata alone."""

from __future__ import annotations

from fleet.model.drift import Drift, DriftKind, Exempted, ExemptionFailed
from fleet.model.fields import FieldPath, Managed
from fleet.model.flux_words import merges, undetected
from fleet.model.manifest import Manifest
from fleet.model.observation import LiveObject
from fleet.model.sync_hook import is_hook
from fleet.model.values import ABSENT, value_at
from fleet.plan.exempt import located, whole
from fleet.plan.input import PlanInput, Written
from fleet.plan.ownership import Whose, whose
from fleet.plan.takeover import takeover


def written(live: LiveObject, exemption: Exempted | None = None, manifest: Manifest | None = None) -> Written:
    """What to remember of a write, from the object as the API server answered it.

    With the same exemption and Manifest that the next Plan is given: what is left out of the hash must be the same.
    """
    owned = live.own.without(located(exemption, manifest, live))
    return Written(digest=live.marks.digest, ownership=owned.digest, revision=live.marks.revision)


def drifts(facts: PlanInput) -> tuple[Drift, ...]:
    """Which desired objects no longer are what the hub last applied, and how. Fields are told later, from the whole object.

    Told whatever the policy: paused, only observed, contested and report-only Apps drift too.
    """
    ordinary = (manifest for manifest in facts.manifests or () if not is_hook(manifest.annotations))
    return tuple(drift for manifest in ordinary if (drift := drift_of(facts, manifest)) is not None)


def drift_of(facts: PlanInput, manifest: Manifest) -> Drift | None:
    """The Drift of one desired object, if it has any."""
    key = manifest.key
    claims = facts.complete
    if claims and key in claims.owners and claims.owners[key].app != facts.key.app:
        return None
    if isinstance(facts.exempt.get(key), ExemptionFailed):
        return None
    if facts.gone(key):
        return Drift(app=facts.key, key=key, kind=DriftKind.GONE) if missed(facts, manifest) else None
    live = facts.observation.live(key)
    kind = drifted(facts, manifest, live) if live else None
    if live is None or kind is None:
        return None
    manager, time = _by(facts, manifest, live, kind)
    return Drift(app=facts.key, key=key, kind=kind, manager=manager, time=time)


def missed(facts: PlanInput, manifest: Manifest) -> bool:
    """Whether an object that is not there was there, as it is desired, after our last write."""
    known = facts.written.get(manifest.key)
    return known is not None and known.digest == manifest.digest and not job_done(facts, manifest)


def job_done(facts: PlanInput, manifest: Manifest) -> bool:
    """Whether it is a Job that completed, as it is desired: its TTL may have removed it, and it is not run again."""
    return f"{manifest.key.member} {manifest.digest}" in facts.jobs


def drifted(facts: PlanInput, manifest: Manifest, live: LiveObject) -> DriftKind | None:
    """How a live object differs from what was last applied; None when it does not, or is not ours to say so."""
    exemption, known, whom = facts.exempt.get(manifest.key), facts.written.get(manifest.key), whose(live, facts)
    if live.deleting or whom is Whose.APP:
        return None
    if whom is not Whose.OURS:
        return DriftKind.MARK if known or whom is Whose.DAMAGED else None
    if whole(exemption) or undetected(manifest.metadata):
        return None
    if known and live.marks.digest != known.digest:
        return DriftKind.MARK
    paths = located(exemption, manifest, live)
    if known and live.own.without(paths).digest != known.ownership:
        return DriftKind.OWNERSHIP
    return DriftKind.OVERRIDE if takeover(live, paths, yielding(facts, manifest)).paths else None


def _by(facts: PlanInput, manifest: Manifest, live: LiveObject, kind: DriftKind) -> tuple[str, str]:
    """Who wrote, and when, as far as the metadata tells."""
    exempt = located(facts.exempt.get(manifest.key), manifest, live)
    if kind is DriftKind.OVERRIDE:
        taken = takeover(live, exempt, yielding(facts, manifest))
        return taken.latest, taken.time
    takers = [
        entry for entry in live.others if any(_taken(path, manifest, live) for path in entry.fields.without(exempt).paths())
    ]
    last = max(takers, key=_time, default=None)
    return (last.manager, last.time) if last else ("", "")


def _taken(path: FieldPath, manifest: Manifest, live: LiveObject) -> bool:
    """Whether git sets a field that our manager does not own."""
    return value_at(manifest.body, path) is not ABSENT and not live.own.covers(path)


def _time(entry: Managed) -> str:
    return entry.time


def yielding(facts: PlanInput, manifest: Manifest) -> tuple[str, ...]:
    """The managers whose fields of an object are taken over; not those of people where git says that what they added stays."""
    return facts.departed_managers if merges(manifest.metadata) else facts.yielding


def contested_or_reported(facts: PlanInput, manifest: Manifest) -> str:
    """Why drift of an object is left; empty when it is reverted."""
    if undetected(manifest.metadata):
        return "git says that nobody looks for drift of it"
    if manifest.key in facts.contested:
        return "contested: somebody else keeps writing it, and it is no longer reverted"
    reported = facts.app is not None and facts.app.drift == "report"
    return "drift is only reported for this App" if reported else ""
