"""Gathers what is known of an App's hooks: from the Record, from what events told of their objects, and from their Pods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from fleet.kube.live.logs import last_words
from fleet.model.inventory import RecordEntry
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.observation import LiveObject
from fleet.model.sync_hook import HookRun, is_hook
from fleet.plan import PlanInput
from fleet.plan.hook_run import HookFacts, HookSeen, HookState, removal_of, run_of, verdict
from fleet.reconcile.leaving import Leaving
from fleet.reconcile.site import Site, Wanted


def hook_facts(site: Site, wanted: Wanted, manifests: Iterable[Manifest]) -> HookFacts:
    """What is known of an App's hooks now; nothing of one that has none, or no complete render. Asks nobody."""
    hooks = [manifest for manifest in manifests if is_hook(manifest.annotations)]
    if not hooks or wanted.desired is None:
        return HookFacts()
    entry = site.records.entries.get(wanted.key.app, RecordEntry())
    own = site.inventories.inventories.get(wanted.key.app)
    keys = frozenset(manifest.key for manifest in hooks)
    empty = not ((own.members if own else frozenset()) - keys)
    run, due = run_of(entry, wanted.desired.fingerprint, empty=empty, asked=wanted.asked)
    return _facts(site, wanted, keys, run, due=due)


def removal_facts(site: Site, wanted: Wanted, leaving: Leaving) -> HookFacts:
    """What is known of the hooks of an App that is removed; nothing of one that has none. Asks nobody."""
    if not leaving.hooks:
        return HookFacts()
    entry = site.records.entries.get(wanted.key.app, RecordEntry())
    run = removal_of(entry, leaving.fingerprint, asked=wanted.asked)
    found = _facts(site, wanted, frozenset(manifest.key for manifest in leaving.hooks), run, due=True)
    return replace(found, removing=entry.hooks is not None and entry.hooks.removal)


def _facts(site: Site, wanted: Wanted, keys: frozenset[ObjectKey], run: HookRun | None, *, due: bool) -> HookFacts:
    app = wanted.key.app
    entry = site.records.entries.get(app, RecordEntry())
    known = run is not None and entry.hooks is not None and entry.hooks.id == run.id
    recorded = known and site.records.is_down(app)
    if recorded and run is not None:
        site.memory.begun[app] = run.id
    begun = known and run is not None and site.memory.begun.get(app) == run.id
    seen = {key: told for key in keys if (told := _seen(site, wanted, key)) is not None}
    return HookFacts(run=run, due=due, begun=begun, recorded=recorded, seen=seen)


async def with_words(site: Site, given: PlanInput) -> PlanInput:
    """Add the last words of Pods of hooks that failed: they are read once, before anything may delete them."""
    every = (*(given.manifests or ()), *given.leaving)
    hooks = [manifest for manifest in every if manifest.key in given.hooks.seen]
    words = {manifest.key: said for manifest in hooks if (said := await _words(site, given.hooks, manifest))}
    return replace(given, hooks=replace(given.hooks, words=words)) if words else given


def _seen(site: Site, wanted: Wanted, key: ObjectKey) -> HookSeen | None:
    """What its object is like now; of one that is going or gone, what it was like when it was last told of."""
    live = site.cache.get(key)
    if isinstance(live, LiveObject) and live.marks.run and not live.deleting:
        health = wanted.fresh(key)
        if health is not None:
            return HookSeen(live.marks.run, health)
    return site.memory.hooks.get(key)


async def _words(site: Site, facts: HookFacts, manifest: Manifest) -> str:
    seen, key = facts.seen.get(manifest.key), manifest.key
    if seen is None or facts.run is None or not seen.mark.startswith(f"{facts.run.id} "):
        return ""
    if verdict(manifest, seen.health) is not HookState.FAILED:
        return ""
    known: Mapping[ObjectKey, tuple[str, str]] = site.memory.words
    if key in known and known[key][0] == seen.mark:
        return known[key][1]
    live = site.cache.get(key)
    if not isinstance(live, LiveObject) or live.marks.run != seen.mark:
        return ""
    said = await last_words(site.client, site.discovery, key, live.uid)
    site.memory.words[key] = (seen.mark, said)
    return said
