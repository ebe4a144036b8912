"""The pages say what is so: every kind has its rule described, and the plugin of the how-to is one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fleet.errors import RenderError
from fleet.hooks import ExemptionContext, HealthContext, RenderContext
from fleet.hooks.declarations import ANY_KIND
from fleet.hooks.registry import Registry, load
from fleet.hooks.tree import LimitedTree
from fleet.k8syaml import load_documents
from fleet.model.fields import FieldPath
from fleet.model.health import HealthState
from fleet.model.keys import GroupKind
from fleet.model.revision import Entry, EntryKind
from tests.health.objects import NOW, REGISTRY

DOCS = Path(__file__).parents[2] / "docs"


class Files:
    """A tree of two files, which is all that the how-to's renderer asks for."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files

    def entry(self, path: str) -> Entry | None:
        return Entry(path, EntryKind.FILE, path) if path in self._files else None

    def read(self, path: str) -> bytes:
        return self._files[path].encode()


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", (DOCS / "how-to/write-a-plugin.md").read_text(), re.DOTALL)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The plugin and its test, laid out as the page says."""
    plugin, test = blocks()
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins/acme.py").write_text(plugin)
    (tmp_path / "test_acme.py").write_text(test)
    return tmp_path


@pytest.fixture
def acme(directory: Path) -> Registry:
    return load([], plugins=["./plugins/acme.py"], directory=directory)


def rendering(text: str) -> RenderContext:
    return RenderContext(tree=LimitedTree(Files({"apps/x/app.env": text})), path="apps/x")  # type: ignore[arg-type]


def test_every_kind_with_a_rule_has_its_row_in_the_reference() -> None:
    page = (DOCS / "reference/health.md").read_text()
    rows = set(re.findall(r"\w+", " ".join(re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE))))
    ruled = {kind.kind for kind, check in REGISTRY.health_checks.items() if kind != ANY_KIND and check.needs_body}

    assert sorted(ruled - rows) == []


def test_every_kind_that_reports_nothing_is_named_in_the_reference() -> None:
    page = (DOCS / "reference/health.md").read_text()
    named = set(re.findall(r"\w+", page.partition("## Kinds that report nothing")[2].partition("\n## ")[0]))
    silent = {kind.kind for kind, check in REGISTRY.health_checks.items() if not check.needs_body}

    assert sorted(silent - named) == []


def test_every_state_is_in_the_reference() -> None:
    page = (DOCS / "reference/health.md").read_text()

    assert [state for state in HealthState if f"| {state} |" not in page] == []


def test_the_how_to_s_plugin_loads_and_declares_one_of_each(acme: Registry) -> None:
    assert acme.broken == ()
    assert [plugin.version for plugin in acme.plugins if plugin.name == "./plugins/acme.py"] == ["1.0"]
    assert [renderer.name for renderer in acme.renderers] == ["dotenv"]
    assert list(acme.health_checks) == [GroupKind("acme.example", "Database")]
    assert [exemption.name for exemption in acme.drift_exemptions] == ["acme-tuner"]


def test_the_how_to_s_renderer_renders(acme: Registry) -> None:
    (renderer,) = acme.renderers
    context = rendering("A=1\nB=x=y\n")

    (file,) = renderer.render(context)  # type: ignore[misc]
    (document,) = load_documents(file.text, file="it")

    assert renderer.detect(context)
    assert list(renderer.inputs(context)) == ["apps/x/app.env"]
    assert document.value["data"] == {"A": "1", "B": "x=y"}
    with pytest.raises(RenderError, match="line 2 is not NAME=value"):
        renderer.render(rendering("A=1\nB\n"))


def test_the_how_to_s_health_check_judges(acme: Registry) -> None:
    check = acme.health_check(GroupKind("acme.example", "Database"))

    states = [
        str(check.assess(HealthContext(live=live, now=NOW)).state)
        for live in ({}, {"status": {"replicationLagSeconds": 3}}, {"status": {"replicationLagSeconds": 90}})
    ]

    assert states == ["Progressing", "Healthy", "Degraded"]


def test_the_how_to_s_exemption_names_fields_that_can_be_read(acme: Registry) -> None:
    (exemption,) = acme.drift_exemptions

    pointers = list(exemption.fields(ExemptionContext(value="web log", manifest=None, live=None)))

    assert [str(FieldPath.parse(pointer)) for pointer in pointers] == pointers
    assert len(pointers) == 2


def test_the_how_to_s_test_passes(directory: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-c",
        "/dev/null",
        "--rootdir",
        ".",
        "test_acme.py",
    ]

    done = subprocess.run(command, cwd=directory, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
