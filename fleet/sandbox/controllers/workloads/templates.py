"""Pods as their controllers make them of a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.sandbox.controllers.reading.fields import Object, name, namespace
from fleet.sandbox.controllers.reading.owners import reference

# A generated name is at most 63 characters, 5 of them random (apiserver, storage/names).
_LONGEST_PREFIX = 58


def pod_of(owner: Object, template: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Make a Pod that `owner` controls; `more` is metadata that the template has not, such as a name or finalizers."""
    meta = template.get("metadata") or {}
    kept = {field: meta[field] for field in ("labels", "annotations", "finalizers") if meta.get(field)}
    named = more if "name" in more else {"generateName": generated(name(owner)), **more}
    whole = {**kept, **named, "namespace": namespace(owner), "ownerReferences": [reference(owner)]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": whole, "spec": template.get("spec") or {}}


def generated(prefix: str) -> str:
    """The generateName for an owner of this name."""
    return f"{prefix}-"[:_LONGEST_PREFIX]
