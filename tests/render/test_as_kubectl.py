"""The judge of a kustomize render is plain `kubectl kustomize` on the same checkout."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fleet.hooks import RenderedFile
from fleet.hooks.registry import Registry
from fleet.model.manifest import Origin, Rendered
from fleet.render import RenderHost, RenderSettings
from tests.render.repo import Monorepo, app, describe, host_with, render, runs, wrapper
from tests.render.trees import BASE, TREES

CASES = [pytest.param(files, id=name) for name, files in TREES.items()]


def as_read(text: str) -> list[object]:
    """The bodies of a text's objects, finished as the host finishes them."""
    result = RenderHost(Registry()).finish([RenderedFile(text=text, origin=Origin("x", 1))], fingerprint="", namespace="shop")
    assert isinstance(result, Rendered), result.message
    return [manifest.body for manifest in result.manifests]


@pytest.mark.parametrize("files", CASES)
async def test_a_directory_renders_as_kubectl_builds_it(repo: Monorepo, files: Mapping[str, str]) -> None:
    result = await render(host_with(), repo.tree(files), app("app", namespace="shop"))
    built = as_read(repo.kubectl("app"))
    assert [manifest.body for manifest in result.manifests] == built
    assert built


@pytest.mark.parametrize("files", CASES)
def test_every_file_that_matters_is_an_input_of_its_own(repo: Monorepo, files: Mapping[str, str]) -> None:
    inputs = dict(describe(host_with(), repo.tree({**files, "app/other.yaml": "", "base/other.yaml": ""}), app("app")).inputs)
    assert {path for path, blob in inputs.items() if blob} == set(files)
    assert all(
        path.endswith(("kustomization.yaml", "kustomization.yml", "Kustomization")) for path, blob in inputs.items() if not blob
    )


async def test_files_beside_the_directory_are_read_as_without_load_restrictions(repo: Monorepo) -> None:
    files = {
        **BASE,
        "app/kustomization.yaml": "resources: [../base/deployment.yaml]\nconfigMapGenerator: [{name: a, files: [../x]}]\n",
        "x": "y",
    }
    result = await render(host_with(), repo.tree(files), app("app", namespace="shop"))
    assert [manifest.body for manifest in result.manifests] == as_read(
        repo.kubectl("app", "--load-restrictor=LoadRestrictionsNone")
    )


async def test_the_root_of_the_repository_can_be_built(repo: Monorepo) -> None:
    result = await render(
        host_with(), repo.tree({**BASE, "kustomization.yaml": "resources: [base]\n"}), app("", namespace="shop")
    )
    assert [manifest.body for manifest in result.manifests] == as_read(repo.kubectl(""))
    assert [str(manifest.origin) for manifest in result.manifests] == ["base/service.yaml:4", "base/deployment.yaml:2"]


async def test_a_render_is_the_same_every_time(repo: Monorepo) -> None:
    tree = repo.tree(TREES["one that is everything at once"])
    first, second = [await render(host_with(), tree, app("app")) for _ in range(2)]
    assert first == second
    assert [manifest.body for manifest in first.manifests] == [manifest.body for manifest in second.manifests]


async def test_objects_name_the_file_and_line_they_come_from(repo: Monorepo) -> None:
    result = await render(host_with(), repo.tree(TREES["one that is everything at once"]), app("app"))
    assert {manifest.key.kind: str(manifest.origin) for manifest in result.manifests} == {
        "Namespace": "app/extra/ns.yaml:1",
        "ConfigMap": "mid/kustomization.yaml:1",
        "Service": "base/service.yaml:4",
        "Deployment": "base/deployment.yaml:2",
    }


async def test_where_a_patch_looks_at_annotations_objects_name_the_kustomization(repo: Monorepo) -> None:
    files = TREES["a JSON patch that makes the first annotation of its own"]
    result = await render(host_with(), repo.tree(files), app("app"))
    assert {str(manifest.origin) for manifest in result.manifests} == {"app/kustomization.yaml:1"}


async def test_images_are_set_as_kustomize_edit_sets_them(repo: Monorepo) -> None:
    files = {
        **BASE,
        "app/kustomization.yaml": "resources: [../base]\nimages: [{name: shop, newTag: old}, {name: x, newTag: '1'}]\n",
    }
    options = {"images": ["shop=registry.example.com:5000/shop:1.4.2@sha256:" + "0" * 64, "other:2"], "namespace": "far"}
    result = await render(host_with(), repo.tree(files), app("app", options=options))
    (deployment,) = [manifest for manifest in result.manifests if manifest.key.kind == "Deployment"]
    image = deployment.body["spec"]["template"]["spec"]["containers"][0]["image"]
    assert image == "registry.example.com:5000/shop:1.4.2@sha256:" + "0" * 64
    assert {manifest.key.namespace for manifest in result.manifests} == {"far"}
    set_by_hand = (
        "resources: [../base]\nnamespace: far\nimages:\n"
        f"- {{name: shop, newName: registry.example.com:5000/shop, newTag: 1.4.2, digest: 'sha256:{'0' * 64}'}}\n"
        "- {name: x, newTag: '1'}\n- {name: other, newTag: '2'}\n"
    )
    repo.tree(files | {"app/kustomization.yaml": set_by_hand})
    assert [manifest.body for manifest in result.manifests] == as_read(repo.kubectl("app"))


async def test_options_reach_a_build_whose_objects_cannot_be_traced(repo: Monorepo) -> None:
    files = TREES["a JSON patch that makes the first annotation of its own"]
    result = await render(host_with(), repo.tree(files), app("app", options={"images": ["shop:9"]}))
    assert result.manifests[1].body["spec"]["template"]["spec"]["containers"][0]["image"] == "shop:9"


async def test_another_kustomize_can_be_set_and_is_part_of_the_fingerprint(repo: Monorepo) -> None:
    program = wrapper(repo.git.path.parent)
    tree = repo.tree(TREES["resources"])
    host = host_with(RenderSettings(programs={"kustomize": str(program)}))
    unit = describe(host, tree, app("app"))
    packaged = await render(host_with(), tree, app("app"))
    assert [each.body for each in (await render(host, tree, app("app"))).manifests] == [each.body for each in packaged.manifests]
    assert runs(program) == 1
    program.write_text(program.read_text() + "\n# another\n")
    replaced = describe(host_with(RenderSettings(programs={"kustomize": str(program)})), tree, app("app"))
    assert len({packaged.fingerprint, unit.fingerprint, replaced.fingerprint}) == 3
