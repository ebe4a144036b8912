"""Names: of objects, of their kinds, and of an App on a cluster.

Named tuples, not dataclasses: a Sync looks each key up some hundred times, and what a tuple is made, hashed and compared by
is not Python. Never put two sorts of them in one mapping: equal fields make them equal.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Self


class GroupKind(NamedTuple):
    """A kind of object, without version: `Deployment.apps`, or `Service` in the core group."""

    group: str
    kind: str

    def __str__(self) -> str:
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `Kind[.group]`."""
        kind, _, group = text.partition(".")
        return cls(group, kind)


class ObjectKey(NamedTuple):
    """group, kind, namespace, name; never the version. A cluster-scoped object has the empty namespace."""

    group: str
    kind: str
    namespace: str
    name: str

    @property
    def group_kind(self) -> GroupKind:
        """The kind this object is of."""
        return GroupKind(self.group, self.kind)

    def __str__(self) -> str:
        """Write it as the command does: `Kind[.group]/[namespace/]name`."""
        return f"{self.group_kind}/{self.place}"

    @property
    def place(self) -> str:
        """`namespace/name`, or the bare name of a cluster-scoped object."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def member(self) -> str:
        """Write it as marks and Inventories do: `Kind[.group] [namespace/]name`."""
        kind = f"{self.kind}.{self.group}" if self.group else self.kind
        return f"{kind} {self.namespace}/{self.name}" if self.namespace else f"{kind} {self.name}"

    @classmethod
    def of(cls, body: Any, *, namespace: str | None = None) -> Self:
        """Take the key of a Kubernetes object (a mapping with apiVersion, kind and metadata)."""
        api_version, metadata = body["apiVersion"], body["metadata"]
        group = api_version.rpartition("/")[0]
        place = metadata.get("namespace") or "" if namespace is None else namespace
        return cls(group, body["kind"], place, metadata["name"])

    @classmethod
    def parse_member(cls, text: str) -> Self:
        """Read `Kind[.group] [namespace/]name`; raises ValueError when it is not of that form."""
        kind, separator, place = text.partition(" ")
        if not (kind and separator and place):
            raise ValueError(f"not an object's key: {text!r}")
        return cls._from(kind, place)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `Kind[.group]/[namespace/]name`; raises ValueError when it is not of that form."""
        kind, separator, place = text.partition("/")
        if not (kind and separator and place):
            raise ValueError(f"not an object's key: {text!r}")
        return cls._from(kind, place)

    @classmethod
    def _from(cls, kind: str, place: str) -> Self:
        group_kind = GroupKind.parse(kind)
        namespace, _, name = place.rpartition("/")
        return cls(group_kind.group, group_kind.kind, namespace, name)


class AppKey(NamedTuple):
    """`cluster/app`: the unit of queueing, inventory and reporting."""

    cluster: str
    app: str

    def __str__(self) -> str:
        return f"{self.cluster}/{self.app}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `cluster/app`; raises ValueError when it is not of that form."""
        cluster, separator, app = text.partition("/")
        if not (cluster and separator and app):
            raise ValueError(f"not cluster/app: {text!r}")
        return cls(cluster, app)
