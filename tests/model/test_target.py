"""Which objects a rule of Flux means, and which patterns and selectors are none."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.model.app import IgnoreDrift
from fleet.model.keys import ObjectKey
from fleet.model.target import MAX_STEPS, Target, check_pattern, requirements

BODY: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {
        "name": "web-1",
        "namespace": "shop",
        "labels": {"app": "web", "tier": "7", "example.com/team": "a"},
        "annotations": {"note": "x", "empty": ""},
    },
}
KEY = ObjectKey.of(BODY)


@pytest.mark.parametrize(
    ("target", "taken"),
    [
        ({}, True),
        ({"name": "web-.*"}, True),
        ({"name": "web"}, False),
        ({"name": "eb-1"}, False),
        ({"name": "web|web-1"}, True),
        ({"name": "(?i)WEB-\\d"}, True),
        ({"kind": "Deploy.*|StatefulSet"}, True),
        ({"kind": "deployment"}, False),
        ({"group": "ap.s"}, True),
        ({"group": "batch"}, False),
        ({"version": "v1"}, True),
        ({"version": "v1beta1"}, False),
        ({"namespace": "sh[a-o]p"}, True),
        ({"namespace": ".*", "name": "a.*"}, False),
    ],
)
def test_patterns_match_the_whole(target: dict[str, str], taken: bool) -> None:
    assert Target(**target).takes(KEY, BODY) is taken  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("selector", "taken"),
    [
        ("", True),
        ("app=web", True),
        ("app == web , tier!=8", True),
        ("app!=web", False),
        ("gone!=web", True),
        ("app in (api, web),!gone", True),
        ("app notin (api,web)", False),
        ("gone notin (a)", True),
        ("gone", False),
        ("!app", False),
        ("tier>6,tier<8", True),
        ("tier>7", False),
        ("gone>1", False),
        ("app>1", False),
        ("example.com/team", True),
        ("gone in (,a)", False),
        ("gone notin ()", True),
    ],
)
def test_selectors_are_those_of_kubectl(selector: str, taken: bool) -> None:
    assert Target(labels=requirements(selector)).takes(KEY, BODY) is taken


def test_annotations_are_selected_alike() -> None:
    assert Target(annotations=requirements("note=x,empty=")).takes(KEY, BODY)
    assert not Target(annotations=requirements("app=web")).takes(KEY, BODY)


def test_what_has_no_labels_has_none() -> None:
    for metadata in ({"name": "a"}, {"name": "a", "labels": None}, {"name": "a", "labels": ["app"]}):
        body = {**BODY, "metadata": metadata}
        assert not Target(labels=requirements("app")).takes(KEY, body)
        assert Target(labels=requirements("!app")).takes(KEY, body)


@pytest.mark.parametrize(
    "text", ["a,", "=a", "a=b=c", "a in (b", "ain(b)", "a=b c", "a>b", "a in (b c)", "-a", "!", "a=" + "b" * 64]
)
def test_what_is_no_selector_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"requirement|values|integer"):
        requirements(text)


@pytest.mark.parametrize("text", ["a(b", "[z-a]", "\\p{L}", "(a{20}){20}"])
def test_what_is_no_pattern_or_too_large_a_one_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be read|backwards|too large"):
        check_pattern(text)


def test_a_pattern_that_would_go_back_for_ever_does_not() -> None:
    pattern = "(a*)*(a|a)*b"
    check_pattern(pattern)
    key = ObjectKey("", "ConfigMap", "shop", "a" * 253)
    assert not Target(name=pattern).takes(key, {})
    assert MAX_STEPS * len(key.name) < 100_000


def test_a_rule_means_what_its_target_and_its_names_take() -> None:
    target = Target(name="web-.*")
    assert IgnoreDrift(kind="*", target=target).means(KEY, BODY)
    assert not IgnoreDrift(kind="Service", target=target).means(KEY, BODY)
    assert not IgnoreDrift(kind="*", target=Target(name="api")).means(KEY, BODY)
