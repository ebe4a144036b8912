"""What an App says of its kustomization, judged by `kustomize edit`, whose answers stand in edits.yaml, and by kubectl."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fleet.errors import RenderError, RenderInvalid
from fleet.hooks import RenderContext
from fleet.hooks.tree import LimitedTree
from fleet.k8syaml import load_documents
from fleet.render.builtin.kustomize.choices import read_choices
from fleet.render.builtin.kustomize.edits import edited
from tests.render.repo import Monorepo, app, config_map, describe, host_with, render
from tests.render.test_as_kubectl import as_read
from tests.render.trees import BASE

(EDITS,) = load_documents(Path(__file__).with_name("edits.yaml").read_bytes(), file="edits.yaml")


def settled(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in ("apiVersion", "kind")}


def edit(before: Mapping[str, Any], options: Mapping[str, Any], tree: Any = None) -> dict[str, Any]:
    choices = read_choices(RenderContext(tree=tree, path="app", options=options))
    return settled(edited(before, choices, path="app", components=choices.components))


@pytest.mark.parametrize("case", [pytest.param(case, id=case["name"]) for case in EDITS.value])
def test_choices_are_written_as_kustomize_edit_writes_them(case: Mapping[str, Any]) -> None:
    if "error" in case:
        with pytest.raises(RenderError, match="is in the kustomization already"):
            edit(case["before"], case["options"])
        assert "already in kustomization file" in case["error"]
    else:
        assert edit(case["before"], case["options"]) == settled(case["after"])


FLUX = {
    "fields that are not said are kept": (
        [{"name": "shop", "newName": "old/shop", "newTag": "1"}],
        [{"name": "shop", "newTag": "2"}],
        [{"name": "shop", "newName": "old/shop", "newTag": "2"}],
    ),
    "a tag takes a digest's place": (
        [{"name": "shop", "digest": "sha256:aa"}],
        [{"name": "shop", "newTag": "2"}],
        [{"name": "shop", "newTag": "2"}],
    ),
    "a new name keeps tag and digest": (
        [{"name": "shop", "newTag": "1"}],
        [{"name": "shop", "newName": "new"}],
        [{"name": "shop", "newName": "new", "newTag": "1"}],
    ),
    "others come last, in their order": (
        [{"name": "shop", "newTag": "1"}],
        [{"name": "zeta", "newTag": "2"}, {"name": "alpha", "newTag": "3"}],
        [{"name": "shop", "newTag": "1"}, {"name": "zeta", "newTag": "2"}, {"name": "alpha", "newTag": "3"}],
    ),
}


@pytest.mark.parametrize("before, said, after", [pytest.param(*case, id=name) for name, case in FLUX.items()])
def test_images_as_mappings_are_merged_as_flux_merges_them(before: Any, said: Any, after: Any) -> None:
    assert edit({"images": before}, {"images": said}) == {"images": after}


OVERLAY = {**BASE, "app/kustomization.yaml": "resources: [../base]\nnamePrefix: p-\n"}
PART = """
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches: [{path: p.yaml}]
"""
PATCH = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 7}\n"
CHOSEN = {
    "namespace": "far",
    "nameSuffix": "-s",
    "labels": [{"pairs": {"team": "a"}, "includeTemplates": True}],
    "commonAnnotations": {"note": "x"},
    "replicas": ["web=4"],
    "images": ["shop:9"],
    "components": ["../part"],
    "patches": [
        {"path": "patch.yaml"},
        {"patch": "- {op: add, path: /spec/type, value: NodePort}", "target": {"kind": "Service"}},
    ],
}
BY_HAND = """
resources: [../base]
namePrefix: p-
namespace: far
nameSuffix: -s
labels: [{pairs: {team: a}, includeTemplates: true}]
commonAnnotations: {note: x}
replicas: [{name: web, count: 4}]
images: [{name: shop, newTag: '9'}]
components: [../part]
patches: [{path: patch.yaml}, {patch: '- {op: add, path: /spec/type, value: NodePort}', target: {kind: Service}}]
"""
FILES = {
    **OVERLAY,
    "part/kustomization.yaml": PART,
    "part/p.yaml": PATCH,
    "app/patch.yaml": PATCH.replace("replicas: 7", "paused: true"),
}


async def test_an_app_with_choices_is_built_as_the_same_kustomization_by_hand(repo: Monorepo) -> None:
    result = await render(host_with(), repo.tree(FILES), app("app", namespace="shop", options=CHOSEN))
    assert {str(manifest.origin) for manifest in result.manifests} == {"base/deployment.yaml:2", "base/service.yaml:4"}
    repo.tree({"app/kustomization.yaml": BY_HAND})
    assert [manifest.body for manifest in result.manifests] == as_read(repo.kubectl("app"))


def test_what_choices_refer_to_is_an_input(repo: Monorepo) -> None:
    inputs = dict(describe(host_with(), repo.tree({**FILES, "part/other.yaml": ""}), app("app", options=CHOSEN)).inputs)
    assert {path for path, blob in inputs.items() if blob} == set(FILES)


async def test_common_metadata_is_written_on_objects_alone(repo: Monorepo) -> None:
    options = {"commonMetadata": {"labels": {"team": "a"}, "annotations": {"note": "x"}}}
    result = await render(host_with(), repo.tree(OVERLAY), app("app", namespace="shop", options=options))
    service, deployment = (manifest.body for manifest in result.manifests)
    for body in (service, deployment):
        assert body["metadata"]["labels"]["team"] == "a"
        assert body["metadata"]["annotations"]["note"] == "x"
    assert deployment["spec"]["template"]["metadata"] == {"labels": {"app": "web"}}
    assert deployment["spec"]["selector"] == {"matchLabels": {"app": "web"}}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "a component that is not there": ({"components": ["../none"]}, "kustomize.components.0: ../none does not exist"),
    "a remote component": ({"components": ["https://example.com/x"]}, "kustomize.components.0: https://example.com/x is remote"),
    "a component that is a file": ({"components": ["../base/service.yaml"]}, "is a file, and a directory is needed"),
    "a patch out of the repository": ({"patches": [{"path": "../../x"}]}, "kustomize.patches.0.path: ../../x leads out of"),
    "an unknown field of a patch": ({"patches": [{"pach": "x"}]}, "pach is no field of it (did you mean patch?)"),
    "labels that are no texts": ({"commonLabels": {"a": 1}}, "kustomize.commonLabels must be a mapping of texts"),
    "labels without pairs": ({"labels": [{}]}, "kustomize.labels must be a mapping of texts"),
    "replicas that are no number": ({"replicas": ["web=many"]}, "kustomize.replicas: 'web=many' is not NAME=COUNT"),
    "an image without a name": ({"images": [{"newTag": "1"}]}, "kustomize.images: a mapping needs a name"),
    "an image that is neither": ({"images": [1]}, "kustomize.images must be a list of texts or mappings"),
    "metadata of another kind": ({"commonMetadata": {"label": {}}}, "label is no field of it (did you mean labels?)"),
    "a truth that is none": ({"generate": "yes"}, "kustomize.generate must be true or false"),
}


@pytest.fixture(scope="module")
def overlay(tmp_path_factory: pytest.TempPathFactory) -> LimitedTree:
    return Monorepo(tmp_path_factory.mktemp("overlay") / "repo").tree(OVERLAY)


@pytest.mark.parametrize("options, said", [pytest.param(*case, id=name) for name, case in REFUSED.items()])
def test_a_choice_that_cannot_be_meant_is_refused(overlay: LimitedTree, options: dict[str, Any], said: str) -> None:
    with pytest.raises(RenderError) as caught:
        describe(host_with(), overlay, app("app", options=options))
    errors = caught.value.errors if isinstance(caught.value, RenderInvalid) else (caught.value,)
    assert said in str(errors[0])


async def test_a_missing_component_may_be_ignored_until_it_is_there(repo: Monorepo) -> None:
    options = {"components": ["../part"], "ignoreMissingComponents": True}
    before = await render(host_with(), repo.tree(OVERLAY), app("app", options=options))
    after = await render(
        host_with(), repo.tree({"part/kustomization.yaml": PART, "part/p.yaml": PATCH}), app("app", options=options)
    )
    assert [each.manifests[1].body["spec"]["replicas"] for each in (before, after)] == [1, 7]


LOOSE = {
    "app/b.yaml": config_map("b"),
    "app/a.yml": config_map("a"),
    "app/.hidden.yaml": config_map("hidden"),
    "app/deep/er/c.yaml": config_map("c"),
    "app/deep/built/kustomization.yaml": "namePrefix: p-\nresources: [d.yaml, ../../../base]\n",
    "app/deep/built/d.yaml": config_map("d"),
    "app/deep/built/unused.yaml": config_map("unused"),
    "app/no.json": "{}",
    "app/README.md": "",
    "app/.sops.yaml": "no: object",
    "app/.github/ci.yaml": "no: object",
    "app/cloudbuild.yaml": "no: object",
    **BASE,
}


async def test_a_directory_without_a_kustomization_gets_the_one_flux_generates(repo: Monorepo) -> None:
    tree = repo.tree(LOOSE)
    made = app("app", renderer="kustomize", options={"generate": True, "namePrefix": "f-"})
    result = await render(host_with(), tree, made)
    assert [(manifest.key.name, str(manifest.origin)) for manifest in result.manifests] == [
        ("f-a", "app/a.yml:1"),
        ("f-b", "app/b.yaml:1"),
        ("f-c", "app/deep/er/c.yaml:1"),
        ("f-hidden", "app/.hidden.yaml:1"),
        ("f-p-d", "app/deep/built/d.yaml:1"),
        ("f-p-web", "base/service.yaml:4"),
        ("f-p-web", "base/deployment.yaml:2"),
    ]


IGNORES = {
    "a name at any depth": ({"app/.sourceignore": "c.yaml\n# no\n\n"}, "", ["hidden", "a", "b", "p-d"]),
    "a path of the root's": ({".sourceignore": "/app/deep/er\n/b.yaml\n"}, "", ["hidden", "a", "b", "p-d"]),
    "a directory": ({"app/.sourceignore": "deep/\nb.yaml/\n"}, "", ["hidden", "a", "b"]),
    "all but one": ({"app/.sourceignore": "*.yaml\n!b.yaml\n"}, "", ["a", "b"]),
    "stars": ({"app/.sourceignore": "deep/**/c.*\n?.yml\n[b-c].yaml\n"}, "", ["hidden", "p-d"]),
    "a file of its own, of what is beside it alone": (
        {"app/deep/er/.sourceignore": "/*.yaml\n"},
        "",
        ["hidden", "a", "b", "p-d"],
    ),
    "what a GitRepository says": ({"app/.sourceignore": "b.yaml\n"}, "/*\n!/app/deep/er/\n!b.yaml\n", ["b", "c"]),
    "a kustomization": ({"app/.sourceignore": "kustomization.yaml\nd.yaml\nunused.yaml"}, "", ["hidden", "a", "b", "c"]),
}


@pytest.mark.parametrize("files, ignore, names", [pytest.param(*case, id=name) for name, case in IGNORES.items()])
def test_what_a_source_ignores_is_not_in_it(repo: Monorepo, files: dict[str, str], ignore: str, names: list[str]) -> None:
    tree = repo.tree({**LOOSE, **files})
    inputs = dict(
        describe(host_with(), tree, app("app", renderer="kustomize", options={"generate": True, "ignore": ignore})).inputs
    )
    found = {
        path.rpartition("/")[2].partition(".y")[0].strip(".") for path, blob in inputs.items() if blob and path.startswith("app/")
    }
    assert found - {"kustomization", "sourceignore"} == {name.removeprefix("p-") for name in names}


async def test_a_link_is_not_in_a_source(repo: Monorepo) -> None:
    repo.git.link("app/link.yaml", "../base/service.yaml")
    repo.git.link("app/other", "../base")
    made = app("app", renderer="kustomize", options={"generate": True})
    result = await render(host_with(), repo.tree({**BASE, "app/a.yaml": config_map("a")}), made)
    assert [manifest.key.name for manifest in result.manifests] == ["a"]


def test_a_file_that_comes_into_a_generated_directory_counts_and_one_that_is_not_read_does_not(repo: Monorepo) -> None:
    made = app("app", renderer="kustomize", options={"generate": True})
    files = [
        {},
        {"app/README.md": "other"},
        {"app/deep/new.yaml": config_map("new")},
        {"app/kustomization.yaml": "resources: [a.yml]"},
    ]
    prints = [describe(host_with(), repo.tree({**LOOSE, **each}), made).fingerprint for each in files]
    assert [prints.index(each) for each in prints] == [0, 0, 2, 3]


def test_a_directory_with_nothing_to_generate_from_is_an_error(repo: Monorepo) -> None:
    with pytest.raises(RenderError, match="no YAML file to make one of"):
        describe(host_with(), repo.tree({"app/README.md": ""}), app("app", renderer="kustomize", options={"generate": True}))
