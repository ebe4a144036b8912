"""What a render gives: desired objects, each with the place it came from."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

import orjson

from fleet.errors import FleetError
from fleet.model.keys import GroupKind, ObjectKey


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """The file, from the repository's root, and the line (from 1) where something was written."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Scope(StrEnum):
    """Whether objects of a kind live in a namespace."""

    NAMESPACED = "Namespaced"
    CLUSTER = "Cluster"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One desired object and the file it came from.

    `body` is what git says, normalised (`stringData` merged into `data`, the namespace explicit once the scope is known),
    without any mark of ours. It is shared and must never be changed. `digest` covers the body alone.
    """

    key: ObjectKey
    body: Mapping[str, Any] = field(hash=False)
    origin: Origin
    scope: Scope
    digest: str
    yields: bool = False
    """Whether it gives way to any other App that declares it, and to what is there already."""

    @classmethod
    def of(cls, body: Mapping[str, Any], *, origin: Origin, scope: Scope, namespace: str) -> Self:
        """Make the Manifest of a body, its namespace settled by its scope.

        A namespaced one that names no namespace gets `namespace`, a cluster-scoped one loses its own. While the scope is
        unknown the body stays as written, and `placed` settles it later.
        """
        if scope is Scope.NAMESPACED and not body["metadata"].get("namespace"):
            body = {**body, "metadata": {**body["metadata"], "namespace": namespace}}
        elif scope is Scope.CLUSTER and "namespace" in body["metadata"]:
            metadata = {name: value for name, value in body["metadata"].items() if name != "namespace"}
            body = {**body, "metadata": metadata}
        return cls(key=ObjectKey.of(body), body=body, origin=origin, scope=scope, digest=digest_of(body))

    def placed(self, scope: Scope, namespace: str) -> Self:
        """Settle an unknown scope; one that is known stays."""
        if self.scope is not Scope.UNKNOWN or scope is Scope.UNKNOWN:
            return self
        placed = Manifest.of(self.body, origin=self.origin, scope=scope, namespace=namespace)
        return replace(self, key=placed.key, body=placed.body, scope=scope, digest=placed.digest)

    @property
    def metadata(self) -> Mapping[str, Any]:
        """The metadata git gives the object."""
        found: Mapping[str, Any] = self.body["metadata"]
        return found

    @property
    def annotations(self) -> Mapping[str, str]:
        """The annotations git gives the object."""
        return self.body["metadata"].get("annotations") or {}

    @property
    def api_version(self) -> str:
        """`group/version`, or `v1`."""
        return str(self.body["apiVersion"])


def digest_of(value: Any) -> str:
    """Hash a JSON value to 32 hex digits, whatever the order of its mappings' keys."""
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A document that declares Apps (App, Application, Kustomization…), not an object to apply."""

    body: Mapping[str, Any] = field(hash=False)
    origin: Origin

    @property
    def identity(self) -> ObjectKey:
        """(group, kind, namespace, name): what overriding compares."""
        return ObjectKey.of(self.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Everything one Fingerprint renders to; complete, or it would be a RenderFailed."""

    fingerprint: str
    manifests: tuple[Manifest, ...]
    declarations: tuple[Declaration, ...] = ()
    withheld: tuple[Manifest, ...] = ()
    """What it also says, but nobody applies: the installation of another engine, and what Flux's words leave to others.

    What is there of it stays.
    """

    @property
    def said(self) -> tuple[Manifest, ...]:
        """Every object of it, applied or not: nothing of that has left git."""
        return (*self.manifests, *self.withheld) if self.withheld else self.manifests

    @property
    def defined(self) -> Mapping[GroupKind, Scope]:
        """The custom kinds that CustomResourceDefinitions in this render define, with their scope."""
        return {
            GroupKind(spec["group"], spec["names"]["kind"]): Scope(spec["scope"])
            for manifest in self.manifests
            if manifest.key.kind == "CustomResourceDefinition"
            for spec in (manifest.body["spec"],)
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderFailed:
    """A render that gave no complete answer: nothing may be applied and nothing deleted on its account."""

    fingerprint: str
    errors: tuple[FleetError, ...] = field(hash=False)
    read: tuple[Manifest, ...] = field(default=(), compare=False, repr=False)
    """What could be read all the same, for those who only tell what is wrong: never applied, and no answer of what is gone."""

    @property
    def message(self) -> str:
        """All errors, a line each."""
        return "\n".join(str(error) for error in self.errors)
