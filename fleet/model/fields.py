"""Sets of fields, as the API server writes them in `managedFields` (fieldsV1), and paths into objects.

A FieldSet is a tree. Its edges are fieldsV1's: `f:name` a field, `k:{…}` a list item by its keys, `v:…` an item of a set,
`i:n` an index; the edge `.` says that the node itself is a member. Source: Kubernetes structured-merge-diff, fieldpath.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias

import orjson

from fleet.model.manifest import digest_of

Edges: TypeAlias = Mapping[str, Any]


# A comma in brackets belongs to a selector: [port=80,protocol=TCP].
_COMMA = re.compile(r",(?![^\[\]]*\])")


def pointers(text: str) -> list[str]:
    """Take apart what an annotation says: pointers with commas between; an empty one where two commas meet."""
    return [part.strip() for part in _COMMA.split(text)]


@dataclass(frozen=True, slots=True)
class FieldPath:
    """A path into an object, of edges: `("f:spec", "f:replicas")`. It covers the field it names and all below it."""

    edges: tuple[str, ...]

    def __str__(self) -> str:
        return "/" + "/".join(_shown(edge) for edge in self.edges)

    @classmethod
    def parse(cls, pointer: str) -> Self:
        """Read a JSON pointer (RFC 6901) in which a list item may be selected as `[key=value]`, several keys with commas.

        `[*]` stands for every item of a list. Examples:
        `/spec/template/spec/containers/[name=web]/image`; `/spec/ports/[port=80,protocol=TCP]`. A bare number is an index.
        Raises ValueError when a step of it is empty or a selector is malformed.
        """
        if not _POINTER.fullmatch(pointer):
            raise ValueError(f"{pointer!r} is not a JSON pointer: write it as /spec/replicas")
        return cls(tuple(_edge(step) for step in _STEP.findall(pointer)))


# A selector may hold a slash (a name never does: there it is escaped as ~1).
_STEP = re.compile(r"/(\[[^\]]*\]|[^/]+)")
_POINTER = re.compile(r"(?:/(?:\[[^\]]*\](?=/|$)|[^/\[][^/]*))+")


EVERY = "*:"
"""The edge that stands for every item: only in a path that was read, never in a set of fields."""


def _edge(step: str) -> str:
    if step == "[*]":
        return EVERY
    if step.startswith("["):
        if not re.fullmatch(r"\[[^=,\]]+=[^,\]]*(,[^=,\]]+=[^,\]]*)*\]", step):
            raise ValueError(f"{step!r} does not select a list item: write it as [name=web]")
        pairs = (pair.partition("=") for pair in step[1:-1].split(","))
        return item_edge({name.strip(): _scalar(value.strip()) for name, _, value in pairs})
    name = step.replace("~1", "/").replace("~0", "~")
    return f"i:{name}" if re.fullmatch("[0-9]+", name) else f"f:{name}"


def item_edge(keys: Mapping[str, Any]) -> str:
    """The edge to a list item with these key fields."""
    return "k:" + orjson.dumps(keys, option=orjson.OPT_SORT_KEYS).decode()


def _scalar(text: str) -> Any:
    return int(text) if re.fullmatch(r"-?\d+", text) else {"true": True, "false": False}.get(text, text)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _shown(edge: str) -> str:
    if edge == EVERY:
        return "[*]"
    kind, _, rest = edge.partition(":")
    if kind == "k":
        return "[" + ",".join(f"{name}={_text(value)}" for name, value in orjson.loads(rest).items()) + "]"
    return rest.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True, slots=True)
class FieldSet:
    """An immutable set of field paths. Equality and `digest` do not depend on the order of the edges."""

    tree: Edges = field(default_factory=dict, hash=False)
    _digest: str = field(default="", init=False, repr=False, compare=False)
    """Kept when it was asked for: a thousand objects share one set, and each Sync asks."""

    @classmethod
    def of(cls, paths: Iterable[FieldPath]) -> Self:
        """Make the set of exactly these paths."""
        tree: dict[str, Any] = {}
        for path in paths:
            node = tree
            for edge in path.edges:
                node = node.setdefault(edge, {})
            node["."] = {}
        return cls(_normal(tree))

    def __bool__(self) -> bool:
        return bool(self.tree)

    @property
    def digest(self) -> str:
        """A hash of the set."""
        if not self._digest:
            object.__setattr__(self, "_digest", digest_of(self.tree))
        return self._digest

    def union(self, other: FieldSet) -> FieldSet:
        """All members of either."""
        return FieldSet(_union(self.tree, other.tree))

    def minus(self, other: FieldSet) -> FieldSet:
        """The members that are not members of the other; what lies below a common member stays unless it is common too."""
        return FieldSet(_minus(self.tree, other.tree))

    def without(self, paths: Iterable[FieldPath]) -> FieldSet:
        """The members that none of the paths covers."""
        tree: Edges = self.tree
        for path in paths:
            tree = _cut(tree, path.edges)
        return self if tree is self.tree else FieldSet(tree)

    def under(self, paths: Iterable[FieldPath]) -> FieldSet:
        """The members that some of the paths covers."""
        return self.minus(self.without(paths))

    def covers(self, path: FieldPath) -> bool:
        """Whether the path, or anything below it, is a member."""
        node: Edges | None = self.tree
        for edge in path.edges:
            if node is None or edge not in node:
                return False
            node = node[edge]
        return True

    def paths(self) -> Iterator[FieldPath]:
        """The members, depth first in sorted order. A node that is a member only through its children is not one."""
        yield from _members(self.tree, ())


def _normal(tree: Edges) -> Edges:
    # fieldsV1 writes a leaf as {} and a member that also has children with ".".
    return {edge: {} if set(node) <= {"."} else _normal(node) for edge, node in tree.items()}


def _is_member(node: Edges) -> bool:
    return not node or "." in node


def _union(left: Edges, right: Edges) -> Edges:
    out = dict(left)
    for edge, node in right.items():
        if edge not in out:
            out[edge] = node
        elif out[edge] != node:
            out[edge] = _merged(out[edge], node)
    return out


def _merged(left: Edges, right: Edges) -> Edges:
    merged = dict(_union(left, right))
    if _is_member(left) or _is_member(right):
        merged["."] = {}
    return merged if set(merged) != {"."} else {}


def _minus(left: Edges, right: Edges) -> Edges:
    out: dict[str, Any] = {}
    for edge, node in left.items():
        if edge not in right:
            out[edge] = node
            continue
        rest = dict(_minus({e: n for e, n in node.items() if e != "."}, right[edge]))
        if _is_member(node) and not _is_member(right[edge]):
            rest = {**rest, ".": {}} if rest else {}
            out[edge] = rest
        elif rest:
            out[edge] = rest
    return out


def _cut(tree: Edges, edges: tuple[str, ...]) -> Edges:
    head, *rest = edges
    if head not in tree:
        return tree
    out = dict(tree)
    if not rest:
        del out[head]
        return out
    node = tree[head]
    left = _cut(node, tuple(rest))
    if left or not node:
        # A member that had children and lost them all is a leaf: written as fieldsV1 writes it, so that equal sets hash alike.
        out[head] = {} if set(left) == {"."} else left
    else:
        del out[head]
    return out


def _members(tree: Edges, prefix: tuple[str, ...]) -> Iterator[FieldPath]:
    for edge in sorted(tree):
        if edge == ".":
            continue
        node, path = tree[edge], (*prefix, edge)
        if _is_member(node):
            yield FieldPath(path)
        yield from _members(node, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """One entry of an object's `managedFields`."""

    manager: str
    operation: str
    """`Apply` or `Update`."""
    api_version: str
    subresource: str = ""
    time: str = ""
    """RFC 3339, as the server wrote it; empty when it wrote none."""
    fields: FieldSet

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Self:
        """Take one entry as the API server writes it."""
        return cls(
            manager=entry.get("manager", ""),
            operation=entry.get("operation", ""),
            api_version=entry.get("apiVersion", ""),
            subresource=entry.get("subresource", ""),
            time=entry.get("time", ""),
            fields=FieldSet(entry.get("fieldsV1") or {}),
        )

    def write(self) -> dict[str, Any]:
        """Write it as the API server does."""
        entry = {
            "manager": self.manager,
            "operation": self.operation,
            "apiVersion": self.api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": self.fields.tree,
        }
        if self.time:
            entry["time"] = self.time
        if self.subresource:
            entry["subresource"] = self.subresource
        return entry
