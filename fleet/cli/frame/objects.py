"""Reads the objects in files that somebody names: as kubectl does, and what is wrong with one says nothing of the others."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fleet.errors import CommandMisused, FleetError, ObjectInvalid, YamlError
from fleet.k8syaml import Document, Limits, load_documents

STDIN = "-"
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
# What somebody saved of a cluster is large, and comes from nobody who wants harm: only depth and aliases stay as they are.
_LIMITS = Limits(max_bytes=256 * 1024 * 1024, max_documents=1_000_000, max_values=50_000_000)


@dataclass(kw_only=True)
class Objects:
    """The objects in the order in which they were given, and what could not be read."""

    documents: list[Document] = field(default_factory=list)
    errors: list[FleetError] = field(default_factory=list)


def read_objects(names: Iterable[str], *, recursive: bool) -> Objects:
    """Read files, the files of directories in order of their names, and `-`, which is stdin."""
    found = Objects()
    for name in names:
        try:
            files = list(_files(name, recursive=recursive))
        except FleetError as error:
            found.errors.append(error)
            continue
        for file in files:
            _read(file, found)
    return found


def _files(name: str, *, recursive: bool) -> Iterator[str]:
    path = Path(name)
    if name == STDIN or not path.is_dir():
        yield name
        return
    inside = sorted(path.rglob("*") if recursive else path.iterdir())
    files = [str(each) for each in inside if each.suffix in _SUFFIXES and each.is_file()]
    if not files:
        deeper = "" if recursive else "; --recursive looks into its directories"
        raise CommandMisused(message=f"{name}: there is no .yaml, .yml or .json file in it{deeper}")
    yield from files


def _read(name: str, found: Objects) -> None:
    file = "stdin" if name == STDIN else name
    try:
        text = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
        documents = load_documents(text, file=file, limits=_LIMITS)
    except OSError as error:
        found.errors.append(CommandMisused(message=f"{file}: it cannot be read ({error.strerror})"))
    except YamlError as error:
        found.errors.append(error)
    else:
        for document in documents:
            wrong = _complaint(document.value)
            if wrong:
                found.errors.append(ObjectInvalid(file=file, line=document.line, message=wrong))
            else:
                found.documents.append(document)


def _complaint(body: Any) -> str:
    """What keeps a document from being an object of a cluster; empty when nothing does."""
    if not isinstance(body, dict):
        return "this is no Kubernetes object: it is not even a mapping"
    metadata = body.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    texts = {"apiVersion": body.get("apiVersion"), "kind": body.get("kind"), "metadata.name": metadata.get("name")}
    missing = [name for name, value in texts.items() if not isinstance(value, str) or not value]
    if missing:
        return f"this is no object of a cluster: {', '.join(missing)} must be there, and a text"
    if not isinstance(metadata.get("namespace"), str | None):
        return "this is no object of a cluster: metadata.namespace must be a text"
    return ""
