"""Documents that declare Apps in words the hub does not read: they are never applied as if they were mere objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from fleet.errors import MappingError
from fleet.mapping.builtin.fields import unknown
from fleet.model.keys import GroupKind
from fleet.model.manifest import Manifest, Origin

_ARGO = frozenset({"Application", "ApplicationSet", "AppProject"})  # its other kinds are workloads: Rollout, Workflow…
_FLUX = ".toolkit.fluxcd.io"
_OURS = "fleethub.dev"


def unread(kind: GroupKind, origin: Origin, *, read: Iterable[GroupKind]) -> MappingError | None:
    """Say that a kind declares Apps, or is of the hub's own group, and nobody reads it; None for any other object."""
    if kind in read:
        return None
    if kind.group == _OURS:
        ours = [each.kind for each in read if each.group == _OURS]
        return _error(origin, f"{_OURS} has no kind {kind.kind}: {unknown(kind.kind, ours).replace('field', 'kind', 1)}")
    if kind.group.endswith(_FLUX) or (kind.group == "argoproj.io" and kind.kind in _ARGO):
        return _error(origin, f"{kind} is not read yet and never applied as a mere object; declare an App of {_OURS}")
    return None


def unread_in(manifests: Iterable[Manifest], *, read: Iterable[GroupKind]) -> tuple[MappingError, ...]:
    """Every such document among rendered objects."""
    found = (unread(manifest.key.group_kind, manifest.origin, read=read) for manifest in manifests)
    return tuple(error for error in found if error)


def kind_of(value: Mapping[str, object]) -> GroupKind:
    """The kind a document says it is, as far as it says so: empty words where it does not."""
    version, kind = value.get("apiVersion"), value.get("kind")
    group = version.rpartition("/")[0] if isinstance(version, str) else ""
    return GroupKind(group, kind if isinstance(kind, str) else "")


def _error(origin: Origin, message: str) -> MappingError:
    return MappingError(file=origin.file, line=origin.line, message=message)
