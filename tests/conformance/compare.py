"""Find where the answers of two servers differ."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.conformance.run import Answers

ABSENT = "<absent>"


class Difference(NamedTuple):
    """One place of one case: `2.body.status.replicas` is in the answer to its second request."""

    case: str
    where: str
    real: Any
    sandbox: Any

    def __str__(self) -> str:
        return f"{self.case} at {self.where}: real {_short(self.real)}, sandbox {_short(self.sandbox)}"


def differences(case: str, real: Answers, sandbox: Answers) -> list[Difference]:
    """Compare the answers of one case, step by step."""
    found = []
    for number in range(max(len(real), len(sandbox))):
        answers = [answers[number] if number < len(answers) else ABSENT for answers in (real, sandbox)]
        found += [Difference(case, where, *values) for where, *values in _between(str(number + 1), *answers)]
    return found


def _between(where: str, real: Any, sandbox: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(real, dict) and isinstance(sandbox, dict):
        for key in sorted({*real, *sandbox}):
            yield from _between(f"{where}.{key}", real.get(key, ABSENT), sandbox.get(key, ABSENT))
    elif isinstance(real, list) and isinstance(sandbox, list) and len(real) == len(sandbox):
        for number, pair in enumerate(zip(real, sandbox, strict=True)):
            yield from _between(f"{where}.{number}", *pair)
    elif type(real) is not type(sandbox) or real != sandbox:
        yield where, real, sandbox


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 600 else f"{text[:600]}…"
