"""`docs/reference/formats.md`: what becomes of each field of Argo CD's and Flux's documents. `make docs` writes its tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from fleet.mapping.builtin.table import Class, Row, Table
from tests.architecture.sources import ROOT

PAGE = ROOT / "docs/reference/formats.md"
TABLES = ROOT / "fleet/mapping/builtin"
WORDS = {Class.HONOURED: "honoured", Class.NO_EFFECT: "no effect here", Class.REFUSED: "refused"}


def tables() -> dict[str, Table]:
    """Every table there is, by `<engine>-<kind>`."""
    return {f"{path.parent.name}-{path.stem}": Table.load(path) for path in sorted(TABLES.glob("*/*.toml"))}


def whole(page: str) -> str:
    """The page with its tables made anew; what stands before the first is kept."""
    return page.partition("\n## ")[0].rstrip("\n") + "\n\n" + "\n".join(map(section, tables().values()))


def section(table: Table) -> str:
    """One format's table, in order of the fields' names."""
    head = f"## {table.title}\n\n`{'`, `'.join(table.api_versions)}`; the fields are those of [its schema]({table.source}).\n\n"
    rows = "".join(_lines(table))
    return f"{head}| field | class | what it does here, or why not | where it is absent |\n|---|---|---|---|\n{rows}"


def _lines(table: Table) -> Iterator[str]:
    for path, row in sorted(table.rows.items()):
        if row.path == path:
            yield _line(row)


def _line(row: Row) -> str:
    cells = (f"`{row.path}`", WORDS[row.stands], row.says, row.absent or "–")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def fields(file: Path) -> list[str]:
    """The field paths that a schema publishes, as they were written down."""
    return [line for line in file.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


if __name__ == "__main__":
    PAGE.write_text(whole(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
