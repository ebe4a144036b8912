"""The completed indexes of a Job, as its status writes them: `0-2,5`."""

from __future__ import annotations

from collections.abc import Iterable


def parsed(written: str) -> set[int]:
    """Read them."""
    found: set[int] = set()
    for part in filter(None, written.split(",")):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def written(indexes: Iterable[int]) -> str:
    """Write them: three or more in a row as a range, two by a comma."""
    parts: list[str] = []
    rows: list[list[int]] = []
    for each in sorted(indexes):
        if rows and rows[-1][-1] == each - 1:
            rows[-1].append(each)
        else:
            rows.append([each])
    for row in rows:
        parts += [f"{row[0]}-{row[-1]}"] if len(row) > 2 else [str(each) for each in row]
    return ",".join(parts)
