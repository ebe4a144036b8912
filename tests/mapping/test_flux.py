"""Flux's Kustomization and HelmRelease, read as Apps; what of them is refused, and by which name."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fleet.mapping.builtin import flux
from fleet.mapping.builtin.flux.helmrelease import release_name
from fleet.mapping.builtin.flux.sources import repository
from fleet.model.app import DriftPolicy, IgnoreDrift, OnRemoval, OwnNamespace, Propagation
from fleet.model.manifest import Rendered
from fleet.render.builtin import helm
from tests.mapping.monorepo import SOURCE, Fleet, Given, Monorepo, config, documents, names, registry_with, value

EXAMPLE = Path(__file__).parents[2] / "examples" / "flux"
EXAMPLE_URL = "https://git.example.com/platform/flux.git"
URL = "https://git.example.com/platform/fleet.git"
REGISTRY = registry_with(flux, helm)
SYNC = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 1m
  url: ssh://git@git.example.com/platform/fleet
  ref: {branch: main}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/one
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""
BASE = "  interval: 10m\n  prune: true\n  sourceRef: {kind: GitRepository, name: flux-system}\n"


def kustomization(name: str, spec: str = "", *, namespace: str = "flux-system", base: str = BASE) -> str:
    head = (
        f"apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
    )
    return head + "spec:\n" + base + textwrap.indent(textwrap.dedent(spec), "  ")


def release(name: str, spec: str = "", *, namespace: str = "shop", chart: str = "chart: {spec: CHART}\n") -> str:
    head = f"apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
    git = "{kind: GitRepository, name: flux-system, namespace: flux-system}"
    inside = chart.replace("CHART", f"{{chart: ./charts/web, sourceRef: {git}}}")
    return head + "spec:\n  interval: 10m\n" + textwrap.indent(inside + textwrap.dedent(spec), "  ")


def source(kind: str, name: str, spec: str, namespace: str = "shop") -> str:
    head = f"apiVersion: source.toolkit.fluxcd.io/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {namespace}}}\n"
    return head + f"spec: {spec}\n"


class Repository(Fleet):
    """A fleet of one cluster, whose repository has a URL."""

    def __init__(self, repo: Monorepo) -> None:
        super().__init__(repo, ["one"], registry=REGISTRY, source=replace(SOURCE, url=URL))

    async def read(self, text: str, files: Mapping[str, str] | None = None) -> Given:
        return await self.commit({"clusters/one/flux-system/sync.yaml": SYNC, "clusters/one/a.yaml": text, **(files or {})})

    async def refusal(self, text: str) -> str:
        """The one error that a document in clusters/one/a.yaml is, from its line on."""
        [error] = (await self.read(text)).errors
        return error.removeprefix("clusters/one/a.yaml:")


@pytest.fixture
def fleet(repo: Monorepo) -> Repository:
    return Repository(repo)


async def test_the_kustomization_of_a_clusters_own_directory_is_that_clusters_own_app(fleet: Repository) -> None:
    mapped = await fleet.read(
        config("a") + "---\n" + kustomization("shop", "path: ./apps/shop\n"), {"apps/shop/a.yaml": config("b")}
    )
    assert mapped.errors == []
    assert {name: names(each) for name, each in mapped["one"].apps.items()} == {"one": ["a"], "shop": ["b"]}
    assert any("Kustomization flux-system declares no App" in each.message for each in mapped["one"].notices)


async def test_what_would_change_a_clusters_own_directory_is_refused(fleet: Repository) -> None:
    said = await fleet.refusal(kustomization("own", "path: clusters/one/\nnamePrefix: x-\n"))
    assert said.startswith("9: spec.namePrefix is refused here: this is the directory of one")


async def test_policy_is_as_flux_has_it(fleet: Repository) -> None:
    kept = BASE.replace("true", "false").replace("{kind", "{namespace: flux-system, kind") + "  path: apps/x\n"
    text = documents(
        kustomization("a", "path: apps/x\n"),
        kustomization("b", "path: apps/x\nsuspend: true\ntimeout: 3m\ndeletionPolicy: Orphan\ntargetNamespace: web\n"),
        kustomization("c", base=kept, namespace="team"),
        kustomization("d", base=kept, spec="deletionPolicy: Delete\n"),
    )
    mapped = await fleet.read(text, {"apps/x/a.yaml": config("a", namespace="web")})
    assert mapped.errors == []
    apps = {name: each.app for name, each in mapped["one"].apps.items()}
    assert [(name, app.prune, app.on_removal) for name, app in apps.items()] == [
        ("a", True, OnRemoval.DELETE),
        ("b", True, OnRemoval.ORPHAN),
        ("d", False, OnRemoval.DELETE),
        ("team.c", False, OnRemoval.ORPHAN),
    ]
    assert [(app.paused, app.timeout, app.namespace) for app in apps.values()][:2] == [
        (False, 600, "default"),
        (True, 180, "web"),
    ]


async def test_all_that_flux_says_to_kustomize_is_built(fleet: Repository) -> None:
    spec = """\
        path: apps/shop
        targetNamespace: web
        namePrefix: pre-
        nameSuffix: -suf
        commonMetadata: {labels: {team: web}}
        force: true
        patches:
        - target: {kind: ConfigMap}
          patch: |
            - {op: add, path: /data/patched, value: "yes"}
        images: [{name: app, newName: registry.example.com/app, newTag: "2"}]
        ignore: [{paths: [/data/value], target: {kind: ConfigMap}}, {paths: [""], target: {kind: (Secret|Job), name: x}}]
        dependsOn: [{name: flux-system}, {name: base}, {name: other, namespace: team}]
        decryption: {provider: sops}
        """
    pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: app:1}]}\n"
    mapped = await fleet.read(kustomization("shop", spec), {"apps/shop/a.yaml": config("a"), "apps/shop/deep/p.yaml": pod})
    shop = mapped["one"].apps["shop"]
    assert isinstance(shop.result, Rendered), shop.result
    first, second = sorted(shop.result.manifests, key=lambda each: each.key.kind)
    assert str(first.key) == "ConfigMap/web/pre-a-suf"
    assert first.body["data"] == {"value": "1", "patched": "yes"}
    assert first.body["metadata"]["labels"] == {"team": "web"}
    assert first.annotations == {"fleethub.dev/replace": "true"}
    assert second.body["spec"]["containers"][0]["image"] == "registry.example.com/app:2"
    assert shop.app.depends_on == ("base", "team.other")
    notices = "\n".join(each.message for each in mapped["one"].notices)
    assert "spec.dependsOn.0 has no effect here: flux-system/flux-system is the cluster's own directory" in notices
    assert "spec.decryption has no effect here: nothing is decrypted: an object that is encrypted" in notices
    assert shop.app.ignore_drift == (
        IgnoreDrift(kind="ConfigMap", fields=("/data/value",)),
        IgnoreDrift(kind="Secret", name="x", fields=("*",)),
        IgnoreDrift(kind="Job", name="x", fields=("*",)),
    )


async def test_variables_come_from_cluster_yaml_configmaps_secrets_and_the_kustomization_in_that_order(fleet: Repository) -> None:
    spec = """\
        path: apps/shop
        postBuild:
          substitute: {D: own}
          substituteFrom:
          - {kind: ConfigMap, name: vars}
          - {kind: Secret, name: more}
          - {kind: ConfigMap, name: nowhere, optional: true}
        """
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: more, namespace: flux-system}\nstringData: {C: secret, D: secret}\n"
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: vars, namespace: flux-system}\n"
    vars_ = head + "data: {B: 'con\n\n    fig', C: config}\n"
    files = {
        "clusters/one/cluster.yaml": "variables: {A: cluster, B: cluster}\n",
        "apps/shop/a.yaml": config("a", "${A} ${B} ${C} ${D} ${GONE}${CLUSTER_NAME^^} $${A}"),
        "clusters/one/vars.yaml": vars_,
        "clusters/one/bases.yaml": kustomization("bases", "path: apps/bases\n"),
        "apps/bases/secret.yaml": secret,
    }
    mapped = await fleet.read(kustomization("shop", spec), files)
    assert mapped.errors == []
    assert value(mapped["one"].apps["shop"], "a") == "cluster config secret own ONE ${A}"
    mapped = await fleet.commit({"apps/bases/secret.yaml": secret.replace("C: secret", "C: changed")})
    assert mapped.changed == {"one/bases", "one/shop"}
    assert value(mapped["one"].apps["shop"], "a") == "cluster config changed own ONE ${A}"
    mapped = await fleet.commit({"clusters/one/vars.yaml": None})
    assert mapped.errors == [
        "clusters/one/a.yaml:12: there is no ConfigMap flux-system/vars in git: not in a file, and in no App's render"
    ]


async def test_without_a_variable_nothing_is_put_in_unless_flux_says_always(fleet: Repository) -> None:
    spec = "path: apps/x\npostBuild: {substituteStrategy: %s}\n"
    texts = [kustomization("a", spec % "Always"), kustomization("b", spec % "WithVariables")]
    mapped = await fleet.read(documents(*texts), {"apps/x/a.yaml": config("a", "${X:-d}")})
    assert mapped.errors == []
    assert [value(each, "a") for each in mapped["one"].apps.values()] == ["d", "${X:-d}"]


UNPRUNED = BASE.replace("  prune: true\n", "")
SOURCELESS = BASE.replace("flux-system", "gone")
PATTERN = "ignore: [{paths: [/a], target: {name: 'a(b'}}]\n"
OTHER_KIND = "7: spec.sourceRef.kind is refused: desired state comes from git alone, not from a Bucket"
OTHER_VERSION = "1: Flux's Kustomization is read as kustomize.toolkit.fluxcd.io/v1, not"
NO_VALUES = "valuesFrom: [{kind: ConfigMap, name: gone}]\n"
FILES = "chart: {spec: {chart: a, valuesFiles: [b.yaml], sourceRef: {kind: GitRepository, name: flux-system}}}\n"
NO_ARTIFACT = "chartRef: {kind: OCIRepository, name: gone}\n"


@pytest.mark.parametrize(
    "text, says",
    [
        (kustomization("x", "kubeConfig: {secretRef: {name: a}}\n"), "8: spec.kubeConfig is refused: a cluster is registered"),
        (kustomization("x", base=UNPRUNED), "4: spec needs the field prune"),
        (kustomization("x", "pth: ./apps\n"), "8: there is no field pth; did you mean path?"),
        (kustomization("x").replace("GitRepository", "Bucket"), OTHER_KIND),
        (kustomization("x", base=SOURCELESS), "7: there is no GitRepository flux-system/gone among"),
        (kustomization("x", "path: ./\n"), "8: the root holds the directory of one"),
        (kustomization("x", "path: ./clusters\n"), "8: clusters holds the directory of one"),
        (kustomization("x", "path: ../other\n"), "8: spec.path must stay inside the repository"),
        (kustomization("x", "dependsOn: [{name: base, readyExpr: 'true'}]\n"), "8: spec.dependsOn.0.readyExpr is refused"),
        (kustomization("x", "postBuild: {substitute: {a-b: x}}\n"), "8: a-b cannot be a variable's name"),
        (kustomization("x", PATTERN), "8: the regular expression ^(?:a(b)$ cannot be read"),
        (kustomization("x").replace("/v1\n", "/v1beta2\n"), OTHER_VERSION),
        (release("x", "serviceAccountName: a\n"), "7: spec.serviceAccountName is refused: the hub acts as itself"),
        (release("x", chart=""), "4: a HelmRelease needs spec.chart or spec.chartRef"),
        (release("x", chart=NO_ARTIFACT), "6: there is no OCIRepository shop/gone among"),
        (release("x", chart=FILES, namespace="flux-system"), "6: valuesFiles is refused where a/values.yaml does not come"),
        (release("x", NO_VALUES), "7: there is no ConfigMap shop/gone in git"),
    ],
)
async def test_what_cannot_be_honoured_is_refused_by_name(fleet: Repository, text: str, says: str) -> None:
    assert (await fleet.refusal(text)).startswith(says)


async def test_a_git_repository_that_is_not_this_one_is_refused(fleet: Repository) -> None:
    text = kustomization("x", base=BASE.replace("flux-system", "other"))
    other = source("GitRepository", "other", "{url: 'https://git.example.com/platform/other', interval: 1m}", "flux-system")
    assert (await fleet.refusal(documents(text, other))).startswith(
        f"7: GitRepository other (clusters/one/a.yaml:9) is https://git.example.com/platform/other, not this repository ({URL})"
    )
    tagged = source("GitRepository", "other", f"{{url: '{URL}', interval: 1m, ref: {{branch: next}}}}", "flux-system")
    assert "follows next; the Source follows the branch main" in await fleet.refusal(documents(text, tagged))


async def test_where_an_operator_made_the_repository_one_broken_app_breaks_no_other(fleet: Repository) -> None:
    text = documents(kustomization("a", "path: apps/a\n"), kustomization("b", "path: apps/b\n"))
    mapped = await fleet.commit({"clusters/one/a.yaml": text, "apps/a/a.yaml": "a: [", "apps/b/b.yaml": config("b")})
    assert mapped.errors == []
    assert names(mapped["one"].apps["b"]) == ["b"]


@pytest.mark.parametrize(
    "url",
    [
        "https://git.example.com/a/b",
        "https://x:y@GIT.example.com/a/b.git/",
        "ssh://git@git.example.com:22/a/b.git",
        "git@git.example.com:a/b",
    ],
)
def test_one_repository_has_many_urls(url: str) -> None:
    assert repository(url) == "git.example.com/a/b"


async def test_a_release_is_a_chart_with_values_from_git(fleet: Repository) -> None:
    spec = """\
        targetNamespace: web
        install: {createNamespace: true, crds: Skip}
        driftDetection: {mode: enabled, ignore: [{paths: [/spec/replicas]}]}
        dependsOn: [{name: db}, {name: cache, namespace: data}]
        uninstall: {deletionPropagation: foreground}
        commonMetadata: {labels: {team: web}}
        postRenderers: [{kustomize: {images: [{name: app, newTag: "2"}]}}]
        valuesFrom:
        - {kind: ConfigMap, name: defaults}
        - {kind: Secret, name: password, valuesKey: pass, targetPath: db.password}
        - {kind: ConfigMap, name: defaults, valuesKey: gone, optional: true}
        values: {web: {replicas: 3}, host: example.com}
        """
    head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: defaults, namespace: shop}\n"
    given = head + "data: {values.yaml: 'web: {replicas: 1, port: 80}'}\n"
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: password, namespace: shop}\nstringData: {pass: '\"123\"'}\n"
    mapped = await fleet.read(documents(release("web", spec), release("db"), release("cache", namespace="data"), given, secret))
    assert mapped.errors == []
    app = mapped["one"].apps["helm.shop.web"].app
    assert (app.renderer, app.path, app.namespace, app.own_namespace) == ("helm", "charts/web", "web", OwnNamespace())
    options: dict[str, Any] = dict(app.options)
    [images, metadata] = options.pop("postRenderers")
    assert images == {"kustomize": {"images": [{"name": "app", "newTag": "2"}]}}
    assert "team" in metadata["kustomize"]["patches"][0]["patch"]
    assert options == {
        "releaseName": "web-web",
        "skipTests": True,
        "skipCrds": True,
        "values": {"web": {"replicas": 3, "port": 80}, "host": "example.com"},
        "parameters": [{"name": "db.password", "value": "123", "forceString": True}],
    }
    assert (app.drift, app.propagation) == (DriftPolicy.REVERT, Propagation.FOREGROUND)
    assert app.depends_on == ("helm.shop.db", "helm.data.cache")
    assert app.ignore_drift == (IgnoreDrift(kind="*", fields=("/spec/replicas",)),)


async def test_single_values_come_out_as_flux_sets_them(fleet: Repository) -> None:
    spec = """\
        values: {deep: {kept: 1, text: inline}}
        valuesFrom:
        - {kind: ConfigMap, name: one, valuesKey: plain, targetPath: deep.text}
        - {kind: ConfigMap, name: one, valuesKey: literal, targetPath: 'deep.a\\.b', literal: true}
        - {kind: ConfigMap, name: one, valuesKey: quoted, targetPath: deep.quoted}
        - {kind: ConfigMap, name: one, valuesKey: plain, targetPath: 'list[1]'}
        """
    literal = "{a, b}=c\\d"
    given = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one, namespace: shop}\n"
    given += "data: {plain: '80', quoted: '\"80\"', literal: '{a, b}=c\\d'}\n"
    echo = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: echo}\ndata: {value: {{ toJson .Values | quote }}}\n"
    chart = {"charts/web/Chart.yaml": "{apiVersion: v2, name: web, version: 0.1.0}", "charts/web/templates/echo.yaml": echo}
    mapped = await fleet.read(documents(release("web", spec), given), chart)
    assert mapped.errors == []
    assert json.loads(str(value(mapped["one"].apps["helm.shop.web"], "echo"))) == {
        "deep": {"kept": 1, "text": 80, "a.b": literal, "quoted": "80"},
        "list": [None, 80],
    }


async def test_values_files_are_those_after_the_charts_own(fleet: Repository) -> None:
    text = release("x", chart=FILES.replace("[b.yaml]", "[./a/values.yaml, b.yaml]"), namespace="flux-system")
    mapped = await fleet.read(text)
    assert mapped["one"].apps["helm.flux-system.x"].app.options["valueFiles"] == ["b.yaml"]


async def test_a_release_without_a_word_is_as_flux_has_it(fleet: Repository) -> None:
    mapped = await fleet.read(release("web"))
    app = mapped["one"].apps["helm.shop.web"].app
    assert (app.drift, app.timeout, app.namespace, app.prune) == (DriftPolicy.REPORT, 300, "shop", True)
    assert app.options == {"releaseName": "web", "skipTests": True}


@pytest.mark.parametrize(
    "chart, sources, expected",
    [
        pytest.param(
            "chart: {spec: {chart: podinfo, version: 6.x, sourceRef: {kind: HelmRepository, name: r}}}\n",
            [source("HelmRepository", "r", "{url: 'https://charts.example.com', interval: 1h}")],
            {"repository": "https://charts.example.com", "name": "podinfo", "version": "6.x"},
            id="http",
        ),
        pytest.param(
            "chartRef: {kind: OCIRepository, name: r}\n",
            [source("OCIRepository", "r", "{url: 'oci://registry.example.com/charts/podinfo', interval: 1h, ref: {tag: 6.1.0}}")],
            {"repository": "oci://registry.example.com/charts", "name": "podinfo", "version": "6.1.0"},
            id="oci",
        ),
        pytest.param(
            "chartRef: {kind: HelmChart, name: c, namespace: infra}\n",
            [
                source("HelmChart", "c", "{chart: podinfo, interval: 1h, sourceRef: {kind: HelmRepository, name: r}}", "infra"),
                source("HelmRepository", "r", "{url: 'oci://registry.example.com/charts', type: oci}", "infra"),
            ],
            {"repository": "oci://registry.example.com/charts", "name": "podinfo", "version": "*"},
            id="chart",
        ),
    ],
)
async def test_a_chart_may_come_from_a_chart_repository(
    fleet: Repository, chart: str, sources: list[str], expected: Mapping[str, str]
) -> None:
    mapped = await fleet.read(documents(release("web", chart=chart), *sources))
    assert mapped.errors == []
    app = mapped["one"].apps["helm.shop.web"].app
    assert (app.path, app.options["chart"]) == ("", expected)


def test_a_long_release_name_is_shortened_as_flux_does() -> None:
    # The name, and the hash, are the example of Flux's own documentation.
    name = release_name({"targetNamespace": "a-very-lengthy-target-namespace"}, "with-a-nice-object-name")
    assert name == "a-very-lengthy-target-namespace-with-a-n-97af5d7f41f3"


async def test_what_tells_people_or_writes_to_git_is_no_error_and_no_object(fleet: Repository) -> None:
    alert = (
        "apiVersion: notification.toolkit.fluxcd.io/v1beta3\nkind: Alert\nmetadata: {name: a, namespace: flux-system}\nspec: {}\n"
    )
    mapped = await fleet.read(alert)
    assert (mapped.errors, list(mapped["one"].apps)) == ([], [])
    assert any("Alert a has no effect here" in each.message for each in mapped["one"].notices)


async def test_the_example_comes_out_on_both_clusters(repo: Monorepo) -> None:
    files = {path.relative_to(EXAMPLE).as_posix(): path.read_text() for path in EXAMPLE.rglob("*") if path.is_file()}
    found = Fleet(repo, ["production", "staging"], registry=REGISTRY, source=replace(SOURCE, url=EXAMPLE_URL))
    mapped = await found.commit(files)
    assert mapped.errors == []
    for cluster, host, replicas in (("production", "web.example.com", 3), ("staging", "web.staging.example.com", 1)):
        release = mapped[cluster].apps["helm.web.web"]
        assert set(mapped[cluster].apps) == {cluster, "infra-controllers", "infra-configs", "apps", "helm.web.web"}
        assert names(release) == ["web", "web", "web-page"]
        assert release.app.options["values"]["host"] == host
        assert release.app.options["values"]["replicas"] == replicas
