"""What a renderer gave for an App, before the host settled namespaces and data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.errors import FleetError
from fleet.hooks.tree import LimitedTree
from fleet.k8syaml import Document
from fleet.mapping.substitution import Values, substituted
from fleet.model.app import DesiredApp
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest, Rendered, RenderFailed
from fleet.render import RenderHost, RenderValues


async def documents(
    host: RenderHost, tree: LimitedTree, desired: DesiredApp, *, variables: Mapping[str, str]
) -> tuple[Document, ...]:
    """The documents of an App that rendered, variables substituted where it asks for that; declarations of Apps included.

    Loose objects are as their files say; those that kustomize built in a cluster's directory are as the host read them.
    """
    assert isinstance(desired.result, Rendered)
    if not desired.app.path:
        return tuple(_loose(tree, desired.result.manifests))
    as_read = tuple(_as_read(manifest) for manifest in desired.result.manifests)
    unit = host.describe(tree, desired.app, RenderValues())
    if not desired.app.substitute and unit.fingerprint != desired.fingerprint:
        return as_read  # it was rendered with the cluster's own versions, which are not known here
    found = await host.documents(tree, unit)
    if isinstance(found, RenderFailed):
        return as_read
    if not desired.app.substitute:
        return found
    done, errors = await substituted(found, Values.of(desired.app, variables), tree=tree)
    return as_read if errors else done


def _loose(tree: LimitedTree, manifests: Iterable[Manifest]) -> Iterable[Document]:
    for manifest in manifests:
        try:
            there = tree.documents(manifest.origin.file)
        except FleetError:
            there = ()
        yield next((each for each in there if _is(each, manifest)), _as_read(manifest))


def _is(document: Document, manifest: Manifest) -> bool:
    """Whether a document is what a Manifest was made of: at its line, of its kind and name."""
    if document.line != manifest.origin.line:
        return False
    key = ObjectKey.of(document.value)
    return (key.group_kind, key.name) == (manifest.key.group_kind, manifest.key.name)


def _as_read(manifest: Manifest) -> Document:
    return Document(value=dict(manifest.body), file=manifest.origin.file, line=manifest.origin.line, index=0, pointer="")
