"""What of one cluster's desired state can be looked at, as far as it is known: its chain, then what its Apps render to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from fleet.errors import LookUncertain, NotKnownYet
from fleet.mapping.reading import Reading
from fleet.model.app import DesiredApp
from fleet.model.keys import ObjectKey
from fleet.model.manifest import Declaration, Manifest, Rendered, digest_of

Found: TypeAlias = Manifest | Declaration
Seen: TypeAlias = str | None
"""What a look saw: a digest, empty where there is nothing; None while that is not known."""


class Known:
    """Grows while a cluster is mapped; `whole` says that nothing more will be rendered."""

    def __init__(self, readings: Iterable[Reading]) -> None:
        self.whole = False
        self._readings = tuple(readings)
        self._near: dict[ObjectKey, Found] | None = None
        self._rendered: dict[ObjectKey, Found] = {}
        self._failed = any(reading.errors for reading in self._readings)
        self._uncertain = self._failed

    def learn(self, desired: Iterable[DesiredApp], *, failed: bool) -> None:
        """Take what the Apps that count render to; `failed`: what some of their declarations say could not be told."""
        self._rendered.clear()
        self._uncertain = self._failed or failed
        for each in desired:
            if not isinstance(each.result, Rendered):
                self._uncertain = True
                continue
            for manifest in each.result.manifests:
                self._rendered.setdefault(manifest.key, manifest)
            for declaration in each.result.declarations:
                self._rendered.setdefault(declaration.identity, declaration)

    def look(self, key: ObjectKey) -> Found | None:
        """Find an object; raises NotKnownYet, and LookUncertain where it may be in what could not be read or rendered."""
        found = self._find(key)
        if found is None and not self.whole:
            raise NotKnownYet(key=key)
        if found is None and self._uncertain:
            raise LookUncertain(key=key)
        return found

    def seen(self, key: ObjectKey) -> Seen:
        """What a look would see."""
        found = self._find(key)
        if found is None:
            return "" if self.whole else None
        return found.digest if isinstance(found, Manifest) else digest_of(found.body)

    def _find(self, key: ObjectKey) -> Found | None:
        if self._near is None:
            self._near = dict(_in_files(self._readings))
        return self._near.get(key) or self._rendered.get(key)


def _in_files(readings: Iterable[Reading]) -> Iterable[tuple[ObjectKey, Found]]:
    """What stands in a chain's files, the outermost first: a nearer one takes its place."""
    for reading in readings:
        yield from ((manifest.key, manifest) for manifest in reading.manifests)
        yield from ((declaration.identity, declaration) for declaration in reading.declarations)
