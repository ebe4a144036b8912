"""What `fleet map` can say of a FleetMap."""

from __future__ import annotations

from fleet.mapping.overview import declared, overridden, without_effect
from tests.mapping.monorepo import Fleet, Monorepo, app, config, documents


async def test_where_everything_is_declared_and_what_has_no_effect(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one", "two"])
    mapped = await fleet.commit(
        {
            "apps/shop/a.yaml": documents(config("a"), config("b")),
            "clusters/g/apps.yaml": documents(app("shop", "apps/gone"), config("x")),
            "clusters/g/one/a.yaml": documents(app("shop"), config("x")),
            "clusters/g/two/a.yaml": app("shop"),
        }
    )
    rows = {(row.cluster, row.app): (str(row.origin), row.objects) for row in declared(mapped.fleet)}
    assert rows == {
        ("one", "one"): ("clusters/g/one:1", 1),
        ("one", "shop"): ("clusters/g/one/a.yaml:1", 2),
        ("two", "shop"): ("clusters/g/two/a.yaml:1", 2),
        ("two", "two"): ("clusters/g/two:1", 1),
    }
    assert [(row.cluster, str(row.identity), str(row.farther)) for row in overridden(mapped.fleet)] == [
        ("one", "ConfigMap/default/x", "clusters/g/apps.yaml:6"),
        ("one", "App.fleethub.dev/shop", "clusters/g/apps.yaml:1"),
        ("two", "App.fleethub.dev/shop", "clusters/g/apps.yaml:1"),
    ]
    assert [str(origin) for _, origin in without_effect(mapped.fleet)] == ["clusters/g/apps.yaml:1"]


async def test_an_app_that_does_not_render_says_why(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    mapped = await fleet.commit({"clusters/one/a.yaml": app("shop")})
    [row] = declared(mapped.fleet)
    assert row.errors == ("apps/shop could not be rendered: there is no such directory",)
