"""An ApplicationSet in the tree is read as the Apps of each cluster that its Applications pick."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from fleet.hooks.registry import load
from fleet.mapping.builtin import argocd, native
from fleet.mapping.builtin.argocd.applicationset.reader import REMEMBERED
from fleet.model.app import OnRemoval
from fleet.render.builtin import kustomize, plain
from tests.mapping.monorepo import URL, Fleet, Monorepo, cluster, config

REGISTRY = load((plain, kustomize, native, argocd))
FILE = "clusters/apps.yaml"
BASE = {
    "clusters/one/cluster.yaml": "labels: {tier: production}\n",
    "clusters/two/cluster.yaml": "labels: {tier: staging}\n",
    "apps/shop/web.yaml": config("web"),
    "apps/blog/web.yaml": config("blog"),
}
BY_CLUSTER = [{"clusters": {"selector": {"matchLabels": {"tier": "production"}}}}]


def application_set(generators: Any, *, spec: Mapping[str, Any] | None = None, **template: Any) -> str:
    """The text of an ApplicationSet over Go templates; line 6 is spec.template."""
    source = {"repoURL": URL, "path": "apps/shop", "targetRevision": "HEAD"}
    inner = {"project": "default", "source": source, "destination": {"name": "{{.name}}", "namespace": "shop"}}
    inner |= template.pop("of", {})
    whole = {"metadata": {"name": "shop-{{.name}}"}, **template}
    further = {"goTemplate": True, "goTemplateOptions": ["missingkey=error"], **(spec or {})}
    return (
        "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: set, namespace: argocd}\nspec:\n"
        f"  generators: {json.dumps(generators)}\n  template:\n    metadata: {json.dumps(whole['metadata'])}\n    spec:\n"
        + "".join(f"      {field}: {json.dumps(said)}\n" for field, said in inner.items())
        + "".join(f"  {field}: {json.dumps(said)}\n" for field, said in further.items())
    )


def fleet_of(repo: Monorepo) -> Fleet:
    return Fleet(repo, ("one", cluster("two", aliases=("https://two.example.com",))), registry=REGISTRY)


async def test_each_cluster_has_the_apps_whose_destination_it_is(repo: Monorepo) -> None:
    generators = [{"list": {"elements": [{"name": "one"}, {"name": "https://two.example.com"}]}}]
    text = application_set(generators, metadata={"name": "shop-{{ .name | len }}"})
    given = await fleet_of(repo).commit({**BASE, FILE: text})

    assert given.errors == []
    assert list(given["one"].apps) == ["shop-3"]
    assert list(given["two"].apps) == ["shop-23"]


async def test_an_app_of_a_set_is_deleted_with_it_unless_the_set_preserves(repo: Monorepo) -> None:
    fleet = fleet_of(repo)
    before = await fleet.commit({**BASE, FILE: application_set(BY_CLUSTER)})
    preserving = application_set(BY_CLUSTER, spec={"syncPolicy": {"preserveResourcesOnDeletion": True}})
    after = await fleet.commit({FILE: preserving})

    removal = [given["one"].apps["shop-one"].app.on_removal for given in (before, after)]
    assert removal == [OnRemoval.DELETE, OnRemoval.ORPHAN]


async def test_a_label_of_any_cluster_changes_what_is_generated(repo: Monorepo) -> None:
    fleet = fleet_of(repo)
    before = await fleet.commit({**BASE, FILE: application_set(BY_CLUSTER)})
    after = await fleet.commit({"clusters/two/cluster.yaml": "labels: {tier: production}\n"})

    assert [list(given["two"].apps) for given in (before, after)] == [[], ["shop-two"]]
    assert list(after["one"].apps) == ["shop-one"]


async def test_a_directory_that_comes_is_an_app_more(repo: Monorepo) -> None:
    git = {"git": {"repoURL": URL, "directories": [{"path": "apps/*"}]}}
    text = application_set(
        [git],
        metadata={"name": "{{.path.basename}}"},
        of={"source": {"repoURL": URL, "path": "{{.path.path}}"}, "destination": {"name": "one", "namespace": "x"}},
    )
    fleet = fleet_of(repo)
    before = await fleet.commit({**BASE, FILE: text})
    after = await fleet.commit({"apps/new/web.yaml": config("new")})
    elsewhere = await fleet.commit({"other/file.txt": "x"})

    assert list(before["one"].apps) == ["blog", "shop"]
    assert list(after["one"].apps) == ["blog", "new", "shop"]
    assert elsewhere.touched == set()


async def test_a_file_that_changes_changes_its_app_alone(repo: Monorepo) -> None:
    files = {"git": {"repoURL": URL, "files": [{"path": "config/*.yaml"}]}}
    text = application_set([files], metadata={"name": "{{.app}}"}, of={"destination": {"name": "{{.where}}", "namespace": "x"}})
    configs = {"config/a.yaml": "{app: a, where: one}\n", "config/b.yaml": "{app: b, where: two}\n"}
    fleet = fleet_of(repo)
    await fleet.commit({**BASE, **configs, FILE: text})
    after = await fleet.commit({"config/b.yaml": "{app: b2, where: two}\n"})

    assert after.changed == {"two/b2"}
    assert list(after["one"].apps) == ["a"]


async def test_two_applications_of_one_name_are_an_error_on_every_cluster(repo: Monorepo) -> None:
    text = application_set([{"list": {"elements": [{"name": "one"}, {"name": "two"}]}}], metadata={"name": "same"})
    given = await fleet_of(repo).commit({**BASE, FILE: text})

    assert given.errors == [f"{FILE}:7: it generates two Applications with the name same"]
    assert [given[name].complete for name in ("one", "two")] == [False, False]


async def test_an_error_in_a_set_leaves_no_cluster_complete_that_it_could_pick(repo: Monorepo) -> None:
    text = application_set(BY_CLUSTER, metadata={"name": "{{.absent}}"})
    given = await fleet_of(repo).commit({**BASE, FILE: text})

    reason = "The template cannot be filled: line 1: there is no value absent, and missingkey=error is set."
    assert given.errors == [f"{FILE}:7: {reason}"]
    assert [given[name].complete for name in ("one", "two")] == [False, False]


async def test_what_is_wrong_with_one_application_stops_no_other(repo: Monorepo) -> None:
    elements = [{"name": "one", "app": "good", "at": "apps/shop"}, {"name": "one", "app": "bad", "at": "../shop"}]
    text = application_set(
        [{"list": {"elements": elements}}],
        metadata={"name": "{{.app}}"},
        of={"source": {"repoURL": URL, "path": "{{.at}}"}},
    )
    given = await fleet_of(repo).commit({**BASE, FILE: text})

    assert list(given["one"].apps) == ["good"]
    assert [error.partition(": ")[2].partition(":")[0] for error in given.errors] == ["Application bad, which it generates"]
    assert given.errors[0].startswith(f"{FILE}:10: ")
    assert [given[name].complete for name in ("one", "two")] == [False, True]


@pytest.mark.parametrize("name", ["scmProvider", "pullRequest", "clusterDecisionResource", "plugin"])
async def test_a_generator_that_needs_the_outside_is_refused_by_name(repo: Monorepo, name: str) -> None:
    text = application_set([{name: {"requeueAfterSeconds": 60}}])
    given = await fleet_of(repo).commit({**BASE, FILE: text})

    assert [error.startswith(f"{FILE}:5: spec.generators.0.{name} is refused: ") for error in given.errors] == [True]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        pytest.param({"syncPolicy": {"applicationsSync": "create-only"}}, "must be sync or create-update", id="create-only"),
        pytest.param({"strategy": {"type": "RollingSync"}}, "must be AllAtOnce", id="RollingSync"),
        pytest.param({"goTemplate": "yes"}, "must be true or false", id="goTemplate"),
        pytest.param({"goTemplateOptions": ["missingkey=maybe"]}, "there is no option missingkey=maybe", id="option"),
        pytest.param({"generator": []}, "there is no field generator; did you mean generators?", id="unknown"),
    ],
)
async def test_what_cannot_be_honoured_is_an_error_with_its_line(repo: Monorepo, spec: dict[str, Any], message: str) -> None:
    given = await fleet_of(repo).commit({**BASE, FILE: application_set(BY_CLUSTER, spec=spec)})

    assert len(given.errors) == 1
    assert message in given.errors[0]
    assert given.errors[0].startswith(f"{FILE}:")


async def test_another_repository_or_branch_is_refused(repo: Monorepo) -> None:
    other = {"git": {"repoURL": "https://git.example.com/other.git", "directories": [{"path": "*"}]}}
    branch = {"git": {"repoURL": URL, "revision": "next", "directories": [{"path": "*"}]}}
    fleet = fleet_of(repo)
    first = await fleet.commit({**BASE, FILE: application_set([other])})
    second = await fleet.commit({FILE: application_set([branch])})

    assert "https://git.example.com/other.git is another repository" in first.errors[0]
    assert "revision next is not what the Source follows" in second.errors[0]


async def test_a_set_may_stand_in_an_app_of_apps(repo: Monorepo) -> None:
    root = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "root", "namespace": "argocd"},
        "spec": {
            "project": "default",
            "source": {"repoURL": URL, "path": "argocd"},
            "destination": {"name": "in-cluster", "namespace": "argocd"},
            "syncPolicy": {"automated": {}},
        },
    }
    files = {"clusters/root.json": json.dumps(root), "argocd/set.yaml": application_set(BY_CLUSTER)}
    given = await fleet_of(repo).commit({**BASE, **files})

    assert given.errors == []
    assert [sorted(given[name].apps) for name in ("one", "two")] == [["root", "shop-one"], ["root"]]
    assert given["one"].apps["shop-one"].app.declared_by.parent == "root"


async def test_a_set_is_generated_once_for_all_clusters(repo: Monorepo) -> None:
    names = [f"c{number}" for number in range(20)]
    files = {f"clusters/{name}/cluster.yaml": "labels: {tier: production}\n" for name in names}
    fleet = Fleet(repo, names, registry=REGISTRY)
    before = REMEMBERED.made
    given = await fleet.commit({**BASE, **files, FILE: application_set(BY_CLUSTER)})

    assert [list(given[name].apps) for name in names] == [[f"shop-{name}"] for name in names]
    assert REMEMBERED.made - before == 1


async def test_a_set_says_which_destinations_do_not_read_it(repo: Monorepo) -> None:
    files = {name: text for name, text in BASE.items() if not name.startswith("clusters/")}
    tree = {"clusters/near/one/cluster.yaml": "", "clusters/far/two/cluster.yaml": ""}
    text = application_set([{"clusters": {}}])
    given = await fleet_of(repo).commit({**files, **tree, "clusters/near/apps.yaml": text})
    (error,) = given.errors
    assert error.startswith("clusters/near/apps.yaml:1: it generates Applications for clusters that do not read it: two; declare")
    assert [list(given.fleet.clusters[name].apps) for name in ("one", "two")] == [["shop-one"], []]
