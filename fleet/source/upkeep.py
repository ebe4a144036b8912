"""Keeps the hub's own bare repository in order: what a killed fetch left behind, and the packs that every fetch adds."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pygit2

_PACKS = 32  # more make every lookup of an object slower, as each pack is asked
_MERGED = "fleet-merged"
_SMALL = 16 * 1024 * 1024  # bytes; rewriting less than this costs a second


def sweep(directory: Path) -> None:
    """Remove locks, packs that are unfinished or merged, and half-made copies. Only while nothing fetches into the repository."""
    for beside in (".new", ".old"):
        shutil.rmtree(directory.with_name(directory.name + beside), ignore_errors=True)
    packs = directory / "objects" / "pack"
    for left in (*_merged(directory, packs), *_locks(directory), *_unfinished(packs)):
        left.unlink(missing_ok=True)


def _merged(directory: Path, packs: Path) -> Iterator[Path]:
    told = directory / _MERGED
    if told.exists():
        yield from (packs / name for name in told.read_text(encoding="ascii", errors="replace").split())
        yield told


def _locks(directory: Path) -> Iterator[Path]:
    yield from directory.glob("*.lock")
    yield from (directory / "refs").rglob("*.lock")


def _unfinished(packs: Path) -> Iterator[Path]:
    for file in packs.iterdir() if packs.is_dir() else ():
        partner = {".pack": ".idx", ".idx": ".pack"}.get(file.suffix)
        if partner is None or not file.with_suffix(partner).exists():
            yield file


def merge_small_packs(repository: pygit2.Repository) -> bool:
    """Put the small packs into one when there are many. Every object stays, also those no branch leads to any more.

    The old ones go at the next sweep: whoever reads the repository now may still open them.
    """
    directory = Path(repository.path) / "objects" / "pack"
    small = [
        index for index in directory.glob("*.idx") if any(ids_in(index)) and index.with_suffix(".pack").stat().st_size < _SMALL
    ]
    if len(small) <= _PACKS:
        return False
    before = set(directory.glob("*.idx"))
    objects = frozenset(chain.from_iterable(ids_in(index) for index in small))
    builder = pygit2.PackBuilder(repository)
    for object_id in objects:
        builder.add(pygit2.Oid(raw=object_id))
    builder.write()
    new = set(directory.glob("*.idx")) - before
    if frozenset(chain.from_iterable(ids_in(index) for index in new)) != objects:
        return False
    names = [file.name for index in small for file in (index, index.with_suffix(".pack"))]
    Path(repository.path, _MERGED).write_text("\n".join(names), encoding="ascii")
    return True


def ids_in(index: Path) -> Iterator[bytes]:
    """The ids of a pack's objects, by its index (gitformat-pack, version 2); nothing for another version."""
    data = index.read_bytes()
    if data[:8] != b"\xfftOc\0\0\0\2":
        return
    (count,) = struct.unpack_from(">I", data, 8 + 255 * 4)
    start = 8 + 256 * 4
    for number in range(count):
        yield data[start + number * 20 : start + number * 20 + 20]
