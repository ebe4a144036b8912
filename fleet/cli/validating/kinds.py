"""What is known of kinds: those that are built in, of one release of Kubernetes, and those that definitions make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from fleet.cli.validating.differences import unserved
from fleet.errors import FleetError
from fleet.model.keys import GroupKind
from fleet.model.manifest import Manifest
from fleet.sandbox.objects import Model, builtin, custom
from fleet.schema.releases import Release, base, release


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A kind that cannot be there in this version; `message` says why."""

    message: str

    @property
    def mark(self) -> Any:
        """Equal for what judges alike."""
        return self.message


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltInKind:
    """A kind of Kubernetes in one version, in one release."""

    release: Release
    name: str
    """Of its type."""
    model: Model | None
    """The rules of the server; those of the base's, which has all but what was removed before it or is newer."""

    @property
    def mark(self) -> Any:
        """Equal for what judges alike."""
        return self.release.minor, self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomKind:
    """A kind in one version, as a CustomResourceDefinition in the repository makes it."""

    definition: Manifest
    name: GroupKind
    version: str
    model: Model

    @property
    def mark(self) -> Any:
        """Equal for what judges alike."""
        return self.definition.digest, self.version


Known = BuiltInKind | CustomKind


class Definitions:
    """The custom kinds of a repository: what several clusters define alike is read once."""

    def __init__(self) -> None:
        self._read: dict[str, list[CustomKind]] = {}

    def kinds(self, definition: Manifest) -> list[CustomKind]:
        """Give the kind in each version that is served."""
        found = self._read.get(definition.digest)
        if found is None:
            found = self._read[definition.digest] = list(_versions(definition))
        return found


def _versions(definition: Manifest) -> Iterable[CustomKind]:
    # Where the definition itself is wrong, that is told of it; here it defines nothing.
    spec = definition.body.get("spec")
    names = spec.get("names") if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(names, dict):
        return
    group, kind, entries = spec.get("group"), names.get("kind"), spec.get("versions")
    if not isinstance(group, str) or not isinstance(kind, str) or not isinstance(entries, list):
        return
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry.get("served"):
            continue
        try:
            model = custom(group, kind, entry)
        except (AttributeError, KeyError, TypeError, FleetError):
            continue
        yield CustomKind(definition=definition, name=GroupKind(group, kind), version=entry["name"], model=model)


class Kinds:
    """The kinds of one cluster: of a release of Kubernetes, and of definitions, of which a later one wins."""

    def __init__(
        self, definitions: Iterable[Manifest], known: Definitions, *, minor: str = "", served: Iterable[str] = ()
    ) -> None:
        self._release = release(minor or base())
        self._served = frozenset(served)
        self._custom: dict[tuple[GroupKind, str], CustomKind] = {}
        self._versions: dict[GroupKind, list[str]] = {}
        for definition in definitions:
            for each in known.kinds(definition):
                self._custom[each.name, each.version] = each
                self._versions.setdefault(each.name, []).append(each.version)

    def of(self, api_version: str, kind: str) -> Known | Unserved | None:
        """What is known of a kind; None where nothing is."""
        group, _, version = api_version.rpartition("/")
        name = self._release.kind_type(group, version, kind)
        if name is not None:
            return BuiltInKind(release=self._release, name=name, model=builtin(group, version, kind))
        defined = self._custom.get((GroupKind(group, kind), version))
        if defined is not None:
            return defined
        if api_version in self._served:
            return None
        why = self._why_not(group, version, kind)
        return Unserved(message=why) if why else None

    def _why_not(self, group: str, version: str, kind: str) -> str:
        api_version = f"{group}/{version}" if group else version
        when = unserved(self._release, group, version, kind)
        if when:
            return f"{api_version} {kind} is not served {when}{self._instead(group, kind)}"
        defined = self._versions.get(GroupKind(group, kind))
        if defined:
            return f"its CustomResourceDefinition serves {kind} in {group}/{defined[0]}, not in {api_version}"
        versions = self._release.versions(group, kind)
        if versions:
            better = f"{group}/{versions[0]}" if group else versions[0]
            return f"Kubernetes serves {kind} in {better}, not in {api_version}"
        if any(place.startswith(f"{group}/") for place in self._release.kinds):
            return f"Kubernetes has no kind {kind} in {api_version}"
        return ""

    def _instead(self, group: str, kind: str) -> str:
        versions = self._release.versions(group, kind)
        return f"; write {group}/{versions[0]}" if versions else ""
