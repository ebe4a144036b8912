"""Flux's documents that tell people, or write to git: they declare no App, and what they ask for is not done here."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.hooks import AppKindContext
from fleet.model.app import Notice
from fleet.model.keys import GroupKind

_NOTIFYING = "the hub has notifiers and webhooks of its own"
_WRITING = "the hub writes nothing to git; `fleet image set` does, when it is asked to"
_BUILDING = "artifacts are not built: desired state comes from git alone"
KINDS = {
    **{GroupKind("notification.toolkit.fluxcd.io", kind): _NOTIFYING for kind in ("Alert", "Provider", "Receiver")},
    **{
        GroupKind("image.toolkit.fluxcd.io", kind): _WRITING
        for kind in ("ImageRepository", "ImagePolicy", "ImageUpdateAutomation")
    },
    GroupKind("source.extensions.fluxcd.io", "ArtifactGenerator"): _BUILDING,
}


def read(context: AppKindContext) -> Iterable[Notice]:
    """Say that a document has no effect, and what there is instead."""
    document = context.document
    kind = GroupKind(document["apiVersion"].rpartition("/")[0], document["kind"])
    yield Notice(context.origin, f"{document['kind']} {document['metadata']['name']} has no effect here: {KINDS[kind]}")
