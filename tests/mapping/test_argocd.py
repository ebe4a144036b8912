"""Applications, read as the Apps they are: whose, from where, under which policy; what is refused, with file and line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from fleet.hooks.registry import load
from fleet.mapping.builtin import argocd, native
from fleet.mapping.builtin.argocd.jq import pointers
from fleet.mapping.builtin.argocd.sources import normal
from fleet.model.app import App, AppPart, DriftPolicy, OnRemoval, OwnNamespace, Propagation
from fleet.model.manifest import Rendered
from fleet.render.builtin import kustomize, plain
from tests.mapping.monorepo import URL, Fleet, Given, Monorepo, cluster, config, documents, names, value

REGISTRY = load((plain, kustomize, native, argocd))
HERE = "https://kubernetes.default.svc"
FILE = "clusters/one/apps.yaml"
FINALIZER = "resources-finalizer.argocd.argoproj.io"


def application(name: str = "shop", *, metadata: Mapping[str, Any] | None = None, **spec: Any) -> str:
    """The text of an Application over `apps/<name>`; fields of its source stand in `source`."""
    source = {"repoURL": URL, "path": f"apps/{name}", **spec.pop("source", {})}
    whole = {"project": "default", "source": source, "destination": {"server": HERE, "namespace": "shop"}, **spec}
    head = {"name": name, "namespace": "argocd", **(metadata or {})}
    return f"apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {json.dumps(head)}\nspec:\n" + "".join(
        f"  {field}: {json.dumps(said)}\n" for field, said in whole.items()
    )


def fleet_of(repo: Monorepo, *clusters: Any) -> Fleet:
    return Fleet(repo, clusters or ("one",), registry=REGISTRY)


async def mapped(repo: Monorepo, text: str, **files: str) -> Given:
    base = {"apps/shop/web.yaml": config("web"), FILE: text}
    return await fleet_of(repo).commit({**base, **files})


async def app_of(repo: Monorepo, text: str, **files: str) -> App:
    given = await mapped(repo, text, **files)
    assert given.errors == []
    return next(each.app for each in given["one"].apps.values())


async def test_an_application_is_an_app_of_its_destination(repo: Monorepo) -> None:
    given = await mapped(repo, application())
    app = given["one"].apps["shop"].app
    assert (app.path, app.renderer, app.namespace) == ("apps/shop", "plain", "shop")
    assert names(given["one"].apps["shop"]) == ["web"]


async def test_what_is_absent_means_what_argo_cd_takes_it_for(repo: Monorepo) -> None:
    app = await app_of(repo, application())
    assert (app.automated, app.prune, app.drift) == (False, False, DriftPolicy.REPORT)
    assert (app.on_removal, app.propagation, app.own_namespace) == (OnRemoval.ORPHAN, Propagation.FOREGROUND, None)


async def test_what_is_said_is_done(repo: Monorepo) -> None:
    policy = {
        "automated": {"prune": True, "selfHeal": True},
        "syncOptions": ["CreateNamespace=true", "PrunePropagationPolicy=background", "PruneLast=true"],
        "managedNamespaceMetadata": {"labels": {"team": "shop"}},
    }
    app = await app_of(repo, application(syncPolicy=policy, metadata={"finalizers": [FINALIZER]}))
    assert (app.automated, app.prune, app.drift) == (True, True, DriftPolicy.REVERT)
    assert (app.on_removal, app.propagation) == (OnRemoval.DELETE, Propagation.BACKGROUND)
    assert app.own_namespace == OwnNamespace(labels={"team": "shop"})


@pytest.mark.parametrize(
    ("said", "automated", "prune"),
    [
        pytest.param({"automated": {}}, True, False, id="automated alone"),
        pytest.param({"automated": {"enabled": False, "prune": True}}, False, False, id="switched off"),
        pytest.param({"automated": {"prune": True}, "syncOptions": ["Prune=false"]}, True, False, id="Prune=false"),
    ],
)
async def test_automation(repo: Monorepo, said: object, automated: bool, prune: bool) -> None:
    app = await app_of(repo, application(syncPolicy=said))
    assert (app.automated, app.prune) == (automated, prune)


@pytest.mark.parametrize(
    ("finalizers", "propagation"),
    [
        pytest.param([FINALIZER], Propagation.FOREGROUND, id="plain"),
        pytest.param([f"{FINALIZER}/foreground"], Propagation.FOREGROUND, id="foreground"),
        pytest.param(["other", f"{FINALIZER}/background"], Propagation.BACKGROUND, id="background"),
        pytest.param([f"{FINALIZER}/foreground", f"{FINALIZER}/background"], Propagation.FOREGROUND, id="the first counts"),
    ],
)
async def test_the_finalizer_says_how_objects_go_with_their_application(
    repo: Monorepo, finalizers: list[str], propagation: Propagation
) -> None:
    text = application(syncPolicy={"syncOptions": ["PrunePropagationPolicy=orphan"]}, metadata={"finalizers": finalizers})
    app = await app_of(repo, text)
    assert (app.on_removal, app.removal_propagation, app.propagation) == (OnRemoval.DELETE, propagation, Propagation.ORPHAN)


@pytest.mark.parametrize(("option", "overwrite"), [("Replace=true", True), ("Replace=false", False)])
async def test_replace_counts_for_all_of_an_application(repo: Monorepo, option: str, overwrite: bool) -> None:
    assert (await app_of(repo, application(syncPolicy={"syncOptions": [option]}))).overwrite is overwrite


async def test_delete_false_orphans_though_there_is_a_finalizer(repo: Monorepo) -> None:
    text = application(syncPolicy={"syncOptions": ["Delete=false"]}, metadata={"finalizers": [FINALIZER]})
    assert (await app_of(repo, text)).on_removal is OnRemoval.ORPHAN


async def test_skip_reconcile_pauses(repo: Monorepo) -> None:
    text = application(metadata={"annotations": {"argocd.argoproj.io/skip-reconcile": "true"}})
    assert (await app_of(repo, text)).paused


@pytest.mark.parametrize(
    ("namespace", "name"), [("", "shop"), ("argocd", "shop"), ("team-a", "team-a.shop")], ids=["none", "home", "elsewhere"]
)
async def test_the_app_is_named_after_its_namespace_outside_of_argo_cd_s_home(repo: Monorepo, namespace: str, name: str) -> None:
    given = await mapped(repo, application(metadata={"namespace": namespace}))
    assert list(given["one"].apps) == [name]


@pytest.mark.parametrize(
    ("destination", "where"),
    [
        pytest.param({"name": "two"}, {"two"}, id="name"),
        pytest.param({"server": "https://two.example.com/"}, {"two"}, id="url"),
        pytest.param({"name": "zwei"}, {"two"}, id="alias"),
        pytest.param({"name": "in-cluster"}, {"one", "two"}, id="in-cluster"),
        pytest.param({"server": HERE}, {"one", "two"}, id="its url"),
    ],
)
async def test_a_destination_picks_registered_clusters(repo: Monorepo, destination: dict[str, str], where: set[str]) -> None:
    fleet = fleet_of(repo, "one", cluster("two", aliases=("zwei", "https://two.example.com")))
    text = application(destination={**destination, "namespace": "shop"})
    files = {"apps/shop/web.yaml": config("web"), "clusters/one/cluster.yaml": "", "clusters/two/cluster.yaml": ""}
    given = await fleet.commit({**files, "clusters/apps.yaml": text})
    assert given.errors == []
    assert {name for name, each in given.fleet.clusters.items() if each.apps} == where


async def test_what_is_wrong_with_another_cluster_s_application_concerns_that_one_alone(repo: Monorepo) -> None:
    files = {"clusters/one/cluster.yaml": "", "clusters/two/cluster.yaml": ""}
    text = application(destination={"name": "two"}, source={"plugin": {"name": "x"}})
    given = await fleet_of(repo, "one", "two").commit({**files, "clusters/apps.yaml": text})
    assert [problem.clusters for problem in given.fleet.problems if problem.clusters] == [("two",)]


async def test_a_cluster_that_nobody_knows_leaves_every_cluster_it_could_be_incomplete(repo: Monorepo) -> None:
    files = {"clusters/one/cluster.yaml": "", "clusters/two/cluster.yaml": ""}
    given = await fleet_of(repo, "one", "two").commit({**files, "clusters/apps.yaml": application(destination={"name": "onee"})})
    (error,) = given.errors
    assert error.startswith("clusters/apps.yaml:7: no registered cluster is called onee; did you mean one?")
    assert {name for each in given.fleet.problems for name in each.clusters} == {"one", "two"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            application(source={"repoURL": "https://git.example.com/other"}), "6: repoURL https://git.example", id="repo"
        ),
        pytest.param(application(source={"targetRevision": "v1.2.3"}), "6: targetRevision v1.2.3: only HEAD", id="revision"),
        pytest.param(application(source={"plugin": {"name": "x"}}), "6: spec.source.plugin is refused: programs", id="refused"),
        pytest.param(application(source={"pth": "x"}), "6: there is no field pth; did you mean path?", id="unknown"),
        pytest.param(application(source={"path": "../x"}), "6: spec.source.path must stay inside the repository", id="outside"),
        pytest.param(application(source={"path": "."}), "4: an Application needs a source with a path", id="the root"),
        pytest.param(application(destination={}), "7: spec.destination needs server or name", id="no destination"),
        pytest.param(application(source={"kustomize": {"namePrefix": "a"}, "helm": {"skipCrds": True}}), "tools", id="two tools"),
        pytest.param(application(syncPolicy={"syncOptions": ["Prune=maybe"]}), "8: Prune must be true or false", id="option"),
        pytest.param(application(syncPolicy={"syncOptions": ["Delete=confirm"]}), "8: Delete=confirm is refused", id="confirm"),
        pytest.param(application(source={"helm": {"values": "a: [1"}}), "6: spec.source.helm.values is no YAML", id="values"),
        pytest.param(application(source={"helm": {"valueFiles": ["$v/a.yaml"]}}), "$v/a.yaml: no source has the ref v", id="ref"),
        pytest.param(
            application(ignoreDifferences=[{"kind": "Secret", "jqPathExpressions": [".data | keys"]}]), "'keys'", id="jq"
        ),
    ],
)
async def test_what_cannot_be_honoured_is_an_error_with_file_and_line(repo: Monorepo, text: str, said: str) -> None:
    (error,) = (await mapped(repo, text)).errors
    assert error.startswith(f"{FILE}:")
    assert said in error


async def test_what_has_no_effect_is_a_notice(repo: Monorepo) -> None:
    text = application(revisionHistoryLimit=3, metadata={"annotations": {"argocd.argoproj.io/sync-wave": "1"}})
    notices = (await mapped(repo, text))["one"].notices
    assert [notice.origin.file for notice in notices] == [FILE] * 3
    assert [notice.message.partition(":")[0] for notice in notices] == [
        "spec.project has no effect here",
        "spec.revisionHistoryLimit has no effect here",
        "argocd.argoproj.io/sync-wave on an Application has no effect here; order Apps with dependsOn",
    ]


async def test_a_project_declares_nothing_and_says_which_restriction_is_not_enforced(repo: Monorepo) -> None:
    text = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop}\nspec: {sourceRepos: ['*']}\n"
    given = await mapped(repo, documents(application(), text))
    assert given.errors == []
    assert list(given["one"].apps) == ["shop"]
    assert any(notice.message.startswith("spec.sourceRepos has no effect here") for notice in given["one"].notices)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        pytest.param({}, ["a"], id="not recursive"),
        pytest.param({"recurse": True}, ["a", "b", "c"], id="recursive"),
        pytest.param({"recurse": True, "exclude": "{b.yaml,deep/c*}"}, ["a", "b"], id="exclude: whole paths"),
        pytest.param({"recurse": True, "include": "*b.yaml"}, ["b"], id="include: a star takes slashes"),
    ],
)
async def test_a_directory_s_files(repo: Monorepo, said: dict[str, Any], found: list[str]) -> None:
    files = {"apps/dir/a.yaml": config("a"), "apps/dir/deep/b.yaml": config("b"), "apps/dir/deep/c.yaml": config("c")}
    given = await mapped(repo, application("dir", source={"directory": said}), **files)
    assert names(given["one"].apps["dir"]) == found


async def test_alternatives_that_multiply_are_refused(repo: Monorepo) -> None:
    given = await mapped(repo, application("dir", source={"directory": {"include": "{a,b}" * 30}}))
    (error,) = given.errors
    assert "it stands for more than 64 patterns" in str(error)


async def test_kustomize_s_fields_are_the_renderer_s_options(repo: Monorepo) -> None:
    said = {
        "namePrefix": "a-",
        "images": ["web=registry.example.com/web:2"],
        "replicas": [{"name": "web", "count": "2"}],
        "commonLabels": {"team": "shop"},
        "labelWithoutSelector": True,
    }
    app = await app_of(repo, application(source={"kustomize": said}))
    assert (app.renderer, dict(app.options)) == (
        "kustomize",
        {
            "namePrefix": "a-",
            "images": ["web=registry.example.com/web:2"],
            "replicas": [{"name": "web", "count": 2}],
            "labels": [{"pairs": {"team": "shop"}, "includeSelectors": False, "includeTemplates": False}],
        },
    )


async def test_an_overlay_is_built_with_the_application_s_fields(repo: Monorepo) -> None:
    files = {"apps/shop/kustomization.yaml": "resources: [web.yaml]\n"}
    given = await mapped(repo, application(source={"kustomize": {"nameSuffix": "-x", "namespace": "there"}}), **files)
    result = given["one"].apps["shop"].result
    assert isinstance(result, Rendered), result
    assert [str(manifest.key) for manifest in result.manifests] == ["ConfigMap/there/web-x"]


async def test_a_chart_of_a_repository_with_values_of_this_one(repo: Monorepo) -> None:
    chart = {"repoURL": "https://charts.example.com", "chart": "redis", "targetRevision": "1.2.3"}
    helm = {
        "valueFiles": ["$values/charts/redis.yaml"],
        "values": "a: 1\n",
        "parameters": [{"name": "b", "value": "2"}],
        "ignoreMissingValueFiles": True,
    }
    sources = [{**chart, "helm": helm}, {"repoURL": URL, "targetRevision": "main", "ref": "values"}]
    app = (await mapped(repo, application(sources=sources)))["one"].apps["shop"].app
    assert (app.path, app.renderer, app.more) == ("", "helm", ())
    assert dict(app.options) == {
        "releaseName": "shop",
        "chart": {"repository": "https://charts.example.com", "name": "redis", "version": "1.2.3"},
        "valueFiles": ["charts/redis.yaml"],
        "values": {"a": 1},
        "parameters": [{"name": "b", "value": "2", "forceString": False}],
        "ignoreMissingValueFiles": True,
    }


async def test_value_files_are_found_from_the_chart_or_the_root(repo: Monorepo) -> None:
    helm = {"valueFiles": ["values-prod.yaml", "../common.yaml", "/env/prod.yaml"], "valuesObject": {"a": 1}, "values": "b: 2"}
    app = (await mapped(repo, application(source={"helm": helm})))["one"].apps["shop"].app
    assert app.options["valueFiles"] == ["apps/shop/values-prod.yaml", "apps/common.yaml", "env/prod.yaml"]
    assert app.options["values"] == {"a": 1}


async def test_of_several_sources_the_last_that_says_an_object_counts(repo: Monorepo) -> None:
    files = {"apps/more/web.yaml": config("web", "2"), "apps/more/db.yaml": config("db")}
    sources = [{"repoURL": URL, "path": "apps/shop"}, {"repoURL": URL, "path": "apps/more"}]
    given = await mapped(repo, application(sources=sources), **files)
    desired = given["one"].apps["shop"]
    assert desired.app.more == (AppPart(path="apps/more", renderer="plain", options={"recurse": False}),)
    assert names(desired) == ["db", "web"]
    assert value(desired, "web") == "2"


async def test_a_change_of_a_further_source_changes_the_app(repo: Monorepo) -> None:
    sources = [{"repoURL": URL, "path": "apps/shop"}, {"repoURL": URL, "path": "apps/more"}]
    text = application(sources=sources)
    fleet = fleet_of(repo)
    await fleet.commit({"apps/shop/web.yaml": config("web"), "apps/more/db.yaml": config("db"), FILE: text})
    given = await fleet.commit({"apps/more/db.yaml": config("db", "2")})
    assert given.changed == {"one/shop"}
    assert value(given["one"].apps["shop"], "db") == "2"
    assert (await fleet.commit({"apps/other/x.yaml": config("x")})).changed == set()


async def test_one_source_that_cannot_be_rendered_fails_the_app(repo: Monorepo) -> None:
    sources = [{"repoURL": URL, "path": "apps/shop"}, {"repoURL": URL, "path": "apps/nothing"}]
    given = await mapped(repo, application(sources=sources))
    assert not isinstance(given["one"].apps["shop"].result, Rendered)


async def test_a_namespace_that_is_to_be_created_comes_with_the_app(repo: Monorepo) -> None:
    said = {"syncOptions": ["CreateNamespace=true"], "managedNamespaceMetadata": {"labels": {"team": "shop"}}}
    result = (await mapped(repo, application(syncPolicy=said)))["one"].apps["shop"].result
    assert isinstance(result, Rendered)
    (made,) = [manifest for manifest in result.manifests if manifest.key.kind == "Namespace"]
    assert (made.key.name, made.yields, made.body["metadata"]["labels"]) == ("shop", True, {"team": "shop"})


async def test_a_namespace_that_the_app_declares_itself_is_that(repo: Monorepo) -> None:
    text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"
    said = application(syncPolicy={"syncOptions": ["CreateNamespace=true"]})
    result = (await mapped(repo, said, **{"apps/shop/ns.yaml": text}))["one"].apps["shop"].result
    assert isinstance(result, Rendered)
    assert [manifest.yields for manifest in result.manifests if manifest.key.kind == "Namespace"] == [False]


async def test_applications_of_applications_to_any_depth(repo: Monorepo) -> None:
    automatic = {"syncPolicy": {"automated": {}}}
    files = {
        "apps/root/middle.yaml": application("middle", **automatic),
        "apps/middle/shop.yaml": application("shop", **automatic),
    }
    given = await mapped(repo, application("root", **automatic), **files)
    apps = given["one"].apps
    assert {name: each.app.declared_by.parent for name, each in apps.items()} == {"root": "", "middle": "root", "shop": "middle"}
    assert all(each.app.automated for each in apps.values())


async def test_what_a_manual_application_declares_is_synced_on_request_as_well(repo: Monorepo) -> None:
    files = {"apps/root/shop.yaml": application("shop", syncPolicy={"automated": {}})}
    given = await mapped(repo, application("root"), **files)
    assert {name: each.app.automated for name, each in given["one"].apps.items()} == {"root": False, "shop": False}


async def test_what_may_differ(repo: Monorepo) -> None:
    rules = [
        {"group": "apps", "kind": "Deployment", "name": "web", "jsonPointers": ["/spec/replicas"]},
        {"kind": "*", "jqPathExpressions": [".webhooks[]?.clientConfig.caBundle"], "managedFieldsManagers": ["injector"]},
    ]
    one, two = (await app_of(repo, application(ignoreDifferences=rules))).ignore_drift
    assert (one.group, one.kind, one.name, one.fields) == ("apps", "Deployment", "web", ("/spec/replicas",))
    assert (two.kind, two.fields, two.managers) == ("*", ("/webhooks/[*]/clientConfig/caBundle",), ("injector",))


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        (".spec.replicas", ["/spec/replicas"]),
        ('.metadata.annotations."a.b/c"', ["/metadata/annotations/a.b~1c"]),
        ('.metadata.labels["x"]', ["/metadata/labels/x"]),
        (".spec.containers[0].image", ["/spec/containers/0/image"]),
        (".webhooks[]?.clientConfig.caBundle", ["/webhooks/[*]/clientConfig/caBundle"]),
        ('.spec.initContainers[] | select(.name == "x")', ["/spec/initContainers/[name=x]"]),
        ('.a[] | select(.n == "x" or .n == "y") | .i', ["/a/[n=x]/i", "/a/[n=y]/i"]),
        ('.ports[] | select(.port == 80 and .protocol == "TCP").nodePort', ["/ports/[port=80,protocol=TCP]/nodePort"]),
        (".a, .b.c", ["/a", "/b/c"]),
        (".spec | .a", ["/spec/a"]),
    ],
)
def test_jq_paths_are_pointers(expression: str, found: list[str]) -> None:
    assert list(pointers(expression)) == found


@pytest.mark.parametrize(
    "expression", [".", "..", ".a | keys", ".a[1:2]", 'select(.a == "b")', ".a[] | select(.b)", "def f: f; f", "", ".a ]"]
)
def test_other_jq_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        pointers(expression)


@pytest.mark.parametrize(
    "url", ["git@git.example.com:platform/fleet.git", "ssh://git@GIT.example.com/platform/fleet", f"{URL}/", URL[:-4]]
)
def test_one_repository_has_many_urls(url: str) -> None:
    assert normal(url) == normal(URL)
