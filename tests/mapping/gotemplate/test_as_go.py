"""Templates are filled as Go's own text/template with sprig fills them."""

from __future__ import annotations

import json

import pytest

from tests.mapping.gotemplate.filling import filled
from tests.mapping.gotemplate.judging import JUDGED

ROWS: list[tuple[str, str, dict[str, str]]] = json.loads(JUDGED.read_text())


@pytest.mark.parametrize(("template", "option", "judged"), ROWS, ids=[f"{row[0][:40]}|{row[1]}" for row in ROWS])
def test_a_template_is_filled_as_go_fills_it(template: str, option: str, judged: dict[str, str]) -> None:
    made = filled(template, option)

    assert ("error" in made) == ("error" in judged), (made, judged)
    assert "error" in judged or made["text"] == judged["text"]
