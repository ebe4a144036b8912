"""The example repository comes out on every cluster as its README and the docs say."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk
from tests.source.git import Git

EXAMPLE = Path(__file__).parents[2] / "examples" / "monorepo"
GROUPS = {"stage-eu": "staging", "stage-us": "staging", "prod-eu": "production", "prod-us": "production"}
REGISTRY = "fleet: shop\nsource: {url: ./repository, interval: 1s}\nstate: ./state\nclusters:\n"

NAMESPACES = {f"Namespace/{name}" for name in ("shop", "status", "newsletter")}
SERVICES = {f"{kind}/shop/{name}" for kind in ("Deployment.apps", "Service") for name in ("web", "catalog", "cart", "payment")}
SHOP = {*SERVICES, "ConfigMap/shop/settings"}
STATUS = {"ConfigMap/status/page", "Deployment.apps/status/status", "Service/status/status"}
V1 = {"Deployment.apps/newsletter/newsletter", "ConfigMap/newsletter/newsletter"}
V2 = {*V1, "Service/newsletter/newsletter"}
LOAD_TEST = {"ConfigMap/shop/load-test", "Deployment.apps/shop/load-test"}
ONLINE = {*SHOP, "Ingress.networking.k8s.io/shop/shop", "PodDisruptionBudget.policy/shop/web"}
APPS = {
    "stage-eu": {"stage-eu": {*NAMESPACES, *LOAD_TEST}, "shop": SHOP, "status": STATUS, "newsletter": V2},
    "stage-us": {"stage-us": {*NAMESPACES, *LOAD_TEST}, "shop": SHOP, "status": STATUS, "newsletter": V2},
    "prod-eu": {"prod-eu": NAMESPACES, "shop": ONLINE, "status": STATUS, "newsletter": V1},
    "prod-us": {"prod-us": NAMESPACES, "shop": ONLINE, "status": STATUS, "newsletter": V2},
}
SETTINGS = {
    "stage-eu": ("stage.shop.example.eu", "EUR", "debug"),
    "stage-us": ("stage.shop.example.com", "USD", "debug"),
    "prod-eu": ("shop.example.eu", "EUR", "warning"),
    "prod-us": ("shop.example.com", "USD", "warning"),
}
REPLICAS = {
    "staging": {"web": 1, "catalog": 1, "cart": 1, "payment": 1, "status": 1, "newsletter": 1, "load-test": 1},
    "production": {"web": 3, "catalog": 2, "cart": 2, "payment": 2, "status": 1, "newsletter": 1},
}
IMAGES = {"web": "1.4.0", "catalog": "3.0.2", "cart": "2.1.0", "payment": "5.7.1"}
MAIL = {"prod-eu": "1.9.4", "prod-us": "2.0.0", "stage-eu": "2.0.0", "stage-us": "2.0.0"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The example under git, and the registry of its README."""
    path = tmp_path_factory.mktemp("example")
    git = Git(path / "repository")
    shutil.copytree(EXAMPLE, git.path, dirs_exist_ok=True)
    git.commit("Open the shop")
    entries = "".join(f'  - {{name: {name}, server: "https://127.0.0.1:1", token: env:TOKEN}}\n' for name in GROUPS)
    (path / "clusters.yaml").write_text(REGISTRY + entries)
    return Desk(path=path, repository=git)


@pytest.fixture(scope="module")
def sent(desk: Desk) -> Mapping[str, Mapping[str, Any]]:
    """By cluster and key, every object as it is sent."""
    return {name: {key_of(each): each for each in answer(desk, "render", name, "--applied")} for name in GROUPS}


def answer(desk: Desk, *words: str) -> Any:
    """What the command prints as JSON."""
    said = desk.fleet(*words, "-o", "json")
    assert (said.code, said.err) == (0, "")
    return json.loads(said.out)


def key_of(body: Any) -> str:
    """An object as people write it."""
    group = body["apiVersion"].rpartition("/")[0]
    name = [body["metadata"].get("namespace", ""), body["metadata"]["name"]]
    return "/".join([f"{body['kind']}{group and '.'}{group}", *filter(None, name)])


def owner_of(body: Any) -> str:
    """The App that an object says it is of: `cluster/app`."""
    return str(body["metadata"]["annotations"]["fleethub.dev/owner"]).partition(" ")[0]


def test_nothing_of_it_is_wrong_lost_or_overridden_by_chance(desk: Desk) -> None:
    found = answer(desk, "map")
    overridden = {(each["name"], over["object"]) for each in found["clusters"] for over in each["overridden"]}
    assert (found["problems"], found["unclaimed"], found["homeless"]) == ([], [], [])
    assert overridden == {("prod-us", "App.fleethub.dev/newsletter")}


def test_each_cluster_stands_in_its_group(desk: Desk) -> None:
    directories = {each["name"]: each["directory"] for each in answer(desk, "map")["clusters"]}
    assert directories == {name: f"clusters/{group}/{name}" for name, group in GROUPS.items()}


@pytest.mark.parametrize("cluster", GROUPS)
def test_a_cluster_gets_exactly_these_objects(sent: Mapping[str, Mapping[str, Any]], cluster: str) -> None:
    found: dict[str, set[str]] = {}
    for key, body in sent[cluster].items():
        found.setdefault(owner_of(body), set()).add(key)
    assert found == {f"{cluster}/{app}": objects for app, objects in APPS[cluster].items()}


@pytest.mark.parametrize("cluster", GROUPS)
def test_a_cluster_gets_its_own_settings(sent: Mapping[str, Mapping[str, Any]], cluster: str) -> None:
    data = sent[cluster]["ConfigMap/shop/settings"]["data"]
    told = dict(zip(("DOMAIN", "CURRENCY", "LOG_LEVEL"), SETTINGS[cluster], strict=True))
    assert data == {**told, "BANNER": "Welcome", "SERVED_FROM": cluster}


@pytest.mark.parametrize("cluster", GROUPS)
def test_a_cluster_runs_as_many_and_in_these_versions(sent: Mapping[str, Mapping[str, Any]], cluster: str) -> None:
    deployments = {body["metadata"]["name"]: body["spec"] for key, body in sent[cluster].items() if "Deployment" in key}
    images = {name: spec["template"]["spec"]["containers"][0]["image"] for name, spec in deployments.items()}
    assert {name: spec["replicas"] for name, spec in deployments.items()} == REPLICAS[GROUPS[cluster]]
    assert {name: images[name] for name in IMAGES} == {
        name: f"registry.example.com/shop/{name}:{tag}" for name, tag in IMAGES.items()
    }
    assert images["newsletter"] == f"registry.example.com/newsletter:{MAIL[cluster]}"


@pytest.mark.parametrize("cluster", GROUPS)
def test_only_the_carts_of_production_may_be_scaled_by_hand(sent: Mapping[str, Mapping[str, Any]], cluster: str) -> None:
    annotated = {
        key: body["metadata"]["annotations"]["fleethub.dev/ignore-drift"]
        for key, body in sent[cluster].items()
        if "fleethub.dev/ignore-drift" in body["metadata"]["annotations"]
    }
    exempt = {"Deployment.apps/shop/cart": "/spec/replicas"} if GROUPS[cluster] == "production" else {}
    assert annotated == exempt


def test_the_two_clusters_of_a_group_differ_by_their_variables_alone(sent: Mapping[str, Mapping[str, Any]]) -> None:
    eu, us = ({key: unmarked(body) for key, body in sent[name].items()} for name in ("stage-eu", "stage-us"))
    assert {key for key in eu if eu[key] != us[key]} == {"ConfigMap/shop/settings", "ConfigMap/status/page"}


def unmarked(body: Any) -> Any:
    """An object without its metadata, which names its cluster."""
    return {name: value for name, value in body.items() if name != "metadata"}
