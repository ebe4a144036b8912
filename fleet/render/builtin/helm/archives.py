"""Packaged charts: what is in a .tgz, within limits, and a .tgz of files."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator, Mapping

_LARGEST = 100 * 1024 * 1024  # bytes unpacked: Helm's own limit
_TOO_LARGE = f"it holds more than {_LARGEST >> 20} MiB"


class NoArchive(ValueError):
    """Why some bytes are no packaged chart."""


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a packaged chart, by their paths from its own directory; raises NoArchive."""
    try:
        with tarfile.open(fileobj=io.BytesIO(_inflated(data))) as archive:
            members = [member for member in archive if member.isfile()]
            return {_inside(member.name): _content(archive, member) for member in members}
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise NoArchive(f"it is no packaged chart: {error}") from error


def every_text(data: bytes) -> Iterator[bytes]:
    """Every file of a packaged chart, those of packages in it too; raises NoArchive."""
    for path, content in unpacked(data).items():
        if path.endswith(".tgz"):
            yield from every_text(content)
        else:
            yield content


def chart_name(data: bytes) -> str:
    """The name of a packaged chart: Helm packs it in a directory of that name; raises NoArchive."""
    try:
        with tarfile.open(fileobj=io.BytesIO(_inflated(data))) as archive:
            first = archive.next()
            return first.name.removeprefix("./").partition("/")[0] if first else ""
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise NoArchive(f"it is no packaged chart: {error}") from error


def packed(files: Mapping[str, bytes]) -> bytes:
    """A .tgz of a chart's files: stored, as whoever reads it is beside us."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in sorted(files.items()):
            entry = tarfile.TarInfo(f"chart/{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), compresslevel=0, mtime=0)


def _inflated(data: bytes) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    plain = inflater.decompress(data, _LARGEST)
    if inflater.unconsumed_tail:
        raise NoArchive(_TOO_LARGE)
    return plain


def _inside(name: str) -> str:
    inside = name.removeprefix("./").partition("/")[2]
    if not inside or ".." in inside.split("/") or name.startswith("/"):
        raise NoArchive(f"it holds {name!r}, which is not in the chart's own directory")
    return inside


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    assert file is not None
    return file.read()
