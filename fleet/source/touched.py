"""What one commit changed, seen from its first parent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Touched:
    """The paths a commit changed, and every directory above one of them; the first commit of all changed everything."""

    changed: frozenset[str]
    above: frozenset[str]
    everything: bool = False

    @classmethod
    def of(cls, changed: frozenset[str]) -> Touched:
        """Find the directories above changed paths; the repository's root is the empty one."""
        above: set[str] = set()
        for path in changed:
            while path and (path := path.rpartition("/")[0]) not in above:
                above.add(path)
        return cls(changed, frozenset(above))

    def any_of(self, paths: Iterable[str]) -> bool:
        """Whether any of these files changed, or anything in one of these directories."""
        return self.everything or any(path in self.changed or path in self.above for path in paths)

    def in_chain(self, groups: Iterable[str], directory: str) -> bool:
        """Whether a file directly in one of the groups changed, or anything in a cluster's directory."""
        holding = {path.rpartition("/")[0] for path in self.changed}
        return self.everything or directory in self.above or not holding.isdisjoint(groups)


EVERYTHING = Touched(frozenset(), frozenset(), everything=True)
