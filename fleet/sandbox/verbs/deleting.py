"""Deletes: at once, or when finalizers, dependents or a grace period are over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fleet.sandbox.storage import Stored
from fleet.sandbox.verbs import statuses
from fleet.sandbox.verbs.state import ClusterState, Target, live, now

ORPHAN, FOREGROUND = "orphan", "foregroundDeletion"
POLICIES = ("Background", "Foreground", "Orphan")
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"

# Their storage gives back what was deleted; the others', a Status. Measured.
_GIVEN_BACK = frozenset({"/pods", "/services", "/persistentvolumes", "/persistentvolumeclaims", "/podtemplates"})
_GIVEN_BACK |= {"/resourcequotas", "/serviceaccounts"}
_POD_GRACE = 30
_IMMORTAL = frozenset({"default", "kube-system", "kube-public"})
_NAMESPACE_GOES = (
    "The system is ensuring all content is removed from this namespace.  "
    "Upon completion, this namespace will automatically be purged by the system."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteOptions:
    """What a delete says besides the place."""

    propagation: str = ""
    uid: str = ""
    version: str = ""
    grace: int | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What a delete came to: the object, last seen or still there, or a Status."""

    body: dict[str, Any]
    gone: bool


def delete(state: ClusterState, target: Target, options: DeleteOptions) -> Deleted:
    """Delete an object, or begin to. Raises ApiStatus."""
    found = live(state, target)
    if found is None:
        raise statuses.not_found(target.resource, target.name)
    _check(target, found, options)
    body = found.parsed()
    if target.resource.storage == "/namespaces":
        return _delete_namespace(state, target, found, options)
    metadata = body["metadata"]
    finalizers = finalizers_after(target, metadata, options)
    grace = _grace(target, body, options)
    if not finalizers and not grace:
        return _remove(state, target, found, options)
    return _mark(state, target, found, (body, finalizers, grace), options)


def _check(target: Target, found: Stored, options: DeleteOptions) -> None:
    if options.uid and options.uid != found.uid:
        why = (
            f"the UID in the precondition ({options.uid}) does not match the UID in record ({found.uid}). "
            "The object might have been deleted and then recreated"
        )
        raise statuses.other(target.resource, target.name, why)
    if options.version and options.version != str(found.revision):
        why = (
            f"the ResourceVersion in the precondition ({options.version}) does not match the ResourceVersion in record "
            f"({found.revision}). The object might have been modified"
        )
        raise statuses.other(target.resource, target.name, why)


def finalizers_after(target: Target, metadata: dict[str, Any], options: DeleteOptions) -> list[str]:
    """The finalizers an object has once its delete was asked for: those of the policy come or go."""
    had = metadata.get("finalizers") or []
    kept = [each for each in had if each not in (ORPHAN, FOREGROUND)]
    if target.resource.storage == "apiextensions.k8s.io/customresourcedefinitions" and CLEANUP not in kept:
        kept.append(CLEANUP)
    if options.propagation == "Orphan":
        return [*kept, ORPHAN]
    if options.propagation == "Foreground":
        return [*kept, FOREGROUND]
    return kept if options.propagation else [*kept, *(each for each in had if each in (ORPHAN, FOREGROUND))]


def _grace(target: Target, body: dict[str, Any], options: DeleteOptions) -> int:
    """The seconds a Pod on a node has to end; nobody else has any."""
    if target.resource.storage != "/pods":
        return 0
    spec, metadata = body.get("spec") or {}, body["metadata"]
    if not spec.get("nodeName") or (body.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return 0
    asked = spec.get("terminationGracePeriodSeconds", _POD_GRACE) if options.grace is None else options.grace
    if "deletionTimestamp" in metadata:
        return int(min(asked, metadata.get("deletionGracePeriodSeconds", asked)))
    return int(asked)


def _remove(state: ClusterState, target: Target, found: Stored, options: DeleteOptions) -> Deleted:
    body = found.parsed()
    if target.resource.storage == "/pods":
        _end(body["metadata"], grace=0)
    if not options.dry_run:
        body = state.store.drop(target.resource.storage, found, body).parsed()
    given_back = target.resource.storage in _GIVEN_BACK
    answer = body if given_back else statuses.success(target.resource, target.name, found.uid)
    return Deleted(body=answer, gone=True)


def _end(metadata: dict[str, Any], *, grace: int) -> None:
    """Say that an object is to go. It counts as a change of what is wanted."""
    if "deletionTimestamp" not in metadata:
        metadata["deletionTimestamp"] = now()
        if metadata.get("generation"):
            metadata["generation"] += 1
    metadata["deletionGracePeriodSeconds"] = grace


def _mark(
    state: ClusterState, target: Target, found: Stored, wanted: tuple[dict[str, Any], list[str], int], options: DeleteOptions
) -> Deleted:
    """Write down that it is to go; finalizers or the grace period hold it."""
    body, finalizers, grace = wanted
    metadata = body["metadata"]
    first = "deletionTimestamp" not in metadata
    is_definition = target.resource.storage == "apiextensions.k8s.io/customresourcedefinitions"
    said = metadata.get("deletionGracePeriodSeconds", 0)
    if not first and metadata.get("finalizers", []) == finalizers and said == grace:
        return Deleted(body=body, gone=False)
    _end(metadata, grace=grace)
    if finalizers:
        metadata["finalizers"] = finalizers
    else:
        metadata.pop("finalizers", None)
    if is_definition:
        del metadata["deletionGracePeriodSeconds"]  # its storage has a delete of its own
    if is_definition and first:
        _definition_goes(body)
    return _kept(state, target, body, options)


def _kept(state: ClusterState, target: Target, body: dict[str, Any], options: DeleteOptions) -> Deleted:
    if options.dry_run:
        return Deleted(body=body, gone=False)
    return Deleted(body=state.store.put(target.resource.storage, body).parsed(), gone=False)


def _definition_goes(body: dict[str, Any]) -> None:
    condition = {
        "type": "Terminating",
        "status": "True",
        "lastTransitionTime": now(),
        "reason": "InstanceDeletionPending",
        "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    }
    body.setdefault("status", {}).setdefault("conditions", []).append(condition)


def _delete_namespace(state: ClusterState, target: Target, found: Stored, options: DeleteOptions) -> Deleted:
    if target.name in _IMMORTAL:
        raise statuses.forbidden(target.resource, target.name, "this namespace may not be deleted")
    body = found.parsed()
    metadata = body["metadata"]
    if "deletionTimestamp" in metadata:
        if (body.get("spec") or {}).get("finalizers"):
            raise statuses.conflict(target.resource, target.name, _NAMESPACE_GOES)
        return Deleted(body=body, gone=False)
    metadata["deletionTimestamp"] = now()
    if finalizers := finalizers_after(target, metadata, options):
        metadata["finalizers"] = finalizers
    body.setdefault("status", {})["phase"] = "Terminating"
    return _kept(state, target, body, options)
