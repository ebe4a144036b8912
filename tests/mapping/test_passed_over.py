"""What is declared for a cluster that does not read it, in a file or in a render: said, and nothing of it is taken for gone."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from fleet.mapping import standing
from fleet.model.app import DeclaredBy, OnRemoval, Standing
from fleet.model.inventory import Identity, Inventory
from fleet.model.keys import AppKey
from fleet.model.manifest import Origin
from tests.mapping.monorepo import Fleet, Given, Monorepo, app, config
from tests.mapping.test_argocd import FINALIZER, URL, application, fleet_of

ROOT = "clusters/all/root.yaml"
CHILD = "apps/root/shop.yaml"
BASE = {
    "clusters/all/one/cluster.yaml": "",
    "clusters/all/two/cluster.yaml": "",
    "apps/shop/web.yaml": config("web"),
}


def root(cluster: str = "in-cluster", name: str = "root") -> str:
    """An Application of Applications that follows git by itself."""
    return at(cluster, name, syncPolicy={"automated": {"prune": True}}, metadata={"finalizers": [FINALIZER]})


def at(cluster: str, name: str = "shop", **more: object) -> str:
    return application(name, destination={"name": cluster, "namespace": "shop"}, **more)  # type: ignore[arg-type]


def said(cluster: str, parent: str, *, file: str = CHILD, kind: str = "Application", name: str = "shop") -> str:
    return (
        f"{file}:1: {kind}.argoproj.io/argocd/{name} is for {cluster}, which does not read it: it comes with App {parent}, "
        f"which is not for {cluster}; give {parent} the destination in-cluster"
    )


async def mapped(repo: Monorepo, files: Mapping[str, str]) -> tuple[Fleet, Given]:
    fleet = fleet_of(repo, "one", "two")
    return fleet, await fleet.commit({**BASE, **files})


def apps(given: Given) -> dict[str, list[str]]:
    return {name: list(each.apps) for name, each in given.fleet.clusters.items()}


async def test_a_child_of_a_parent_for_one_cluster_that_is_for_another_is_an_error_of_both(repo: Monorepo) -> None:
    _, given = await mapped(repo, {ROOT: root("one"), CHILD: at("two")})
    assert given.errors == [said("two", "root")]
    assert [problem.clusters for problem in given.fleet.problems] == [("one", "two")]
    assert [len(each.problems) for each in given.fleet.clusters.values()] == [1, 1]
    assert apps(given) == {"one": ["root"], "two": []}


async def test_a_parent_that_both_have_brings_it_to_its_cluster(repo: Monorepo) -> None:
    _, given = await mapped(repo, {ROOT: root(), CHILD: at("two")})
    assert given.errors == []
    assert apps(given) == {"one": ["root"], "two": ["root", "shop"]}


async def test_each_parent_in_the_line_must_be_there(repo: Monorepo) -> None:
    files = {ROOT: root(), "apps/root/middle.yaml": root("one", "middle"), "apps/middle/shop.yaml": at("two")}
    fleet, given = await mapped(repo, files)
    assert given.errors == [said("two", "middle", file="apps/middle/shop.yaml")]
    mended = await fleet.commit({"apps/root/middle.yaml": root(name="middle")})
    assert mended.errors == []
    assert apps(mended) == {"one": ["middle", "root"], "two": ["middle", "root", "shop"]}


async def test_a_destination_that_nobody_registered_is_an_error_of_who_reads_it(repo: Monorepo) -> None:
    _, given = await mapped(repo, {ROOT: root("one"), CHILD: at("three")})
    assert [error.split(" (")[0] for error in given.errors] == [f"{CHILD}:7: no registered cluster is called three"]
    assert [problem.clusters for problem in given.fleet.problems] == [("one",)]


async def test_what_a_set_in_a_render_generates_for_others(repo: Monorepo) -> None:
    elements = [{"name": "one"}, {"name": "two"}]
    template = {
        "metadata": {"name": "shop-{{name}}"},
        "spec": {
            "project": "default",
            "source": {"repoURL": URL, "path": "apps/shop"},
            "destination": {"name": "{{name}}", "namespace": "shop"},
        },
    }
    document = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "shops", "namespace": "argocd"},
        "spec": {"generators": [{"list": {"elements": elements}}], "template": template},
    }
    fleet, given = await mapped(repo, {ROOT: root("one"), CHILD: json.dumps(document)})
    assert given.errors == [said("two", "root", kind="ApplicationSet", name="shops")]
    assert apps(given) == {"one": ["root", "shop-one"], "two": []}
    assert (await fleet.commit({ROOT: root()})).errors == []


async def test_a_cluster_in_error_concerns_no_other(repo: Monorepo) -> None:
    namesake = app("root", "apps/shop")
    files = {ROOT: root(), CHILD: at("two"), "clusters/all/two/more.yaml": namesake, "clusters/all/two/web.yaml": config("x")}
    _, given = await mapped(repo, files)
    assert {name for problem in given.fleet.problems for name in problem.clusters} == {"two"}
    assert apps(given) == {"one": ["root"], "two": ["two"]}


async def test_a_commit_that_concerns_one_of_them_tells_both(repo: Monorepo) -> None:
    fleet, before = await mapped(repo, {ROOT: root("one"), CHILD: at("one")})
    assert before.errors == []
    moved = await fleet.commit({CHILD: at("two")})
    assert moved.touched == {"one"}
    assert [len(moved[name].problems) for name in ("one", "two")] == [1, 1]
    same = await fleet.commit({"README.md": "Nothing"})
    assert all(same[name] is moved[name] for name in ("one", "two"))
    mended = await fleet.commit({CHILD: at("one")})
    assert mended.errors == []
    assert mended["two"] is before["two"]


async def test_what_it_declared_before_is_unknown_and_not_gone(repo: Monorepo) -> None:
    fleet, _ = await mapped(repo, {ROOT: root(), CHILD: at("two")})
    both = repo.tree(fleet.at) if fleet.at else None
    given = await fleet.commit({ROOT: root("one")})
    inventories = {
        name: Inventory(
            fleet="acme",
            app=AppKey("two", name),
            cluster=Identity(name="two", uid="2"),
            intended="",
            declared_by=DeclaredBy(origin=Origin(file, 1), parent=parent),
            members=frozenset(),
            on_removal=OnRemoval.DELETE,
            prune=True,
        )
        for name, file, parent in (("root", ROOT, ""), ("shop", CHILD, "root"))
    }
    assert fleet.at is not None
    tree = repo.tree(fleet.at)
    found = {
        name: standing(given["two"], each, tree=tree, before=both, inventories=inventories) for name, each in inventories.items()
    }
    assert found == {"root": Standing.UNKNOWN, "shop": Standing.UNKNOWN}


@pytest.mark.parametrize("path", [pytest.param("apps/shop", id="declares nothing"), pytest.param("apps/none", id="fails")])
async def test_a_cluster_that_replaces_the_parent_replaces_what_it_declares(repo: Monorepo, path: str) -> None:
    own = root("two").replace("apps/root", path)
    _, given = await mapped(repo, {ROOT: root(), CHILD: at("two"), "clusters/all/two/root.yaml": own})
    assert given.errors == []
    assert apps(given) == {"one": ["root"], "two": ["root"]}


async def test_a_destination_that_does_not_read_the_application_is_refused_until_it_does(repo: Monorepo) -> None:
    fleet = fleet_of(repo, "one", "two")
    base = {"apps/shop/web.yaml": config("web"), "clusters/near/one/cluster.yaml": "", "clusters/far/two/cluster.yaml": ""}
    text = application(destination={"name": "two", "namespace": "shop"})
    given = await fleet.commit({**base, "clusters/near/apps.yaml": text})
    assert given.errors == [
        "clusters/near/apps.yaml:7: it is for two, which does not read it; declare it in a directory above two's"
    ]
    moved = await fleet.commit({"clusters/far/two/cluster.yaml": None, "clusters/near/two/cluster.yaml": ""})
    assert moved.errors == []
    assert [list(moved.fleet.clusters[name].apps) for name in ("one", "two")] == [[], ["shop"]]
