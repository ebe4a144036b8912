"""What is known of kinds: those that are built in, of one version of Kubernetes, and those that definitions make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.errors import FleetError
from fleet.model.keys import GroupKind
from fleet.model.manifest import Manifest
from fleet.sandbox.objects import Model, builtin, custom
from fleet.schema import kind_of, kinds, kubernetes

_MINOR = re.compile(r"v?(\d+\.\d+)")


def checked_version() -> str:
    """The version of Kubernetes whose facts there are, as `1.36`. There is one; another's would be chosen here."""
    return minor(kubernetes())


def minor(version: str) -> str:
    """Reduce `v1.36.3` to `1.36`; empty where it is no version."""
    found = _MINOR.match(version)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A kind that cannot be there in this version; `message` says why."""

    message: str


class Kinds:
    """The kinds of one cluster."""

    def __init__(self, definitions: Iterable[Manifest], *, served: Iterable[str] = ()) -> None:
        self._served = frozenset(served)
        self._custom: dict[tuple[str, str, str], Model] = {}
        self._versions: dict[GroupKind, list[str]] = {}
        for each in definitions:
            self._define(each.body["spec"])

    def _define(self, spec: Mapping[str, Any]) -> None:
        group, kind = spec["group"], spec["names"]["kind"]
        entries = spec.get("versions")
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry.get("served"):
                continue
            try:
                model = custom(group, kind, entry)
            except (AttributeError, KeyError, TypeError, FleetError):
                continue  # the definition itself is wrong, and told as such
            self._custom[group, entry["name"], kind] = model
            self._versions.setdefault(GroupKind(group, kind), []).append(entry["name"])

    def of(self, api_version: str, kind: str) -> Model | Unserved | None:
        """What is known of a kind; None where nothing is."""
        group, _, version = api_version.rpartition("/")
        known = kind_of(group, kind)
        versions = [each.name for each in known.versions] if known else self._versions.get(GroupKind(group, kind), [])
        if version in versions:
            return builtin(group, version, kind) if known else self._custom[group, version, kind]
        if api_version in self._served:
            return None
        if versions:
            better = f"{group}/{versions[0]}" if group else versions[0]
            server = f"Kubernetes {checked_version()} serves" if known else "its CustomResourceDefinition serves"
            return Unserved(message=f"{server} {kind} in {better}, not in {api_version}")
        if any(group == each[0] for each in kinds()):
            return Unserved(message=f"Kubernetes {checked_version()} has no kind {kind} in {api_version}")
        return None
