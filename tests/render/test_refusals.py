"""What a kustomization may not refer to is refused with file and line before anything runs."""

from __future__ import annotations

import pytest

from fleet.errors import RenderError, RenderInvalid
from tests.render.repo import Monorepo, app, describe, host_with
from tests.render.trees import BASE


def refused(repo: Monorepo, kustomization: str, **files: str) -> list[str]:
    tree = repo.tree({**BASE, "app/kustomization.yaml": kustomization, **files})
    with pytest.raises(RenderInvalid) as caught:
        describe(host_with(), tree, app("app"))
    return [str(error) for error in caught.value.errors]


REMOTE = [
    "https://example.com/a.yaml", "HTTP://example.com/a.yaml", "github.com/acme/shop", "GitHub.com/acme/shop?ref=v1",
    "gh:acme/shop", "git@example.com:acme/shop", "git::https://example.com/x", "ssh://git@example.com/x", "file:///etc",
    "example.com/x?ref=main",
    "user@host/x", "example.com/_git/x", "example.com/x.git//y", "oci://example.com/x",
]  # fmt: skip


@pytest.mark.parametrize("reference", REMOTE)
def test_a_remote_reference_is_refused(repo: Monorepo, reference: str) -> None:
    (error,) = refused(repo, f"namePrefix: p-\nresources:\n- ../base\n- {reference}\n")
    assert error.startswith(f"app/kustomization.yaml:4: {reference} is remote; nothing is fetched to render")


def test_what_looks_like_a_host_is_said_to(repo: Monorepo) -> None:
    (error,) = refused(repo, "resources: [git.example.com/acme/shop]\n")
    assert "is not in the repository; if it is remote: nothing is fetched" in error


@pytest.mark.parametrize(
    "field", ["resources", "components", "crds", "configurations", "generators", "transformers", "validators"]
)
@pytest.mark.parametrize(
    "reference, said",
    [
        ("https://example.com/a", "is remote"),
        ("/etc/passwd", "is absolute"),
        ("../../x.yaml", "leads out of the repository"),
        ("none.yaml", "does not exist"),
    ],
)
def test_every_list_of_places_is_looked_at(repo: Monorepo, field: str, reference: str, said: str) -> None:
    (error,) = refused(
        repo, f"resources: [../base]\n{field}: [{reference}]\n".replace("resources: [../base]\nresources", "resources")
    )
    assert error.startswith("app/kustomization.yaml:")
    assert f"{reference} {said}" in error


NESTED = {
    "patches": "patches: [{path: $}]",
    "patchesJson6902": "patchesJson6902: [{target: {kind: Service, name: web, version: v1}, path: $}]",
    "patchesStrategicMerge": "patchesStrategicMerge: [$]",
    "replacements": "replacements: [{path: $}]",
    "files": "configMapGenerator: [{name: a, files: [$]}]",
    "named files": "configMapGenerator: [{name: a, files: [key=$]}]",
    "envs": "configMapGenerator: [{name: a, envs: [$]}]",
    "env": "secretGenerator: [{name: a, env: $}]",
    "openapi": "openapi: {path: $}",
}


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in NESTED.items()])
@pytest.mark.parametrize("reference", ["https://example.com/a", "/etc/passwd", "../../x", "none.yaml"])
def test_every_file_named_inside_is_looked_at(repo: Monorepo, text: str, reference: str) -> None:
    (error,) = refused(repo, f"resources: [../base]\n{text.replace('$', reference)}\n")
    assert error.startswith(f"app/kustomization.yaml:2: {reference} ")


CONFIGS = {
    "an exec plugin": ("apiVersion: someteam.example.com/v1\nkind: Exec\n", "Exec of someteam.example.com/v1 is a plugin"),
    "a function": (
        "apiVersion: builtin\nkind: X\nmetadata: {annotations: {config.kubernetes.io/function: 'exec: {path: ./x}'}}\n",
        "X is a function (config.kubernetes.io/function), and functions are not run",
    ),
    "a chart": ("apiVersion: builtin\nkind: HelmChartInflationGenerator\n", "HelmChartInflationGenerator is refused"),
    "a remote patch": (
        "apiVersion: builtin\nkind: PatchTransformer\npath: https://example.com/x\n",
        "https://example.com/x is remote",
    ),
    "a patch in any case": ("apiVersion: builtin\nkind: PatchTransformer\nPath: /etc/passwd\n", "/etc/passwd is absolute"),
    "patches": ("apiVersion: builtin\nkind: PatchStrategicMergeTransformer\npaths: [/a]\n", "/a is absolute"),
    "a generator's file": ("apiVersion: builtin\nkind: SecretGenerator\nfiles: [k=/etc/shadow]\n", "/etc/shadow is absolute"),
    "a replacement": ("apiVersion: builtin\nkind: ReplacementTransformer\nreplacements: [{path: /a}]\n", "/a is absolute"),
}


@pytest.mark.parametrize("text, said", [pytest.param(*case, id=name) for name, case in CONFIGS.items()])
@pytest.mark.parametrize("field", ["generators", "transformers", "validators"])
def test_plugins_are_refused_by_name(repo: Monorepo, field: str, text: str, said: str) -> None:
    (error,) = refused(repo, f"resources: [../base]\n{field}: [t.yaml]\n", **{"app/t.yaml": text})
    assert error.startswith("app/t.yaml:")
    assert said in error


def test_a_plugins_configuration_in_place_is_refused(repo: Monorepo) -> None:
    (error,) = refused(
        repo, "resources: [../base]\ntransformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n  path: /etc/x\n"
    )
    assert error == "app/kustomization.yaml:3: a plugin's configuration in place is refused; write it into a file"


def test_a_configuration_that_is_computed_is_refused(repo: Monorepo) -> None:
    files = {
        "app/t/kustomization.yaml": "resources: [a.yaml]\nnamePrefix: p-\n",
        "app/t/a.yaml": "apiVersion: builtin\nkind: PatchTransformer\n",
    }
    (error,) = refused(repo, "resources: [../base]\ntransformers: [t]\n", **files)
    assert (
        error
        == "app/t/kustomization.yaml:2: namePrefix cannot stand in a kustomization that configures plugins; only resources can"
    )


FIELDS = {
    "charts": (
        "helmCharts: [{name: x}]\n",
        "helmCharts is refused: kustomize would run helm for it, and nothing else is run; give the chart an App of its own",
    ),
    "an unknown field": ("resource: [a]\n", "resource is no field of a kustomization (did you mean resources?)"),
    "a field in another case": (
        "Resources: [/etc/passwd]\n",
        "Resources is no field of a kustomization (did you mean resources?)",
    ),
    "an unknown field inside": ("patches: [{Path: /etc/passwd}]\n", "Path is no field of patches (did you mean path?)"),
    "no list": ("crds: x\n", "crds must be a list"),
    "no path": ("resources: [{a: b}]\n", "this must be the path of a file or directory"),
    "a file that is a directory": ("crds: [../base]\n", "../base is a directory, and a file is needed"),
    "a directory that is a file": (
        "components: [../base/deployment.yaml]\n",
        "../base/deployment.yaml is a file, and a directory is needed",
    ),
    "a directory without kustomization": ("resources: [../nothing]\n", "nothing is a directory without kustomization.yaml or"),
}


@pytest.mark.parametrize("text, said", [pytest.param(*case, id=name) for name, case in FIELDS.items()])
def test_what_kustomize_would_not_understand_is_said_with_its_line(repo: Monorepo, text: str, said: str) -> None:
    errors = refused(repo, f"namePrefix: p-\n{text}", **{"nothing/x": ""})
    assert errors[0].startswith(f"app/kustomization.yaml:2: {said}")


def test_two_kustomizations_in_one_directory_are_an_error(repo: Monorepo) -> None:
    (error,) = refused(repo, "resources: [../base]\n", **{"app/Kustomization": "resources: []\n"})
    assert error == "app:1: app has kustomization.yaml and Kustomization; keep one of them"


def test_everything_wrong_in_all_directories_is_said_at_once(repo: Monorepo) -> None:
    errors = refused(
        repo, "resources: [a.yaml, ../other, /x]\n", **{"other/kustomization.yaml": "resources: [b.yaml]\nhelmCharts: []\n"}
    )
    assert [error.partition(" ")[0] + error.rpartition(" ")[2] for error in errors] == [
        "app/kustomization.yaml:1:exist", "other/kustomization.yaml:2:it", "other/kustomization.yaml:1:exist",
        "app/kustomization.yaml:1:repository",
    ]  # fmt: skip


def test_a_kustomization_that_cannot_be_read_is_an_error_with_its_line(repo: Monorepo) -> None:
    assert refused(repo, "a: 1\na: 2\n")[0].startswith("app/kustomization.yaml:2: the key 'a' stands here")
    assert refused(repo, "# nothing\n") == ["app/kustomization.yaml:1: a kustomization is one mapping; here are 0 documents"]


def test_a_link_that_leaves_the_repository_is_refused(repo: Monorepo) -> None:
    repo.git.link("app/x.yaml", "/etc/passwd")
    (error,) = refused(repo, "resources: [x.yaml]\n")
    assert error.startswith("app/kustomization.yaml:1: app/x.yaml is refused: it is a symbolic link to /etc/passwd")


@pytest.mark.parametrize(
    "options, said",
    [
        ({"image": []}, "kustomize.image is not an option (did you mean images?)"),
        ({"images": ["shop"]}, "kustomize.images: 'shop' is not NAME=NEWNAME:TAG, NAME:TAG or NAME@DIGEST"),
        ({"images": "shop:1"}, "kustomize.images must be a list"),
        ({"namespace": 1}, "kustomize.namespace must be a text"),
    ],
)
def test_a_wrong_option_is_an_error(repo: Monorepo, options: dict[str, object], said: str) -> None:
    tree = repo.tree({**BASE, "app/kustomization.yaml": "resources: [../base]\n"})
    with pytest.raises(RenderError) as caught:
        describe(host_with(), tree, app("app", options=options))
    assert said in str(caught.value)


def test_a_cycle_is_left_to_kustomize(repo: Monorepo) -> None:
    tree = repo.tree({"app/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../app]\n"})
    assert len([path for path, blob in describe(host_with(), tree, app("app")).inputs if blob]) == 2
