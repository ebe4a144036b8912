"""What is on disk is whole, or it is not there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.k8syaml import Document
from fleet.model.manifest import Rendered, RenderFailed
from fleet.render.cache import FORMAT, DiskCache, MemoryCache

A, B = "a" * 64, "b" * 64


def documents(text: str = "x") -> tuple[Document, ...]:
    return (Document(value={"kind": text, "n": [1, 2.5, None, True, "é"]}, file="app/a.yaml", line=3, index=0),)


def entry(directory: Path, fingerprint: str = A) -> Path:
    return directory / fingerprint[:2] / fingerprint


def test_what_was_put_is_given_back_also_to_another_process(tmp_path: Path) -> None:
    DiskCache(tmp_path, max_bytes=10_000).put(A, documents())
    assert DiskCache(tmp_path, max_bytes=10_000).get(A) == documents()
    assert DiskCache(tmp_path, max_bytes=10_000).get(B) is None


def test_a_render_without_objects_is_an_entry_too(tmp_path: Path) -> None:
    DiskCache(tmp_path, max_bytes=10_000).put(A, ())
    assert DiskCache(tmp_path, max_bytes=10_000).get(A) == ()


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut off": lambda content: content[:-1],
    "empty": lambda content: b"",
    "one byte changed": lambda content: content.replace(b"app/a.yaml", b"app/b.yaml"),
    "of another format": lambda content: content.replace(FORMAT.encode(), b"fleet-render-0"),
    "only zeros, as after a power cut": lambda content: b"\0" * len(content),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_no_entry(tmp_path: Path, damage: str) -> None:
    cache = DiskCache(tmp_path, max_bytes=10_000)
    cache.put(A, documents())
    path = entry(tmp_path)
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    assert cache.get(A) is None
    cache.put(A, documents())
    assert cache.get(A) == documents()


def test_an_entry_under_another_name_is_no_entry(tmp_path: Path) -> None:
    cache = DiskCache(tmp_path, max_bytes=10_000)
    cache.put(A, documents())
    entry(tmp_path, B).parent.mkdir()
    entry(tmp_path).rename(entry(tmp_path, B))
    assert cache.get(B) is None


def test_a_half_written_file_is_never_in_an_entrys_place_and_goes_in_time(tmp_path: Path) -> None:
    left = tmp_path / "aa" / "new-left"
    left.parent.mkdir()
    left.write_bytes(b"x" * 5_000)
    os.utime(left, (1, 1))
    cache = DiskCache(tmp_path, max_bytes=1_000)
    cache.put(A, documents())
    assert cache.get(A) == documents()
    assert not left.exists()


def test_the_longest_unread_go_first(tmp_path: Path) -> None:
    names = [f"{number:02x}" * 32 for number in range(10)]
    cache = DiskCache(tmp_path, max_bytes=1_000_000)
    for age, name in enumerate(names):
        cache.put(name, documents())
        os.utime(entry(tmp_path, name), (1_000 + age, 1_000 + age))
    size = entry(tmp_path, names[0]).stat().st_size
    small = DiskCache(tmp_path, max_bytes=5 * size)
    assert small.get(names[0]) == documents()
    small.put(A, documents())
    kept = {path.name for path in tmp_path.glob("??/*")}
    assert kept == {names[0], *names[-2:], A}


WRITER = """
import sys
from itertools import count
from pathlib import Path
from fleet.k8syaml import Document
from fleet.render.cache import DiskCache
cache = DiskCache(Path(sys.argv[1]), max_bytes=int(sys.argv[2]))
for number in count(int(sys.argv[3])):
    value = {"kind": "x" * 50_000, "number": number}
    cache.put(f"{number:064x}"[::-1], (Document(value=value, file="a", line=1, index=0),))
    print(number, flush=True)
"""


def killed_while_writing(directory: Path, *, max_bytes: int, begin: int, after: int) -> None:
    """Run a process that does nothing but write entries, and kill it at some instant after it wrote that many."""
    argv = [sys.executable, "-c", WRITER, str(directory), str(max_bytes), str(begin)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for _ in range(after):
            writer.stdout.readline()
        writer.kill()


def test_writers_that_are_killed_leave_whole_entries_and_no_more_than_the_bound(tmp_path: Path) -> None:
    bound, half_written = 2_000_000, 60_000
    for turn in range(3):
        killed_while_writing(tmp_path, max_bytes=bound, begin=turn * 1_000_000, after=40 + 7 * turn)
        files = list(tmp_path.glob("??/*"))
        assert sum(path.stat().st_size for path in files) <= bound + half_written
        names = [path.name for path in files if not path.name.startswith("new-")]
        assert [name for name in names if DiskCache(tmp_path, max_bytes=bound).get(name) is None] == []
        assert len(names) > 20


def test_what_other_processes_wrote_counts(tmp_path: Path) -> None:
    one, other = (DiskCache(tmp_path, max_bytes=20_000) for _ in range(2))
    for number in range(200):
        for cache, letter in ((one, "a"), (other, "b")):
            cache.put(f"{number:03}{letter}" * 16, documents("x" * 500))
    assert 10_000 < sum(path.stat().st_size for path in tmp_path.glob("??/*")) <= 20_000 * 1.2


def test_memory_is_bounded_and_keeps_what_was_asked_for_last() -> None:
    memory = MemoryCache[Rendered](max_objects=2, retry_after=60)
    a, b, c = (Rendered(fingerprint=name, manifests=()) for name in "abc")
    memory.put(a, now=0)
    memory.put(b, now=0)
    memory.get("a", now=0)
    memory.put(c, now=0)
    assert [memory.get(name, now=0) for name in "abc"] == [a, None, c]


def test_a_result_too_large_for_memory_is_only_not_kept() -> None:
    memory = MemoryCache[RenderFailed](max_objects=0, retry_after=60)
    memory.put(RenderFailed(fingerprint="a", errors=()), now=0)
    assert memory.get("a", now=0) is None
