"""Flux's rules of what may differ: which stand for names, which for patterns, and which for neither."""

from __future__ import annotations

from fleet.mapping.builtin.flux.ignoring import rules, wrong
from fleet.model.app import IgnoreDrift
from fleet.model.target import Target, requirements


def test_a_list_of_names_is_one_rule_each() -> None:
    said = [{"paths": [""], "target": {"kind": "^(Secret|Job)$", "namespace": ".*"}}, {"paths": ["/a"]}]
    assert rules(said) == (
        IgnoreDrift(kind="Secret", fields=("*",)),
        IgnoreDrift(kind="Job", fields=("*",)),
        IgnoreDrift(kind="*", fields=("/a",)),
    )


def test_a_pattern_a_version_or_a_selector_is_a_target() -> None:
    targets = [
        {"name": "w.*", "labelSelector": "a!=b"},
        {"group": "apps.example.com", "kind": "Widget"},
        {"version": "v1"},
        {"annotationSelector": "a in (b)"},
    ]
    assert [each.target for each in rules([{"paths": ["/a"], "target": each} for each in targets])] == [
        Target(name="w.*", labels=requirements("a!=b")),
        Target(group="apps.example.com", kind="Widget"),
        Target(version="v1"),
        Target(annotations=requirements("a in (b)")),
    ]


def test_what_cannot_be_read_is_said_at_its_field() -> None:
    said = [{"paths": [""], "target": {"kind": "(a", "labelSelector": "a=b=c", "name": 7, "group": None}}]
    assert [at for at, _ in wrong(said, "/spec/ignore")] == [
        "/spec/ignore/0/target/kind",
        "/spec/ignore/0/target/labelSelector",
        "/spec/ignore/0/target/name",
    ]
