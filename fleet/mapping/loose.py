"""The App of a cluster's directory: its loose objects and those of the groups above, the nearest of each key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson

from fleet.mapping.declare import Chain
from fleet.mapping.installs import parted
from fleet.mapping.units import LOOSE_NAMESPACE
from fleet.model.app import App, DeclaredBy, DesiredApp
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Manifest, Origin, Rendered, RenderFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Loose:
    """What the loose objects of a chain come to."""

    desired: DesiredApp | None
    """None where no loose object stands: then there is no such App."""
    overridden: Mapping[ObjectKey, tuple[Origin, Origin]] = field(default_factory=dict, hash=False)


def loose_app(chain: Chain) -> Loose:
    """Make the App of a cluster's directory; it is incomplete while any file of the chain cannot be read."""
    if not any(reading.loose for reading in chain.readings):
        return Loose(desired=None)
    origin = Origin(chain.directory, 1)
    key = AppKey(chain.cluster, chain.directory.rpartition("/")[2])
    app = App(key=key, declared_by=DeclaredBy(origin=origin), namespace=LOOSE_NAMESPACE)
    nearest, overridden = _nearest(chain)
    own, withheld = parted(nearest.values())
    fingerprint = _fingerprint(nearest.values())
    errors = tuple(error for reading in chain.readings for error in reading.spoiled)
    result: Rendered | RenderFailed = Rendered(fingerprint=fingerprint, manifests=own, withheld=withheld)
    if errors:
        result = RenderFailed(fingerprint=fingerprint, errors=errors, read=own)
    built = frozenset[str]().union(*(reading.built for reading in chain.readings))
    inputs = tuple((path, "") for path in sorted(built))
    desired = DesiredApp(app=app, fingerprint=fingerprint, result=result, inputs=inputs)
    return Loose(desired=desired, overridden=overridden)


def _nearest(chain: Chain) -> tuple[dict[ObjectKey, Manifest], dict[ObjectKey, tuple[Origin, Origin]]]:
    nearest: dict[ObjectKey, Manifest] = {}
    overridden: dict[ObjectKey, tuple[Origin, Origin]] = {}
    for reading in reversed(chain.readings):
        for manifest in reading.manifests:
            nearer = nearest.setdefault(manifest.key, manifest)
            if nearer is not manifest:
                overridden.setdefault(manifest.key, (nearer.origin, manifest.origin))
    return nearest, overridden


def _fingerprint(manifests: Iterable[Manifest]) -> str:
    """Over what is said, not over the files that say it: a declaration beside the objects changes nothing for them."""
    said = sorted([manifest.key.member, manifest.digest] for manifest in manifests)
    return hashlib.sha256(orjson.dumps(["loose", LOOSE_NAMESPACE, said])).hexdigest()
