"""An Inventory reads back as it was written, and nothing unreadable passes for an empty one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fleet.errors import InventoryUnreadable
from fleet.kube.kept.inventory_format import PART_BYTES, Loaded, deciding, first_part, further_part, parse, split
from fleet.model.app import DeclaredBy, OnRemoval, Propagation
from fleet.model.inventory import Identity, Inventory
from fleet.model.keys import AppKey, ObjectKey
from fleet.model.manifest import Origin
from fleet.model.marks import applyset_id, inventory_name

IDENTITY = Identity(name="prod-eu-1", uid="6c1f")
WEB = ObjectKey("apps", "Deployment", "shop", "web")
SERVICE = ObjectKey("", "Service", "shop", "web")
ROLE = ObjectKey("rbac.authorization.k8s.io", "ClusterRole", "", "system:reader")
INVENTORY = Inventory(
    app=AppKey("prod-eu-1", "shop"),
    fleet="acme",
    cluster=IDENTITY,
    intended="9c2e41d",
    declared_by=DeclaredBy(origin=Origin("clusters/production/apps.yaml", 7), parent="platform"),
    on_removal=OnRemoval.DELETE,
    prune=True,
    members=frozenset({WEB, SERVICE, ROLE}),
)
MANY = frozenset(ObjectKey("", "ConfigMap", "shop", f"{'x' * 200}-{number}") for number in range(2500))


def bodies(inventory: Inventory) -> list[dict[str, Any]]:
    parts = split(inventory)
    first = first_part(inventory, parts[0], parts=len(parts))
    return [first, *(further_part(inventory, keys, number=n) for n, keys in enumerate(parts) if n)]


def read(*maps: dict[str, Any]) -> Loaded:
    return parse(maps, identity=IDENTITY, fleet="acme")


def changed(body: dict[str, Any], **data: str | None) -> dict[str, Any]:
    merged = {**body["data"], **data}
    return {**body, "data": {name: value for name, value in merged.items() if value is not None}}


def reason(loaded: Loaded, name: str = "app.shop") -> str:
    assert loaded.inventories == {}
    error = loaded.unreadable[name]
    assert isinstance(error, InventoryUnreadable)
    return str(error)


@pytest.mark.parametrize("propagation", list(Propagation))
def test_an_inventory_reads_back_as_it_was_written(propagation: Propagation) -> None:
    written = replace(INVENTORY, propagation=propagation)

    loaded = read(*bodies(written))

    assert loaded.inventories == {"shop": written}
    assert (deciding(written) == deciding(INVENTORY)) is (propagation is INVENTORY.propagation)
    assert (loaded.foreign, loaded.unreadable) == ((), {})


def test_part_0_is_an_applyset_parent() -> None:
    (body,) = bodies(INVENTORY)

    metadata = body["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("app.shop", "fleethub-system")
    assert metadata["labels"] == {
        "applyset.kubernetes.io/id": applyset_id("shop"),
        "fleethub.dev/kind": "inventory",
        "fleethub.dev/fleet": "acme",
    }
    annotations = metadata["annotations"]
    assert annotations["applyset.kubernetes.io/tooling"].startswith("fleethub/")
    assert annotations["applyset.kubernetes.io/contains-group-kinds"] == (
        "ClusterRole.rbac.authorization.k8s.io,Deployment.apps,Service"
    )
    assert annotations["applyset.kubernetes.io/additional-namespaces"] == "shop"


def test_members_stand_one_a_line_sorted() -> None:
    (body,) = bodies(INVENTORY)

    assert body["data"]["members"].splitlines() == [
        "ClusterRole.rbac.authorization.k8s.io system:reader",
        "Deployment.apps shop/web",
        "Service shop/web",
    ]
    assert body["data"]["cluster"] == "prod-eu-1 6c1f"
    assert body["data"]["declaredBy"] == "clusters/production/apps.yaml:7"
    assert body["data"]["parent"] == "platform"


def test_what_is_missing_reads_as_orphan_and_as_not_pruned() -> None:
    (body,) = bodies(INVENTORY)

    found = read(changed(body, onRemoval=None, prune=None, declaredBy=None, intended=None)).inventories["shop"]

    assert (found.on_removal, found.prune, found.declared_by, found.intended) == (OnRemoval.ORPHAN, False, None, "")
    assert found.members == INVENTORY.members


def test_an_empty_inventory_is_one() -> None:
    empty = INVENTORY.with_members(frozenset())

    assert read(*bodies(empty)).inventories == {"shop": empty}


@pytest.mark.parametrize(
    "data, said",
    [
        pytest.param({"members": None}, "it has no members", id="no members"),
        pytest.param({"members": "garbage"}, "not an object's key: 'garbage'", id="a line that is no key"),
        pytest.param({"format": "2"}, "its format is '2'", id="a later format"),
        pytest.param({"format": None}, "its format is None", id="no format"),
        pytest.param({"cluster": "prod-eu-1"}, "not a name and a UID", id="no UID"),
        pytest.param({"app": "shop2"}, "has another name", id="a copy under another name"),
        pytest.param({"onRemoval": "perhaps"}, "perhaps", id="an unknown onRemoval"),
        pytest.param({"prune": "yes"}, "prune is 'yes'", id="an unknown prune"),
        pytest.param({"declaredBy": "a.yaml:x"}, "x", id="no line"),
    ],
)
def test_a_malformed_inventory_is_no_empty_one(data: dict[str, str | None], said: str) -> None:
    (body,) = bodies(INVENTORY)

    found = reason(read(changed(body, **data)))

    assert said in found
    assert "fleethub-system/app.shop" in found


def test_a_malformed_inventory_leaves_the_others_readable() -> None:
    other = replace(INVENTORY, app=AppKey("prod-eu-1", "other"))

    loaded = read(changed(bodies(INVENTORY)[0], members=None), *bodies(other))

    assert set(loaded.inventories) == {"other"}
    assert set(loaded.unreadable) == {"app.shop"}


@pytest.mark.parametrize(
    "whose",
    [
        pytest.param({"fleet": "umbrella"}, id="another fleet"),
        pytest.param({"cluster": Identity(name="prod-eu-1", uid="other")}, id="another cluster under this name"),
        pytest.param({"cluster": Identity(name="prod-us-1", uid="6c1f")}, id="this cluster under another name"),
    ],
)
def test_a_foreign_inventory_is_told_apart(whose: dict[str, Any]) -> None:
    foreign = replace(INVENTORY, **whose)
    foreign = replace(foreign, app=AppKey(foreign.cluster.name, "shop"))

    loaded = read(*bodies(foreign))

    assert loaded.foreign == (foreign,)
    assert (loaded.inventories, loaded.unreadable) == ({}, {})


def test_an_inventory_without_a_fleet_is_unreadable() -> None:
    (body,) = bodies(INVENTORY)
    del body["metadata"]["labels"]["fleethub.dev/fleet"]

    assert "lacks the label fleethub.dev/fleet" in reason(read(body))


def test_what_else_lies_in_the_namespace_is_left_aside() -> None:
    ca = {"metadata": {"name": "kube-root-ca.crt"}, "data": {}}
    record = {"metadata": {"name": "record.0"}, "data": {}}
    note = {"metadata": {"name": "app-notes"}, "data": {}}

    loaded = read(ca, record, note)

    assert (loaded.inventories, loaded.unreadable) == ({}, {})


def test_a_large_inventory_is_split_by_the_hash_of_the_keys() -> None:
    large = INVENTORY.with_members(MANY)

    found = bodies(large)

    assert [body["metadata"]["name"] for body in found] == ["app.shop", "part.1.shop", "part.2.shop", "part.3.shop"]
    assert all(len(body["data"]["members"]) <= PART_BYTES for body in found)
    assert found[1]["metadata"]["labels"]["fleethub.dev/inventory"] == applyset_id("shop")
    assert "applyset.kubernetes.io/id" not in found[1]["metadata"]["labels"]
    assert read(*found).inventories == {"shop": large}


def test_an_inventory_with_a_part_missing_is_unreadable() -> None:
    first, second, _, fourth = bodies(INVENTORY.with_members(MANY))

    assert "part.2.shop" in reason(read(first, second, fourth))


def test_an_inventory_without_its_first_part_is_unreadable() -> None:
    _, *rest = bodies(INVENTORY.with_members(MANY))

    assert "app.shop" in reason(read(*rest))


def test_a_member_in_two_parts_is_one_member() -> None:
    large = INVENTORY.with_members(MANY)
    untrimmed = first_part(large, MANY, parts=1)

    assert read(untrimmed, *bodies(large)[1:3]).inventories["shop"].members == MANY


def test_what_an_app_depends_on_is_kept_and_decides() -> None:
    after = replace(INVENTORY, depends_on=("ingress", "dns"))

    (first,) = bodies(after)
    assert first["data"]["dependsOn"] == "ingress dns"
    assert read(first).inventories["shop"] == after
    assert deciding(after) != deciding(INVENTORY)
    assert "dependsOn" not in bodies(INVENTORY)[0]["data"]


def test_the_line_of_a_declaration_does_not_decide() -> None:
    moved = replace(INVENTORY, declared_by=DeclaredBy(origin=Origin("clusters/production/apps.yaml", 99), parent="platform"))
    elsewhere = replace(INVENTORY, declared_by=DeclaredBy(origin=Origin("clusters/apps.yaml", 7), parent="platform"))

    assert deciding(moved) == deciding(INVENTORY)
    assert deciding(elsewhere) != deciding(INVENTORY)


@pytest.mark.parametrize(
    "app, name",
    [
        pytest.param("shop", "app.shop", id="plain"),
        pytest.param("helm.web.shop", "app.helm.web.shop", id="dots"),
        pytest.param("1.shop", "app.1.shop", id="a number first"),
    ],
)
def test_an_apps_name_stands_in_its_config_maps(app: str, name: str) -> None:
    assert inventory_name(app) == name
    assert inventory_name(app, 2) == f"part.2.{app}"


@pytest.mark.parametrize("app", ["Shop", "a_b", "a..b", "-a", "a/b", "ü", "a" * 241, "a\n"])
def test_a_name_that_no_config_map_can_have_is_hashed(app: str) -> None:
    odd = replace(INVENTORY, app=AppKey("prod-eu-1", app), members=MANY)

    found = bodies(odd)

    assert all(len(body["metadata"]["name"]) <= 47 and body["metadata"]["name"][-32:].isalnum() for body in found)
    assert read(*found).inventories == {app: odd}
