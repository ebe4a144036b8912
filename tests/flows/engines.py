"""Objects as other tools and engines leave them in a cluster: their marks, their field managers, their kinds of request.

What each writes: kubectl itself; Helm 3 creates and patches as `helm`, Helm 4 applies as `helm`; Argo CD before and with
server-side apply; kustomize-controller and helm-controller of Flux apply. Sources: see `fleet.model.engines`.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.flows.planes import Plane
from tests.flows.stories import DEPLOYMENTS

Body = dict[str, Any]
NAMESPACE = "shop"
MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
COLLECTIONS = {"Deployment": DEPLOYMENTS, "ConfigMap": MAPS}
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How one engine comes to have objects in a cluster."""

    name: str
    """Of the way, of its App and of the objects."""
    word: str
    """Of the engine; empty for kubectl, which nobody has to leave."""
    manager: str
    leave: Callable[[Plane, Way, Body], Awaitable[None]]
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    tracked: bool = False
    """Whether each object carries Argo CD's tracking id."""

    def marked(self, body: Body) -> Body:
        """A body with the engine's marks."""
        kind, name = body["kind"], body["metadata"]["name"]
        group = "apps" if kind == "Deployment" else ""
        tracking = {"argocd.argoproj.io/tracking-id": f"{self.name}:{group}/{kind}:{NAMESPACE}/{name}"} if self.tracked else {}
        metadata = body["metadata"]
        labels = {**metadata.get("labels", {}), **self.labels}
        annotations = {**metadata.get("annotations", {}), **self.annotations, **tracking}
        return {**body, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def path_of(body: Body) -> str:
    """Where an object is."""
    return f"{COLLECTIONS[body['kind']]}/{body['metadata']['name']}"


async def by_kubectl(plane: Plane, way: Way, body: Body) -> None:
    """`kubectl apply`, client-side."""
    await plane.kubectl(f"--namespace={NAMESPACE}", "apply", "--filename=-", stdin=json.dumps(body))


async def by_apply(plane: Plane, way: Way, body: Body) -> None:
    """Server-side apply, forced."""
    plane.kube.apply(path_of(body), body, manager=way.manager, force=True).ok()


async def by_update(plane: Plane, way: Way, body: Body) -> None:
    """Create, then patch: what client-side tools do from one release to the next."""
    first = {**body, "metadata": {**body["metadata"], "labels": {**body["metadata"]["labels"], "release": "1"}}}
    plane.kube.create(COLLECTIONS[body["kind"]], first, fieldManager=way.manager).ok()
    patch = {"metadata": {"labels": {"release": "2"}}}
    plane.kube.patch(path_of(body), patch, kind="strategic-merge", fieldManager=way.manager).ok()


async def by_annotated_update(plane: Plane, way: Way, body: Body) -> None:
    """As `by_update`, with kubectl's annotation of what was applied last, which Argo CD writes without server-side apply."""
    annotations = {**body["metadata"]["annotations"], LAST_APPLIED: json.dumps(body)}
    await by_update(plane, way, {**body, "metadata": {**body["metadata"], "annotations": annotations}})


_HELM = {"app.kubernetes.io/managed-by": "Helm"}
_KUSTOMIZATION = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
_HELM_RELEASE = {**_HELM, "helm.toolkit.fluxcd.io/name": "apps", "helm.toolkit.fluxcd.io/namespace": "flux-system"}
_RELEASE = {"meta.helm.sh/release-name": "apps", "meta.helm.sh/release-namespace": NAMESPACE}

WAYS = (
    Way(name="kubectl", word="", manager="kubectl-client-side-apply", leave=by_kubectl),
    Way(name="helm-3", word="helm", manager="helm", leave=by_update, labels=_HELM, annotations=_RELEASE),
    Way(name="helm-4", word="helm", manager="helm", leave=by_apply, labels=_HELM, annotations=_RELEASE),
    Way(name="argo-client", word="argocd", manager="argocd-controller", leave=by_annotated_update, tracked=True),
    Way(name="argo-server", word="argocd", manager="argocd-controller", leave=by_apply, tracked=True),
    Way(
        name="argo-label",
        word="argocd",
        manager="argocd-application-controller",
        leave=by_annotated_update,
        labels={"app.kubernetes.io/instance": "apps"},
    ),
    Way(name="flux", word="flux", manager="kustomize-controller", leave=by_apply, labels=_KUSTOMIZATION),
    Way(name="flux-helm", word="flux", manager="helm-controller", leave=by_apply, labels=_HELM_RELEASE, annotations=_RELEASE),
)
