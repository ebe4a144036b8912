"""The pages say what is so: every setting with its default, every field, option, verb, path, error and noun."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path, PurePosixPath
from typing import Any, get_type_hints

import pytest

from fleet.cli.frame.dispatch import VERBS
from fleet.cli.frame.options import GLOBAL_FLAGS
from fleet.config import load_config
from fleet.config.settings import Settings, camel
from fleet.errors import RenderError
from fleet.hooks import AppKindContext, RenderContext
from fleet.hooks.tree import LimitedTree
from fleet.k8syaml import load_documents
from fleet.mapping.builtin import native
from fleet.mapping.settings import read_settings
from fleet.model import app as apps
from fleet.model.durations import said
from fleet.model.manifest import Origin
from fleet.model.marks import ADOPT, IGNORE_DRIFT, PRUNE, REPLACE
from fleet.model.revision import Entry, EntryKind
from fleet.render.builtin import helm, kustomize, plain
from tests.architecture import error_page
from tests.architecture.sources import ROOT, modules

DOCS = ROOT / "docs"
UNITS = {"Gi": 1024**3, "Mi": 1024**2}
# Nouns of more than one class, or of a word in another form.
WRITTEN = {
    "Rendered": "Manifest",
    "HealthState": "Health",
    "HealthReport": "Health",
    "Marks": "Mark",
    "LiveObject": "Observation",
}
NOUNS = (
    "Hub Fleet Cluster Group Source Revision App AppKey Fingerprint Renderer Manifest ObjectKey Claims Observation Inventory "
    "Record Mark Change Plan ChangeSet Drift Exemption Sync SyncReport Health Stage Wave Rollout Prune Guard Hold Word"
).split()


class OneFile:
    """A tree of one file."""

    def __init__(self, text: str) -> None:
        self._text = text.encode()

    def entry(self, path: str) -> Entry | None:
        return Entry(path, EntryKind.FILE, "id")

    def read(self, path: str) -> bytes:
        return self._text


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def examples(name: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", page(name), re.DOTALL)


def tree(text: str) -> Any:
    return LimitedTree(OneFile(text))  # type: ignore[arg-type]


def settings(kind: Any = Settings, above: str = "") -> Iterator[str]:
    """How each setting's row begins: its name and its default."""
    hints = get_type_hints(kind)
    for each in fields(kind):
        name = above + camel(each.name)
        if is_dataclass(hints[each.name]):
            yield from settings(hints[each.name], f"{name}.")
        else:
            default = written(each.default, seconds="seconds" in each.metadata)
            yield f"| `{name}` | `{default}` |" if default else f"| `{name}` | |"


def written(default: Any, *, seconds: bool) -> str:
    """Write a default as people do in the file."""
    if seconds:
        return said(default)
    if isinstance(default, tuple):
        return f"[{', '.join(default)}]"
    unit = next((unit for unit, size in UNITS.items() if isinstance(default, int) and default and not default % size), "")
    return f"{default // UNITS[unit]}{unit}" if unit else str(default)


def test_every_setting_is_in_the_reference_with_its_default() -> None:
    rows = page("reference/clusters-yaml.md").splitlines()
    assert [row for row in settings() if not any(line.startswith(row) for line in rows)] == []


@pytest.mark.parametrize("name", ["docs/reference/clusters-yaml.md", "clusters.example.yaml"])
def test_the_example_of_the_registry_is_one(name: str, tmp_path: Path) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    file = tmp_path / "clusters.yaml"
    file.write_text(text if name.endswith(".yaml") else examples("reference/clusters-yaml.md")[0])
    assert [cluster.name for cluster in load_config(file).clusters] == ["prod-eu-1", "prod-us-1", "here"]


def test_the_tutorial_s_registry_is_one(tmp_path: Path) -> None:
    file = tmp_path / "clusters.yaml"
    file.write_text(examples("tutorial/README.md")[0])
    assert load_config(file).fleet == "tutorial"


def test_every_field_of_an_app_is_in_the_reference() -> None:
    known = {*native._SPEC, *native.OPTIONS}
    assert sorted(name for name in known if f"| `{name}` |" not in page("reference/app.md")) == []


def test_the_defaults_of_an_app_are_those_of_the_reference() -> None:
    context = app_context("{apiVersion: fleethub.dev/v1alpha1, kind: App, metadata: {name: shop}, spec: {path: apps/shop}}")
    (app,) = native.read(context)
    told = {
        "namespace": app.namespace,
        "substitute": str(app.substitute).lower(),
        "prune": str(app.prune).lower(),
        "drift": app.drift,
        "adopt": app.adopt,
        "paused": str(app.paused).lower(),
        "timeout": said(app.timeout),
    }
    assert [name for name, default in told.items() if f"| `{name}` | `{default}` |" not in page("reference/app.md")] == []


def test_the_example_of_an_app_is_one() -> None:
    (app,) = native.read(app_context(examples("reference/app.md")[0]))
    assert (app.renderer, app.timeout, app.adopt) == ("kustomize", 600.0, apps.AdoptPolicy.IF_NO_CONFLICT)


def app_context(text: str) -> AppKindContext:
    return AppKindContext(
        document=load_documents(text.encode(), file="apps.yaml")[0].value,
        origin=Origin("apps.yaml", 1),
        tree=tree(text),
        cluster="prod-eu-1",
        directory="clusters/prod-eu-1",
        labels={"tier": "production"},
        variables={},
        clusters={},
    )


def test_the_example_of_a_cluster_yaml_says_every_field() -> None:
    found, errors = read_settings(tree(examples("reference/tree.md")[0]), "cluster.yaml")
    assert errors == ()
    assert all((found.labels, found.variables, found.kube_version, found.api_versions))


@pytest.mark.parametrize(
    "renderer", [*plain.fleet_renderers(), *kustomize.fleet_renderers(), *helm.fleet_renderers()], ids=lambda each: each.name
)
def test_every_option_of_a_renderer_is_in_the_reference(renderer: Any) -> None:
    with pytest.raises(RenderError) as refused:
        list(renderer.inputs(RenderContext(tree=tree(""), path="apps/x", options={"?": 1})))
    known = str(refused.value).rpartition("there are ")[2].split(", ")
    section = page("reference/renderers.md").partition(f"## {renderer.name}\n")[2].partition("\n## ")[0]
    assert len(known) > 1
    assert [name for name in known if f"| `{name}` |" not in section] == []


def test_every_annotation_that_people_write_is_in_the_reference() -> None:
    assert [name for name in (ADOPT, IGNORE_DRIFT, PRUNE, REPLACE) if f"| `{name}` |" not in page("reference/marks.md")] == []


def test_every_verb_and_flag_is_in_the_reference() -> None:
    text = page("reference/command.md")
    assert [verb for verb in VERBS if not re.search(rf"^\| `{verb}[ `]", text, re.MULTILINE)] == []
    assert [flag.names for flag in GLOBAL_FLAGS if not any(f"`{name}" in text for name in flag.names)] == []


def test_every_path_of_the_api_is_in_the_reference() -> None:
    app = next(module for module in modules("fleet") if str(module.path) == "fleet/api/app.py")
    paths = set(re.findall(r'f?"(?:\{V1\}/|/)([\w/{}]+)": \w+\.', app.text))
    told = page("reference/api.md")
    assert len(paths) > 10
    assert sorted(path for path in paths if f"/{path.replace('{{', '{').replace('}}', '}')}` |" not in told) == []


def test_every_error_is_in_the_reference() -> None:
    text = error_page.PAGE.read_text(encoding="utf-8")
    assert text == error_page.whole(text), "the page is old: make docs"


def test_every_noun_is_in_the_glossary() -> None:
    told = set(re.findall(r"\w+", " ".join(re.findall(r"\*\*(.+?)\*\*", page("explanation/glossary.md")))))
    assert [noun for noun in NOUNS if noun not in told] == []


def test_every_file_of_nouns_holds_one_of_the_glossary() -> None:
    told = set(re.findall(r"\w+", page("explanation/glossary.md")))
    found = {module.path: re.findall(r"^class (\w+)", module.text, re.MULTILINE) for module in modules("fleet")}
    nouns = {path: names for path, names in found.items() if path.parent == PurePosixPath("fleet/model") and names}
    bare = {path for path, names in nouns.items() if not told & {WRITTEN.get(name, name) for name in names}}
    # How the API server writes fields, how paths are matched, and how a value is looked up: no words that people say.
    assert sorted(path.name for path in bare) == ["fields.py", "glob.py", "values.py"]


def test_every_folder_that_is_there_is_in_the_architecture() -> None:
    there = {module.folder for module in modules("fleet") if len(module.path.parts) > 2}
    text = page("explanation/architecture.md")
    assert sorted(folder for folder in there if f"`{folder}/`" not in text) == []
