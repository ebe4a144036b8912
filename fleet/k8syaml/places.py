"""Find the line of a field: the text is read once more, because lines are asked for only when an error is made."""

from __future__ import annotations

from typing import Any

from yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent

from fleet.k8syaml.builder import Budget
from fleet.k8syaml.chunks import Chunk, decode, split, yaml_of
from fleet.k8syaml.events import events
from fleet.k8syaml.limits import DEFAULT, Limits
from fleet.k8syaml.scalars import as_key, plain


class Place:
    """A value's line and the places inside it; a mapping's are named by key and have the key's line."""

    __slots__ = ("inside", "is_map", "line", "merged", "pending")

    def __init__(self, line: int, *, is_map: bool = False) -> None:
        self.line = line
        self.is_map = is_map
        self.inside: dict[str, tuple[int, Place]] = {}
        self.merged: list[Place] = []
        self.pending: tuple[str, int] | None = None

    def at(self, pointer: str) -> int:
        """Give the line a JSON pointer (RFC 6901) leads to, or of the innermost place on its way that is there."""
        place, line = self, self.line
        for raw in pointer.split("/")[1:]:
            found = place.child(raw.replace("~1", "/").replace("~0", "~"))
            if found is None:
                break
            line, place = found
        return line

    def child(self, name: str) -> tuple[int, Place] | None:
        """Give the key's line and the place of the value of one step inside, also through `<<`."""
        if name in self.inside:
            return self.inside[name]
        found = (source.child(name) for source in self.merged)
        return next((place for place in found if place is not None), None)


def line_of(text: bytes | str, *, index: int, pointer: str, limits: Limits = DEFAULT) -> int:
    """Give the line where the field at `pointer` of document `index` stands: the key's line in a mapping.

    `text` is what was loaded; `index` and the beginning of `pointer` come from the Document. A pointer to nothing
    gives the nearest place above it. Raises YamlError as `load_documents` does.
    """
    budget = Budget(file="", limits=limits)
    number, line = -1, 1
    for chunk in split(decode(text, file=""), file=""):
        root = place_of(chunk, budget)
        if root is None:
            continue
        number, line = number + 1, root.line
        if number == index:
            return root.at(pointer)
    return line


def place_of(chunk: Chunk, budget: Budget) -> Place | None:
    """Read a document's places; None if it is empty or null."""
    stack: list[Place] = []
    anchors: dict[str, Place] = {}
    root: Place | None = None
    for event in events(yaml_of(chunk), chunk.line, file=budget.file, max_depth=budget.limits.max_depth):
        line = chunk.line + event.start_mark.line
        if isinstance(event, MappingEndEvent | SequenceEndEvent):
            stack.pop()
            continue
        if stack and stack[-1].is_map and stack[-1].pending is None:
            stack[-1].pending = (_name(event), line)
            continue
        place = _new_place(event, line, anchors)
        if root is None:
            root = None if _is_null(event) else place
        if stack:
            _enter(stack[-1], place, line)
        if not isinstance(event, ScalarEvent | AliasEvent):
            stack.append(place)
    return root


def _new_place(event: Any, line: int, anchors: dict[str, Place]) -> Place:
    if type(event) is AliasEvent:
        return anchors.get(event.anchor or "") or Place(line)
    place = Place(line, is_map=isinstance(event, MappingStartEvent))
    if event.anchor is not None:
        anchors[event.anchor] = place
    return place


def _enter(parent: Place, place: Place, line: int) -> None:
    if parent.pending is None:
        parent.inside[str(len(parent.inside))] = (line, place)
        return
    (name, key_line), parent.pending = parent.pending, None
    if name == "<<":
        parent.merged.extend([place] if place.is_map else [inner for _line, inner in place.inside.values()])
        parent.merged.append(place)
    else:
        parent.inside[name] = (key_line, place)


def _name(event: Any) -> str:
    if not isinstance(event, ScalarEvent):
        return ""
    try:
        return as_key(plain(event.value)) if event.tag is None and not event.style else event.value
    except ValueError:
        return str(event.value)


def _is_null(event: Any) -> bool:
    return isinstance(event, ScalarEvent) and not event.style and event.tag is None and plain(event.value) is None
