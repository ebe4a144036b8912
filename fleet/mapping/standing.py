"""Where an App that a cluster still has stands in git: declared, gone for certain, or not to be told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fleet.errors import FleetError
from fleet.hooks import SourceTree
from fleet.k8syaml import Document
from fleet.mapping.paths import parent, within
from fleet.mapping.reading import SUFFIXES
from fleet.model.app import App, ClusterMap, OnRemoval, Standing
from fleet.model.inventory import Inventory
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.manifest import RenderFailed
from fleet.model.revision import Entry, EntryKind

_ENGINES = {"argoproj.io": "argocd", "kustomize.toolkit.fluxcd.io": "flux-system"}
_DECLARING = frozenset(
    {
        GroupKind("fleethub.dev", "App"),
        GroupKind("argoproj.io", "Application"),
        GroupKind("kustomize.toolkit.fluxcd.io", "Kustomization"),
        GroupKind("helm.toolkit.fluxcd.io", "HelmRelease"),
    }
)
"""Kinds that declare one App each, by a name that can be told from the document alone."""


def standing(
    cluster_map: ClusterMap,
    inventory: Inventory,
    *,
    tree: SourceTree,
    before: SourceTree | None,
    inventories: Mapping[str, Inventory] | None = None,
) -> Standing:
    """Say where the App of an Inventory stands at the Revision whose `tree` this is.

    `before` is the tree at the commit last applied (None when it is not known any more: then nothing is ever confirmed);
    `inventories` are all of the cluster's, by App name: an App declared by another App's render is gone with that one only
    if that one's Inventory says that it would have pruned.
    """
    if inventory.app.app in cluster_map.apps:
        return Standing.DECLARED
    if cluster_map.problems:
        return Standing.UNKNOWN
    if not cluster_map.directory:
        return Standing.ORPHANED
    if inventory.declared_by is None:
        return Standing.UNKNOWN
    if inventory.declared_by.parent:
        return _of_parent(cluster_map, inventory, inventories or {}, tree)
    file = inventory.declared_by.origin.file
    if file not in cluster_map.read and not _readable(tree, file):
        return Standing.UNKNOWN
    confirmed = before is not None and _deleted(cluster_map.directory, inventory.app.app, file=file, trees=(before, tree))
    return Standing.CONFIRMED if confirmed else Standing.REMOVED


def app_name(identity: ObjectKey) -> str:
    """The name an App gets from the identity of the document that declares it."""
    if identity.group == "helm.toolkit.fluxcd.io":
        return f"helm.{identity.namespace}.{identity.name}"
    if identity.group in _ENGINES and identity.namespace not in ("", _ENGINES[identity.group]):
        return f"{identity.namespace}.{identity.name}"
    return identity.name


def _of_parent(cluster_map: ClusterMap, inventory: Inventory, inventories: Mapping[str, Inventory], tree: SourceTree) -> Standing:
    """Gone only if the parent was read whole and would itself have pruned the document."""
    assert inventory.declared_by is not None
    name = inventory.declared_by.parent
    desired = cluster_map.apps.get(name)
    if desired is not None:
        pruned = not isinstance(desired.result, RenderFailed) and _prunes(desired.app)
        return Standing.REMOVED if pruned else Standing.UNKNOWN
    known = inventories.get(name)
    if known is None or known.app == inventory.app or not known.prune or known.on_removal is not OnRemoval.DELETE:
        return Standing.UNKNOWN
    # Without this App's own Inventory, so that two that name each other as parents come to an end.
    rest = {app: each for app, each in inventories.items() if app != inventory.app.app}
    above = standing(cluster_map, known, tree=tree, before=None, inventories=rest)
    return Standing.REMOVED if above is Standing.REMOVED else Standing.UNKNOWN


def _prunes(app: App) -> bool:
    """Whether an App deletes by itself what its render no longer says."""
    return app.prune and app.automated and not app.paused


def _readable(tree: SourceTree, file: str) -> bool:
    """Whether a file outside of the chain is gone or can be read."""
    try:
        entry = tree.entry(file)
        if entry is not None and entry.kind is EntryKind.FILE:
            tree.documents(file)
        return True
    except FleetError:
        return False


def _deleted(directory: str, app: str, *, file: str, trees: tuple[SourceTree, SourceTree]) -> bool:
    """Whether an App's own document stood in a file of the same chain, and was deleted, not moved."""
    before, now = trees
    in_chain = within(file, directory) or within(directory, parent(file))
    try:
        home = before.entry(directory)
        if not in_chain or home is None or home.kind is not EntryKind.DIRECTORY:
            return False
        if not _holds(before, file, app) or _holds(now, file, app):
            return False
        # The first directory on the way to the cluster's is the tree's root, or above it.
        files = _differing(before, now, directory.partition("/")[0])
        return not any(_holds(now, path, app) and not _holds(before, path, app) for path in files)
    except FleetError:
        return False  # where something cannot be read, it may stand


def _holds(tree: SourceTree, file: str, app: str) -> bool:
    entry = tree.entry(file)
    if entry is None or entry.kind is not EntryKind.FILE:
        return False
    return any(_declares(document, app) for document in tree.documents(file))


def _declares(document: Document, app: str) -> bool:
    """Whether a document declares the App by its own name, whatever else it says."""
    value = document.value
    try:
        identity = ObjectKey.of(value)
    except (KeyError, TypeError, AttributeError):
        return False
    return identity.group_kind in _DECLARING and app_name(identity) == app


def _differing(before: SourceTree, now: SourceTree, path: str) -> Iterator[str]:
    """The files below a directory that are new or changed; directories of equal id are never opened."""
    old = {entry.name: entry for entry in before.children(path)}
    for entry in now.children(path):
        if _same(old.get(entry.name), entry):
            continue
        if entry.kind is EntryKind.DIRECTORY:
            yield from _differing(before, now, entry.path)
        elif entry.name.endswith(SUFFIXES):
            yield entry.path


def _same(one: Entry | None, two: Entry) -> bool:
    return one is not None and (one.kind, one.id) == (two.kind, two.id)
