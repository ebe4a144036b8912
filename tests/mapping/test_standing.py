"""What may be concluded of an App that a cluster has and git does not declare."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fleet.mapping import standing
from fleet.model.app import DeclaredBy, OnRemoval, Standing
from fleet.model.inventory import Identity, Inventory
from fleet.model.keys import AppKey
from fleet.model.manifest import Origin
from tests.mapping.monorepo import Fleet, Monorepo, app, config, documents

FILE = "clusters/g/one/apps.yaml"
START: Mapping[str, str | None] = {
    "apps/shop/a.yaml": config("shop"),
    "clusters/g/one/x.yaml": config("x"),
    "clusters/g/two/x.yaml": config("x"),
    FILE: documents(app("shop"), app("other", "apps/shop")),
}


def inventory(name: str = "shop", file: str = FILE, parent: str = "", **fields: object) -> Inventory:
    known = {
        "app": AppKey("one", name),
        "fleet": "acme",
        "cluster": Identity(name="one", uid="u"),
        "intended": "",
        "declared_by": DeclaredBy(origin=Origin(file, 1), parent=parent),
        "on_removal": OnRemoval.DELETE,
        "prune": True,
        "members": frozenset(),
    }
    return Inventory(**{**known, **fields})  # type: ignore[arg-type]


async def stands(
    repo: Monorepo, now: Mapping[str, str | None], *others: Inventory, before: Mapping[str, str | None] = START
) -> Standing:
    """Where the first Inventory stands after a commit `before` and a commit `now`."""
    fleet = Fleet(repo, ["one", "two"])
    first = repo.commit(before)
    await fleet.map(first)
    mapped = await fleet.commit(now)
    assert fleet.at is not None
    given = others or (inventory(),)
    return standing(
        mapped["one"],
        given[0],
        tree=repo.tree(fleet.at),
        before=repo.tree(first),
        inventories={each.app.app: each for each in given},
    )


SHOP = "apps/shop"


@pytest.mark.parametrize(
    "now, expected",
    [
        pytest.param({FILE: app("other", SHOP)}, Standing.CONFIRMED, id="its-document-was-deleted"),
        pytest.param({FILE: None}, Standing.CONFIRMED, id="its-file-was-deleted"),
        pytest.param({FILE: app("shop", "apps/else")}, Standing.DECLARED, id="declared-but-failing"),
        pytest.param({FILE: None, "clusters/g/apps.yaml": app("shop")}, Standing.DECLARED, id="moved-within-the-chain"),
        pytest.param({FILE: None, "clusters/g/two/a.yaml": app("shop")}, Standing.REMOVED, id="moved-to-another-cluster"),
        pytest.param({FILE: None, "clusters/old/a.yaml": app("shop")}, Standing.REMOVED, id="moved-out-of-every-chain"),
        pytest.param(
            {FILE: app("shop", SHOP, clusters={"matchLabels": {"a": "b"}})}, Standing.REMOVED, id="a-selector-excludes-it"
        ),
        pytest.param({FILE: app("shop2", SHOP)}, Standing.CONFIRMED, id="renamed"),
        pytest.param({FILE: "{"}, Standing.UNKNOWN, id="its-file-cannot-be-read"),
        pytest.param({FILE: None, "clusters/g/a.yaml": "{"}, Standing.UNKNOWN, id="an-error-elsewhere-in-the-chain"),
        pytest.param({FILE: None, "clusters/g/two/a.yaml": "{"}, Standing.REMOVED, id="another-chain-may-hold-it"),
        pytest.param({FILE: app("shop", SHOP, prun=1)}, Standing.UNKNOWN, id="its-document-is-wrong"),
        pytest.param({FILE: documents(app("shop"), app("shop"))}, Standing.UNKNOWN, id="its-document-stands-twice"),
        pytest.param({path: None for path in START if "/one/" in path}, Standing.ORPHANED, id="the-directory-is-gone"),
        pytest.param({path: None for path in START if "clusters" in path}, Standing.ORPHANED, id="the-tree-is-empty"),
    ],
)
async def test_an_undeclared_app_is_removed_only_for_certain_and_confirmed_only_by_its_own_document(
    repo: Monorepo, now: Mapping[str, str | None], expected: Standing
) -> None:
    assert await stands(repo, now) is expected


async def test_a_changed_directory_confirms_nothing(repo: Monorepo) -> None:
    moved = {"clusters/g/one/x.yaml": None, FILE: None, "clusters/h/one/x.yaml": config("x")}
    assert await stands(repo, moved) is Standing.REMOVED


async def test_a_label_that_excludes_the_cluster_confirms_nothing(repo: Monorepo) -> None:
    gold = {
        **START,
        FILE: app("shop", SHOP, clusters={"matchLabels": {"t": "gold"}}),
        "clusters/g/one/cluster.yaml": "labels: {t: gold}\n",
    }
    assert await stands(repo, {"clusters/g/one/cluster.yaml": None}, before=gold) is Standing.REMOVED


async def test_nothing_is_confirmed_without_the_tree_last_applied(repo: Monorepo) -> None:
    fleet = Fleet(repo, ["one"])
    await fleet.commit(START)
    mapped = await fleet.commit({FILE: None})
    assert fleet.at is not None
    assert standing(mapped["one"], inventory(), tree=repo.tree(fleet.at), before=None) is Standing.REMOVED


async def test_an_inventory_that_does_not_say_where_it_was_declared_is_never_removed(repo: Monorepo) -> None:
    assert await stands(repo, {FILE: None}, inventory(declared_by=None)) is Standing.UNKNOWN


async def test_the_loose_objects_app_is_removed_but_never_confirmed(repo: Monorepo) -> None:
    loose = inventory("one", "clusters/g/one")
    assert await stands(repo, {"clusters/g/one/x.yaml": None}, loose) is Standing.REMOVED


async def test_a_file_outside_the_chain_that_cannot_be_read_leaves_its_app_unknown(repo: Monorepo) -> None:
    elsewhere = inventory(file="clusters/g/two/a.yaml")
    assert await stands(repo, {FILE: None, "clusters/g/two/a.yaml": "{"}, elsewhere) is Standing.UNKNOWN


CHILD = inventory("child", "apps/root/a.yaml", "root")


def of_root(spec: Mapping[str, object]) -> Mapping[str, str | None]:
    return {**START, "apps/root/a.yaml": documents(app("child", SHOP), config("r")), FILE: app("root", "apps/root", **spec)}


@pytest.mark.parametrize(
    "spec, now, expected",
    [
        pytest.param({}, {"apps/root/a.yaml": config("r")}, Standing.REMOVED, id="the-parent-prunes"),
        pytest.param({"prune": False}, {"apps/root/a.yaml": config("r")}, Standing.UNKNOWN, id="the-parent-does-not-prune"),
        pytest.param({"paused": True}, {"apps/root/a.yaml": config("r")}, Standing.UNKNOWN, id="the-parent-is-paused"),
        pytest.param({}, {"apps/root/a.yaml": "{"}, Standing.UNKNOWN, id="the-parents-render-fails"),
        pytest.param({}, {FILE: None}, Standing.UNKNOWN, id="the-parent-is-gone-and-nothing-known-of-it"),
    ],
)
async def test_an_app_of_a_parent_is_removed_only_if_the_parent_would_have_pruned(
    repo: Monorepo, spec: Mapping[str, object], now: Mapping[str, str | None], expected: Standing
) -> None:
    assert await stands(repo, now, CHILD, before=of_root(spec)) is expected


@pytest.mark.parametrize(
    "fields, expected",
    [
        pytest.param({}, Standing.REMOVED, id="it-pruned"),
        pytest.param({"prune": False}, Standing.UNKNOWN, id="it-did-not-prune"),
        pytest.param({"on_removal": OnRemoval.ORPHAN}, Standing.UNKNOWN, id="it-orphans"),
    ],
)
async def test_an_app_goes_with_its_parent_as_the_parents_inventory_says(
    repo: Monorepo, fields: Mapping[str, object], expected: Standing
) -> None:
    root = inventory("root", FILE, "", **fields)
    assert await stands(repo, {FILE: None}, CHILD, root, before=of_root({})) is expected


async def test_two_inventories_that_name_each_other_as_parents_are_unknown(repo: Monorepo) -> None:
    one, two = inventory("a", parent="b"), inventory("b", parent="a")
    assert await stands(repo, {FILE: None}, one, two) is Standing.UNKNOWN
