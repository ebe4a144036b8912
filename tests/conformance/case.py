"""What a case is, and how the files of cases are read."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.k8syaml import load_documents

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A sequence of requests in a namespace of its own, which bears the case's name."""

    name: str
    # The file it stands in: what the case is about.
    topic: str
    steps: tuple[dict[str, Any], ...]
    # It needs what the controllers do: collect garbage, finish namespaces.
    controllers: bool = False
    # It is about times: its requests are a second apart, and equal times are compared.
    timed: bool = False


@functools.cache
def all_cases() -> tuple[Case, ...]:
    """Read every file of cases."""
    return tuple(case for path in sorted(CASES.glob("*.yaml")) for case in read(path))


def read(path: Path) -> list[Case]:
    """Read the cases of one file."""
    (document,) = load_documents(path.read_bytes(), file=path.name)
    return [_case(path.stem, name, written) for name, written in document.value.items()]


def _case(topic: str, name: str, written: Any) -> Case:
    told = written if isinstance(written, dict) else {"steps": written}
    return Case(
        name=name,
        topic=topic,
        steps=tuple(told["steps"]),
        controllers=told.get("controllers", topic == "garbage"),
        timed=told.get("timed", False),
    )
