"""The clusters/ tree: which directory is whose, and what is read in it."""

from __future__ import annotations

import pytest

from tests.mapping.monorepo import Fleet, Monorepo, app, cluster, config, documents, names, value


async def test_an_app_in_a_group_applies_to_every_cluster_under_it(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["eu-1", "us-1", "stage-1"])
    mapped = await fleet.commit(
        {
            "apps/shop/web.yaml": config("web"),
            "clusters/production/apps.yaml": app("shop"),
            "clusters/production/eu/eu-1/x.yaml": config("a"),
            "clusters/production/us/us-1/x.yaml": config("a"),
            "clusters/staging/stage-1/x.yaml": config("a"),
        }
    )
    assert mapped.errors == []
    assert mapped.changed == {"eu-1/shop", "eu-1/eu-1", "us-1/shop", "us-1/us-1", "stage-1/stage-1"}
    assert names(mapped["eu-1"].apps["shop"]) == ["web"]
    assert str(mapped["us-1"].apps["shop"].app.declared_by.origin) == "clusters/production/apps.yaml:1"
    assert fleet.host.rendered == 1


async def test_loose_objects_are_the_app_named_after_the_directory(repo: Monorepo) -> None:
    fleet = Fleet(repo, [cluster("one", path="clusters/somewhere")])
    mapped = await fleet.commit({"clusters/somewhere/a.yaml": config("a"), "clusters/somewhere/deep/er/b.json": '{"a": 1}'})
    assert list(mapped["one"].apps) == ["somewhere"]
    assert not mapped["one"].complete
    mapped = await fleet.commit({"clusters/somewhere/deep/er/b.json": None, "clusters/somewhere/deep/er/c.yml": config("c")})
    assert names(mapped["one"].apps["somewhere"]) == ["a", "c"]
    assert mapped["one"].complete


async def test_of_a_group_only_the_files_directly_in_it_are_read(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            "clusters/group/a.yaml": config("a"),
            "clusters/group/other/b.yaml": config("b"),
            "clusters/group/one/c.yaml": config("c"),
        }
    )
    assert names(mapped["one"].apps["one"]) == ["a", "c"]
    assert mapped.fleet.unclaimed == ("clusters/group/other",)


async def test_a_directory_with_a_kustomization_is_built_as_one_unit(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            "clusters/one/unit/kustomization.yaml": "namePrefix: built-\nresources: [deep/a.yaml]\n",
            "clusters/one/unit/deep/a.yaml": config("a"),
            "clusters/one/unit/deep/not-listed.yaml": config("b"),
            "clusters/one/loose.yaml": config("c"),
        }
    )
    assert mapped.errors == []
    assert names(mapped["one"].apps["one"]) == ["built-a", "c"]


async def test_a_kustomization_may_give_declarations(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            "apps/shop/web.yaml": config("web"),
            "clusters/one/kustomization.yaml": "resources: [apps.yaml]\n",
            "clusters/one/apps.yaml": app("shop"),
            "clusters/one/cluster.yaml": "labels: {tier: gold}\n",
        }
    )
    assert mapped.errors == []
    assert list(mapped["one"].apps) == ["shop"]
    assert mapped["one"].labels == {"tier": "gold"}


async def test_a_groups_kustomization_stands_only_for_the_files_directly_in_it(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            "clusters/group/kustomization.yaml": "resources: [a.yaml]\n",
            "clusters/group/a.yaml": config("a"),
            "clusters/group/b.yaml": config("b"),
            "clusters/group/one/c.yaml": config("c"),
        }
    )
    assert names(mapped["one"].apps["one"]) == ["a", "c"]


async def test_a_change_to_what_a_kustomization_refers_to_is_followed(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", "two"])
    await fleet.commit(
        {
            "shared/base/kustomization.yaml": "resources: [a.yaml]\n",
            "shared/base/a.yaml": config("a"),
            "clusters/one/kustomization.yaml": "resources: [../../shared/base]\n",
            "clusters/two/x.yaml": config("x"),
        }
    )
    mapped = await fleet.commit({"shared/base/a.yaml": config("a", "2")})
    assert mapped.touched == {"one"}
    assert value(mapped["one"].apps["one"], "a") == "2"


async def test_a_clusters_directory_inside_anothers_is_an_error_on_both(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["outer", "inner", "other"])
    mapped = await fleet.commit(
        {
            "clusters/outer/inner/a.yaml": config("a"),
            "clusters/outer/b.yaml": config("b"),
            "clusters/other/c.yaml": config("c"),
        }
    )
    assert mapped["outer"].problems
    assert mapped["inner"].problems
    assert mapped["outer"].apps == mapped["inner"].apps == {}
    assert mapped["other"].complete


async def test_a_name_that_is_not_unique_names_the_candidates(repo: Monorepo) -> None:
    fleet = Fleet(repo, [cluster("one", line=7), "two"])
    mapped = await fleet.commit(
        {"clusters/a/one/x.yaml": config("a"), "clusters/b/one/x.yaml": config("a"), "clusters/two/x.yaml": config("a")}
    )
    [error] = mapped.errors
    assert error.startswith("clusters.yaml:7: cluster one:")
    assert "clusters/a/one, clusters/b/one" in error
    assert mapped["one"].directory == ""
    assert mapped["two"].complete


async def test_an_explicit_path_says_which_directory_is_meant(repo: Monorepo) -> None:
    fleet = Fleet(repo, [cluster("one", path="clusters/b/one")])
    mapped = await fleet.commit({"clusters/a/one/x.yaml": config("a"), "clusters/b/one/x.yaml": config("b")})
    assert mapped["one"].directory == "clusters/b/one"
    assert names(mapped["one"].apps["one"]) == ["b"]


async def test_what_belongs_to_nobody_is_reported(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", cluster("ghost", line=9)])
    mapped = await fleet.commit(
        {
            "clusters/one/apps.yaml": app("here", "clusters/shared/here"),
            "clusters/shared/here/a.yaml": config("a"),
            "clusters/shared/there/deep/a.yaml": config("a"),
            "clusters/old/a.yaml": config("a"),
        }
    )
    assert mapped.fleet.unclaimed == ("clusters/old", "clusters/shared/there")
    assert mapped.fleet.homeless == ("ghost",)
    assert any(notice.startswith("clusters.yaml:9: cluster ghost has no directory") for notice in mapped.notices)
    assert mapped["ghost"].directory == ""
    assert mapped["ghost"].apps == {}
    assert mapped.errors == []


async def test_an_error_concerns_only_the_chains_it_stands_in(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", "two", "three"])
    mapped = await fleet.commit(
        {
            "apps/shop/web.yaml": config("web"),
            "clusters/a/apps.yaml": app("shop"),
            "clusters/a/broken.yaml": "a: [1\n",
            "clusters/a/one/x.yaml": config("x"),
            "clusters/a/two/x.yaml": config("x"),
            "clusters/b/three/x.yaml": config("x"),
        }
    )
    [problem] = [each for each in mapped.fleet.problems if each.clusters]
    assert problem.clusters == ("one", "two")
    assert str(problem.error).startswith("clusters/a/broken.yaml:")
    assert names(mapped["one"].apps["shop"]) == ["web"]
    assert mapped["three"].complete


async def test_a_file_with_errors_spoils_the_loose_objects_because_it_may_hold_some(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit({"clusters/one/a.yaml": config("a"), "clusters/one/b.yaml": "{"})
    assert type(mapped["one"].apps["one"].result).__name__ == "RenderFailed"
    mapped = await fleet.commit({"clusters/one/b.yaml": None})
    assert names(mapped["one"].apps["one"]) == ["a"]
    assert mapped["one"].complete


async def test_what_another_engine_declares_is_an_error_and_never_an_object(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    foreign = {
        "Application": "argoproj.io/v1alpha1",
        "ApplicationSet": "argoproj.io/v1alpha1",
        "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
        "HelmRelease": "helm.toolkit.fluxcd.io/v2",
        "GitRepository": "source.toolkit.fluxcd.io/v1",
        "Appp": "fleethub.dev/v1alpha1",
    }
    texts = [f"apiVersion: {version}\nkind: {kind}\nmetadata: {{name: x}}\n" for kind, version in foreign.items()]
    workload = "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r, namespace: default}\n"
    mapped = await fleet.commit({"clusters/one/a.yaml": documents(*texts, workload)})
    assert [error.partition(": ")[0] for error in mapped.errors] == [f"clusters/one/a.yaml:{1 + 4 * n}" for n in range(6)]
    assert names(mapped["one"].apps["one"]) == ["r"]


async def test_what_another_engine_declares_in_a_render_fails_that_app(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    text = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x}\n"
    mapped = await fleet.commit({"apps/shop/a.yaml": text, "clusters/one/apps.yaml": app("shop")})
    result = mapped["one"].apps["shop"].result
    assert "apps/shop/a.yaml:1: Application.argoproj.io is not read yet" in result.message  # type: ignore[union-attr]


async def test_cluster_yaml_is_nearest_wins_key_by_key(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            "clusters/g/cluster.yaml": 'labels: {region: eu, tier: gold}\nvariables: {A: "1", B: "1"}\nkubeVersion: "1.35"\n',
            "clusters/g/one/cluster.yaml": 'labels: {tier: silver}\nvariables: {B: "2"}\nkubeVersion: "1.36"\n',
        }
    )
    assert mapped["one"].labels == {"region": "eu", "tier": "silver"}
    assert mapped["one"].variables == {
        "A": "1",
        "B": "2",
        "CLUSTER_NAME": "one",
        "CLUSTER_PATH": "clusters/g/one",
        "CLUSTER_LABEL_REGION": "eu",
        "CLUSTER_LABEL_TIER": "silver",
    }


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("_A1", "", id="a name"),
        pytest.param("1A", "cannot be a variable's name", id="a digit first"),
        pytest.param("A-B", "cannot be a variable's name", id="a dash"),
        pytest.param("CLUSTER_PATH", "is set by the cluster itself", id="the cluster's own"),
        pytest.param("CLUSTER_LABEL_TIER", "is set by the cluster itself", id="a label's"),
    ],
)
async def test_a_variable_has_a_name_that_can_be_written_and_is_free(repo: Monorepo, name: str, says: str) -> None:
    mapped = await Fleet(repo, ["one"]).commit({"clusters/one/cluster.yaml": f'variables: {{{name}: "1"}}\n'})
    assert len(mapped.errors) == bool(says)
    assert all(f"{name} {says}" in error for error in mapped.errors)


async def test_cluster_yaml_says_all_that_is_wrong_at_once(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            "clusters/one/cluster.yaml": "lables: {a: b}\nvariables:\n  A: 1\n  CLUSTER_NAME: x\nkubeVersion: 1.36\n",
            "clusters/one/sub/cluster.yaml": "labels: {}\n",
        }
    )
    places = [error.split(": ")[0] for error in mapped.errors]
    assert places == [f"clusters/one/cluster.yaml:{line}" for line in (1, 3, 4, 5)] + ["clusters/one/sub/cluster.yaml:1"]
    assert "did you mean labels?" in mapped.errors[0]
