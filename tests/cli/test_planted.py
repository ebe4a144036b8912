"""A repository with mistakes of all kinds planted in it: each is named at once, at its own place, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from fleet.cli.validating import Finding, Level
from fleet.cli.validating.formats import junit, plain, sarif
from tests.cli.conftest import REGISTRY, Desk
from tests.source.git import Git

PLANTED = Path(__file__).with_name("planted")
# Where: what is planted there, by the rule that finds it.
EXPECTED = {
    "apps/again/settings.yaml:1": {"claimed-twice", "missing-namespace"},
    "apps/broken/doubled.yaml:5": {"render"},  # a key twice
    "apps/broken/nokind.yaml:1": {"render"},  # no object
    "apps/broken/tabs.yaml:5": {"render"},  # a list that is not closed
    "apps/kustomized/kustomization.yaml:3": {"render"},  # a resource that is not there
    "apps/numbers/open.yaml:1": {"render"},  # no YAML; beside it a number that only a variable makes one, which is none
    "apps/remote/kustomization.yaml:2": {"render"},  # a remote base
    "apps/shop/crd.yaml:18": {"not-evaluated"},
    "apps/shop/others.yaml:6": {"required"},  # a Service's port
    "apps/shop/others.yaml:8": {"not-served"},  # for years
    "apps/shop/others.yaml:14": {"invalid"},  # a name
    "apps/shop/others.yaml:17": {"unknown-kind"},
    "apps/shop/others.yaml:21": {"not-served"},  # by one cluster's Kubernetes
    "apps/shop/others.yaml:30": {"invalid"},  # by a definition
    "apps/shop/others.yaml:31": {"unknown-field"},  # by a definition
    "apps/shop/others.yaml:36": {"wrong-type"},
    "apps/shop/secret.yaml:4": {"wrong-type"},  # not base64
    "apps/shop/twice.yaml:1": {"render"},  # an object twice
    "apps/shop/web.yaml:5": {"wrong-type"},
    "apps/shop/web.yaml:8": {"invalid"},  # labels that the selector does not fit
    "apps/shop/web.yaml:11": {"required"},
    "apps/shop/web.yaml:12": {"unknown-field"},
    "apps/shop/web.yaml:15": {"invalid"},  # no such policy
    "apps/shop/web.yaml:16": {"wrong-type"},  # no amount
    "apps/shop/web.yaml:17": {"invalid"},  # a key of a list twice
    "apps/shop/web.yaml:19": {"wrong-type"},  # `y` is true
    "apps/variables/map.yaml:6": {"render"},  # no such variable
    "clusters.yaml:8": {"mapping"},  # a cluster without a directory
    "clusters/prod/apps.yaml:11": {"render"},  # no such directory
    "clusters/prod/apps.yaml:22": {"mapping"},  # a field of an App
    "clusters/prod/apps.yaml:24": {"mapping"},  # dependsOn nobody
    "clusters/prod/apps.yaml:46": {"render"},  # no such values file
    "clusters/prod/apps.yaml:54": {"render"},  # a chart that fails
    "clusters/prod/apps.yaml:66": {"mapping"},  # a circle
    "clusters/prod/apps.yaml:73": {"mapping"},
    "clusters/prod/argo.yaml:6": {"mapping"},  # another repository
    "clusters/prod/argo.yaml:14": {"mapping"},
    "clusters/prod/argo.yaml:15": {"mapping"},  # a destination that is not registered
    "clusters/prod/argo.yaml:22": {"mapping"},  # a field of an Application
    "clusters/prod/argo.yaml:25": {"render"},  # a chart that is not in charts.lock, which is not there
    "clusters/prod/flux.yaml:1": {"mapping"},  # a source that is not there
    "clusters/prod/flux.yaml:16": {"mapping"},  # a field of a Kustomization
    "clusters/prod/one/bad.yaml:3": {"mapping"},  # no YAML
    "clusters/prod/two/cluster.yaml:2": {"other-version"},
    "clusters/prod/unregistered:1": {"mapping"},  # a directory of nobody
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """All that is said of the repository, as JSON."""
    path = tmp_path_factory.mktemp("planted")
    git = Git(path / "repository")
    for file in PLANTED.rglob("*.yaml"):
        git.write(str(file.relative_to(PLANTED)), file.read_text())
    git.commit("Plant them")
    (path / "clusters.yaml").write_text(REGISTRY)
    said = Desk(path=path, repository=git).fleet("validate", "--format", "json")
    assert (said.code, said.err) == (1, "")
    found: list[dict[str, Any]] = json.loads(said.out)
    return found


@pytest.fixture(scope="module")
def found(told: list[dict[str, Any]]) -> list[Finding]:
    """The same, as what it is written from."""
    lists = ("clusters", "kubernetes")
    return [Finding(**{**each, "level": Level(each["level"]), **{word: tuple(each[word]) for word in lists}}) for each in told]


def test_every_mistake_is_named_at_once_and_at_its_place(told: list[dict[str, Any]]) -> None:
    by_place: dict[str, set[str]] = {}
    for each in told:
        by_place.setdefault(f"{each['file']}:{each['line']}", set()).add(each["rule"])
    assert by_place == EXPECTED


def test_each_is_told_once_with_the_clusters_that_it_concerns(told: list[dict[str, Any]]) -> None:
    assert len(told) == sum(len(rules) for rules in EXPECTED.values())
    some = {f"{each['file']}:{each['line']}": each["clusters"] for each in told if len(each["clusters"]) != 2}
    assert some == {
        "apps/shop/others.yaml:21": ["one"],
        "clusters.yaml:8": [],
        "clusters/prod/argo.yaml:6": ["one"],
        "clusters/prod/argo.yaml:22": ["one"],
        "clusters/prod/argo.yaml:25": ["one"],
        "clusters/prod/one/bad.yaml:3": ["one"],
        "clusters/prod/two/cluster.yaml:2": ["two"],
        "clusters/prod/unregistered:1": [],
    }


def test_every_place_is_in_a_file_that_is_there(told: list[dict[str, Any]]) -> None:
    lines = {str(file.relative_to(PLANTED)): len(file.read_text().splitlines()) for file in PLANTED.rglob("*.yaml")}
    others = {"clusters.yaml", "clusters/prod/unregistered"}
    beyond = [each for each in told if each["file"] not in others and each["line"] > lines[each["file"]]]
    assert beyond == []


def test_every_form_says_the_same(told: list[dict[str, Any]], found: list[Finding]) -> None:
    places = [(each["file"], each["line"], each["rule"]) for each in told]
    assert plain(found) == told
    results = sarif(found)["runs"][0]["results"]
    located = [each["locations"][0]["physicalLocation"] for each in results]
    assert places == [
        (where["artifactLocation"]["uri"], where["region"]["startLine"], each["ruleId"])
        for where, each in zip(located, results, strict=True)
    ]
    cases = ElementTree.fromstring(junit(found, ["one", "two", "spare"])).findall("testsuite/testcase")
    failed = [case.get("name") for case in cases if case.find("failure") is not None]
    assert failed == [f"{each['file']}:{each['line']} {each['rule']}" for each in told if each["level"] == "error"]
