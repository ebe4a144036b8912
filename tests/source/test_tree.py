"""Files are read by id from the object database; nothing leads out of the repository."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fleet.errors import FileMissing, PathRefused
from fleet.model.revision import EntryKind
from fleet.source import open_checkout
from fleet.source.tree import GitTree
from tests.source.git import Git

D, F, L, S = EntryKind.DIRECTORY, EntryKind.FILE, EntryKind.LINK, EntryKind.SUBMODULE
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"


@pytest.fixture
def tree_of(git: Git) -> Callable[[], GitTree]:
    def commit() -> GitTree:
        return open_checkout(git.path).tree(git.commit())

    return commit


def test_entries_tell_their_kind_and_git_id(git: Git, tree_of: Callable[[], GitTree]) -> None:
    git.write("apps/shop/web.yaml", "x")
    tree = tree_of()
    file, directory = tree.entry("apps/shop/web.yaml"), tree.entry("apps/shop/")
    assert file is not None
    assert directory is not None
    assert (file.path, file.kind, file.id) == ("apps/shop/web.yaml", F, git.run("rev-parse", "HEAD:apps/shop/web.yaml"))
    assert (directory.path, directory.kind, directory.id) == ("apps/shop", D, git.run("rev-parse", "HEAD:apps/shop"))


def test_the_root_is_the_empty_path(git: Git, tree_of: Callable[[], GitTree]) -> None:
    git.write("b", "")
    git.write("a/c", "")
    tree = tree_of()
    assert [entry.path for entry in tree.children("")] == ["a", "b"]
    root = tree.entry("")
    assert root is not None
    assert root.id == git.run("rev-parse", "HEAD^{tree}")


def test_what_is_not_there_is_none_and_reading_it_an_error(git: Git, tree_of: Callable[[], GitTree]) -> None:
    git.write("a/b", "")
    tree = tree_of()
    assert [tree.entry(path) for path in ("x", "a/x", "a/b/x", "x/y")] == [None] * 4
    assert [tree.children(path) for path in ("x", "a/b")] == [(), ()]
    for path in ("x", "a", "a/b/x"):
        with pytest.raises(FileMissing, match=path):
            tree.read(path)


def test_walk_gives_all_files_below_in_order_of_path(git: Git, tree_of: Callable[[], GitTree]) -> None:
    paths = ["a", "d-e/f", "d.yaml", "d/b/c", "d/z", "e"]
    for path in paths:
        git.write(path, path)
    tree = tree_of()
    assert [entry.path for entry in tree.walk("")] == paths
    assert [entry.path for entry in tree.walk("d")] == ["d/b/c", "d/z"]


def test_walk_is_in_the_order_git_lists_in(git: Git, tree_of: Callable[[], GitTree]) -> None:
    for path in ("x-/a", "x/a", "x.a", "x0/b", "é/ü"):
        git.write(path, "")
    tree = tree_of()
    assert [entry.path for entry in tree.walk("")] == git.run("-c", "core.quotePath=false", "ls-files").splitlines()


def test_a_link_inside_the_repository_is_what_it_leads_to(git: Git, tree_of: Callable[[], GitTree]) -> None:
    git.write("base/web.yaml", "web")
    git.link("apps/file.yaml", "../base/web.yaml")
    git.link("apps/dir", "../base")
    git.link("apps/twice", "dir/web.yaml")
    tree = tree_of()
    shown = {entry.path: (entry.kind, entry.id) for entry in tree.children("apps")}
    blob, base = git.run("rev-parse", "HEAD:base/web.yaml"), git.run("rev-parse", "HEAD:base")
    assert shown == {"apps/file.yaml": (F, blob), "apps/dir": (D, base), "apps/twice": (F, blob)}
    assert [entry.path for entry in tree.walk("apps")] == ["apps/dir/web.yaml", "apps/file.yaml", "apps/twice"]
    assert {tree.read(path) for path in ("apps/dir/web.yaml", "apps/file.yaml", "apps/twice")} == {b"web"}
    assert [entry.path for entry in tree.children("apps/dir")] == ["apps/dir/web.yaml"]


@pytest.mark.parametrize(
    "target, reason",
    [
        pytest.param("/etc/passwd", "outside the repository", id="absolute"),
        pytest.param("../../etc/passwd", "outside the repository", id="escaping"),
        pytest.param("nowhere", "which is not there", id="dangling"),
        pytest.param("link", "in a circle", id="itself"),
    ],
)
def test_a_link_that_cannot_be_followed_is_refused_by_name(
    git: Git, tree_of: Callable[[], GitTree], target: str, reason: str
) -> None:
    git.link("a/link", target)
    tree = tree_of()
    assert [(entry.path, entry.kind) for entry in tree.children("a")] == [("a/link", L)]
    assert [(entry.path, entry.kind) for entry in tree.walk("")] == [("a/link", L)]
    with pytest.raises(PathRefused, match=rf"a/link is refused: .*{reason}"):
        tree.read("a/link")


def test_links_that_go_round_end(git: Git, tree_of: Callable[[], GitTree]) -> None:
    git.link("a/b", "../c")
    git.link("c/d", "../a")
    git.link("c/up", "..")
    walked = [entry.path for entry in tree_of().walk("")]
    assert len(walked) == len(set(walked)) < 200


@pytest.mark.parametrize("path", ["../x", "a/../b", "/etc/passwd", ".."])
def test_a_path_that_leaves_the_repository_is_refused(git: Git, tree_of: Callable[[], GitTree], path: str) -> None:
    git.write("b", "")
    tree = tree_of()
    for ask in (tree.entry, tree.children, tree.read, lambda path: list(tree.walk(path))):
        with pytest.raises(PathRefused):
            ask(path)


def test_a_submodule_is_refused_by_name_and_is_no_empty_directory(git: Git, tree_of: Callable[[], GitTree]) -> None:
    git.write("a", "")
    git.run("update-index", "--add", "--cacheinfo", f"160000,{git.commit()},vendor/chart")
    git.run("commit", "--quiet", "-m", "Add a submodule")
    tree = open_checkout(git.path).tree(git.run("rev-parse", "HEAD"))
    assert [(entry.path, entry.kind) for entry in tree.walk("vendor")] == [("vendor/chart", S)]
    for ask in (tree.children, tree.read, lambda path: tree.entry(f"{path}/x")):
        with pytest.raises(PathRefused, match="vendor/chart is refused: it is a submodule"):
            ask("vendor/chart")


def test_an_lfs_pointer_is_refused_by_name(git: Git, tree_of: Callable[[], GitTree]) -> None:
    git.write("values.yaml", LFS)
    with pytest.raises(PathRefused, match=r"values\.yaml is refused: it is a Git LFS pointer"):
        tree_of().read("values.yaml")


def test_a_name_that_is_no_utf8_is_shown_and_found_as_it_is_shown(git: Git, tree_of: Callable[[], GitTree]) -> None:
    (git.path / b"caf\xe9".decode("utf-8", "surrogateescape")).write_text("x")
    tree = tree_of()
    (shown,) = tree.children("")
    assert shown.path.encode("utf-8") == rb"caf\xe9"
    assert tree.read(shown.path) == b"x"
