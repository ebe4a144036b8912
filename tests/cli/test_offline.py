"""map, render and diff A..B read the repository; no hub runs and no cluster answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import APP, Desk, config_map
from tests.source.shops import PASSWORD, USER, http_repository, packaged

CHART_APP = """apiVersion: fleethub.dev/v1alpha1
kind: App
metadata: {{name: redis}}
spec:
  helm: {{chart: {{repository: '{url}', name: web, version: {version}}}}}
"""


def test_map_says_what_goes_where_and_what_belongs_to_nobody(desk: Desk) -> None:
    desk.repository.commit("Lost", clusters__lost__x__a=config_map("a", "a"))
    found = json.loads(desk.fleet("map", "-o", "json").out)
    apps = {(each["name"], app["app"], app["objects"]) for each in found["clusters"] for app in each["apps"]}
    assert apps == {("one", "one", 1), ("one", "shop", 2), ("two", "two", 1), ("two", "shop", 2)}
    assert (found["unclaimed"], found["homeless"]) == (["clusters/lost"], ["spare"])


def test_map_is_fine_when_nothing_is_wrong(desk: Desk) -> None:
    said = desk.fleet("map")
    assert said.code == 0, said.err
    assert "clusters/production/apps.yaml:1" in said.out


def test_map_names_file_and_line_of_what_is_wrong(desk: Desk) -> None:
    desk.repository.write("clusters/production/one/bad.yaml", "a: 1\na: 2\n")
    desk.repository.commit("Break it")
    said = desk.fleet("map")
    assert said.code == 1
    assert "clusters/production/one/bad.yaml:2:" in said.out


def test_map_shows_what_a_nearer_directory_overrides(desk: Desk) -> None:
    desk.repository.write("clusters/production/one/apps.yaml", APP)
    desk.repository.commit("Override")
    (one,) = [each for each in json.loads(desk.fleet("map", "-o", "json").out)["clusters"] if each["name"] == "one"]
    assert [(each["nearer"], each["farther"]) for each in one["overridden"]] == [
        ("clusters/production/one/apps.yaml:1", "clusters/production/apps.yaml:1")
    ]


def test_map_reads_the_revision_it_is_told(desk: Desk) -> None:
    first = desk.repository.run("rev-parse", "HEAD")
    desk.repository.write("apps/shop/more.yaml", config_map("more", "x"))
    desk.repository.commit("More")
    assert json.loads(desk.fleet("map", "--revision", first[:10], "-o", "json").out)["commit"] == first


def test_a_render_is_what_the_renderer_gave(desk: Desk) -> None:
    said = desk.fleet("render", "one/shop", "-o", "json")
    objects = {each["metadata"]["name"]: each for each in json.loads(said.out)}
    assert said.code == 0
    assert "namespace" not in objects["settings"]["metadata"]
    assert objects["key"]["stringData"] == {"key": "hunter2"}


def test_an_applied_render_is_what_is_sent(desk: Desk) -> None:
    said = desk.fleet("render", "one/shop", "--applied", "-o", "json")
    objects = {each["metadata"]["name"]: each for each in json.loads(said.out)}
    metadata = objects["settings"]["metadata"]
    assert metadata["namespace"] == "shop"
    assert metadata["labels"]["fleethub.dev/fleet"] == "acme"
    assert metadata["annotations"]["fleethub.dev/owner"] == "one/shop ConfigMap shop/settings"
    assert objects["key"]["data"] == {"key": "aHVudGVyMg=="}


def test_render_takes_another_checkout(desk: Desk) -> None:
    desk.repository.run("clone", "--quiet", ".", "../elsewhere")
    (desk.path / "clusters.yaml").write_text((desk.path / "clusters.yaml").read_text().replace("./repository", "./nowhere"))
    said = desk.fleet("render", "one", "./elsewhere", "-o", "name")
    assert said.out == "one/one ConfigMap/own\none/shop Secret/key\none/shop ConfigMap/settings\n"


def test_a_render_that_fails_is_an_error_and_the_others_are_printed(desk: Desk) -> None:
    desk.repository.write("apps/shop/settings.yaml", "kind: [\n")
    desk.repository.commit("Break it")
    said = desk.fleet("render", "-o", "name")
    assert said.code == 2
    assert said.out == "one/one ConfigMap/own\ntwo/two ConfigMap/own\n"
    assert "apps/shop/settings.yaml:" in said.err


def test_a_directory_is_rendered_alone_for_no_cluster(desk: Desk) -> None:
    (desk.path / "clusters.yaml").unlink()
    said = desk.fleet("render", "./repository/apps/shop", "-o", "name")
    assert (said.code, said.out) == (0, "Secret/key\nConfigMap/settings\n"), said.err
    sent = desk.fleet("render", "./repository/apps/shop", "--applied", "--namespace", "here", "-o", "json")
    objects = {each["metadata"]["name"]: each for each in json.loads(sent.out)}
    assert objects["settings"]["metadata"] == {"name": "settings", "namespace": "here"}
    assert objects["key"]["data"] == {"key": "aHVudGVyMg=="}


def test_a_directory_with_nothing_to_render_is_an_error(desk: Desk) -> None:
    desk.repository.write("notes/README.md", "hello")
    desk.repository.commit("Notes")
    said = desk.fleet("render", "./repository/notes")
    assert (said.code, said.out) == (2, "")
    assert "the directory holds nothing that" in said.err


def test_a_directory_and_an_app_are_not_rendered_together(desk: Desk) -> None:
    assert desk.fleet("render", "one/shop", "./repository/apps").code == 2


def test_a_diff_says_equal_changes_once_for_all_clusters(desk: Desk) -> None:
    desk.repository.write("apps/shop/settings.yaml", config_map("settings", "second"))
    desk.repository.commit("Change")
    said = desk.fleet("diff", "HEAD~1..HEAD", "-o", "json")
    found = json.loads(said.out)
    assert said.code == 1
    assert [(each["action"], each["object"], each["clusters"]) for each in found["changes"]] == [
        ("changed", "ConfigMap/shop/settings", ["one", "two"])
    ]
    assert "-  value: first\n+  value: second\n" in found["changes"][0]["diff"]
    assert (found["counts"], found["word"]) == ({"changed": 2}, "")


def test_a_diff_without_differences_is_fine(desk: Desk) -> None:
    desk.repository.commit("Readme", README="hello")
    assert desk.fleet("diff", "HEAD~1..HEAD").code == 0


def test_a_diff_prints_the_word_of_what_it_deletes(desk: Desk) -> None:
    desk.repository.run("rm", "--quiet", "apps/shop/settings.yaml")
    desk.repository.commit("Remove")
    found = json.loads(desk.fleet("diff", "HEAD~1..HEAD", "-o", "json").out)
    assert [(each["action"], each["object"]) for each in found["changes"]] == [("deleted", "ConfigMap/shop/settings")]
    assert len(found["word"]) == 16


def test_a_diff_of_one_cluster_says_nothing_of_others(desk: Desk) -> None:
    desk.repository.write("clusters/production/one/own.yaml", config_map("own", "other"))
    desk.repository.commit("Change")
    assert desk.fleet("diff", "two", "HEAD~1..HEAD").code == 0
    assert desk.fleet("diff", "one", "HEAD~1..HEAD").code == 1


def test_a_diff_never_shows_a_secret(desk: Desk) -> None:
    desk.repository.write(
        "apps/shop/secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {key: other3}\n"
    )
    desk.repository.commit("Rotate")
    said = desk.fleet("diff", "HEAD~1..HEAD")
    assert "(secret, new)" in said.out
    assert not [text for text in ("hunter2", "other3", "aHVudGVyMg", "b3RoZXIz") if text in said.out]


def test_what_cannot_be_rendered_is_not_deleted(desk: Desk) -> None:
    desk.repository.write("apps/shop/settings.yaml", "kind: [\n")
    desk.repository.commit("Break it")
    said = desk.fleet("diff", "HEAD~1..HEAD", "-o", "json")
    found = json.loads(said.out)
    assert said.code == 2
    assert {each["action"] for each in found["changes"]} == {"untold"}
    assert found["word"] == ""


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("diff",), id="neither two commits nor live"),
        pytest.param(("diff", "a..b", "--live"), id="both"),
        pytest.param(("map", "--revision", "nosuch"), id="revision"),
        pytest.param(("render", "nosuch"), id="cluster"),
        pytest.param(("render", "one/nosuch"), id="App"),
        pytest.param(("render", "one/"), id="half a target"),
        pytest.param(("map", "-l", "nonsense"), id="label"),
        pytest.param(("map", "--nosuch"), id="flag"),
        pytest.param(("nosuch",), id="verb"),
        pytest.param(("cluster", "check", "nosuch"), id="cluster to check"),
        pytest.param(("sync", "--timeout", "soon"), id="duration"),
        pytest.param(("wait", "--timeout", "soon"), id="duration of a wait"),
        pytest.param(("wait", "--for", "happiness"), id="goal"),
        pytest.param(("wait", "--for", "revision="), id="no commit"),
        pytest.param(("wait", "--for", "revision=abcd", "--revision", "abcd"), id="two commits"),
        pytest.param(("status", "--server", "ftp://x"), id="server"),
        pytest.param((), id="no verb"),
    ],
)
def test_a_misuse_is_an_error_on_stderr(desk: Desk, words: tuple[str, ...]) -> None:
    said = desk.fleet(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err
    assert "Traceback" not in said.err


def test_every_error_of_the_registry_is_said(desk: Desk) -> None:
    (desk.path / "clusters.yaml").write_text("fleet: Acme\nsource: {url: ./repository, brnch: x}\nclusters: []\n")
    said = desk.fleet("map")
    assert said.code == 2
    assert ("clusters.yaml:1:" in said.err, "did you mean branch?" in said.err) == (True, True)


def test_the_registered_clusters_are_listed(desk: Desk) -> None:
    assert desk.fleet("cluster", "list", "-o", "name").out == "one\ntwo\nspare\n"


def test_a_cluster_that_does_not_answer_is_unreachable(desk: Desk) -> None:
    said = desk.fleet("cluster", "check", "one", TOKEN="hunter2")
    assert said.code == 3
    assert "connect" in said.out
    assert "hunter2" not in said.out + said.err


def test_without_a_hub_a_question_says_where_it_was_looked_for(desk: Desk) -> None:
    said = desk.fleet("status")
    assert (said.code, said.out) == (2, "")
    assert str(desk.path / "state" / "hub.sock") in said.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_knows_every_verb(desk: Desk, shell: str) -> None:
    said = desk.fleet("completion", shell)
    assert said.code == 0
    assert [verb for verb in ("serve", "approve", "--applied" if shell != "fish" else "applied") if verb not in said.out] == []


def test_chart_lock_writes_what_apps_ask_for_and_keeps_what_is_locked(desk: Desk, tmp_path: Path) -> None:
    with http_repository(packaged(tmp_path / "charts")) as shop:
        config = desk.path / "clusters.yaml"
        said = f"charts: [{{repository: '{shop.repository.url}', credential: {{username: {USER}, password: env:CHARTS}}}}]\n"
        config.write_text(config.read_text() + said)
        desk.repository.write("clusters/production/redis.yaml", CHART_APP.format(url=shop.repository.url, version="1.0.x"))
        desk.repository.commit("Ask for a chart")
        assert desk.fleet("chart", "lock", CHARTS=PASSWORD).code == 0
        desk.repository.commit("Lock it")
        first = (desk.path / "repository" / "charts.lock").read_text()
        assert 'version: "1.0.0"' in first
        rendered = json.loads(desk.fleet("render", "one/redis", "-o", "json", CHARTS=PASSWORD).out)
        assert rendered[0]["data"] == {"v": "1.0.0"}
        asked = len(shop.asked)
        assert desk.fleet("chart", "lock").code == 0
    assert (desk.path / "repository" / "charts.lock").read_text() == first
    assert len(shop.asked) == asked
