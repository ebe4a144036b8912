"""The table of `docs/reference/errors.md`: every error, as its class says it. `make docs` writes it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from fleet import errors
from tests.architecture.sources import ROOT

PAGE = ROOT / "docs/reference/errors.md"
HEAD = "| error | says | again |\n|---|---|---|\n"


def kinds() -> list[type[errors.FleetError]]:
    """Every class of error of ours; a test may have its own."""
    found, ahead = [], [errors.FleetError]
    while ahead:
        found.append(kind := ahead.pop())
        ahead.extend(kind.__subclasses__())
    return [kind for kind in found if kind.__module__.startswith("fleet.")]


def table() -> str:
    """The tables, one to a room, the rooms by name, errors as they stand in theirs."""
    rooms: dict[str, list[type[errors.FleetError]]] = {}
    for kind in dict.fromkeys(kinds()):
        rooms.setdefault(kind.__module__, []).append(kind)
    return "".join(_room(room, rooms[room]) for room in sorted(rooms))


def _room(room: str, found: list[type[errors.FleetError]]) -> str:
    module = inspect.getmodule(found[0])
    title = (inspect.getdoc(module) or room).splitlines()[0].rstrip(".")
    return f"## {title}\n\n{HEAD}" + "".join(_rows(sorted(found, key=_line))) + "\n"


def _rows(found: list[type[errors.FleetError]]) -> Iterator[str]:
    for kind in found:
        says = " ".join((kind.__doc__ or "").split()).replace("|", "\\|")
        yield f"| `{kind.__name__}` | {says} | {'yes' if kind.retry else ''} |\n"


def _line(kind: type) -> int:
    return inspect.getsourcelines(kind)[1]


def whole(page: str) -> str:
    """The page with its tables made anew; what stands before the first is kept."""
    return page.partition("\n## ")[0].rstrip("\n") + "\n\n" + table().rstrip("\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(whole(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
