"""Where an App that a cluster still has stands in git: declared, gone for certain, or not to be told."""

from __future__ import annotations

from collections.abc import Mapping

from fleet.hooks import SourceTree
from fleet.model.app import ClusterMap, Standing
from fleet.model.inventory import Inventory


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
    raise NotImplementedError
