"""fleet validate names every problem at once, with its place, in the form that is asked for."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import Desk, config_map

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: "3"
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      containers:
      - name: web
        imagee: nginx
---
apiVersion: foo.io/v1
kind: Bar
metadata: {name: bar}
"""


@pytest.fixture
def troubled(desk: Desk) -> Desk:
    """An App of two clusters with wrong objects, an own file that cannot be read, an object that two Apps of one cluster want."""
    desk.repository.write("apps/shop/web.yaml", WEB)
    desk.repository.write("clusters/production/one/bad.yaml", "a: 1\na: 2\n")
    desk.repository.write(
        "clusters/production/two/again.yaml", config_map("settings", "x").replace("{name:", "{namespace: shop, name:")
    )
    desk.repository.write("clusters/production/cluster.yaml", 'kubeVersion: "1.30"\n')
    desk.repository.commit("Break it")
    return desk


def test_every_problem_is_named_once_with_its_place_and_all_clusters(troubled: Desk) -> None:
    said = troubled.fleet("validate", "-o", "json")
    found = {(each["file"], each["line"], each["rule"]): each["clusters"] for each in json.loads(said.out)}
    both = ["one", "two"]
    assert said.code == 1, said.err
    assert {place: names for place, names in found.items() if place[2] != "mapping"} == {
        ("apps/shop/secret.yaml", 1, "missing-namespace"): both,
        ("clusters/production/two/again.yaml", 1, "claimed-twice"): ["two"],
        ("apps/shop/web.yaml", 5, "wrong-type"): both,
        ("apps/shop/web.yaml", 11, "required"): both,
        ("apps/shop/web.yaml", 12, "unknown-field"): both,
        ("apps/shop/web.yaml", 14, "unknown-kind"): both,
        ("clusters/production/cluster.yaml", 1, "other-version"): both,
    }
    assert found["clusters/production/one/bad.yaml", 2, "mapping"] == ["one"]


def test_the_text_says_file_line_and_what_it_was_checked_by(troubled: Desk) -> None:
    said = troubled.fleet("validate")
    expected = (
        "apps/shop/web.yaml:12: error: Deployment.apps/shop/web: there is no field spec.template.spec.containers[0].imagee; "
    )
    assert f"{expected}did you mean image? [unknown-field] on one, two\n" in said.out
    assert "objects were checked by Kubernetes 1.31" in said.err


def test_sarif_has_what_its_readers_need(troubled: Desk) -> None:
    log = json.loads(troubled.fleet("validate", "--format", "sarif").out)
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert (log["version"], log["$schema"].rpartition("/")[2]) == ("2.1.0", "sarif-schema-2.1.0.json")
    assert run["tool"]["driver"]["name"] == "fleet validate"
    for result in run["results"]:
        (place,) = (each["physicalLocation"] for each in result["locations"])
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        assert place["region"]["startLine"] >= 1
        assert not place["artifactLocation"]["uri"].startswith("/")
    assert len(run["results"]) > 8


def test_junit_counts_what_it_holds(troubled: Desk) -> None:
    suite = ElementTree.fromstring(troubled.fleet("validate", "--format", "junit").out).find("testsuite")
    assert suite is not None
    cases, failures = suite.findall("testcase"), suite.findall("testcase/failure")
    assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), str(len(failures)))
    assert {case.get("classname") for case in cases} >= {
        "apps/shop/web.yaml",
        "cluster",
    }  # the cluster without a directory is fine
    assert "there is no field" in (failures[-1].text or "") + "".join(each.text or "" for each in failures)


def test_a_sound_repository_is_fine_and_strict_counts_warnings(desk: Desk) -> None:
    said = desk.fleet("validate")
    assert (said.code, "0 errors" in said.err) == (0, True)
    assert desk.fleet("validate", "--strict").code == 1  # a registered cluster has no directory
    assert desk.fleet("validate", "--strict", "--staged", "--revision", "HEAD").code == 2


def test_what_is_staged_is_validated_before_it_is_committed(desk: Desk) -> None:
    desk.repository.write("apps/shop/web.yaml", WEB)
    head = desk.repository.run("rev-parse", "HEAD")
    assert desk.fleet("validate", "--staged").code == 0  # in the working tree only
    desk.repository.run("add", "apps/shop/web.yaml")
    assert desk.fleet("validate").code == 0
    said = desk.fleet("validate", "--staged")
    assert (said.code, "apps/shop/web.yaml:5:" in said.out) == (1, True)
    assert (desk.repository.run("rev-parse", "HEAD"), desk.repository.run("status", "--short")) == (head, "A  apps/shop/web.yaml")


def test_a_definition_anywhere_in_the_repository_counts(desk: Desk) -> None:
    rules = "[{rule: self.size > 1}, {rule: self.size < 9}]"
    spec = f"{{type: object, x-kubernetes-validations: {rules}, properties: {{size: {{type: integer}}}}}}"
    definition = f"""\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {{name: bars.foo.io}}
spec:
  group: foo.io
  scope: Namespaced
  names: {{kind: Bar, plural: bars}}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {{openAPIV3Schema: {{type: object, properties: {{spec: {spec}}}}}}}
"""
    desk.repository.write("clusters/production/two/definition.yaml", definition)
    desk.repository.write("apps/shop/bar.yaml", "apiVersion: foo.io/v1\nkind: Bar\nmetadata: {name: bar}\nspec:\n  size: big\n")
    desk.repository.commit("Define it")
    found = json.loads(desk.fleet("validate", "--format", "json").out)
    about = [each for each in found if each["rule"] in ("invalid", "not-evaluated")]
    assert [(each["file"], each["line"], each["rule"], each["clusters"]) for each in about] == [
        ("apps/shop/bar.yaml", 5, "invalid", ["one", "two"]),
        ("clusters/production/two/definition.yaml", 12, "not-evaluated", ["one", "two"]),
    ]
    assert about[1]["message"].startswith("Bar.foo.io v1 has 2 rules in CEL (x-kubernetes-validations)")
