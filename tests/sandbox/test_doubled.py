"""Fields that a body says twice are told, though reading it hides them."""

from __future__ import annotations

import pytest

from fleet.sandbox.verbs.doubled import doubled


@pytest.mark.parametrize(
    "text, told",
    [
        pytest.param(b'{"a":1,"a":2}', ["a"], id="at the root"),
        pytest.param(b'{"data": {"x": "1", "x": "2"}, "kind": "ConfigMap"}', ["data.x"], id="inside"),
        pytest.param(b'{"a": [{"b": 1}, {"b": 1, "c": 2, "b": 3}]}', ["a[1].b"], id="in an item"),
        pytest.param(b'{"a": {"b": 1},   "c": {"b": 1}}', [], id="the same name elsewhere"),
        pytest.param(b"a: 1", [], id="YAML"),
        pytest.param(b"", [], id="nothing was sent"),
    ],
)
def test_a_field_that_stands_twice_is_told_with_its_path(text: bytes, told: list[str]) -> None:
    assert doubled(text) == [f'duplicate field "{path}"' for path in told]
