"""`fleet health -f`: the health of objects in files, with the evidence, in their order; no hub runs and no cluster answers."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests import forked

OLD = "creationTimestamp: '2026-01-01T00:00:00Z'"
LIST = f"""\
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata: {{name: web, namespace: shop, uid: d, generation: 2, {OLD}}}
  spec: {{replicas: 1, selector: {{matchLabels: {{app: web}}}}}}
  status: {{observedGeneration: 2, replicas: 1, updatedReplicas: 1}}
- apiVersion: v1
  kind: Pod
  metadata: {{name: web-x, namespace: shop, uid: p, labels: {{app: web}}, {OLD}, ownerReferences: [{{uid: d, controller: true}}]}}
  status: {{phase: Pending, containerStatuses: [{{name: web, state: {{waiting: {{reason: ImagePullBackOff, message: gone}}}}}}]}}
"""
MAP = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: own, {OLD}}}\n"
BAD = f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: bad, {OLD}}}\nstatus: {{phase: Failed}}\n"
STOPPED = f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: idle, {OLD}}}\nspec: {{suspend: true}}\n"
PLUGIN = '''\
"""A rule of one's own."""
from fleet.hooks import HealthCheck, hookimpl
from fleet.model.health import Health, HealthState
from fleet.model.keys import GroupKind

@hookimpl
def fleet_health_checks():
    return [HealthCheck(kind=GroupKind("example.com", "Thing"), assess=judge)]

def judge(ctx):
    return Health(state=HealthState.HEALTHY, reason="AsAcmeSays", message="fine")
'''
REGISTRY = "fleet: acme\nsource: {url: /srv/git}\nplugins: [./acme.py]\nclusters: [{name: one, inCluster: true}]\n"


class Desk:
    """A directory of files, and the command in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> None:
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def health(self, *words: str, stdin: str = "") -> tuple[int, str, str]:
        """Run it; gives code, stdout and stderr."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FLEET_")}
        done = forked.fleet("health", *words, cwd=self.path, env=kept, stdin=stdin)
        return done.returncode, done.stdout, done.stderr

    def names(self, *words: str, stdin: str = "") -> list[str]:
        return self.health(*words, "-o", "name", stdin=stdin)[1].split()

    def json(self, *words: str, stdin: str = "") -> Any:
        return json.loads(self.health(*words, "-o", "json", stdin=stdin)[1])


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_what_kubectl_prints_is_judged_in_its_order_with_the_evidence(desk: Desk) -> None:
    found = desk.json("-f", "-", stdin=f"{LIST}---\n# nothing\n---\n{MAP}")
    assert [(each["apiVersion"], each["kind"], each["namespace"], each["name"], each["health"]) for each in found] == [
        ("apps/v1", "Deployment", "shop", "web", "Progressing"),
        ("v1", "Pod", "shop", "web-x", "Progressing"),
        ("v1", "ConfigMap", "", "own", "Healthy"),
    ]
    assert "Pod web-x: container web: ImagePullBackOff: gone" in found[0]["message"]
    assert [each["reason"] for each in found if not each["reason"]] == []
    assert [(each["file"], each["line"]) for each in found] == [("stdin", 4), ("stdin", 9), ("stdin", 16)]


def test_json_is_read_as_well(desk: Desk) -> None:
    objects = [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}} for name in ("b", "a")]
    assert desk.names("-f", "-", stdin=json.dumps(objects[0])) == ["ConfigMap/b"]
    assert desk.names("-f", "-", stdin="\n".join(map(json.dumps, objects))) == ["ConfigMap/b", "ConfigMap/a"]
    listed = json.dumps({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": objects})
    assert desk.names("-f", "-", stdin=listed) == ["ConfigMap/b", "ConfigMap/a"]


def test_files_and_directories_are_read_in_the_order_in_which_they_are_named(desk: Desk) -> None:
    desk.write("z.yaml", MAP.replace("own", "z"))
    desk.write("dir/b.yml", MAP.replace("own", "b"))
    desk.write("dir/a.json", '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}')
    desk.write("dir/notes.txt", "no object")
    desk.write("dir/deep/c.yaml", MAP.replace("own", "c"))
    assert desk.names("-f", "z.yaml", "-f", "dir") == ["ConfigMap/z", "ConfigMap/a", "ConfigMap/b"]
    assert desk.names("-R", "-f", "dir", "z.yaml") == ["ConfigMap/a", "ConfigMap/b", "ConfigMap/c", "ConfigMap/z"]


def test_objects_of_several_files_explain_one_another(desk: Desk) -> None:
    first, _, second = LIST.partition("- apiVersion: v1\n  kind: Pod")
    desk.write("web.yaml", first)
    desk.write("pods.yaml", f"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod{second}")
    assert "ImagePullBackOff" in desk.json("-f", "web.yaml", "pods.yaml")[0]["message"]
    assert "ImagePullBackOff" not in desk.json("-f", "web.yaml")[0]["message"]


@pytest.mark.parametrize(
    "text, code",
    [
        pytest.param(MAP, 0, id="Healthy"),
        pytest.param(STOPPED, 0, id="Suspended"),
        pytest.param(BAD, 1, id="Degraded"),
        pytest.param(LIST, 1, id="Progressing"),
        pytest.param(f"{MAP}---\n{BAD}", 1, id="one of several"),
    ],
)
def test_the_exit_code_says_whether_all_are_fine(desk: Desk, text: str, code: int) -> None:
    assert desk.health("-f", "-", stdin=text)[0] == code


@pytest.mark.parametrize(
    "text, place",
    [
        pytest.param("a: 1\n\nb: [\n", "broken.yaml:", id="syntax"),
        pytest.param("metadata:\n  name: a\n  name: b\n", "broken.yaml:3:", id="key twice"),
        pytest.param(f"{MAP}---\nkind: Thing\n", "broken.yaml:5:", id="no object"),
        pytest.param("- 1\n", "broken.yaml:1:", id="no mapping"),
        pytest.param("apiVersion: v1\nkind: Pod\nmetadata: {namespace: shop}\n", "broken.yaml:1:", id="no name"),
    ],
)
def test_what_cannot_be_read_is_an_error_and_the_others_are_judged(desk: Desk, text: str, place: str) -> None:
    desk.write("a.yaml", MAP)
    desk.write("broken.yaml", text)
    desk.write("c.yaml", BAD)
    code, out, err = desk.health("-f", "a.yaml", "-f", "broken.yaml", "-f", "c.yaml", "-o", "name")
    assert (code, out.split()[0], out.split()[-1]) == (2, "ConfigMap/own", "Thing.example.com/bad")
    assert place in err


def test_a_file_that_is_not_there_is_an_error_and_the_others_are_judged(desk: Desk) -> None:
    desk.write("a.yaml", MAP)
    (desk.path / "empty").mkdir()
    code, out, err = desk.health("-f", "nosuch.yaml", "-f", "empty", "-f", "a.yaml", "-o", "name")
    assert (code, out) == (2, "ConfigMap/own\n")
    assert ("nosuch.yaml" in err, "empty" in err) == (True, True)


@pytest.mark.parametrize(
    "words, stdin",
    [
        pytest.param((), "", id="no file"),
        pytest.param(("-f", "-"), "", id="nothing to judge is no good news"),
        pytest.param(("-f", "-", "-f", "-"), MAP, id="stdin twice"),
        pytest.param(("-f", "-", "-l", "a=b"), MAP, id="labels"),
        pytest.param(("-f", "-", "--config", "nosuch.yaml"), MAP, id="registry"),
    ],
)
def test_a_misuse_is_an_error_on_stderr(desk: Desk, words: tuple[str, ...], stdin: str) -> None:
    code, out, err = desk.health(*words, stdin=stdin)
    assert (code, out) == (2, "")
    assert err.startswith("fleet: ")


def test_the_checks_of_a_registry_s_plugins_count(desk: Desk) -> None:
    without = desk.json("-f", "-", stdin=BAD)
    desk.write("acme.py", PLUGIN)
    desk.write("clusters.yaml", REGISTRY)
    found = desk.json("-f", "-", stdin=BAD)
    assert [(each["health"], each["reason"]) for each in (*without, *found)] == [
        ("Degraded", "Failed"),
        ("Healthy", "AsAcmeSays"),
    ]


def test_a_broken_plugin_is_told_and_what_is_judged_without_it_is_no_good_news(desk: Desk) -> None:
    desk.write("acme.py", "raise RuntimeError('out of order')")
    desk.write("clusters.yaml", REGISTRY)
    code, out, err = desk.health("-f", "-", "-o", "name", stdin=MAP)
    assert (code, out) == (2, "ConfigMap/own\n")
    assert "out of order" in err


def test_the_table_is_for_people(desk: Desk) -> None:
    _, out, _ = desk.health("-f", "-", stdin=MAP)
    _, wide, _ = desk.health("-f", "-", "-o", "wide", stdin=MAP)
    assert out.splitlines()[0].split() == ["OBJECT", "HEALTH", "REASON", "MESSAGE"]
    assert wide.splitlines()[1].endswith("stdin:1")
