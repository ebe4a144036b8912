"""Which fields of a drifted object differ, their old and new values, and who wrote them: told from the whole live object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson

from fleet.model.drift import Drift, FieldDrift
from fleet.model.fields import Edges, FieldPath, FieldSet, Managed, item_edge
from fleet.model.marks import MANAGER
from fleet.model.values import ABSENT, KEY_DEFAULTS, edge_of, value_at
from fleet.plan.input import OVERRIDE_MANAGERS
from fleet.plan.takeover import of_ours, operational, override_entries

MASK = "(secret)"
"""Stands for a value that is never shown."""

_NOT_FIELDS = frozenset({("f:apiVersion",), ("f:kind",), ("f:metadata", "f:name"), ("f:metadata", "f:namespace"), ("f:status",)})
_SHOWN_OF_SECRETS = (("f:metadata", "f:labels"), ("f:type",), ("f:immutable",))


def field_drifts(
    body: Mapping[str, Any],
    live_body: Mapping[str, Any],
    *,
    exempt: Iterable[FieldPath] = (),
    managers: Iterable[str] = OVERRIDE_MANAGERS,
) -> tuple[FieldDrift, ...]:
    """Compare git's body (with our marks on it, or without) with the live one, where ownership says that somebody wrote.

    Those are the fields that git sets and our manager no longer owns, and the fields that override managers own. Others are
    not compared: the API server writes values in its own way (`1000m` as `1`), which is nobody's drift. Values of Secrets are
    never shown.
    """
    entries = [Managed.read(entry) for entry in live_body["metadata"].get("managedFields") or ()]
    own = next((entry.fields for entry in entries if _is_ours(entry)), FieldSet())
    exempt = tuple(exempt)
    lost = (path for path in _lost(body, own.tree, ()) if not _covered(path, exempt))
    people = override_entries(entries, managers)
    taken = (
        path for entry in people for path in entry.fields.without(exempt).paths() if not operational(path) and not of_ours(path)
    )
    found: dict[FieldPath, FieldDrift] = {}
    for path in (*lost, *taken):
        for drift in _differences(path, value_at(body, path), value_at(live_body, path)):
            found.setdefault(drift.path, drift)
    outer = [path.edges for path in found]
    drifts = (drift for path, drift in found.items() if not any(_inside(path.edges, edges) for edges in outer))
    secret = body["kind"] == "Secret"
    return tuple(sorted((_masked(drift) if secret else drift for drift in drifts), key=lambda drift: str(drift.path)))


def described(
    drift: Drift,
    body: Mapping[str, Any],
    live_body: Mapping[str, Any],
    *,
    exempt: Iterable[FieldPath] = (),
    managers: Iterable[str] = OVERRIDE_MANAGERS,
) -> Drift:
    """Fill in a Drift's fields, and who wrote them and when as far as the API server says; it does not after a removal."""
    fields = field_drifts(body, live_body, exempt=exempt, managers=managers)
    writers = [
        entry
        for entry in (Managed.read(entry) for entry in live_body["metadata"].get("managedFields") or ())
        if not _is_ours(entry) and any(entry.fields.covers(field.path) for field in fields)
    ]
    last = max(writers, key=lambda entry: entry.time, default=None)
    if last is None:
        return replace(drift, fields=fields)
    return replace(drift, fields=fields, manager=last.manager, time=last.time)


def _is_ours(entry: Managed) -> bool:
    return entry.manager == MANAGER and entry.operation == "Apply" and not entry.subresource


def _covered(path: FieldPath, by: Iterable[FieldPath]) -> bool:
    return any(path.edges[: len(other.edges)] == other.edges for other in by)


def _inside(edges: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    return len(edges) > len(outer) and edges[: len(outer)] == outer


def _lost(git: Any, owned: Edges, at: tuple[str, ...]) -> Iterator[FieldPath]:
    """The fields git sets that our manager does not own; nothing below a field that it owns as a whole."""
    if at in _NOT_FIELDS or (at and not owned):
        return
    for edge, item in _children(git, owned):
        if item is None:
            continue
        if edge in owned:
            yield from _lost(item, owned[edge], (*at, edge))
        elif (*at, edge) not in _NOT_FIELDS:
            yield FieldPath((*at, edge))


def _children(git: Any, owned: Edges) -> Iterator[tuple[str, Any]]:
    if isinstance(git, Mapping):
        yield from ((f"f:{name}", item) for name, item in git.items())
    elif isinstance(git, list):
        for position, item in enumerate(git):
            yield edge_of(item, position, (edge for edge in owned if edge != ".")) or _guessed(item, position, owned), item


def _guessed(item: Any, position: int, owned: Edges) -> str:
    """The edge to an item that our manager does not own, in the way of those that it does."""
    example = next((edge for edge in owned if edge != "."), "i:")
    if example.startswith("k:") and isinstance(item, Mapping):
        return item_edge({name: item.get(name, KEY_DEFAULTS.get(name)) for name in orjson.loads(example[2:])})
    return "v:" + orjson.dumps(item).decode() if example.startswith("v:") else f"i:{position}"


def _differences(path: FieldPath, git: Any, live: Any) -> Iterator[FieldDrift]:
    if git == live:
        return
    if isinstance(git, Mapping) and isinstance(live, Mapping):
        for name, item in git.items():
            yield from _differences(FieldPath((*path.edges, f"f:{name}")), item, live.get(name, ABSENT))
        return
    yield FieldDrift(path=path, git=git, live=live)


def _masked(drift: FieldDrift) -> FieldDrift:
    if any(drift.path.edges[: len(shown)] == shown for shown in _SHOWN_OF_SECRETS):
        return drift
    git, live = (value if value is ABSENT else MASK for value in (drift.git, drift.live))
    return FieldDrift(path=drift.path, git=git, live=live)
