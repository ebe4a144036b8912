"""Patterns and templates that are written to take for ever: each is done with at once, and says what is wrong where something is.

A regular expression that explodes holds up the whole hub, leases and all: these fail by the deadline of the suite.
"""

from __future__ import annotations

import pytest

from fleet.errors import RenderError, SourceInvalid
from fleet.render.builtin.helm.changing import later
from tests.render.repo import Monorepo, app, describe, host_with

STARS = "*a" * 30 + "b"
NAME = "a" * 200


def test_an_exclude_of_many_stars_takes_no_longer(repo: Monorepo) -> None:
    tree = repo.tree({f"app/{NAME}.yaml": "a: 1\n"})
    options = {"exclude": [STARS, "**/" * 30 + "b", "**a" * 30 + "b"]}
    unit = describe(host_with(), tree, app("app", renderer="plain", options=options))
    assert f"app/{NAME}.yaml" in dict(unit.inputs)


def test_an_exclude_that_is_too_long_is_said(repo: Monorepo) -> None:
    tree = repo.tree({"app/a.yaml": "a: 1\n"})
    with pytest.raises(RenderError, match=r"plain\.exclude: aaaa.*longer than 1024 characters"):
        describe(host_with(), tree, app("app", renderer="plain", options={"exclude": ["a" * 2000]}))


def test_a_sourceignore_of_many_stars_takes_no_longer(repo: Monorepo) -> None:
    tree = repo.tree({f"app/{NAME}.yaml": "a: 1\n", "app/.sourceignore": f"{STARS}\n"})
    unit = describe(host_with(), tree, app("app", renderer="kustomize", options={"generate": True}))
    assert f"app/{NAME}.yaml" in dict(unit.inputs)


def test_a_sourceignore_that_makes_no_sense_is_an_error_with_its_line(repo: Monorepo) -> None:
    tree = repo.tree({"app/a.yaml": "a: 1\n", "app/.sourceignore": "# first\n[z-a]\n"})
    with pytest.raises(SourceInvalid, match=r"app/\.sourceignore:2: \[z-a\]: it holds a class of characters that makes no sense"):
        describe(host_with(), tree, app("app", renderer="kustomize", options={"generate": True}))


CHART = {"app/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n", f"app/templates/{NAME}.yaml": "a: 1\n"}


def test_a_helmignore_and_values_files_of_many_stars_take_no_longer(repo: Monorepo) -> None:
    tree = repo.tree({**CHART, "app/.helmignore": f"{STARS}\n", f"values/{NAME}": "a: 1\n"})
    options = {"valueFiles": [f"values/{STARS}"], "ignoreMissingValueFiles": True}
    unit = describe(host_with(), tree, app("app", renderer="helm", options=options))
    assert f"app/templates/{NAME}.yaml" in dict(unit.inputs)


UNENDED = ["{{ now " + '"a" ' * 60, "{{ now " + "{{" * 60_000, "{{ now " + '"\\' * 60_000, "{{ now " + "/*" * 60_000]


@pytest.mark.parametrize("template", UNENDED, ids=["texts", "actions", "quotes", "comments"])
def test_a_template_whose_action_never_ends_is_left_to_helm(template: str) -> None:
    assert later(template.encode()) == template.encode()


def test_the_clock_is_set_forward_outside_of_what_is_quoted() -> None:
    template = """now {{ now }} {{ "now }}" }} {{ `now "` }} {{/* now }} ' */}} {{ printf "%c" '"' }}{{- now.Year }}"""
    forward = '(now | dateModify "+9607h11m13s")'
    expected = template.replace("{{ now }}", f"{{{{ {forward} }}}}").replace("now.Year", f"{forward}.Year")
    assert later(template.encode()).decode() == expected
