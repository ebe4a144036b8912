"""Which fields people's tools own of an object, and which of them are taken over: path by path, never a whole entry.

Taking a whole entry would also take `restartedAt`, and the next apply would delete it, which restarts every Pod.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from fleet.model.fields import FieldPath, FieldSet, Managed
from fleet.model.marks import PREFIX
from fleet.model.observation import LiveObject

OPERATIONAL = frozenset({"kubectl.kubernetes.io/restartedAt"})
"""Annotations, of an object or of a Pod template anywhere in it, by which people operate: left alone, whoever owns them.

`kubectl.kubernetes.io/last-applied-configuration` is not one: it is taken over, so that the next apply removes it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Takeover:
    """The paths that go to our manager, the managers they come from, and when the last of those wrote."""

    paths: tuple[FieldPath, ...] = ()
    managers: tuple[str, ...] = ()
    time: str = ""
    latest: str = ""
    """The manager that wrote last."""


def takeover(live: LiveObject, exempt: Iterable[FieldPath], patterns: Iterable[str]) -> Takeover:
    """Tell what is taken over from override managers: what is neither exempt, operational, `fleethub.dev/*` nor a subresource's.

    A container (`metadata.annotations` itself) is taken only where nothing below it is left with any of them.
    """
    entries = override_entries(live.others, patterns)
    exempt = tuple(exempt)
    takeable = [(entry, _takeable(entry.fields, exempt)) for entry in entries]
    left = [path.edges for entry, some in takeable for path in entry.fields.paths() if path not in some]
    taken = [(entry, [path for path in sorted(some, key=str) if not _above(path, left)]) for entry, some in takeable]
    taken = [(entry, paths) for entry, paths in taken if paths]
    if not taken:
        return Takeover()
    last = max((entry for entry, _ in taken), key=lambda entry: entry.time)
    return Takeover(
        paths=tuple(dict.fromkeys(path for _, paths in taken for path in paths)),
        managers=tuple(sorted({entry.manager for entry, _ in taken})),
        time=last.time,
        latest=last.manager,
    )


def override_entries(entries: Iterable[Managed], patterns: Iterable[str]) -> tuple[Managed, ...]:
    """The entries of managers that people act through, those of subresources left out."""
    patterns = tuple(patterns)
    return tuple(
        entry for entry in entries if not entry.subresource and any(fnmatchcase(entry.manager, pattern) for pattern in patterns)
    )


def operational(path: FieldPath) -> bool:
    """Whether a path is in the list of operational fields."""
    *_, above, last = ("", "", *path.edges)
    return above == "f:annotations" and last.removeprefix("f:") in OPERATIONAL


def of_ours(path: FieldPath) -> bool:
    """Whether a path is a label or annotation of the prefix that is ours to read."""
    head = path.edges[:2]
    ours = head in (("f:metadata", "f:labels"), ("f:metadata", "f:annotations"))
    return ours and len(path.edges) > 2 and path.edges[2].startswith(f"f:{PREFIX}")


def _takeable(fields: FieldSet, exempt: tuple[FieldPath, ...]) -> frozenset[FieldPath]:
    return frozenset(path for path in fields.without(exempt).paths() if not operational(path) and not of_ours(path))


def _above(path: FieldPath, left: Iterable[tuple[str, ...]]) -> bool:
    depth = len(path.edges)
    return any(edges[:depth] == path.edges for edges in left)
