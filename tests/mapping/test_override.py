"""Override is by identity; Apps may declare Apps; what two say the same way nobody says."""

from __future__ import annotations

import pytest

from fleet.model.app import DriftPolicy
from fleet.model.keys import ObjectKey
from tests.mapping.monorepo import Fleet, Monorepo, app, config, documents, names, value

APPS = {f"apps/{name}/a.yaml": config(name) for name in ("shop", "shop-two", "other")}


async def test_an_app_declared_nearer_replaces_the_farther_one(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", "two"])
    mapped = await fleet.commit(
        {
            **APPS,
            "clusters/g/apps.yaml": app("shop"),
            "clusters/g/one/other-name.yaml": app("shop", "apps/shop-two"),
            "clusters/g/two/x.yaml": config("x"),
        }
    )
    assert mapped.errors == []
    assert names(mapped["one"].apps["shop"]) == ["shop-two"]
    assert names(mapped["two"].apps["shop"]) == ["shop"]
    nearer, farther = mapped["one"].overridden[ObjectKey("fleethub.dev", "App", "", "shop")]
    assert (nearer.file, farther.file) == ("clusters/g/one/other-name.yaml", "clusters/g/apps.yaml")


async def test_an_object_declared_nearer_replaces_the_farther_one(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {"clusters/g/a.yaml": documents(config("a", "far"), config("b", "far")), "clusters/g/one/z.yaml": config("a", "near")}
    )
    desired = mapped["one"].apps["one"]
    assert (value(desired, "a"), value(desired, "b")) == ("near", "far")
    nearer, _ = mapped["one"].overridden[ObjectKey("", "ConfigMap", "default", "a")]
    assert nearer.file == "clusters/g/one/z.yaml"


async def test_the_same_file_name_nearer_overrides_nothing(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit({"clusters/g/a.yaml": config("a"), "clusters/g/one/a.yaml": config("b")})
    assert names(mapped["one"].apps["one"]) == ["a", "b"]


async def test_two_declarations_of_one_identity_at_one_depth_are_an_error_on_both(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", "two"])
    mapped = await fleet.commit(
        {
            **APPS,
            "clusters/g/a.yaml": app("shop"),
            "clusters/g/b.yaml": app("shop", "apps/other"),
            "clusters/g/one/x.yaml": app("other"),
            "clusters/two/x.yaml": app("shop"),
        }
    )
    assert [error.partition(": ")[0] for error in mapped.errors] == ["clusters/g/a.yaml:1", "clusters/g/b.yaml:1"]
    assert list(mapped["one"].apps) == ["other"]
    assert mapped["two"].complete


async def test_two_of_one_identity_are_an_error_also_where_a_nearer_one_replaces_both(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            **APPS,
            "clusters/g/a.yaml": app("shop", "apps/other"),
            "clusters/g/b.yaml": app("shop", "apps/other"),
            "clusters/g/one/x.yaml": app("shop"),
        }
    )
    assert [error.partition(": ")[0] for error in mapped.errors] == ["clusters/g/a.yaml:1", "clusters/g/b.yaml:1"]
    assert names(mapped["one"].apps["shop"]) == ["shop"]


async def test_two_objects_of_one_key_at_one_depth_are_an_error_on_both(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            "clusters/one/a.yaml": config("a"),
            "clusters/one/unit/kustomization.yaml": "resources: [b.yaml]\n",
            "clusters/one/unit/b.yaml": config("a"),
        }
    )
    assert len(mapped.errors) == 2
    assert "clusters/one/a.yaml:1" in "".join(mapped.errors)
    assert not mapped["one"].complete


async def test_two_declarations_that_share_an_apps_name_are_an_error_naming_both(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    other = app("shop").replace("{name: shop}", "{name: shop, namespace: team}")
    mapped = await fleet.commit({**APPS, "clusters/g/a.yaml": app("shop"), "clusters/g/one/b.yaml": other})
    assert [error.partition(": ")[0] for error in mapped.errors] == ["clusters/g/a.yaml:1", "clusters/g/one/b.yaml:1"]
    assert all("App.fleethub.dev/shop" in error and "App.fleethub.dev/team/shop" in error for error in mapped.errors)
    assert mapped["one"].apps == {}


async def test_an_app_with_the_name_of_the_loose_objects_app_is_an_error_naming_both(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit({**APPS, "clusters/one/a.yaml": documents(app("one", "apps/shop"), config("x"))})
    assert [error.partition(": ")[0] for error in mapped.errors] == ["clusters/one:1", "clusters/one/a.yaml:1"]
    assert mapped.changed == set()
    mapped = await fleet.commit({"clusters/one/a.yaml": app("one", "apps/shop")})
    assert names(mapped["one"].apps["one"]) == ["shop"]


async def test_an_app_whose_selector_excludes_a_cluster_is_simply_not_there(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["gold", "silver"])
    mapped = await fleet.commit(
        {
            **APPS,
            "clusters/a.yaml": app("shop"),
            "clusters/g/a.yaml": app("shop", "apps/shop-two", clusters={"matchLabels": {"tier": "gold"}}),
            "clusters/g/gold/cluster.yaml": "labels: {tier: gold}\n",
            "clusters/g/silver/cluster.yaml": "labels: {tier: silver}\n",
        }
    )
    assert mapped.errors == []
    assert names(mapped["gold"].apps["shop"]) == ["shop-two"]
    assert names(mapped["silver"].apps["shop"]) == ["shop"]


async def test_apps_may_declare_apps_to_any_depth(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            **APPS,
            "apps/root/kustomization.yaml": "resources: [a.yaml]\n",
            "apps/root/a.yaml": documents(app("middle"), config("root")),
            "apps/middle/a.yaml": app("shop"),
            "clusters/one/a.yaml": app("root"),
        }
    )
    assert mapped.errors == []
    assert {name: each.app.declared_by.parent for name, each in mapped["one"].apps.items()} == {
        "root": "",
        "middle": "root",
        "shop": "middle",
    }
    assert names(mapped["one"].apps["root"]) == ["root"]
    assert names(mapped["one"].apps["shop"]) == ["shop"]
    mapped = await fleet.commit({"apps/middle/a.yaml": documents(app("shop"), app("other"))})
    assert mapped.changed == {"one/middle", "one/other"}


async def test_an_app_that_declares_itself_in_the_end_is_an_error(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            **APPS,
            "apps/a/x.yaml": app("b"),
            "apps/b/x.yaml": app("a"),
            "clusters/one/a.yaml": documents(app("a"), app("shop")),
        }
    )
    assert mapped.errors == ["apps/b/x.yaml:1: the App declares itself: a → b → a"]
    assert list(mapped["one"].apps) == ["shop"]


async def test_an_app_that_is_overridden_declares_nothing(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            **APPS,
            "apps/root/a.yaml": app("shop"),
            "clusters/g/a.yaml": app("root"),
            "clusters/g/one/a.yaml": app("root", "apps/other"),
        }
    )
    assert list(mapped["one"].apps) == ["root"]


async def test_what_a_nearer_apps_render_declares_replaces_the_farther_and_is_given_once(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            **APPS,
            "apps/root/a.yaml": app("shop", "apps/shop-two"),
            "clusters/g/a.yaml": app("shop"),
            "clusters/g/one/a.yaml": app("root"),
        }
    )
    assert mapped.errors == []
    assert [names(each.desired) for each in mapped.apps if each.key.app == "shop"] == [["shop-two"]]


async def test_a_parent_whose_render_fails_declares_nothing_and_spoils_no_other(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit(
        {
            **APPS,
            "apps/root/a.yaml": documents(app("shop"), "kind: Broken\n"),
            "clusters/one/a.yaml": documents(app("root"), app("other")),
        }
    )
    assert list(mapped["one"].apps) == ["other", "root"]
    assert not mapped["one"].complete
    assert names(mapped["one"].apps["other"]) == ["other"]


async def test_every_field_of_an_app_is_read(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    fields = {
        "renderer": "plain",
        "plain": {"recurse": False},
        "namespace": "shop",
        "dependsOn": ["other"],
        "prune": False,
        "drift": "report",
        "adopt": "Always",
        "paused": True,
        "timeout": "1h30m",
        "ignoreDrift": [{"group": "apps", "kind": "Deployment", "fields": ["/spec/replicas"]}],
    }
    mapped = await fleet.commit({**APPS, "clusters/one/a.yaml": app("shop", "./apps/shop/", **fields)})
    read = mapped["one"].apps["shop"].app
    assert (read.path, read.renderer, read.options, read.namespace) == ("apps/shop", "plain", {"recurse": False}, "shop")
    assert (read.depends_on, read.prune, read.on_removal, read.drift) == (("other",), False, "orphan", DriftPolicy.REPORT)
    assert (read.adopt, read.paused, read.timeout) == ("Always", True, 5400.0)
    assert read.ignore_drift[0].fields == ("/spec/replicas",)


@pytest.mark.parametrize(
    "fields, says, line",
    [
        pytest.param("  pth: apps/shop", "spec needs the field path", 5, id="missing"),
        pytest.param("  path: apps/shop\n  prun: true", "did you mean prune?", 7, id="unknown"),
        pytest.param("  path: ../shop", "spec.path must stay inside the repository", 6, id="outside"),
        pytest.param("  path: apps/shop\n  prune: 'yes'", "spec.prune must be true or false", 7, id="boolean"),
        pytest.param("  path: apps/shop\n  drift: ignore", "spec.drift must be revert or report", 7, id="word"),
        pytest.param("  path: apps/shop\n  timeout: 10", "spec.timeout must be a length of time", 7, id="time"),
        pytest.param("  path: apps/shop\n  clusters: {tier: a}", "there is no field tier", 7, id="selector"),
        pytest.param(
            "  path: apps/shop\n  ignoreDrift: [{kind: A, fields: [x]}]", "spec.ignoreDrift.0.fields.0", 7, id="pointer"
        ),
        pytest.param("  path: apps/shop\n  renderer: plain\n  helm: {}", "options of another renderer", 8, id="options"),
        pytest.param("  path: apps/shop\n  plain: {}\n  helm: {}", "say which one with renderer", 7, id="ambiguous"),
    ],
)
async def test_a_wrong_field_is_an_error_that_says_where_and_what(repo: Monorepo, fields: str, says: str, line: int) -> None:
    fleet = Fleet(repo, ["one"])
    text = f"# first\napiVersion: fleethub.dev/v1alpha1\nkind: App\nmetadata: {{name: shop}}\nspec:\n{fields}\n"
    mapped = await fleet.commit({**APPS, "clusters/one/a.yaml": documents(text, app("other"))})
    assert [error for error in mapped.errors if says in error and error.startswith(f"clusters/one/a.yaml:{line}: ")]
    assert list(mapped["one"].apps) == ["other"]


async def test_an_unknown_renderer_fails_that_app_by_name(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit({**APPS, "clusters/one/a.yaml": app("shop", renderer="jsonnet", jsonnet={"a": 1})})
    assert "there is no renderer jsonnet; there are kustomize, plain" in mapped["one"].apps["shop"].result.message  # type: ignore[union-attr]


async def test_a_path_that_is_not_there_fails_that_app_until_it_is(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit({"clusters/one/a.yaml": app("shop")})
    assert "apps/shop could not be rendered" in mapped["one"].apps["shop"].result.message  # type: ignore[union-attr]
    mapped = await fleet.commit(APPS)
    assert names(mapped["one"].apps["shop"]) == ["shop"]
