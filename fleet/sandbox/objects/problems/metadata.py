"""What is wrong with an object's metadata (k8s.io/apimachinery `pkg/api/validation`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from fleet.sandbox.objects.problems import names
from fleet.sandbox.objects.problems.causes import IMMUTABLE, Cause, forbidden, invalid, json, required

_RBAC = "rbac.authorization.k8s.io"
_RULES: Mapping[tuple[str, str], Callable[[str], Iterator[str]]] = {
    ("", "Namespace"): names.label,
    ("", "Service"): names.label,
    **{(_RBAC, kind): names.segment for kind in ("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")},
}
_STANDARD_FINALIZERS = frozenset({"kubernetes", "orphan", "foregroundDeletion"})
_UNCHANGING = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")
_ANNOTATIONS = 256 * 1024


def of_new(metadata: Mapping[str, Any], *, group: str, kind: str) -> Iterator[Cause]:
    """Say what is wrong with the metadata of an object that is to be created."""
    rule = _RULES.get((group, kind), names.subdomain)
    if prefix := metadata.get("generateName"):
        yield from _each("metadata.generateName", prefix, rule(prefix.rstrip("-")))
    if name := metadata.get("name"):
        yield from _each("metadata.name", name, rule(name))
    else:
        yield required("metadata.name", "name or generateName is required")
    yield from _of_any(metadata)
    yield from _finalizers(metadata.get("finalizers") or ())


def of_change(metadata: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[Cause]:
    """Say what is wrong with the metadata of an object that is to be changed."""
    added = [each for each in metadata.get("finalizers") or () if each not in (old.get("finalizers") or ())]
    if old.get("deletionTimestamp") and added:
        listed = ", ".join(json(each) for each in added)
        detail = f"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{listed}}}"
        yield forbidden("metadata.finalizers", detail)
    for name in _UNCHANGING:
        if metadata.get(name) != old.get(name):
            yield invalid(f"metadata.{name}", metadata.get(name), IMMUTABLE)
    yield from _of_any(metadata)


def labels(found: Mapping[str, str], path: str) -> Iterator[Cause]:
    """Say what is wrong with labels, of an object or of a template."""
    for key, value in found.items():
        yield from _each(path, key, names.qualified(key))
        yield from _each(path, value, names.value(value))


def _of_any(metadata: Mapping[str, Any]) -> Iterator[Cause]:
    yield from labels(metadata.get("labels") or {}, "metadata.labels")
    yield from _annotations(metadata.get("annotations") or {})
    yield from _owners(metadata.get("ownerReferences") or ())


def _annotations(found: Mapping[str, str]) -> Iterator[Cause]:
    for key in found:
        # Their keys may be written in capitals.
        yield from _each("metadata.annotations", key, names.qualified(key.lower()))
    if sum(len(key.encode()) + len(value.encode()) for key, value in found.items()) > _ANNOTATIONS:
        message = f"Too long: may not be more than {_ANNOTATIONS} bytes"
        yield {"reason": "FieldValueTooLong", "message": message, "field": "metadata.annotations"}


def _owners(found: Iterable[Mapping[str, Any]]) -> Iterator[Cause]:
    references, path = list(found), "metadata.ownerReferences"
    controllers = [f"{each.get('kind')}/{each.get('name')}" for each in references if each.get("controller")]
    for each in references:
        if not each.get("apiVersion"):
            yield invalid(f"{path}.apiVersion", "", "version must not be empty")
        for name in ("kind", "name", "uid"):
            if not each.get(name):
                yield invalid(f"{path}.{name}", "", "must not be empty")
    if len(controllers) > 1:
        both = " and ".join(controllers[:2])
        detail = f'Only one reference can have Controller set to true. Found "true" in references for {both}'
        said = f"Invalid value: [{','.join(_reference(each) for each in references)}]: {detail}"
        yield {"reason": "FieldValueInvalid", "message": said, "field": path}


def _reference(reference: Mapping[str, Any]) -> str:
    order = ("apiVersion", "kind", "name", "uid", "controller", "blockOwnerDeletion")
    return "{" + ",".join(f'"{name}":{json(reference[name])}' for name in order if name in reference) + "}"


def _finalizers(found: Iterable[str]) -> Iterator[Cause]:
    for number, name in enumerate(found):
        path = f"metadata.finalizers[{number}]"
        yield from _each(path, name, names.qualified(name))
        if "/" not in name and name not in _STANDARD_FINALIZERS:
            yield invalid(path, name, "name is neither a standard finalizer name nor is it fully qualified")


def _each(path: str, value: Any, details: Iterable[str]) -> Iterator[Cause]:
    return (invalid(path, value, detail) for detail in details)
