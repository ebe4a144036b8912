"""What is known of a cluster's Apps while a Revision is mapped piece by piece."""

from __future__ import annotations

from fleet.hub.desired import Desired
from fleet.mapping import MappedApp
from tests.plan.given import CLUSTER, app, cluster_map, revision


def test_nothing_is_known_of_an_app_before_the_first_map_has_come_to_it() -> None:
    found = cluster_map({"shop": app()})
    desired = Desired(cluster=CLUSTER)
    piece = MappedApp(cluster=CLUSTER, directory=found.directory, desired=found.apps["shop"])
    desired.begin(revision(), piece, since="")
    assert (desired.tells_of("shop"), desired.tells_of("gone")) == (True, False)
    desired.take(found, since="")
    assert desired.tells_of("gone")


def test_the_last_commit_of_a_fingerprint_is_the_one_before_it_changed() -> None:
    shop = cluster_map({"shop": app()})
    desired = Desired(cluster=CLUSTER)
    desired.take(shop, since="")
    desired.take(cluster_map({}), since="c1")
    desired.begin(revision(), MappedApp(cluster=CLUSTER, directory="", desired=shop.apps["shop"]), since="c2")
    assert desired.last_at("shop", "shop") == "c1"
    assert desired.last_at("shop", None) == "c2"
    assert desired.last_at("shop", "other") == ""
