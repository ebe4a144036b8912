"""From a file's text to its documents: separate, read, leave out the empty ones, take `List`s apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fleet.k8syaml.builder import Budget, build
from fleet.k8syaml.chunks import Chunk, decode, split
from fleet.k8syaml.limits import DEFAULT, Limits
from fleet.k8syaml.places import place_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document, or one item of a `List`: `index` counts the file's documents, `pointer` leads to it in that one."""

    value: Any
    file: str
    line: int
    index: int
    pointer: str = ""


def load_documents(text: bytes | str, *, file: str, limits: Limits = DEFAULT) -> tuple[Document, ...]:
    """Read all documents of a file as kubectl does; empty ones are left out, a `List` stands for its items.

    Raises YamlError (LimitExceeded, DuplicateKey) with file and line. Takes about 0.3 s per MiB of YAML, so that large
    files are better read in a thread.
    """
    limits.check("max_bytes", len(text), file=file, line=1)
    budget = Budget(file=file, limits=limits)
    documents: list[Document] = []
    index = 0
    for chunk in split(decode(text, file=file), file=file):
        value, line = _read(chunk, budget)
        if value is None:
            continue
        documents.extend(_items(Document(value=value, file=file, line=line, index=index), chunk, budget))
        limits.check("max_documents", len(documents), file=file, line=line)
        index += 1
    return tuple(documents)


def _read(chunk: Chunk, budget: Budget) -> tuple[Any, int]:
    if chunk.is_json:
        budget.count_json(chunk.value, line=chunk.line)
        return chunk.value, chunk.line
    if not chunk.text.strip(" \r\n"):
        return None, chunk.line
    return build(chunk.text, chunk.line, budget)


def _items(document: Document, chunk: Chunk, budget: Budget) -> Iterator[Document]:
    if not _is_list(document.value):
        yield document
        return
    root = place_of(chunk, budget)
    for value, pointer in _flat(document.value, ""):
        line = root.at(pointer) if root else document.line
        yield Document(value=value, file=document.file, line=line, index=document.index, pointer=pointer)


def _flat(value: Any, pointer: str) -> Iterator[tuple[Any, str]]:
    if not _is_list(value):
        if value is not None:
            yield value, pointer
        return
    for number, item in enumerate(value["items"] or ()):
        yield from _flat(_typed(item, value), f"{pointer}/items/{number}")


def _is_list(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and "items" in value
        and isinstance(value["items"], list | None)
        and isinstance(value.get("apiVersion"), str)
        and isinstance(value.get("kind"), str)
        and value["kind"].endswith("List")
    )


def _typed(item: Any, wrapper: dict[str, Any]) -> Any:
    # An item that names neither has the list's (apimachinery, unstructuredJSONScheme.decodeToList)
    kind = wrapper["kind"].removesuffix("List")
    if not isinstance(item, dict) or not kind or item.get("kind") or item.get("apiVersion"):
        return item
    return {**item, "apiVersion": wrapper["apiVersion"], "kind": kind}
