"""One resource in one version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from fleet.schema.discovery import served


@dataclass(frozen=True, slots=True, kw_only=True)
class Subresource:
    """What stands below each object: its verbs and the kind it answers with."""

    name: str
    verbs: frozenset[str]
    group: str
    version: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Custom:
    """What a CustomResourceDefinition says of one of its versions."""

    definition: str
    """Its name: `widgets.example.com`."""
    version: Mapping[str, Any]
    """The entry of `spec.versions`."""
    scale: Mapping[str, str] | None = None
    """The paths of the scale subresource."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resource:
    """One resource in one version, as discovery tells it."""

    group: str
    version: str
    plural: str
    singular: str
    kind: str
    list_kind: str
    namespaced: bool
    verbs: frozenset[str]
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: Mapping[str, Subresource] = field(default_factory=dict)
    storage: str = ""
    """Where its objects are kept; the same for all versions."""
    storage_version: str = ""
    """The version they are kept in: `apps/v1`."""
    custom: Custom | None = None
    api_version: str = ""
    qualified: str = ""
    """`deployments.apps`, or `pods`: as messages name it."""


def make(**facts: Any) -> Resource:
    """Make a resource; what follows from its names is filled in."""
    group, version, plural = facts["group"], facts["version"], facts["plural"]
    api_version = f"{group}/{version}" if group else version
    facts.setdefault("storage", f"{group}/{plural}")
    facts.setdefault("storage_version", api_version)
    facts.setdefault("list_kind", f"{facts['kind']}List")
    return Resource(**facts, api_version=api_version, qualified=f"{plural}.{group}" if group else plural)


# Two groups serve the same objects.
_SAME_OBJECTS = {"events.k8s.io/events": ("/events", "v1")}


@cache
def built_in() -> Mapping[tuple[str, str], Mapping[str, Resource]]:
    """The built-in resources by group and version, then plural; made once and shared by all clusters."""
    groups = [*served().core, *served().named]
    found: dict[tuple[str, str], Mapping[str, Resource]] = {}
    for group in groups:
        name = group["metadata"].get("name", "")
        preferred = group["versions"][0]["version"]
        for version in group["versions"]:
            entries = (_read(name, version["version"], preferred, entry) for entry in version["resources"])
            found[name, version["version"]] = {resource.plural: resource for resource in entries}
    return found


def _read(group: str, version: str, preferred: str, entry: Mapping[str, Any]) -> Resource:
    plural = entry["resource"]
    kept = f"{group}/{preferred}" if group else preferred
    storage, storage_version = _SAME_OBJECTS.get(f"{group}/{plural}", (f"{group}/{plural}", kept))
    return make(
        group=group,
        version=version,
        plural=plural,
        singular=entry["singularResource"],
        kind=entry["responseKind"]["kind"],
        namespaced=entry["scope"] == "Namespaced",
        verbs=frozenset(entry["verbs"]),
        short_names=tuple(entry.get("shortNames", ())),
        categories=tuple(entry.get("categories", ())),
        subresources={each["subresource"]: _subresource(each) for each in entry.get("subresources", ())},
        storage=storage,
        storage_version=storage_version,
    )


def _subresource(entry: Mapping[str, Any]) -> Subresource:
    kind = entry["responseKind"]
    return Subresource(
        name=entry["subresource"],
        verbs=frozenset(entry["verbs"]),
        group=kind["group"],
        version=kind["version"],
        kind=kind["kind"],
    )
