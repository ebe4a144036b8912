"""The installation of another engine is reported, with its place, and not applied; what merely resembles it is applied."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.mapping.installs import INSTALLS, engine_of
from fleet.model.manifest import Manifest, Origin, Scope
from tests.mapping.monorepo import Fleet, Monorepo, app, config, documents, names

RBAC = "rbac.authorization.k8s.io/v1"
CRD = "apiextensions.k8s.io/v1"


def manifest(kind: str, name: str, *, version: str = "v1", part_of: str = "", namespace: str = "argocd") -> Manifest:
    labels = {"labels": {"app.kubernetes.io/part-of": part_of}} if part_of else {}
    body: dict[str, Any] = {"apiVersion": version, "kind": kind, "metadata": {"name": name, **labels}}
    return Manifest.of(body, origin=Origin("install.yaml", 1), scope=Scope.NAMESPACED, namespace=namespace)


@pytest.mark.parametrize(
    ("engine", "found"),
    [
        ("Argo CD", manifest("CustomResourceDefinition", "applications.argoproj.io", version=CRD)),
        ("Argo CD", manifest("StatefulSet", "argocd-application-controller", version="apps/v1", part_of="argocd")),
        ("Argo CD", manifest("Deployment", "argocd-repo-server", version="apps/v1", part_of="argocd", namespace="gitops")),
        ("Argo CD", manifest("Deployment", "argo-argocd-server", version="apps/v1", part_of="argocd")),
        ("Argo CD", manifest("ConfigMap", "argocd-rbac-cm", part_of="argocd")),
        ("Argo CD", manifest("Secret", "argocd-secret", part_of="argocd")),
        ("Argo CD", manifest("Service", "argocd-redis-ha-announce-0", part_of="argocd")),
        ("Argo CD", manifest("ClusterRole", "argocd-server", version=RBAC, part_of="argocd")),
        ("Argo CD", manifest("NetworkPolicy", "argocd-server-network-policy", version="networking.k8s.io/v1")),
        ("Flux", manifest("CustomResourceDefinition", "helmreleases.helm.toolkit.fluxcd.io", version=CRD)),
        ("Flux", manifest("Deployment", "source-controller", version="apps/v1", part_of="flux", namespace="flux-system")),
        ("Flux", manifest("Namespace", "flux-system", part_of="flux")),
        ("Flux", manifest("ClusterRoleBinding", "cluster-reconciler-flux-system", version=RBAC, part_of="flux")),
        ("Flux", manifest("NetworkPolicy", "allow-webhooks", version="networking.k8s.io/v1", part_of="flux")),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value.key),
)
def test_what_an_engine_installs_is_recognised(engine: str, found: Manifest) -> None:
    assert engine_of(found) == engine


@pytest.mark.parametrize(
    "yours",
    [
        pytest.param(manifest("CustomResourceDefinition", "rollouts.argoproj.io", version=CRD), id="another project of Argo"),
        pytest.param(manifest("Deployment", "argo-rollouts", version="apps/v1", part_of="argo-rollouts"), id="its controller"),
        pytest.param(manifest("Deployment", "argocd-server", version="apps/v1"), id="the name alone"),
        pytest.param(manifest("Deployment", "portal", version="apps/v1", part_of="argocd"), id="the label alone"),
        pytest.param(
            manifest("Deployment", "argocd-image-updater", version="apps/v1", part_of="argocd-image-updater"), id="beside"
        ),
        pytest.param(
            manifest("Deployment", "argocd-server-proxy", version="apps/v1", part_of="argocd"), id="a name that goes on"
        ),
        pytest.param(manifest("ConfigMap", "argocd-dashboards", part_of="argocd"), id="a ConfigMap of yours"),
        pytest.param(manifest("Ingress", "argocd-server", version="networking.k8s.io/v1", part_of="argocd"), id="another kind"),
        pytest.param(manifest("Secret", "github-repository", part_of="argocd"), id="a repository's credential"),
        pytest.param(manifest("Deployment", "source-controller", version="apps/v1", namespace="flux-system"), id="Flux: a name"),
        pytest.param(
            manifest("Deployment", "relay", version="apps/v1", part_of="flux", namespace="flux-system"), id="Flux: a label"
        ),
        pytest.param(manifest("NetworkPolicy", "allow-egress", version="networking.k8s.io/v1"), id="a common name"),
        pytest.param(manifest("Namespace", "flux-system"), id="a Namespace that Flux may come to"),
    ],
)
def test_what_is_yours_is_not_taken_for_it(yours: Manifest) -> None:
    assert engine_of(yours) == ""


def test_no_pattern_is_so_wide_that_it_means_any_name() -> None:
    patterns = [name for each in INSTALLS for table in (each.labelled, each.named) for found in table.values() for name in found]
    assert [name for name in patterns if len(name.replace("*", "")) < 8] == []


FLUX = documents(
    "apiVersion: v1\nkind: Namespace\nmetadata: {name: flux-system, labels: {app.kubernetes.io/part-of: flux}}\n",
    "apiVersion: apps/v1\nkind: Deployment\n"
    "metadata: {name: source-controller, namespace: flux-system, labels: {app.kubernetes.io/part-of: flux}}\n",
    "apiVersion: apps/v1\nkind: Deployment\n"
    "metadata: {name: relay, namespace: flux-system, labels: {app.kubernetes.io/part-of: flux}}\n",
)
REPORTED = (
    "Namespace/flux-system and 1 more from this file: the installation of Flux; it is not applied, and what is there of it stays"
)


@pytest.mark.parametrize(
    ("files", "name", "file"),
    [
        pytest.param({"clusters/one/flux/gotk.yaml": FLUX}, "one", "clusters/one/flux/gotk.yaml:1", id="loose"),
        pytest.param(
            {"clusters/one/a.yaml": app("flux"), "apps/flux/gotk.yaml": FLUX}, "flux", "apps/flux/gotk.yaml:1", id="an App"
        ),
    ],
)
async def test_it_is_reported_with_its_place_and_not_applied(repo: Monorepo, files: dict[str, str], name: str, file: str) -> None:
    mapped = await Fleet(repo, ["one"]).commit({**files, "clusters/one/x.yaml": config("x")})
    assert mapped.notices == [f"{file}: {REPORTED}"]
    assert mapped.errors == []
    desired = mapped["one"].apps[name]
    assert "relay" in names(desired)
    assert not {"flux-system", "source-controller"} & set(names(desired))
    assert {manifest.key.name for manifest in desired.result.withheld} == {"flux-system", "source-controller"}  # type: ignore[union-attr]


async def test_it_is_no_longer_reported_when_it_left_the_tree(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    await fleet.commit({"clusters/one/gotk.yaml": FLUX, "clusters/one/x.yaml": config("x")})
    moved = await fleet.commit({"clusters/one/gotk.yaml": documents(config("z"), FLUX)})
    assert moved.errors == []
    assert moved.notices == [f"clusters/one/gotk.yaml:6: {REPORTED}"]
    gone = await fleet.commit({"clusters/one/gotk.yaml": None})
    assert gone.notices == []


async def test_what_flux_leaves_alone_is_in_no_apps_way(repo: Monorepo) -> None:
    left = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, labels: {kustomize.toolkit.fluxcd.io/ssa: Ignore}}\n"
    files = {
        "clusters/one/a.yaml": app("a"),
        "clusters/one/b.yaml": app("b"),
        "apps/a/one.yaml": left,
        "apps/b/one.yaml": config("one"),
    }
    mapped = await Fleet(repo, ["one"]).commit(files)
    assert (mapped.errors, mapped.notices) == ([], [])
    found = {name: desired.result for name, desired in mapped["one"].apps.items()}
    assert [len(found[name].withheld) for name in ("a", "b")] == [1, 0]  # type: ignore[union-attr]
    assert [names(mapped["one"].apps[name]) for name in ("a", "b")] == [[], ["one"]]
