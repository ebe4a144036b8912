"""Each foreign format has one table: no field its project publishes is in no class, and the page shows what the reader uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.mapping.builtin.table import Class, Table
from tests.mapping import format_page

FIELDS = Path(__file__).parent / "fields"
TABLES = format_page.tables()
TEXT = """
title = "A format"
source = "https://example.com"
apiVersions = ["example.com/v1"]
pairs = ["spec.options"]

[like]
"spec.parts[]" = "spec.part"

[honoured]
"apiVersion" = "its version"
"metadata" = "whatever it says"
"spec.part.path" = "the directory"
"spec.options.Create" = "made"

[no-effect]
"spec.part.note" = "nobody reads it"
"spec.options.Check" = "always checked"

[refused]
"spec.part.program" = "programs are not run"
"spec.options.Create=ask" = "nobody is asked"

[absent]
"spec.part.path" = "the root"
"""


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Table:
    file = tmp_path_factory.mktemp("table") / "example.toml"
    file.write_text(TEXT)
    return Table.load(file)


def examined(table: Table, spec: object) -> tuple[list[str], list[str]]:
    found = table.examine({"apiVersion": "example.com/v1", "spec": spec})
    complaints, notices = found.complaints, found.notices
    return [f"{at}: {message}" for at, message in complaints], [f"{at}: {message}" for at, message in notices]


@pytest.mark.parametrize("name", TABLES)
def test_every_published_field_is_in_one_class(name: str) -> None:
    published = format_page.fields(FIELDS / f"{name}.txt")
    assert len(published) >= 10
    assert [path for path in published if not TABLES[name].knows(path)] == []


@pytest.mark.parametrize("name", TABLES)
def test_a_table_names_no_field_that_is_not_published(name: str) -> None:
    published = set(format_page.fields(FIELDS / f"{name}.txt"))
    ways = {above for path in published for above in (path, path.removesuffix("[]"), path.partition("[]")[0])}
    below = [
        path
        for path, row in TABLES[name].rows.items()
        if row.path == path
        and not path.startswith("metadata.")
        and path.partition("=")[0] not in ways
        and not any(each.startswith((f"{path}.", f"{path}[")) for each in published)
    ]
    assert below == []


def test_the_page_shows_the_tables() -> None:
    page = format_page.PAGE.read_text(encoding="utf-8")
    assert page == format_page.whole(page), "run make docs"


def test_a_refused_field_is_an_error_with_its_reason_and_its_place(table: Table) -> None:
    complaints, _ = examined(table, {"parts": [{"path": "a"}, {"program": "sh"}]})
    assert complaints == ["/spec/parts/1/program: spec.parts.1.program is refused: programs are not run"]


@pytest.mark.parametrize("value", [None, False, "", [], {}])
def test_a_refused_field_that_says_nothing_is_none(table: Table, value: object) -> None:
    assert examined(table, {"part": {"program": value}}) == ([], [])


def test_a_field_without_effect_is_said(table: Table) -> None:
    assert examined(table, {"part": {"note": "x"}}) == (
        [],
        ["/spec/part/note: spec.part.note has no effect here: nobody reads it"],
    )


def test_an_unknown_field_names_the_nearest_known_one(table: Table) -> None:
    complaints, _ = examined(table, {"part": {"pth": "x"}})
    assert complaints == ["/spec/part/pth: there is no field pth; did you mean path?"]


def test_options_written_as_pairs_are_fields(table: Table) -> None:
    complaints, notices = examined(table, {"options": ["Create=true", "Create=ask", "Check=true", "Creat=true", "x"]})
    assert complaints == [
        "/spec/options/1: Create=ask is refused: nobody is asked",
        "/spec/options/3: there is no field Creat; did you mean Create?",
        "/spec/options/4: spec.options are written Name=value; 'x' is not",
    ]
    assert notices == ["/spec/options/2: Check=true has no effect here: always checked"]


def test_a_container_of_another_form_is_an_error(table: Table) -> None:
    complaints, _ = examined(table, {"part": ["x"], "parts": {"path": "x"}})
    assert complaints == ["/spec/part: spec.part must be a mapping", "/spec/parts: spec.parts must be a list"]


def test_another_version_is_an_error_and_nothing_else_is_said(table: Table) -> None:
    found = table.examine({"apiVersion": "example.com/v2", "spec": {"x": 1}})
    assert found.complaints == (("/apiVersion", "A format is read as example.com/v1, not as example.com/v2"),)


def test_a_table_knows_its_absent_fields_and_its_likenesses(table: Table) -> None:
    row = table.row("spec.parts[].path")
    assert row is not None
    assert (row.stands, row.absent) == (Class.HONOURED, "the root")
    assert [path for path in ("metadata.labels.x", "spec.parts", "spec", "status") if not table.knows(path)] == ["status"]


def test_a_field_in_two_classes_is_no_table(tmp_path: Path) -> None:
    file = tmp_path / "twice.toml"
    file.write_text(TEXT + '\n[no-effect-too]\n"metadata" = "x"\n')
    with pytest.raises(ValueError, match="no such section"):
        Table.load(file)
    file.write_text(TEXT.replace("[no-effect]", '[no-effect]\n"metadata" = "x"'))
    with pytest.raises(ValueError, match="metadata is in two classes"):
        Table.load(file)
