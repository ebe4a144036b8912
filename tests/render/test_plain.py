"""Renderer plain: the files of a directory as they are."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.errors import PathRefused, RenderError
from tests.render.repo import Monorepo, app, config_map, describe, failure, host_with, render

FILES = {
    "app/b.yaml": config_map("b"),
    "app/a.yml": config_map("a"),
    "app/deep/er/c.json": '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}',
    "app/README.md": "# no",
    "app/.hidden/d.yaml": "no: object",
    "app/.sops.yaml": "no: object",
    "elsewhere/e.yaml": config_map("e"),
}


async def test_yaml_and_json_of_the_directory_and_below_are_read_in_order(repo: Monorepo) -> None:
    result = await render(host_with(), repo.tree(FILES), app("app"))
    found = [(manifest.key.name, str(manifest.origin)) for manifest in result.manifests]
    assert found == [("a", "app/a.yml:1"), ("b", "app/b.yaml:1"), ("c", "app/deep/er/c.json:1")]


OPTIONS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "not recursive": ({"recurse": False}, ["a", "b"]),
    "a name": ({"include": ["b.yaml"]}, ["b"]),
    "a name at any depth": ({"include": ["*.json"]}, ["c"]),
    "a path": ({"include": ["deep/**/*.json", "a.yml"]}, ["a", "c"]),
    "a star stops at a slash": ({"include": ["deep/*", "b.yaml"]}, ["b", "c"]),
    "a path without its middle": ({"include": ["b.yaml", "deep/*.json"]}, ["b"]),
    "a directory left out": ({"exclude": ["deep"]}, ["a", "b"]),
    "exclude wins": ({"include": ["*.y*ml"], "exclude": ["?.yml"]}, ["b"]),
}


@pytest.mark.parametrize("options, names", [pytest.param(*case, id=name) for name, case in OPTIONS.items()])
async def test_options_choose_files(repo: Monorepo, options: dict[str, Any], names: list[str]) -> None:
    result = await render(host_with(), repo.tree(FILES), app("app", options=options))
    assert [manifest.key.name for manifest in result.manifests] == names


@pytest.mark.parametrize(
    "options, said",
    [
        pytest.param({"recurs": True}, "plain.recurs is not an option (did you mean recurse?)", id="unknown"),
        pytest.param({"recurse": "yes"}, "plain.recurse must be true or false", id="not a boolean"),
        pytest.param({"exclude": "x"}, "plain.exclude must be a list of texts", id="not a list"),
    ],
)
def test_a_wrong_option_is_an_error_before_anything_is_read(repo: Monorepo, options: dict[str, Any], said: str) -> None:
    with pytest.raises(RenderError, match="app could not be rendered") as caught:
        describe(host_with(), repo.tree(FILES), app("app", options=options))
    assert said in str(caught.value)


async def test_a_file_that_holds_no_object_is_an_error(repo: Monorepo) -> None:
    result = await failure(host_with(), repo.tree({**FILES, "app/cluster.yaml": "\nlabels: {a: b}\n"}), app("app"))
    assert result.message.startswith("app/cluster.yaml:2: this is not a Kubernetes object")


async def test_a_kustomization_below_is_an_error_that_says_what_to_do(repo: Monorepo) -> None:
    tree = repo.tree({**FILES, "app/deep/kustomization.yaml": "resources: [x.yaml]\n"})
    result = await failure(host_with(), tree, app("app"))
    assert result.message.startswith("app/deep/kustomization.yaml:1: a kustomization is not a plain manifest")
    assert len((await render(host_with(), tree, app("app", options={"exclude": ["deep"]}))).manifests) == 2


async def test_a_directory_without_manifests_is_an_error_not_an_empty_app(repo: Monorepo) -> None:
    tree = repo.tree({"app/README.md": "x"})
    with pytest.raises(RenderError, match="holds nothing that helm or kustomize or plain would render"):
        describe(host_with(), tree, app("app"))
    result = await failure(host_with(), tree, app("app", renderer="plain"))
    assert "holds no YAML or JSON file" in result.message


async def test_text_that_is_no_utf_8_is_an_error_with_its_line(repo: Monorepo) -> None:
    result = await failure(host_with(), repo.tree({"app/a.yaml": b"a: 1\nb: \xff\n"}), app("app"))
    assert result.message == "app/a.yaml:2: this is not UTF-8 text"


async def test_byte_order_marks_are_understood(repo: Monorepo) -> None:
    tree = repo.tree({"app/a.yaml": config_map("a").encode("utf-16"), "app/b.yaml": config_map("b").encode("utf-8-sig")})
    assert [manifest.key.name for manifest in (await render(host_with(), tree, app("app"))).manifests] == ["a", "b"]


def test_a_link_out_of_the_repository_is_refused_by_name(repo: Monorepo) -> None:
    repo.git.link("app/a.yaml", "../../secret.yaml")
    with pytest.raises(PathRefused, match=r"app/a.yaml is refused: it is a symbolic link to ../../secret.yaml, outside"):
        describe(host_with(), repo.tree(), app("app"))


async def test_what_a_link_in_the_directory_leads_to_is_an_input(repo: Monorepo) -> None:
    repo.git.link("app/a.yaml", "../elsewhere/e.yaml")
    host = host_with()
    first = describe(host, tree := repo.tree(FILES), app("app"))
    second = describe(host, repo.tree({"elsewhere/e.yaml": config_map("f")}), app("app"))
    assert first.fingerprint != second.fingerprint
    assert "e" in [manifest.key.name for manifest in (await render(host, tree, app("app"))).manifests]


def test_only_the_directory_decides(repo: Monorepo) -> None:
    host = host_with()
    first = describe(host, repo.tree(FILES), app("app"))
    assert describe(host, repo.tree({"elsewhere/e.yaml": config_map("x")}), app("app")) == first
    assert describe(host, repo.tree({"app/new.yaml": config_map("x")}), app("app")).fingerprint != first.fingerprint


@pytest.mark.parametrize("path, said", [("nowhere", "there is no such directory"), ("app/b.yaml", "this is a file")])
def test_an_app_is_a_directory(repo: Monorepo, path: str, said: str) -> None:
    with pytest.raises(RenderError, match=said):
        describe(host_with(), repo.tree(FILES), app(path))
