"""The tables of `docs/reference/dialects.md`: how each operator reports. `make docs` writes them."""

from __future__ import annotations

from collections.abc import Iterator

from tests.architecture.sources import ROOT
from tests.health.table import DATA, Dialect, dialects

PAGE = ROOT / "docs/reference/dialects.md"
HEAD = "| operator | kind | reports by | example of Healthy | example of what is not | source |\n|---|---|---|---|---|---|\n"


def whole(page: str) -> str:
    """The page with its tables made anew; what stands before the first is kept."""
    return page.partition("\n## ")[0].rstrip("\n") + "\n\n" + "\n".join(tables()).rstrip("\n") + "\n"


def tables() -> Iterator[str]:
    """One table to a file of rows, by the files' names."""
    for path in sorted(DATA.glob("*.yaml")):
        rows = [row for row in dialects() if row.file == path.name]
        yield f"## {path.stem.capitalize()}\n\n{HEAD}" + "".join(map(_row, rows))


def _row(row: Dialect) -> str:
    cells = (
        row.operator,
        _kinds(row),
        row.reports,
        _example(row, "healthy"),
        _bad(row),
        f"[source]({row.source})",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _kinds(row: Dialect) -> str:
    return f"`{row.name}.{row.group}`" + "".join(f", `{name}`" for name in row.also)


def _bad(row: Dialect) -> str:
    return _example(row, "degraded") or _example(row, "progressing")


def _example(row: Dialect, state: str) -> str:
    found = row.examples[state]
    return f"`{_flow(found[0].get('status'))}`" if found else ""


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {_flow(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


if __name__ == "__main__":
    PAGE.write_text(whole(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
