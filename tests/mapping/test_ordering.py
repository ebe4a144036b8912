"""What is wrong with the order that Apps say: names that no App has, and circles; each told with its place, the others go on."""

from __future__ import annotations

import pytest

from tests.mapping.monorepo import Fleet, Given, Monorepo, app, config, documents


async def mapped(repo: Monorepo, **depends: list[str]) -> Given:
    """One cluster whose Apps depend on each other so."""
    files = {f"apps/{name}/a.yaml": config(name) for name in depends}
    texts = {f"clusters/one/{name}.yaml": app(name, dependsOn=others) for name, others in depends.items()}
    return await Fleet(repo, ["one"]).commit({**files, **texts})


def wrong(given: Given) -> dict[str, list[str]]:
    """By App: what is wrong with its order."""
    return {name: [str(error) for error in errors] for name, errors in given["one"].disorder.items()}


async def test_apps_that_depend_on_each_other_in_a_line_are_fine(repo: Monorepo) -> None:
    given = await mapped(repo, shop=["ingress", "database"], ingress=["database"], database=[])
    assert (wrong(given), given.errors, given["one"].complete) == ({}, [], True)


async def test_an_unknown_name_is_an_error_of_that_app_that_names_the_nearest(repo: Monorepo) -> None:
    given = await mapped(repo, shop=["ingres"], ingress=[])
    said = "clusters/one/shop.yaml:1: App shop depends on ingres, and its cluster has no App of that name; did you mean ingress?"
    assert (wrong(given), given.errors) == ({"shop": [said]}, [said])


async def test_what_is_wrong_with_an_order_makes_nothing_incomplete(repo: Monorepo) -> None:
    given = await mapped(repo, shop=["nothing-like-it"], ingress=[])
    assert (set(given["one"].apps), given["one"].complete, given["one"].problems) == ({"shop", "ingress"}, True, ())


async def test_a_circle_is_an_error_of_each_app_in_it_and_shows_it(repo: Monorepo) -> None:
    given = await mapped(repo, a=["b"], b=["c"], c=["a"], outside=["a"], apart=[])
    said = wrong(given)
    assert said.keys() == {"a", "b", "c"}
    places = "b (clusters/one/b.yaml:1) → c (clusters/one/c.yaml:1) → a (clusters/one/a.yaml:1)"
    assert said["b"] == [f"clusters/one/b.yaml:1: App b depends on itself: b → c → a → b; declared: {places}"]
    assert ["a → b → c → a;" in said["a"][0], "c → a → b → c;" in said["c"][0]] == [True, True]


async def test_an_app_that_depends_on_itself_is_a_circle(repo: Monorepo) -> None:
    (said,) = wrong(await mapped(repo, shop=["shop"]))["shop"]
    assert "shop → shop;" in said


async def test_of_several_circles_the_shortest_is_shown(repo: Monorepo) -> None:
    given = await mapped(repo, a=["b", "d"], b=["c"], c=["a"], d=["a"])
    assert ["a → d → a;" in text for text in wrong(given)["a"]] == [True]


async def test_both_may_be_wrong_at_once(repo: Monorepo) -> None:
    assert len(wrong(await mapped(repo, a=["b", "gone"], b=["a"]))["a"]) == 2


async def test_an_app_that_is_not_for_this_cluster_is_unknown_there_alone(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", "two"])
    given = await fleet.commit(
        {
            "apps/shop/a.yaml": config("shop"),
            "apps/ingress/a.yaml": config("ingress"),
            "clusters/g/cluster.yaml": "labels: {tier: one}\n",
            "clusters/g/apps.yaml": documents(
                app("shop", dependsOn=["ingress"]), app("ingress", clusters={"matchLabels": {"tier": "two"}})
            ),
            "clusters/g/one/a.yaml": config("a"),
            "clusters/g/two/cluster.yaml": "labels: {tier: two}\n",
        }
    )
    assert ({*given["one"].disorder}, {*given["two"].disorder}) == ({"shop"}, set())


@pytest.mark.parametrize("name", ["one"], ids=["the cluster's own App"])
async def test_the_app_of_loose_objects_can_be_named(repo: Monorepo, name: str) -> None:
    fleet = Fleet(repo, ["one"])
    given = await fleet.commit(
        {"apps/shop/a.yaml": config("shop"), "clusters/one/a.yaml": documents(config("x"), app("shop", dependsOn=[name]))}
    )
    assert wrong(given) == {}


async def test_it_is_told_anew_when_another_document_mends_it(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    texts = {"clusters/one/a.yaml": app("a", dependsOn=["b"]), "apps/a/a.yaml": config("a"), "apps/b/a.yaml": config("b")}
    before = await fleet.commit(texts)
    after = await fleet.commit({"clusters/one/b.yaml": app("b")})
    assert ([*before["one"].disorder], [*after["one"].disorder], after.errors) == (["a"], [], [])
