"""Variables in what an App renders to: substituted after rendering, so that clusters share the render itself."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from fleet.aio import Limiter
from fleet.errors import FleetError, MappingError, YamlError
from fleet.hooks import SourceTree
from fleet.k8syaml import Document
from fleet.mapping import variables as text
from fleet.mapping.expansion import Mistake, substitute
from fleet.mapping.pace import Pace
from fleet.model.app import App
from fleet.model.manifest import Origin, RenderFailed
from fleet.render import RenderHost, RenderUnit

_KEPT = 20_000  # documents that wait to be substituted for another cluster; about 4 KiB each
_NAMES = 100_000  # units whose variables' names are remembered


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What is put into an App's objects: the cluster's variables, over them the App's own."""

    variables: Mapping[str, str] = field(hash=False)
    strict: bool = True
    """Whether a missing one is an error, where it has no default; else it is empty."""

    @classmethod
    def of(cls, app: App, variables: Mapping[str, str]) -> Values:
        """What an App of a cluster with these variables is given."""
        return cls(variables={**variables, **app.variables}, strict=app.strict)


class Substitution:
    """Keeps what was rendered but not substituted yet, and which variables each unit asks for."""

    def __init__(self, host: RenderHost) -> None:
        self._host = host
        self._kept: OrderedDict[str, tuple[Document, ...]] = OrderedDict()
        self._size = 0
        self._names: dict[str, frozenset[str]] = {}
        self._places: Limiter[str] = Limiter(total=64, per_key=1)

    def fingerprint(self, unit: RenderUnit, values: Values) -> str:
        """The Fingerprint with the values that are used; empty while it is not known which these are."""
        names = self._names.get(unit.fingerprint)
        if names is None:
            return ""
        used = orjson.dumps([unit.fingerprint, text.values_used(names, values.variables), values.strict])
        return hashlib.sha256(used).hexdigest()

    async def documents(self, tree: SourceTree, unit: RenderUnit) -> tuple[Document, ...] | RenderFailed:
        """What a unit renders to, not substituted; afterwards its Fingerprint can be told."""
        async with self._places.slot(unit.fingerprint):
            kept = self._kept.get(unit.fingerprint)
            if kept is not None:
                self._kept.move_to_end(unit.fingerprint)
                return kept
            found = await self._host.documents(tree, unit)
            if not isinstance(found, RenderFailed):
                self._keep(unit.fingerprint, found)
            return found

    def _keep(self, fingerprint: str, documents: tuple[Document, ...]) -> None:
        if len(self._names) >= _NAMES:
            self._names.clear()
        self._names[fingerprint] = frozenset().union(*(_asked(each.value) for each in documents))
        self._kept[fingerprint] = documents
        self._size += len(documents)
        while self._size > _KEPT and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])


async def substituted(
    documents: Sequence[Document], values: Values, *, tree: SourceTree
) -> tuple[tuple[Document, ...], tuple[FleetError, ...]]:
    """Put variables into documents; gives them with every mistake, each with the file and line of the reference."""
    done: list[Document] = []
    errors: list[FleetError] = []
    pace = Pace()
    for document in documents:
        value, wrong = substituted_value(document.value, values, origin=Origin(document.file, document.line), tree=tree)
        done.append(replace(document, value=value))
        errors.extend(wrong)
        await pace.step()
    return tuple(done), tuple(errors)


def substituted_value(value: Any, values: Values, *, origin: Origin, tree: SourceTree) -> tuple[Any, tuple[FleetError, ...]]:
    """Put variables into one document; gives it as it was when anything is wrong."""
    before = text.written(value)
    if not ("${" in before or "$$" in before) or text.opted_out(value):
        return value, ()
    after = substitute(before, values.variables, strict=values.strict)
    if after.mistakes:
        return value, tuple(_mistakes(after.mistakes, origin, tree))
    try:
        return text.read_back(after.text, file=origin.file), ()
    except YamlError as error:
        message = f"with the cluster's variables in it this is not readable any more: {error.facts['message']}"
        return value, (MappingError(file=origin.file, line=origin.line, message=message),)


def _asked(value: Any) -> frozenset[str]:
    """The variables that an object asks for."""
    return frozenset() if text.opted_out(value) else text.references(text.written(value))


def _mistakes(mistakes: Sequence[Mistake], origin: Origin, tree: SourceTree) -> Iterator[FleetError]:
    for mistake in dict.fromkeys(mistakes):
        yield MappingError(file=origin.file, line=_line(tree, origin, mistake.reference), message=mistake.message)


def _line(tree: SourceTree, origin: Origin, reference: str) -> int:
    """The first line from the document's on that holds the reference; the document's own where it is not there as such."""
    try:
        lines = tree.read(origin.file).decode(errors="replace").splitlines()
    except FleetError:
        return origin.line
    found = (number for number, line in enumerate(lines, 1) if number >= origin.line and reference in line)
    return next(found, origin.line)
