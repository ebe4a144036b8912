"""Label selectors choose, and are refused, as a real API server's are."""

from __future__ import annotations

import pytest

from fleet.errors import ApiStatus
from fleet.sandbox.verbs.labels import label_test

OBJECTS = {"front": {"app": "web", "tier": "front"}, "back": {"app": "web", "tier": "back", "size": "5"}, "bare": {}}


@pytest.mark.parametrize(
    ("selector", "chosen"),
    [
        pytest.param("app=web", ["front", "back"], id="equal"),
        pytest.param("app==web", ["front", "back"], id="equal-twice"),
        pytest.param("app != web", ["bare"], id="unequal"),
        pytest.param("tier in (front, other)", ["front"], id="in"),
        pytest.param("tier notin (front)", ["back", "bare"], id="notin"),
        pytest.param("tier", ["front", "back"], id="exists"),
        pytest.param("!tier", ["bare"], id="absent"),
        pytest.param("app=web,tier!=back", ["front"], id="both"),
        pytest.param("size>4", ["back"], id="more"),
        pytest.param("size<4", [], id="less"),
        pytest.param("app=", [], id="empty-value"),
    ],
)
def test_a_selector_chooses_by_labels(selector: str, chosen: list[str]) -> None:
    test = label_test(selector)
    assert test
    assert [name for name, labels in OBJECTS.items() if test(labels)] == chosen


def test_an_empty_selector_chooses_everything() -> None:
    assert label_test("  ") is None


@pytest.mark.parametrize(
    ("selector", "why"),
    [
        pytest.param("app=(x", "found '(', expected: identifier", id="bracket"),
        pytest.param("app in x", "found 'x' expected: '('", id="no-bracket"),
        pytest.param("a b", "found 'b', expected: in, notin, =, ==, !=, gt, lt", id="no-operator"),
        pytest.param("a,", "found '', expected: identifier after ','", id="comma"),
        pytest.param("a in (b", "found '', expected: ',' or ')'", id="not-closed"),
        pytest.param("a=b c", "found 'c', expected: ',' or 'end of string'", id="no-comma"),
    ],
)
def test_what_is_no_selector_is_refused(selector: str, why: str) -> None:
    with pytest.raises(ApiStatus) as refused:
        label_test(selector)
    assert (refused.value.code, refused.value.message) == (400, f"unable to parse requirement: {why}")
