"""The hub's copy is a cache: deleted, damaged, or left half-written by a kill, it is there again after the next fetch."""

from __future__ import annotations

import os
import pickle
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fleet.errors import ObjectLost
from fleet.source import Repository
from fleet.source.fetching import Fetch, fetch_into
from tests.source.git import Git
from tests.source.server import GitServer

Copy = Callable[..., Repository]


async def test_a_copy_that_was_deleted_is_made_anew_though_the_branch_did_not_move(git: Git, copy_of: Copy) -> None:
    commit = git.commit(a="1")
    copy = copy_of(git.path)
    await copy.fetch()
    shutil.rmtree(copy.directory)
    await copy.fetch()
    assert copy.tree(commit).read("a") == b"1"


async def test_a_tree_taken_before_its_copy_was_remade_still_reads(git: Git, copy_of: Copy) -> None:
    commit = git.commit(a="1", deep__b="2")
    copy = copy_of(git.path)
    await copy.fetch()
    tree = copy.tree(commit)
    shutil.rmtree(copy.directory.parent)
    await copy.fetch()
    assert tree.read("deep/b") == b"2"


async def test_what_a_damaged_copy_lost_is_an_error_until_it_is_fetched_anew(git: Git, copy_of: Copy) -> None:
    commit = git.commit(a="1", deep__b="2")
    copy = copy_of(git.path)
    await copy.fetch()
    damage(copy.directory, git.run("rev-parse", f"{commit}:deep/b"))
    fresh = copy_of(git.path)
    await fresh.fetch()
    with pytest.raises(ObjectLost):
        fresh.tree(commit).read("deep/b")
    await fresh.fetch()
    assert fresh.tree(commit).read("deep/b") == b"2"


@pytest.mark.parametrize("lost", ["HEAD", "HEAD^{tree}", "HEAD:deep", "HEAD:deep/er"])
async def test_a_copy_that_lost_the_commit_or_a_directory_is_made_anew_at_once(git: Git, copy_of: Copy, lost: str) -> None:
    commit = git.commit(a="1", deep__er__b="2")
    copy = copy_of(git.path)
    await copy.fetch()
    damage(copy.directory, git.run("rev-parse", lost))
    fresh = copy_of(git.path)
    assert (await fresh.fetch()).commit == commit
    assert [entry.path for entry in fresh.tree(commit).walk("")] == ["a", "deep/er/b"]


@pytest.mark.parametrize(
    "where, what",
    [
        pytest.param("HEAD", b"", id="empty HEAD"),
        pytest.param("config", b"[core\n", id="broken config"),
        pytest.param("refs/heads/main", b"not an id\n", id="broken branch"),
        pytest.param("refs/heads/main.lock", b"", id="stale lock of the branch"),
        pytest.param("config.lock", b"", id="stale lock"),
        pytest.param("objects/pack/pack-0123456789012345678901234567890123456789.idx", b"half", id="index without pack"),
        pytest.param("objects/pack/pack_ab12cd", b"half", id="unfinished pack"),
        pytest.param("fleet-roots", b"0123\nhalf a li", id="half-written roots"),
    ],
)
async def test_what_a_kill_left_behind_does_not_stop_the_next_fetch(git: Git, copy_of: Copy, where: str, what: bytes) -> None:
    root = git.commit(a="1")
    await copy_of(git.path).fetch()
    (copy_of(git.path).directory / where).write_bytes(what)
    commit = git.commit(a="2")
    revision = await copy_of(git.path).fetch()
    assert (revision.commit, revision.repository) == (commit, root)


async def test_a_fetch_killed_in_the_middle_is_repaired_by_the_next(
    git: Git, server: GitServer, copy_of: Copy, tmp_path: Path
) -> None:
    for number in range(5):
        git.write(f"large/{number}", os.urandom(400_000))
    commit = git.commit()
    copy = copy_of(server.url, password="right")
    kill_while_packing(copy, server.url)
    revision = await copy.fetch()
    assert revision.commit == commit
    assert len(copy.tree(commit).read("large/4")) == 400_000


async def test_many_small_packs_become_one_while_trees_read_on_and_every_object_stays(git: Git, copy_of: Copy) -> None:
    first, forgotten = git.commit(a="0"), git.commit(a="forgotten")
    copy = copy_of(git.path)
    await copy.fetch()
    git.run("reset", "--quiet", "--hard", first)
    commits = [fetched(git, copy, number) for number in range(31)]
    commits.append(git.commit(a="31"))
    await copy.fetch()
    trees = [copy.tree(commit) for commit in (*commits, forgotten)]
    packs = [len(list((copy.directory / "objects/pack").glob("*.pack")))]
    await copy_of(git.path).fetch()
    packs.append(len(list((copy.directory / "objects/pack").glob("*.pack"))))
    assert packs == [34, 1]
    assert [tree.read("a") for tree in trees] == [*(b"%d" % number for number in range(32)), b"forgotten"]


def fetched(git: Git, copy: Repository, number: int) -> str:
    """Commit, and fetch as the process of its own does, but in this one, which is faster."""
    commit = git.commit(a=str(number))
    fetch_into(Fetch(url=str(git.path), name="", branch="main", directory=copy.directory))
    return commit


def damage(repository: Path, object_id: str) -> None:
    """Write everything but one object of a bare repository as loose objects, instead of its packs."""
    packs = list((repository / "objects/pack").glob("*.pack"))
    for pack in packs:
        content = pack.read_bytes()
        pack.unlink()
        pack.with_suffix(".idx").unlink()
        subprocess.run(["git", "unpack-objects", "-q"], cwd=repository, input=content, check=True)
    (repository / "objects" / object_id[:2] / object_id[2:]).unlink()


def kill_while_packing(copy: Repository, url: str) -> None:
    """Start the fetch's own function in a process and kill it when it has begun to write a pack."""
    fetch = Fetch(url=url, name=url, branch="main", directory=copy.directory, username="fleet", password="right")
    code = "import pickle, sys; from fleet.source.fetching import fetch_into; fetch_into(pickle.load(sys.stdin.buffer))"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.write(pickle.dumps(fetch))
        process.stdin.close()
        packs = copy.directory / "objects/pack"
        while not (packs.is_dir() and any(packs.iterdir())) and process.poll() is None:
            pass
        process.send_signal(signal.SIGKILL)
