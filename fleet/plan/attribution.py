"""Which commit an object's desired state is of: it is remembered, or it stands on the object, or it must be found out."""

from __future__ import annotations

from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.observation import LiveObject
from fleet.model.sync_hook import is_hook
from fleet.plan.input import PlanInput
from fleet.plan.prune import settled


def attributed(facts: PlanInput, manifest: Manifest, live: LiveObject | None) -> str:
    """Give the commit that last changed an object's desired state: an older one where this digest was written before."""
    return _remembered(facts, manifest, live) or facts.commit_of(manifest.key)


def unattributed(facts: PlanInput) -> frozenset[ObjectKey]:
    """Find the objects whose desired state is new, or gone: for these somebody must look which commit it was."""
    if facts.silence:
        return frozenset()
    # A hook's object is new each time it runs; which commit it is of is asked only then.
    manifests = [each for each in facts.manifests or () if facts.hooks.due or not is_hook(each.annotations)]
    new = {each.key for each in manifests if not _remembered(facts, each, facts.observation.live(each.key))}
    left = facts.members - {each.key for each in manifests} if settled(facts) else ()
    return frozenset(new | {key for key in left if not facts.gone(key)})


def _remembered(facts: PlanInput, manifest: Manifest, live: LiveObject | None) -> str:
    known = facts.written.get(manifest.key)
    if known and known.digest == manifest.digest and known.revision:
        return known.revision
    if live and live.owner and live.marks.digest == manifest.digest:
        return live.marks.revision
    return ""
