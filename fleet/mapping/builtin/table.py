"""One table per foreign format: what each of its fields does here. The reader uses it, tests read it, the docs show it.

A table is a TOML file. Each field is in one class: `honoured`, `no-effect` (said, and passed over) or `refused` (an error);
each with a sentence. `absent` says what a field that is not there means, where that is not nothing. A field is written
`spec.sources[].path`; it stands for all that is below it, as long as the table names nothing deeper.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from fleet.mapping.builtin import fields


class Class(StrEnum):
    """What becomes of a field."""

    HONOURED = "honoured"
    NO_EFFECT = "no-effect"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One field: its class, why, and what its absence means (empty: that nobody wanted it)."""

    path: str
    stands: Class
    says: str
    absent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What a table says of one document, as JSON pointers with sentences."""

    complaints: tuple[fields.Complaint, ...] = ()
    notices: tuple[fields.Complaint, ...] = ()
    """Fields that have no effect here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """All fields of a format."""

    title: str
    source: str
    """Where its project publishes the fields."""
    api_versions: tuple[str, ...]
    rows: Mapping[str, Row]
    pairs: frozenset[str]
    """Lists of `Key=value` texts, whose keys are fields."""
    inner: Mapping[str, tuple[str, ...]] = field(repr=False)
    """By field: the names that are known directly in it."""

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a table's file; raises ValueError where a field stands twice, or in a section that is none."""
        said = tomllib.loads(path.read_text(encoding="utf-8"))
        absent, like = said.pop("absent", {}), said.pop("like", {})
        rows: dict[str, Row] = {}
        for section in Class:
            for name, why in said.pop(section, {}).items():
                if name in rows:
                    raise ValueError(f"{path.name}: {name} is in two classes")
                rows[name] = Row(path=name, stands=section, says=why, absent=absent.pop(name, ""))
        for new, known in like.items():
            rows.update({new + each.path[len(known) :]: each for each in tuple(rows.values()) if _below(each.path, known)})
        title, source, versions, pairs = (said.pop(name, "") for name in ("title", "source", "apiVersions", "pairs"))
        if said or absent:
            raise ValueError(f"{path.name}: {', '.join([*said, *absent])}: no such section, or no such field")
        every = {**rows, **dict.fromkeys(pairs)}
        return cls(
            title=title,
            source=source,
            api_versions=tuple(versions),
            rows=rows,
            pairs=frozenset(pairs),
            inner=_inner(every),
        )

    def row(self, path: str) -> Row | None:
        """The row that decides a field: its own, or that of the nearest field above; None where it is in no class."""
        if path in self.inner:
            return self.rows.get(path)
        while path and path not in self.rows and path not in self.inner:
            path = _above(path)
        return self.rows.get(path)

    def knows(self, path: str) -> bool:
        """Whether a field is in a class, or is nothing but a container of fields that are."""
        return path in self.inner or f"{path}[]" in self.inner or self.row(path) is not None

    def examine(self, document: Mapping[str, Any], checks: Mapping[str, fields.Check] | None = None) -> Examined:
        """Find what is refused, unknown, wrong (by the checks of honoured fields) or of no effect in a document.

        What says nothing (`false`, `""`, `{}`) is never refused, and `null` is as good as absent.
        """
        complaints: list[fields.Complaint] = []
        notices: list[fields.Complaint] = []
        version = document.get("apiVersion")
        if version not in self.api_versions:
            complaints.append(("/apiVersion", f"{self.title} is read as {' or '.join(self.api_versions)}, not as {version}"))
            return Examined(complaints=tuple(complaints))
        for at, message, refused in self._walk("", "", document):
            (complaints if refused else notices).append((at, message))
        complaints.extend(self._wrong("", "", document, checks or {}))
        return Examined(complaints=tuple(complaints), notices=tuple(notices))

    def _wrong(self, at: str, path: str, value: Any, checks: Mapping[str, fields.Check]) -> Iterator[fields.Complaint]:
        row = self.rows.get(path)
        if value is None or (row and row.stands is not Class.HONOURED):
            return
        # By the row's own name: a field that is like another is checked as that one is.
        name = row.path if row else path
        yield from checks[name](at, value) if name in checks else ()
        if path in self.inner and isinstance(value, dict):
            for inner, each in value.items():
                yield from self._wrong(f"{at}/{fields.escaped(str(inner))}", f"{path}.{inner}".lstrip("."), each, checks)
        elif f"{path}[]" in self.inner and isinstance(value, list):
            for number, each in enumerate(value):
                yield from self._wrong(f"{at}/{number}", f"{path}[]", each, checks)

    def _walk(self, at: str, path: str, value: Any) -> Iterator[tuple[str, str, bool]]:
        row = self.rows.get(path)
        if value is None:
            return
        if row and row.stands is not Class.HONOURED:
            if value not in (False, "", [], {}):
                refused = row.stands is Class.REFUSED
                yield at, f"{fields.named(at)} {'is refused' if refused else 'has no effect here'}: {row.says}", refused
        elif path in self.inner and isinstance(value, dict):
            for name, inner in value.items():
                yield from self._known(f"{at}/{fields.escaped(str(name))}", path, str(name), inner)
        elif path in self.pairs and isinstance(value, list):
            yield from self._pairs(at, path, value)
        elif f"{path}[]" in self.inner and isinstance(value, list):
            for number, inner in enumerate(value):
                yield from self._walk(f"{at}/{number}", f"{path}[]", inner)
        elif path in self.inner or f"{path}[]" in self.inner:
            yield at, f"{fields.named(at)} must be a {'mapping' if path in self.inner else 'list'}", True

    def _known(self, at: str, path: str, name: str, value: Any) -> Iterator[tuple[str, str, bool]]:
        below = f"{path}.{name}" if path else name
        if name in self.inner[path]:
            yield from self._walk(at, below, value)
        else:
            yield at, fields.unknown(name, self.inner[path]), True

    def _pairs(self, at: str, path: str, values: list[Any]) -> Iterator[tuple[str, str, bool]]:
        for number, each in enumerate(values):
            here = f"{at}/{number}"
            name, equals, _ = str(each).partition("=")
            exact = next((row for way in (f"{path}.{each}", f"{path}.{name}") if (row := self.rows.get(way))), None)
            if not equals or not name.strip():
                yield here, f"{fields.named(at)} are written Name=value; {each!r} is not", True
            elif exact is None:
                yield here, fields.unknown(name, {known.partition("=")[0] for known in self.inner[path]}), True
            elif exact.stands is not Class.HONOURED:
                refused = exact.stands is Class.REFUSED
                yield here, f"{each} {'is refused' if refused else 'has no effect here'}: {exact.says}", refused


def _inner(paths: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Every field that others are named in, to the names in it; the items of a list are in `path[]`."""
    found: dict[str, dict[str, None]] = {}
    for path in paths:
        for above, name in _steps(path):
            found.setdefault(above, {})[name] = None
    return {path: tuple(names) for path, names in found.items()}


def _steps(path: str) -> Iterator[tuple[str, str]]:
    """The fields on the way to one, each with the name of what comes next."""
    while path:
        above = _above(path)
        if not path.endswith("[]"):
            yield above, path[len(above) :].removeprefix(".")
        path = above


def _above(path: str) -> str:
    """The field that holds one; a list's items are held by the list. A pair's value may hold dots."""
    return path[:-2] if path.endswith("[]") else path.rpartition(".")[0]


def _below(path: str, known: str) -> bool:
    return path == known or path.startswith((f"{known}.", f"{known}["))
