"""What a template may use up: steps and text. Everything that can grow is charged while it grows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fleet.errors import TemplateFailed

MAX_STEPS = 200_000
"""What an ApplicationSet's template does is a few dozen; the longest published ones stay below a thousand."""
MAX_TOGETHER = 2_000_000
"""Steps of all that one document has filled: a thousand clusters with twenty texts each take a tenth of it, all some seconds."""
MAX_TEXT = 1024 * 1024
"""Characters of one text: an Application is smaller than what etcd takes."""
MAX_DEPTH = 40
"""Blocks in blocks, brackets in brackets, and templates that call templates: Python's own stack must not run out first."""


MAX_TEMPLATE = 64 * 1024
"""Characters of a template; those that were read lately are kept."""


@dataclass(frozen=True, slots=True)
class Yaml:
    """The host's own ways to read and write YAML."""

    read: Callable[[str], Any]
    """The one document of a text; raises a FleetError."""
    write: Callable[[Any], str]


class Allowance:
    """What is left for all fillings of one document together: ten thousand of them are no more than one that is bounded."""

    def __init__(self) -> None:
        self._steps = MAX_TOGETHER

    def take(self, many: int = 1) -> None:
        """Count steps."""
        self._steps -= many
        if self._steps < 0:
            raise TemplateFailed(reason=f"all that the document generates takes more than {MAX_TOGETHER} steps together")


class Budget:
    """What is left for one filling."""

    def __init__(self, yaml: Yaml | None = None, allowance: Allowance | None = None) -> None:
        self._steps = MAX_STEPS
        self._allowance = allowance or Allowance()
        self.yaml = yaml

    def step(self, many: int = 1) -> None:
        """Count steps."""
        self._allowance.take(many)
        self._steps -= many
        if self._steps < 0:
            raise TemplateFailed(reason=f"it takes more than {MAX_STEPS} steps")

    def room(self, length: int) -> None:
        """Refuse a text before it is made."""
        if length > MAX_TEXT:
            raise TemplateFailed(reason=f"it would make a text of more than {MAX_TEXT} characters")

    def made(self, value: Any) -> Any:
        """Charge for what a function has made."""
        if isinstance(value, str):
            self.room(len(value))
            self.step(1 + len(value) // 256)
        elif isinstance(value, list | dict):
            self.step(1 + len(value))
        else:
            self.step()
        return value

    def whole(self, value: Any) -> None:
        """Charge for a value with all that is in it, before it is written out or copied."""
        waiting: list[Iterable[Any]] = [(value,)]
        while waiting:
            for each in waiting.pop():
                self.step(1 + (len(each) // 256 if isinstance(each, str) else 0))
                if isinstance(each, Mapping):
                    waiting.append(list(each.values()))
                elif isinstance(each, Sequence) and not isinstance(each, str):
                    waiting.append(each)

    def written(self, values: Sequence[Any]) -> Sequence[Any]:
        """Charge for values that are about to be written out."""
        self.whole(list(values))
        return values
