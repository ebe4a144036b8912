"""The resources of one cluster: the built-in ones, which all clusters share, and its own custom ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from fleet.sandbox.resources.resource import Resource, built_in

_NONE: Mapping[str, Resource] = MappingProxyType({})


class Catalogue:
    """What one cluster serves; an empty cluster's takes a few hundred bytes."""

    def __init__(self) -> None:
        self._custom: dict[tuple[str, str], dict[str, Resource]] = {}
        self.absent: set[tuple[str, str]] = set()
        """Groups and versions whose server, another one, does not answer."""
        self.edition = 0
        """Grows whenever what is served changes: what was written of an older edition is stale."""

    def find(self, group: str, version: str, plural: str) -> Resource | None:
        """The resource that a path names."""
        return self.version(group, version).get(plural)

    def version(self, group: str, version: str) -> Mapping[str, Resource]:
        """All resources of a group and version by plural; empty when it is not served."""
        place = (group, version)
        found = built_in().get(place)
        return self._custom.get(place, _NONE) if found is None else found

    def of_kind(self, group: str, kind: str, version: str = "") -> Resource | None:
        """The resource of a kind, in the version given or the preferred one."""
        found = _by_kind().get((group, kind)) or self._custom_of_kind(group, kind)
        return next((resource for resource in found if version in ("", resource.version)), None)

    def stored_as(self, storage: str) -> Resource | None:
        """The resource, in the version they are kept in, whose objects are kept under a name."""
        return _by_storage().get(storage) or next(
            (
                resource
                for resources in self._custom.values()
                for resource in resources.values()
                if resource.storage == storage and resource.storage_version == resource.api_version
            ),
            None,
        )

    def serve(self, resources: Iterable[Resource]) -> None:
        """Serve the versions of a custom resource; the preferred one comes first."""
        for resource in resources:
            self._custom.setdefault((resource.group, resource.version), {})[resource.plural] = resource
        self.edition += 1

    def withdraw(self, definition: str) -> None:
        """Serve no longer what a CustomResourceDefinition, by name, defined."""
        for place, resources in list(self._custom.items()):
            for plural, resource in list(resources.items()):
                if resource.custom and resource.custom.definition == definition:
                    del resources[plural]
            if not resources:
                del self._custom[place]
        self.edition += 1

    def custom(self) -> Mapping[tuple[str, str], Mapping[str, Resource]]:
        """The custom resources by group and version, then plural."""
        return self._custom

    def _custom_of_kind(self, group: str, kind: str) -> tuple[Resource, ...]:
        return tuple(
            resource
            for (served_group, _), resources in self._custom.items()
            if served_group == group
            for resource in resources.values()
            if resource.kind == kind
        )


@cache
def _by_kind() -> Mapping[tuple[str, str], tuple[Resource, ...]]:
    found: dict[tuple[str, str], tuple[Resource, ...]] = {}
    for resources in built_in().values():
        for resource in resources.values():
            place = (resource.group, resource.kind)
            found[place] = (*found.get(place, ()), resource)
    return found


@cache
def _by_storage() -> Mapping[str, Resource]:
    return {
        resource.storage: resource
        for resources in built_in().values()
        for resource in resources.values()
        if resource.storage_version == resource.api_version
    }
