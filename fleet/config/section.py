"""Reads a mapping of the file field by field; what is wrong is noted with its line, and reading goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from fleet.config.words import placed, reference
from fleet.errors import ConfigError
from fleet.k8syaml import line_of
from fleet.model.cluster import SecretRef
from fleet.model.durations import said, seconds


class Problems:
    """Everything that is wrong with one file, in the order of its lines."""

    def __init__(self, file: Path, text: bytes) -> None:
        self.directory = file.absolute().parent
        self._file = str(file)
        self._text = text
        self._found: list[ConfigError] = []

    def add(self, pointer: str, message: str) -> None:
        """Note what is wrong at a JSON pointer. A value that may be a secret must not be in the message."""
        self._found.append(ConfigError(file=self._file, line=self.line(pointer), message=message))

    def line(self, pointer: str) -> int:
        """The line a JSON pointer leads to."""
        return line_of(self._text, index=0, pointer=pointer)

    @property
    def errors(self) -> tuple[ConfigError, ...]:
        """All that was noted, by line."""
        return tuple(sorted(self._found, key=lambda error: error.line))


class Section:
    """One mapping: each field is taken by name, and what nobody took is unknown, which `done` says."""

    def __init__(self, value: Any, pointer: str, problems: Problems) -> None:
        self.pointer = pointer
        self.problems = problems
        self._values: dict[str, Any] = value if isinstance(value, dict) else {}
        self._known: list[str] = []
        self._sound = isinstance(value, dict)
        if not self._sound:
            problems.add(pointer, f"{_name(pointer)} must be a mapping of fields, not {_kind(value)}")

    def has(self, name: str) -> bool:
        """Whether the field is written; one without a value is not."""
        if name not in self._known:
            self._known.append(name)
        return self._values.get(name) is not None

    def get(self, name: str) -> Any:
        """The field as it is written, or None."""
        self.has(name)
        return self._values.get(name)

    def at(self, name: str) -> str:
        """The field's JSON pointer."""
        return f"{self.pointer}/{name.replace('~', '~0').replace('/', '~1')}"

    def error(self, name: str, message: str) -> None:
        """Note what is wrong with a field; with the whole mapping when the name is empty."""
        if self._sound:  # of what is no mapping at all, that was noted, and says it
            self.problems.add(self.at(name) if name else self.pointer, message)

    def missing(self, name: str, example: str) -> None:
        """Note that a field is needed."""
        self.error("", f"{name} is missing: write {name}: {example}")

    def text(self, name: str, *, default: str = "", example: str = "") -> str:
        """A string. With an `example` it is needed."""
        if not self.has(name):
            if example:
                self.missing(name, example)
            return default
        value = self.get(name)
        if isinstance(value, str) and value:
            return value
        self.error(name, f"{name} must be a text, not {_kind(value)}" + (f': write {name}: "{example}"' if example else ""))
        return default

    def checked(self, name: str, *, example: str, rule: str, holds: Callable[[str], bool], default: str = "") -> str:
        """A string that follows a rule; needed unless there is a default."""
        value = self.text(name, default=default, example="" if default else example)
        if value and not holds(value):
            self.error(name, f"{name} {value!r} is not {rule}: write for example {name}: {example}")
            return default
        return value

    def flag(self, name: str) -> bool:
        """True or false; false when it is not written."""
        value = self.get(name)
        if not isinstance(value, bool | None):
            self.error(name, f"{name} must be true or false")
        return value is True

    def seconds(self, name: str, default: float, *, low: float, high: float) -> float:
        """A duration from `low` to `high`, in seconds."""
        if not self.has(name):
            return default
        value = self.get(name)
        found = seconds(value) if isinstance(value, str) else None
        if found is None:
            self.error(name, f"{name} must be a duration: write for example {name}: {said(default)}")
            return default
        if not low <= found <= high:
            self.error(name, f"{name} is {value}, and must be from {said(low)} to {said(high)}")
            return default
        return found

    def secret(self, name: str) -> SecretRef | None:
        """A reference to a secret. What is written is never repeated: it may be the secret itself."""
        if not self.has(name):
            return None
        value = self.get(name)
        found = reference(value, directory=self.problems.directory) if isinstance(value, str) else None
        if found is None:
            self.error(name, f"{name} must be a reference, never the secret itself: write {name}: env:NAME or {name}: file:/path")
        return found

    def path(self, name: str, *, example: str) -> Path:
        """A file or directory; needed."""
        return placed(self.text(name, default=".", example=example), self.problems.directory)

    def section(self, name: str) -> Section:
        """The mapping inside; an empty one when it is not written."""
        return Section(self.get(name) if self.has(name) else {}, self.at(name), self.problems)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of strings; empty when it is not written."""
        values = self.items(name)
        for number, value in enumerate(values):
            if not isinstance(value, str):
                self.problems.add(f"{self.at(name)}/{number}", f"{name} must be a list of texts; this is {_kind(value)}")
        return tuple(value for value in values if isinstance(value, str))

    def items(self, name: str) -> Sequence[Any]:
        """A list; empty when it is not written."""
        value = self.get(name) if self.has(name) else []
        if not isinstance(value, list):
            self.error(name, f"{name} must be a list, not {_kind(value)}")
            return []
        return value

    def done(self) -> None:
        """Note every field that nobody took, with the nearest known one."""
        for name in self._values.keys() - set(self._known):
            near = get_close_matches(name, self._known, n=1, cutoff=0.5)
            known = f"did you mean {near[0]}?" if near else f"known are {', '.join(self._known)}"
            self.error(name, f"there is no field {name} in {_name(self.pointer)}; {known}")


def _name(pointer: str) -> str:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    named = ".".join(f"entry {int(part) + 1}" if part.isdigit() else part for part in parts)
    return named.replace(".entry ", " entry ") or "the file"


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    if value == "":
        return "an empty one"
    return {dict: "a mapping", list: "a list", str: "a text", bool: "true or false"}.get(type(value), "a number")
