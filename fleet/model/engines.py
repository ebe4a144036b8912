"""Other engines that write objects: how each marks what it reconciles, and which field managers it writes as.

Sources: Argo CD, user guide "Resource Tracking", and its source (`argocd-controller` applies server-side,
`argocd-application-controller` wrote client-side); Flux, Kustomization and HelmRelease API; Helm 4, `action.Install`;
rancher/wrangler `pkg/apply`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.model.keys import ObjectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """One of them."""

    word: str
    """As `fleet adopt --from` says it."""
    name: str
    managers: tuple[str, ...] = ()
    """Field managers, of Apply and of Update entries. None: nobody may say that it is gone, its mark has to go."""

    @property
    def adoptable(self) -> bool:
        """Whether what it managed can be taken over on somebody's word."""
        return bool(self.managers)


ARGO_CD = Engine(word="argocd", name="Argo CD", managers=("argocd-controller", "argocd-application-controller"))
FLUX = Engine(word="flux", name="Flux", managers=("kustomize-controller", "helm-controller"))
RANCHER = Engine(word="rancher", name="Rancher Fleet")
HELM = Engine(word="helm", name="Helm", managers=("helm",))

ENGINES: Mapping[str, Engine] = {engine.word: engine for engine in (ARGO_CD, FLUX, RANCHER, HELM)}

TRACKING_ID = "argocd.argoproj.io/tracking-id"
_INSTANCE = "app.kubernetes.io/instance"
_LABELS: Mapping[str, Engine] = {
    "argocd.argoproj.io/instance": ARGO_CD,
    "kustomize.toolkit.fluxcd.io/name": FLUX,
    "helm.toolkit.fluxcd.io/name": FLUX,
    "objectset.rio.cattle.io/hash": RANCHER,
}


def engines_of(metadata: Mapping[str, Any], *, key: ObjectKey) -> tuple[str, ...]:
    """The words of the engines whose mark an object carries.

    Argo CD's tracking id counts only where it names this object, as it does there: controllers copy annotations. The label
    `app.kubernetes.io/instance`, which everybody uses, is Argo CD's mark only where Argo CD wrote the object. Helm counts
    only by itself: the other engines run Helm for their own ends.
    """
    labels, annotations = metadata.get("labels") or {}, metadata.get("annotations") or {}
    found = {_LABELS[label].word for label in _LABELS.keys() & labels.keys()}
    if _tracked(annotations.get(TRACKING_ID, ""), key) or (_INSTANCE in labels and _wrote(ARGO_CD, metadata)):
        found.add(ARGO_CD.word)
    if not found and labels.get("app.kubernetes.io/managed-by") == "Helm" and "meta.helm.sh/release-name" in annotations:
        found.add(HELM.word)
    return tuple(sorted(found))


def managers_of(words: Iterable[str]) -> tuple[str, ...]:
    """The field managers of engines, by their words."""
    return tuple(manager for word in sorted(words) for manager in (ENGINES[word].managers if word in ENGINES else ()))


def named(words: Iterable[str]) -> str:
    """Engines as people call them."""
    return " and ".join(ENGINES[word].name for word in words)


def _tracked(tracking: str, key: ObjectKey) -> bool:
    """Whether a tracking id, `<app>:<group>/<kind>:<namespace>/<name>`, names the object; groups of kinds have moved."""
    _, _, rest = tracking.partition(":")
    kind, _, place = rest.partition(":")
    if not place:
        return bool(tracking)  # it names nothing, so it was copied from nothing
    # A cluster's object is given its Application's namespace there.
    return (kind.rpartition("/")[2], place.rpartition("/")[2]) == (key.kind, key.name)


def _wrote(engine: Engine, metadata: Mapping[str, Any]) -> bool:
    return any(entry.get("manager") in engine.managers for entry in metadata.get("managedFields") or ())
