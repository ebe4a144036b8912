"""A cluster.yaml that cannot be read is not an empty one: what goes by labels and variables is then unknown, not other."""

from __future__ import annotations

import pytest

from fleet.hooks.registry import load
from fleet.mapping.builtin import argocd, flux, native
from fleet.render.builtin import kustomize, plain
from tests.mapping.applicationset.test_reader import application_set
from tests.mapping.monorepo import Fleet, Monorepo, config, value

REGISTRY = load((plain, kustomize, native, argocd, flux))
KUSTOMIZATION = """
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec:
  path: ./apps/web
  prune: true
  interval: 5m
  sourceRef: {kind: GitRepository, name: flux-system}
  postBuild: {substitute: {OWN: x}}
"""
NOT_PRODUCTION = [
    {"clusters": {"selector": {"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["production"]}]}}}
]
FILES = {
    "clusters/web.yaml": KUSTOMIZATION,
    "clusters/cluster.yaml": "variables: {DOMAIN: example.com}\n",
    "clusters/one/cluster.yaml": "labels: {tier: staging}\n",
    "clusters/two/cluster.yaml": "labels: {tier: production}\n",
    "apps/web/web.yaml": config("web", "${DOMAIN}"),
}
BROKEN = {"yaml": "labels: [\n", "unknown field": "lables: {tier: production}\n", "another form": "labels: production\n"}
wrong = pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())


def fleet_of(repo: Monorepo) -> Fleet:
    return Fleet(repo, ("one", "two"), registry=REGISTRY)


@wrong
async def test_nothing_is_made_with_variables_that_nobody_knows(repo: Monorepo, text: str) -> None:
    fleet = fleet_of(repo)
    before = await fleet.commit(FILES)
    assert value(before["one"].apps["web"], "web") == "example.com"
    broken = await fleet.commit({"clusters/cluster.yaml": text})
    assert broken.changed == set()
    for name in ("one", "two"):
        assert not broken[name].complete
        assert list(broken[name].apps) == []
        assert [str(each.error).partition(":")[0] for each in broken[name].problems] == ["clusters/cluster.yaml"]
    after = await fleet.commit({"clusters/cluster.yaml": FILES["clusters/cluster.yaml"]})
    assert after.errors == []
    assert value(after["two"].apps["web"], "web") == "example.com"


@wrong
async def test_labels_that_nobody_knows_select_nothing_and_make_what_goes_by_them_unknown(repo: Monorepo, text: str) -> None:
    fleet = fleet_of(repo)
    here = application_set(NOT_PRODUCTION, of={"destination": {"name": "one", "namespace": "shop"}})
    files = {**FILES, "clusters/set.yaml": here, "apps/shop/web.yaml": config("web")}
    before = await fleet.commit(files)
    assert sorted(before["one"].apps) == ["shop-one", "web"]
    broken = await fleet.commit({"clusters/two/cluster.yaml": text})
    assert sorted(broken["one"].apps) == ["shop-one", "web"]
    assert not broken["one"].complete
    assert any("the labels of two could not be read" in error for error in broken.errors)
    assert list(broken["two"].apps) == []
    after = await fleet.commit({"clusters/two/cluster.yaml": files["clusters/two/cluster.yaml"]})
    assert after.errors == []
    assert after["one"].complete


async def test_where_nobody_looks_at_labels_another_cluster_is_not_concerned(repo: Monorepo) -> None:
    fleet = fleet_of(repo)
    await fleet.commit(FILES)
    broken = await fleet.commit({"clusters/two/cluster.yaml": BROKEN["yaml"]})
    assert broken["one"].complete
    assert list(broken["one"].apps) == ["web"]
