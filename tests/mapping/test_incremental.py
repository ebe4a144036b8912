"""Mapping what changed gives the same as mapping everything, and costs what changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fleet.errors import FileMissing
from fleet.hooks import AppKind, AppKindContext, hookimpl
from fleet.mapping import FleetMap, MappedApp
from fleet.model.app import App, ClusterMap, DeclaredBy
from fleet.model.keys import AppKey, GroupKind
from fleet.model.manifest import RenderFailed, Scope
from tests.mapping.monorepo import REGISTRY, Fleet, Given, Monorepo, app, config, documents, names, registry_with

CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.example.com}
spec: {group: example.com, names: {kind: Thing, plural: things}, scope: Cluster, versions: []}
"""
MANY = {
    "apps/base/a.yaml": config("base"),
    **{f"apps/own-{n}/a.yaml": config(f"own-{n}") for n in range(6)},
    **{f"clusters/g{n % 2}/c{n}/apps.yaml": app("own", f"apps/own-{n}") for n in range(6)},
    "clusters/apps.yaml": app("base"),
}


def many(repo: Monorepo) -> Fleet:
    return Fleet(repo, [f"c{n}" for n in range(6)])


async def test_a_commit_concerns_only_the_clusters_whose_inputs_it_changes(repo: Monorepo) -> None:
    fleet = many(repo)
    assert len((await fleet.commit(MANY)).changed) == 12
    mapped = await fleet.commit({"apps/own-3/a.yaml": config("new")})
    assert (mapped.changed, mapped.touched) == ({"c3/own"}, {"c3"})
    mapped = await fleet.commit({"README.md": "hello"})
    assert (mapped.changed, mapped.touched) == (set(), set())
    mapped = await fleet.commit({"apps/base/b.yaml": config("more")})
    assert mapped.changed == {f"c{n}/base" for n in range(6)}
    assert fleet.host.rendered == 9


async def test_a_file_in_a_group_concerns_the_clusters_below_it(repo: Monorepo) -> None:
    fleet = many(repo)
    await fleet.commit(MANY)
    mapped = await fleet.commit({"clusters/g1/more.yaml": app("more", "apps/base")})
    assert mapped.changed == {"c1/more", "c3/more", "c5/more"}
    assert mapped.touched == {"c1", "c3", "c5"}


async def test_a_declaration_that_moves_to_another_line_changes_no_app(repo: Monorepo) -> None:
    fleet = many(repo)
    await fleet.commit(MANY)
    mapped = await fleet.commit({"clusters/apps.yaml": "# why\n" + app("base")})
    assert mapped.changed == set()
    assert mapped["c0"].apps["base"].app.declared_by.origin.line == 2


async def test_clusters_keep_the_revision_that_concerned_them(repo: Monorepo) -> None:
    fleet = many(repo)
    first = (await fleet.commit(MANY)).fleet.revision
    mapped = await fleet.commit({"apps/own-3/a.yaml": config("new")})
    assert mapped["c2"].revision == first
    assert mapped["c3"].revision == mapped.fleet.revision


async def test_a_render_that_failed_is_tried_again_with_every_revision(repo: Monorepo) -> None:
    fleet = many(repo)
    mapped = await fleet.commit({**MANY, "apps/own-1/a.yaml": "kind: Broken\n"})
    assert isinstance(mapped["c1"].apps["own"].result, RenderFailed)
    mapped = await fleet.commit({"README.md": "hello"})
    assert mapped.changed == {"c1/own"}


async def test_custom_kinds_are_those_of_all_renders(repo: Monorepo) -> None:
    fleet = many(repo)
    mapped = await fleet.commit({**MANY, "apps/own-1/crd.yaml": CRD, "clusters/g0/c2/crd.yaml": CRD})
    assert mapped.fleet.custom == {GroupKind("example.com", "Thing"): Scope.CLUSTER}
    mapped = await fleet.commit({"apps/own-1/crd.yaml": None})
    assert mapped.fleet.custom == {GroupKind("example.com", "Thing"): Scope.CLUSTER}
    mapped = await fleet.commit({"clusters/g0/c2/crd.yaml": None})
    assert mapped.fleet.custom == {}


async def test_a_mapping_that_is_left_early_is_made_good_by_the_next(repo: Monorepo) -> None:
    fleet = many(repo)
    await fleet.commit(MANY)
    second = repo.commit({"apps/own-3/a.yaml": config("new"), "clusters/g1/more.yaml": app("more", "apps/base")})
    async for _ in fleet.mapper.map(second, repo.tree(second), frozenset({"clusters/g1/more.yaml"})):
        break
    third = repo.commit({"README.md": "hello"})
    found = [each async for each in fleet.mapper.map(third, repo.tree(third), frozenset({"README.md"}))]
    assert isinstance(found[-1], FleetMap)
    assert names(found[-1].clusters["c3"].apps["own"]) == ["new"]
    assert "more" in found[-1].clusters["c5"].apps


async def test_every_app_is_given_before_its_cluster_and_the_fleet_last(repo: Monorepo) -> None:
    fleet = many(repo)
    first = repo.commit(MANY)
    given = [each async for each in fleet.mapper.map(first, repo.tree(first), None)]
    done: set[str] = set()
    for each in given[:-1]:
        assert each.cluster not in done  # type: ignore[union-attr]
        if isinstance(each, ClusterMap):
            done.add(each.cluster)
    assert isinstance(given[-1], FleetMap)
    assert len(done) == 6
    assert sum(isinstance(each, MappedApp) for each in given) == 12


class Listing:
    """A plugin whose documents declare an App per file of a directory, on every cluster that has a label."""

    @staticmethod
    @hookimpl
    def fleet_app_kinds() -> Iterable[AppKind]:
        return [AppKind(kind=GroupKind("example.com", "Listing"), read=Listing.read)]

    @staticmethod
    def read(context: AppKindContext) -> Iterable[App]:
        if context.document.get("broken"):
            raise KeyError("broken")
        here = sum(labels.get("listed") == "yes" for labels in context.clusters.values())
        for entry in context.tree.children("apps"):
            yield App(
                key=AppKey(context.cluster, f"{entry.name}-{here}"),
                declared_by=DeclaredBy(origin=context.origin),
                path=entry.path,
            )


LISTING = "apiVersion: example.com/v1\nkind: Listing\nmetadata: {name: all}\n"


async def test_what_a_reader_looks_at_concerns_its_clusters_when_it_changes(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", "two"], registry=registry_with(Listing))  # type: ignore[arg-type]
    mapped = await fleet.commit(
        {"apps/a/a.yaml": config("a"), "clusters/one/all.yaml": LISTING, "clusters/two/cluster.yaml": "labels: {}\n"}
    )
    assert list(mapped["one"].apps) == ["a-0"]
    mapped = await fleet.commit({"apps/b/a.yaml": config("b")})
    assert list(mapped["one"].apps) == ["a-0", "b-0"]
    mapped = await fleet.commit({"clusters/two/cluster.yaml": "labels: {listed: 'yes'}\n"})
    assert list(mapped["one"].apps) == ["a-1", "b-1"]
    mapped = await fleet.commit({"README.md": "x"})
    assert mapped.touched == set()


async def test_a_reader_that_raises_is_an_error_on_its_declaration_alone(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", "two"], registry=registry_with(Listing))  # type: ignore[arg-type]
    mapped = await fleet.commit(
        {
            "apps/a/a.yaml": config("a"),
            "clusters/one/all.yaml": documents(LISTING + "broken: true\n", app("a")),
            "clusters/two/x.yaml": config("x"),
        }
    )
    assert len(mapped.errors) == 1
    assert mapped.errors[0].startswith("clusters/one/all.yaml:1: Plugin Listing.example.com failed")
    assert list(mapped["one"].apps) == ["a"]
    assert mapped["two"].complete


def said(mapped: Given) -> object:
    """Everything a mapping says, but which Revision last concerned a cluster, and errors only in words."""
    fleet = mapped.fleet
    clusters = {
        name: (
            replace(each, revision=fleet.revision, problems=(), apps={}),
            {app: _told(desired) for app, desired in each.apps.items()},
            each.labels,
            each.variables,
            sorted(str(problem.error) for problem in each.problems),
            each.overridden,
        )
        for name, each in fleet.clusters.items()
    }
    problems = [(str(problem.error), problem.clusters) for problem in fleet.problems]
    return clusters, fleet.unclaimed, fleet.homeless, problems, fleet.custom


def _told(desired: object) -> object:
    result = desired.result  # type: ignore[attr-defined]
    told = result.message if isinstance(result, RenderFailed) else result
    return desired.app, desired.fingerprint, told  # type: ignore[attr-defined]


PATHS = [
    "clusters/{n}.yaml",
    "clusters/cluster.yaml",
    "clusters/g/{n}.yaml",
    "clusters/g/cluster.yaml",
    "clusters/g/kustomization.yaml",
    "clusters/g/one/{n}.yaml",
    "clusters/g/one/cluster.yaml",
    "clusters/g/one/deep/{n}.yaml",
    "clusters/g/one/two/{n}.yaml",
    "clusters/h/two/{n}.yaml",
    "clusters/h/two",
    "clusters/three/{n}.yaml",
    "clusters/free/{n}.yaml",
    "apps/a/{n}.yaml",
    "apps/b/{n}.yaml",
    "apps/b",
    "base/{n}.yaml",
]
TEXTS = [
    config("x"),
    config("x", "${V}"),
    config("y"),
    documents(config("x"), config("y")),
    app("a"),
    app("b", substitute=True),
    app("a", "apps/b"),
    app("b", "clusters/free"),
    app("one", "apps/a"),
    app("a", clusters={"matchLabels": {"t": "1"}}),
    documents(app("a"), app("b"), config("z")),
    'labels: {t: "1"}\nvariables: {V: "1"}\n',
    'variables: {V: "2"}\n',
    "resources: [0.yaml]\n",
    CRD,
    "{",
    "kind: Broken\n",
]
edits = st.dictionaries(
    st.tuples(st.sampled_from(PATHS), st.integers(0, 1)).map(lambda both: both[0].format(n=both[1])),
    st.one_of(st.none(), st.sampled_from(TEXTS)),
    min_size=1,
    max_size=6,
)


@pytest.mark.filterwarnings("ignore::hypothesis.errors.NonInteractiveExampleWarning")
@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(history=st.lists(edits, min_size=2, max_size=5))
async def test_mapping_what_changed_equals_mapping_everything(history: list[dict[str, str | None]]) -> None:
    with TemporaryDirectory() as directory:
        repo = Monorepo(Path(directory) / "repo.git")
        kept = Fleet(repo, ["one", "two", "three"])
        for edit in history:
            revision = repo.commit(without_clashes(repo, edit))
            mapped = await kept.map(revision)
            fresh = await Fleet(repo, ["one", "two", "three"]).map(revision)
            assert said(mapped) == said(fresh)


def without_clashes(repo: Monorepo, edit: dict[str, str | None]) -> dict[str, str | None]:
    """An edit after which no path is a file and a directory: what stood in the way is deleted."""
    made: dict[str, str | None] = {}
    for path, text in edit.items():
        if text is not None:
            clashes = [each for each in {**repo.files, **made} if each.startswith(f"{path}/") or path.startswith(f"{each}/")]
            made.update(dict.fromkeys(clashes))
        made[path] = text
    return made


def test_the_fixture_fails_as_git_does(repo: Monorepo) -> None:
    revision = repo.commit({"a.yaml": "a: 1\n"})
    with pytest.raises(FileMissing):
        repo.tree(revision).read("b.yaml")
    assert REGISTRY.broken == ()
