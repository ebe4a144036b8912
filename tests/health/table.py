"""Reads the table of dialects: one row per kind of an operator, with its source and statuses written from it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fleet.k8syaml import load_documents
from tests.health.objects import condition

DATA = Path(__file__).with_name("dialects")
STATES = ("healthy", "progressing", "degraded", "suspended")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """One row.

    `also`: kinds of the group that report likewise; `silent`: its objects may say nothing; `generation`: no more than which
    generation was seen.
    """

    file: str
    operator: str
    kind: str
    source: str
    reports: str
    also: tuple[str, ...]
    silent: bool
    generation: bool
    examples: Mapping[str, tuple[Mapping[str, Any], ...]]

    @property
    def group(self) -> str:
        return self.kind.partition(" ")[0].rpartition("/")[0]

    @property
    def name(self) -> str:
        return self.kind.partition(" ")[2]

    def body(self, example: Mapping[str, Any]) -> dict[str, Any]:
        """The object of an example, at generation 2."""
        metadata = {"name": "it", "uid": "u", "generation": 2, **example.get("metadata", {})}
        rest = {name: told(example[name]) for name in ("spec", "status") if name in example}
        return {"apiVersion": self.kind.partition(" ")[0], "kind": self.name, "metadata": metadata, **rest}


def told(value: Any, name: str = "") -> Any:
    """A status as it stands in a cluster: conditions written `Ready=False Reason: message` become objects."""
    if isinstance(value, Mapping):
        return {key: told(inner, key) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [written(item) if name == "conditions" and isinstance(item, str) else told(item) for item in value]
    return value


def written(text: str) -> dict[str, Any]:
    head, _, message = text.partition(": ")
    return condition(head.rstrip(), message)


@cache
def dialects() -> tuple[Dialect, ...]:
    """All rows, by operator and kind."""
    return tuple(sorted(_rows(), key=lambda row: (row.operator.lower(), row.kind)))


def _rows() -> Iterator[Dialect]:
    for path in sorted(DATA.glob("*.yaml")):
        (document,) = load_documents(path.read_text(encoding="utf-8"), file=path.name)
        for row in document.value:
            examples = {state: tuple(row.get(state, ())) for state in STATES}
            more = {name: bool(row.get(name)) for name in ("silent", "generation")}
            told = {name: row[name] for name in ("operator", "kind", "source", "reports")}
            yield Dialect(file=path.name, also=tuple(row.get("also", "").split()), examples=examples, **told, **more)
