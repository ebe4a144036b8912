"""A blob is parsed once, whoever asks under whatever name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.errors import DuplicateKey, FileMissing, LimitExceeded
from fleet.hooks.tree import LimitedTree, ParsedBlobs
from fleet.k8syaml import Limits
from fleet.source import open_checkout
from tests.source.git import Git


@pytest.fixture
def git(tmp_path: Path) -> Git:
    return Git(tmp_path / "repo")


def committed(git: Git, blobs: ParsedBlobs, **files: str) -> LimitedTree:
    return LimitedTree(open_checkout(git.path).tree(git.commit(**files)), blobs)


def test_equal_files_of_any_revision_are_parsed_once(git: Git) -> None:
    blobs = ParsedBlobs()
    first = committed(git, blobs, **{"a.yaml": "x: 1\n", "b.yaml": "x: 1\n"})
    second = committed(git, blobs, **{"c.yaml": "x: 1\n", "other": "y"})
    read = [*first.documents("a.yaml"), *first.documents("b.yaml"), *second.documents("c.yaml"), *second.documents("a.yaml")]
    assert [(document.value, document.file) for document in read] == [
        ({"x": 1}, name) for name in ("a.yaml", "b.yaml", "c.yaml", "a.yaml")
    ]
    assert blobs.parsed == 1


def test_an_error_is_remembered_and_named_for_each_file(git: Git) -> None:
    blobs = ParsedBlobs()
    tree = committed(git, blobs, **{"a.yaml": "x: 1\nx: 2\n", "b.yaml": "x: 1\nx: 2\n"})
    for name in ("a.yaml", "b.yaml", "a.yaml"):
        with pytest.raises(DuplicateKey, match=f"^{name}:2: the key 'x' stands here and already at line 1"):
            tree.documents(name)
    assert blobs.parsed == 1


def test_limits_hold(git: Git) -> None:
    tree = committed(git, ParsedBlobs(limits=Limits(max_bytes=3)), **{"a.yaml": "x: 100\n"})
    with pytest.raises(LimitExceeded, match=r"a\.yaml:1: the file has too many bytes"):
        tree.documents("a.yaml")


def test_what_is_kept_is_bounded(git: Git) -> None:
    blobs = ParsedBlobs(max_bytes=12)
    tree = committed(git, blobs, **{"a.yaml": "a: 1\n", "b.yaml": "b: 1\n", "c.yaml": "c: 1\n"})
    for name in ("a.yaml", "b.yaml", "c.yaml", "c.yaml", "b.yaml", "a.yaml"):
        assert tree.documents(name)[0].value == {name[0]: 1}
    assert blobs.parsed == 4


def test_a_field_has_its_line_also_in_a_later_document_and_in_a_list(git: Git) -> None:
    text = "a: 1\n---\nb:\n  - c: 1\n    d: 2\n---\napiVersion: v1\nkind: List\nitems:\n- x: 1\n- x: 1\n  z: 2\n"
    tree = committed(git, ParsedBlobs(), **{"a.yaml": text})
    _, second, _, item = tree.documents("a.yaml")
    assert (tree.line_of(second, "/b/0/d"), tree.line_of(item, "/z")) == (5, 12)


def test_only_files_are_files(git: Git) -> None:
    tree = committed(git, ParsedBlobs(), **{"d__b.yaml": "", "d__a.yaml": "", "d__e__f.yaml": ""})
    assert [entry.path for entry in tree.files("d")] == ["d/a.yaml", "d/b.yaml"]
    with pytest.raises(FileMissing):
        tree.documents("d/none.yaml")
