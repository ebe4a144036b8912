"""The fields of an object that every controller looks at. What is missing counts as empty."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

# An object of the API, as parsed JSON. Shared by everybody who saw it: never changed in place.
Object: TypeAlias = Mapping[str, Any]


def metadata(obj: Object) -> Mapping[str, Any]:
    """The object's metadata."""
    return obj.get("metadata") or {}


def spec(obj: Object) -> Mapping[str, Any]:
    """What is wanted of it."""
    return obj.get("spec") or {}


def status(obj: Object) -> Mapping[str, Any]:
    """What its controller said of it last."""
    return obj.get("status") or {}


def name(obj: Object) -> str:
    """Its name."""
    return str(metadata(obj).get("name", ""))


def namespace(obj: Object) -> str:
    """Its namespace; empty for a cluster-scoped object."""
    return str(metadata(obj).get("namespace") or "")


def uid(obj: Object) -> str:
    """Its UID."""
    return str(metadata(obj).get("uid", ""))


def generation(obj: Object) -> int:
    """How often its spec was changed."""
    return number(metadata(obj), "generation")


def labels(obj: Object) -> Mapping[str, str]:
    """Its labels."""
    return metadata(obj).get("labels") or {}


def notes(obj: Object) -> Mapping[str, str]:
    """Its annotations."""
    return metadata(obj).get("annotations") or {}


def finalizers(obj: Object) -> list[str]:
    """What must be done before it goes."""
    return list(metadata(obj).get("finalizers") or ())


def is_going(obj: Object) -> bool:
    """Whether it is being deleted."""
    return bool(metadata(obj).get("deletionTimestamp"))


def number(section: Mapping[str, Any], field: str, default: int = 0) -> int:
    """A field's whole number."""
    found = section.get(field)
    return found if isinstance(found, int) and not isinstance(found, bool) else default


def section(found: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """The mapping under these names; empty where there is none."""
    for field in path:
        found = found.get(field) or {}
    return found


def share(value: Any, whole: int, *, up: bool) -> int:
    """A number, or a percentage of `whole` rounded up or down: what Kubernetes calls IntOrString."""
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not value.endswith("%"):
        return 0
    exact = int(value[:-1]) * whole
    return -(-exact // 100) if up else exact // 100


def with_metadata(obj: Object, **changes: Any) -> dict[str, Any]:
    """The object with other metadata; the rest is shared."""
    return {**obj, "metadata": {**metadata(obj), **changes}}


def with_spec(obj: Object, **changes: Any) -> dict[str, Any]:
    """The object with other fields of its spec; the rest is shared."""
    return {**obj, "spec": {**spec(obj), **changes}}


def with_status(obj: Object, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The object with this status."""
    return {**obj, "status": dict(wanted)}


def without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out zeros, empty texts, lists and mappings, as Go does with `omitempty`."""
    return {field: value for field, value in fields.items() if value not in (None, 0, "", [], {})}
