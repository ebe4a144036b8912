"""Two states of one object as a unified diff of YAML; of a live one only what git sets or the hub owns, and no Secret's value."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import unified_diff
from typing import Any

from fleet.k8syaml import dump
from fleet.model.fields import Edges
from fleet.model.keys import GroupKind, ObjectKey
from fleet.model.marks import DIGEST, FLEET, OWNER, PART_OF, REVISION, SOURCE
from fleet.model.observation import observe
from fleet.model.values import edge_of

_SECRET = GroupKind("", "Secret")
_NEVER = frozenset({"status", "managedFields"})
_IDENTITY = frozenset({"apiVersion", "kind", "name", "namespace"})
_MARKS = frozenset({PART_OF, FLEET, OWNER, DIGEST, REVISION, SOURCE})

Body = Mapping[str, Any]


def difference(before: Body | None, after: Body | None, *, key: ObjectKey) -> str:
    """Compare two bodies of one object; None stands for none. Empty when they say the same."""
    if key.group_kind == _SECRET:
        before, after = _masked(before, after, "old"), _masked(after, before, "new")
    return "".join(unified_diff(_lines(before), _lines(after), fromfile=str(key), tofile=str(key)))


def of_ours(live: Body, git: Body) -> Body:
    """Leave of a live body what git sets or our manager owns: the rest is the API server's and other controllers'."""
    kept: Body = _kept(live, git, observe(live).own.tree)
    # Every write sets our marks: that they change says nothing to people.
    metadata = {name: _unmarked(part) if name in ("labels", "annotations") else part for name, part in kept["metadata"].items()}
    return {**kept, "metadata": {name: part for name, part in metadata.items() if part != {} or name in git["metadata"]}}


def _unmarked(part: Any) -> Any:
    return {name: value for name, value in part.items() if name not in _MARKS} if isinstance(part, Mapping) else part


def _kept(live: Any, git: Any, owned: Edges | None) -> Any:
    """`owned` is the tree of what our manager owns below; empty for all of it, None for nothing."""
    if owned is not None and not owned:
        return live
    if isinstance(live, Mapping):
        wanted = git if isinstance(git, Mapping) else {}
        return {
            name: _kept(value, wanted.get(name), _below(owned, f"f:{name}"))
            for name, value in live.items()
            if name not in _NEVER and (name in wanted or name in _IDENTITY or _below(owned, f"f:{name}") is not None)
        }
    if isinstance(live, list):
        return [kept for place, item in enumerate(live) for kept in _items(item, place, git, owned)]
    return live


def _items(item: Any, place: int, git: Any, owned: Edges | None) -> list[Any]:
    """An item of a list, as far as it is ours; none where it is neither git's nor owned."""
    edge = edge_of(item, place, (each for each in owned or () if each != "."))
    same = next((each for at, each in enumerate(git or ()) if _same_item(item, each, edge, at == place)), None)
    if edge is None and same is None:
        return []
    return [_kept(item, same, _below(owned, edge) if edge else None)]


def _same_item(item: Any, git: Any, edge: str | None, same_place: bool) -> bool:
    if not isinstance(item, Mapping) or not isinstance(git, Mapping):
        return bool(item == git)
    if edge and edge.startswith("k:"):
        return edge_of(git, 0, (edge,)) is not None
    return bool(item["name"] == git["name"]) if "name" in item and "name" in git else same_place


def _below(owned: Edges | None, edge: str) -> Edges | None:
    found: Edges | None = owned.get(edge) if owned is not None else None
    return found


def _lines(body: Body | None) -> list[str]:
    return [] if body is None else dump([_sorted(body)]).splitlines(keepends=True)


def _sorted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _sorted(value[name]) for name in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _masked(secret: Body | None, other: Body | None, side: str) -> Body | None:
    """Hide the values; it can still be seen which differ."""
    if secret is None:
        return None

    def hidden(part: str, name: str, value: Any) -> str:
        theirs = ((other or {}).get(part) or {}).get(name, value)
        return "(secret)" if theirs == value else f"(secret, {side})"

    return {
        part: {name: hidden(part, name, value) for name, value in values.items()}
        if part in ("data", "stringData") and isinstance(values, Mapping)
        else values
        for part, values in secret.items()
    }
