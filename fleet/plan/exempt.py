"""What may differ: reading exemptions, finding the fields they name, and keeping those at their live value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from fleet.errors import FleetError
from fleet.model.app import App
from fleet.model.drift import Exempted, Exemption, ExemptionFailed
from fleet.model.fields import EVERY, Edges, FieldPath
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Manifest
from fleet.model.marks import PART_OF
from fleet.model.observation import LiveObject
from fleet.model.values import ABSENT, item_has, value_at
from fleet.plan.takeover import of_ours

WHOLE = "*"

_NEVER = frozenset({("f:apiVersion",), ("f:kind",), ("f:metadata", "f:name"), ("f:metadata", "f:namespace")})
_MARKED = frozenset({("f:metadata",), ("f:metadata", "f:labels"), ("f:metadata", "f:annotations")})
"""Containers of our marks: an exemption of one is of everything else in it."""


def exempted(manifest: Manifest, app: App, answers: Mapping[str, Iterable[str] | FleetError]) -> Exempted | None:
    """Put together what may differ of one object; None when nothing may.

    `answers` holds, by the name of each declaration, the pointers its function gave, or why it gave none. One that failed or
    is malformed makes the whole answer a failure: what may differ could then not be told.
    """
    said = {name: answer for name, answer in answers.items() if isinstance(answer, FleetError)}
    if said:
        return ExemptionFailed(key=manifest.key, reason="; ".join(f"{name}: {error}" for name, error in said.items()))
    given = {name: tuple(answer) for name, answer in answers.items() if not isinstance(answer, FleetError)}
    given["ignoreDrift"] = ignored(app, manifest)
    meant = (rule for rule in app.ignore_drift if rule.means(manifest.key, manifest.body))
    managers = tuple(dict.fromkeys(name for rule in meant for name in rule.managers))
    return _read(manifest.key, {name: pointers for name, pointers in given.items() if pointers}, managers)


def ignored(app: App, manifest: Manifest) -> tuple[str, ...]:
    """The pointers that the App's own `ignoreDrift` gives for an object."""
    return tuple(pointer for rule in app.ignore_drift if rule.means(manifest.key, manifest.body) for pointer in rule.fields)


def located(exemption: Exempted | None, manifest: Manifest | None, live: LiveObject | None) -> tuple[FieldPath, ...]:
    """Find an exemption's paths in an object, as the API server writes them.

    `managedFields` names list items by their keys and members of a mapping by name; people may write an index, or another
    field of the item. A path that leads nowhere stays as it is. Our marks and the object's identity are never among them.
    """
    if not isinstance(exemption, Exemption):
        return ()
    trees = [live.own.tree, *(entry.fields.tree for entry in live.others)] if live else []
    body = manifest.body if manifest else {}
    named = [FieldPath(())] if exemption.whole else [*exemption.paths, *_managed(exemption, live)]
    found = [edges for path in named for way in _resolve(path.edges, body, trees) for edges in _spread(way, body, trees)]
    return tuple(dict.fromkeys(FieldPath(edges) for edges in found))


def whole(exemption: Exempted | None) -> bool:
    """Whether the object may differ as a whole."""
    return isinstance(exemption, Exemption) and exemption.whole


def _managed(exemption: Exemption, live: LiveObject | None) -> Iterable[FieldPath]:
    """The fields that the named managers own in the object that is there."""
    if live is None or not exemption.managers:
        return ()
    theirs = [path.edges for entry in live.others if entry.manager in exemption.managers for path in entry.fields.paths()]
    # Who owns a field of a mapping mostly owns the mapping as well: that is not meant to be all that is in it.
    above = {edges[:count] for edges in theirs for count in range(len(edges))}
    return [FieldPath(edges) for edges in theirs if edges not in above]


def _read(key: ObjectKey, given: Mapping[str, tuple[str, ...]], managers: tuple[str, ...] = ()) -> Exempted | None:
    paths: list[FieldPath] = []
    for name, pointers in given.items():
        for pointer in pointers:
            if pointer == WHOLE:
                continue
            try:
                paths.append(_path(pointer))
            except ValueError as error:
                return ExemptionFailed(key=key, reason=f"{name}: {error}")
    every = any(WHOLE in pointers for pointers in given.values())
    if not paths and not every and not managers:
        return None
    source = ", ".join(given) or "ignoreDrift"
    return Exemption(key=key, paths=tuple(dict.fromkeys(paths)), whole=every, managers=managers, source=source)


def _path(pointer: str) -> FieldPath:
    path = FieldPath.parse(pointer)
    if path.edges in _NEVER or of_ours(path) or path.edges[-1] == f"f:{PART_OF}":
        raise ValueError(f"{pointer!r} is what tells the object and its owner, and cannot be exempt")
    return path


def _resolve(edges: tuple[str, ...], body: Any, trees: list[Edges]) -> list[tuple[str, ...]]:
    """The ways a path leads, as the server names them: one, but for each item where every item is meant."""
    if not edges:
        return [()]
    names = frozenset(name for tree in trees for name in tree)
    heads = _items(body, names) if edges[0] == EVERY else [_named(edges[0], body, names)]
    return [
        (head, *rest)
        for head in heads
        for rest in _resolve(edges[1:], value_at(body, FieldPath((head,))), [tree[head] for tree in trees if head in tree])
    ]


def _items(body: Any, names: frozenset[str]) -> list[str]:
    """Every item of a list, in git or live."""
    in_git = range(len(body)) if isinstance(body, list) else ()
    found = [_named(f"i:{number}", body, names) for number in in_git]
    return list(dict.fromkeys([*found, *sorted(name for name in names if name[:2] in ("k:", "v:", "i:"))]))


def _named(edge: str, body: Any, names: frozenset[str]) -> str:
    """The edge among the server's names that a person's edge means."""
    if edge.startswith("f:"):
        return edge
    name = f"f:{edge[2:]}"
    if edge.startswith("i:") and (name in names or isinstance(body, Mapping)):
        return name
    item = value_at(body, FieldPath((edge,))) if isinstance(body, list) else ABSENT
    if isinstance(item, Mapping):
        keyed = (other for other in sorted(names) if other.startswith("k:") and item_has(item, orjson.loads(other[2:])))
        return next(keyed, edge)
    if item is not ABSENT:
        by_value = "v:" + orjson.dumps(item).decode()
        return by_value if by_value in names else edge
    if edge.startswith("i:"):
        return edge
    wanted = orjson.loads(edge[2:])
    live_only = (other for other in sorted(names) if other.startswith("k:") and item_has(orjson.loads(other[2:]), wanted))
    return next(live_only, edge)


def _spread(edges: tuple[str, ...], body: Any, trees: list[Edges]) -> list[tuple[str, ...]]:
    """Take a container that also holds our marks, or what names the object, apart into the rest of what it holds."""
    if edges and edges not in _MARKED:
        return [] if edges in _NEVER or of_ours(FieldPath(edges)) or edges[-1] == f"f:{PART_OF}" else [edges]
    inner = value_at(body, FieldPath(edges))
    names = {f"f:{name}" for name in inner} if isinstance(inner, Mapping) else set()
    for tree in trees:
        names |= {name for name in _below(tree, edges) if name != "."}
    return [found for name in sorted(names) for found in _spread((*edges, name), body, trees)]


def _below(tree: Edges, edges: tuple[str, ...]) -> Edges:
    for edge in edges:
        tree = tree.get(edge, {})
    return tree
