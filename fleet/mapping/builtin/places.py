"""Says where in a document something is: JSON pointers become files and lines."""

from __future__ import annotations

from collections.abc import Iterable

from fleet.errors import DeclarationInvalid, FleetError, MappingError
from fleet.hooks import AppKindContext
from fleet.mapping.builtin.fields import Complaint
from fleet.model.app import Notice


def refuse(context: AppKindContext, complaints: Iterable[Complaint]) -> None:
    """Raise DeclarationInvalid with all that is wrong with a document; nothing for no complaint."""
    errors = [
        MappingError(file=context.origin.file, line=_line(context, pointer), message=message) for pointer, message in complaints
    ]
    if errors:
        raise DeclarationInvalid(errors=tuple(errors))


def notices(context: AppKindContext, said: Iterable[Complaint]) -> tuple[Notice, ...]:
    """Make Notices of what is worth saying about a document: at its own line, as every Application has some."""
    return tuple(Notice(origin=context.origin, message=message) for _, message in said)


def _line(context: AppKindContext, pointer: str) -> int:
    """The field's line, where the document is written in a file of the tree; that of the document elsewhere."""
    origin = context.origin
    try:
        documents = context.tree.documents(origin.file)
        return next(context.tree.line_of(each, context.within + pointer) for each in documents if each.line == origin.line)
    except (FleetError, StopIteration):
        return origin.line
