"""A branch becomes a Revision, or an error that says why not; never something in between."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from fleet.errors import BranchMissing, SourceRefused, SourceUnreachable
from fleet.source import Repository
from tests.aio.clock import Clock
from tests.controlplane import credentials
from tests.controlplane.waiting import eventually
from tests.kube.misbehaving import refusing
from tests.source.git import ENVIRONMENT, Git
from tests.source.server import GitServer, black_hole, children, serving, trickle

Copy = Callable[..., Repository]


async def test_a_revision_says_who_wrote_what_and_when(git: Git, copy_of: Copy) -> None:
    commit = git.commit("Add the shop\n\nBecause it sells.", apps__shop="x")
    revision = await copy_of(git.path).fetch()
    assert revision.commit == commit
    assert (revision.author, revision.email, revision.subject) == ("Ana", "ana@example.com", "Add the shop")
    assert revision.tree == git.run("rev-parse", "HEAD^{tree}")
    assert revision.time.isoformat() == git.run("log", "-1", "--format=%cI").replace("Z", "+00:00")


async def test_a_checkout_a_bare_repository_and_their_file_urls_are_all_sources(git: Git, copy_of: Copy, tmp_path: Path) -> None:
    commit = git.commit(a="1")
    git.run("clone", "--quiet", "--bare", ".", str(tmp_path / "bare repository.git"))
    places = [git.path, tmp_path / "bare repository.git", f"file://{quote(str(tmp_path / 'bare repository.git'))}"]
    assert {(await copy_of(place).fetch()).commit for place in places} == {commit}


async def test_a_new_commit_is_seen_and_the_same_one_is_the_same(git: Git, copy_of: Copy) -> None:
    first = git.commit(a="1")
    copy = copy_of(git.path)
    assert [(await copy.fetch()).commit, (await copy.fetch()).commit] == [first, first]
    second = git.commit(a="2")
    assert (await copy.fetch()).commit == second


async def test_only_the_one_branch_comes_and_no_tag(git: Git, server: GitServer, copy_of: Copy) -> None:
    git.commit(a="1")
    git.run("tag", "-a", "v1", "-m", "v1")
    git.run("switch", "--quiet", "--create", "other")
    other = git.commit(b="1")
    copy = copy_of(server.url, password="right")
    await copy.fetch()
    refs = subprocess.run(["git", "for-each-ref"], cwd=copy.directory, capture_output=True, text=True, check=True).stdout
    assert [line.split("\t")[1] for line in refs.splitlines()] == ["refs/heads/main"]
    assert not copy.known(other)


async def test_a_forced_branch_is_followed_and_the_commit_it_left_stays_known(git: Git, copy_of: Copy) -> None:
    first, second = git.commit(a="1"), git.commit(a="2")
    copy = copy_of(git.path)
    await copy.fetch()
    git.run("reset", "--quiet", "--hard", first)
    third = git.commit(a="3")
    assert (await copy.fetch()).commit == third
    assert copy.known(second)
    assert (copy.is_ancestor(first, third), copy.is_ancestor(second, third)) == (True, False)


async def test_a_missing_branch_is_an_error_and_what_was_fetched_stands(git: Git, copy_of: Copy) -> None:
    commit = git.commit(a="1")
    copy = copy_of(git.path)
    await copy.fetch()
    git.run("branch", "--move", "main", "trunk")
    with pytest.raises(BranchMissing, match="has no branch main"):
        await copy.fetch()
    assert copy.tree(commit).read("a") == b"1"


async def test_a_repository_without_a_commit_is_a_missing_branch(git: Git, copy_of: Copy) -> None:
    with pytest.raises(BranchMissing):
        await copy_of(git.path).fetch()


async def test_a_directory_that_is_no_repository_is_unreachable(copy_of: Copy, tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match=str(tmp_path)):
        await copy_of(tmp_path).fetch()


async def test_a_shallow_clone_is_refused_because_its_history_has_no_beginning(git: Git, copy_of: Copy, tmp_path: Path) -> None:
    git.commit(a="1")
    git.commit(a="2")
    git.run("clone", "--quiet", "--depth=1", f"file://{git.path}", str(tmp_path / "shallow"))
    with pytest.raises(SourceUnreachable, match="--unshallow"):
        await copy_of(tmp_path / "shallow").fetch()


async def test_a_repository_of_sha_256_is_refused_by_name(copy_of: Copy, tmp_path: Path) -> None:
    directory = tmp_path / "newer"
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", directory], env=ENVIRONMENT, check=True)
    with pytest.raises(SourceUnreachable, match="SHA-256"):
        await copy_of(str(directory)).fetch()


async def test_a_server_of_sha_256_is_refused_by_name(copy_of: Copy, tmp_path: Path) -> None:
    checkout = tmp_path / "newer"
    init = ["init", "--quiet", "--initial-branch=main", "--object-format=sha256"]
    for arguments in (init, ["commit", "--quiet", "--allow-empty", "--message=x"]):
        checkout.mkdir(exist_ok=True)
        subprocess.run(["git", *arguments], cwd=checkout, env=ENVIRONMENT, check=True)
    with serving(checkout, user="fleet", password="right") as server, pytest.raises(SourceUnreachable, match="SHA-256"):
        await copy_of(server.url, password="right").fetch()


async def test_a_server_gets_the_credential_when_it_asks_for_it(git: Git, server: GitServer, copy_of: Copy) -> None:
    commit = git.commit(a="1")
    assert (await copy_of(server.url, password="right").fetch()).commit == commit
    assert [carried for _, _, carried in server.asked] == [False, True, True]


@pytest.fixture
def private(git: Git, tmp_path: Path) -> Iterator[tuple[GitServer, Path]]:
    """A server whose certificate is of an authority that nobody knows, and that authority's certificate."""
    made = credentials.create(tmp_path / "credentials")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.server_certificate, made.server_key)
    with serving(git.path, user="fleet", password="right", tls=context) as running:
        yield running, made.ca_file


async def test_a_private_authority_is_trusted_where_the_environment_names_it(
    git: Git, private: tuple[GitServer, Path], copy_of: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, authority = private
    commit = git.commit(a="1")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    assert (await copy_of(server.url, password="right").fetch()).commit == commit


async def test_an_unknown_authority_is_told_no_password(git: Git, private: tuple[GitServer, Path], copy_of: Copy) -> None:
    server, _ = private
    git.commit(a="1")
    with pytest.raises(SourceUnreachable, match="certificate"):
        await copy_of(server.url, password="right").fetch()
    assert server.asked == []


async def test_a_fetch_of_nothing_new_asks_a_server_for_its_branches_only(git: Git, server: GitServer, copy_of: Copy) -> None:
    git.commit(a="1")
    copy = copy_of(server.url, password="right")
    await copy.fetch()
    server.asked.clear()
    await copy.fetch()
    assert {method for method, _, _ in server.asked} == {"GET"}


async def test_the_credential_is_read_anew_for_every_fetch(git: Git, server: GitServer, tmp_path: Path, copy_of: Copy) -> None:
    git.commit(a="1")
    answers = iter(["wrong", "right"])
    copy = Repository(copy_of(server.url, password="x").source, tmp_path / "git", secret=lambda _: next(answers))
    with pytest.raises(SourceRefused):
        await copy.fetch()
    assert await copy.fetch()


async def test_a_wrong_password_is_refused_by_name_and_never_shown(git: Git, server: GitServer, copy_of: Copy) -> None:
    git.commit(a="1")
    with pytest.raises(SourceRefused, match="not accepted") as caught:
        await copy_of(server.url, password="wrong-secret").fetch()
    assert "wrong-secret" not in f"{caught.value!r} {caught.value} {caught.value.__cause__!r} {caught.value.__context__!r}"


async def test_a_server_that_asks_when_no_credential_is_given_says_so(git: Git, server: GitServer, copy_of: Copy) -> None:
    git.commit(a="1")
    with pytest.raises(SourceRefused, match="none is given"):
        await copy_of(server.url).fetch()


async def test_a_server_that_refuses_connections_is_unreachable(copy_of: Copy) -> None:
    with refusing() as url, pytest.raises(SourceUnreachable):
        await copy_of(f"{url}/repo").fetch()


async def test_a_server_that_never_answers_is_given_up_at_the_deadline_and_leaves_no_process(copy_of: Copy) -> None:
    before = children()
    with black_hole() as url:
        with pytest.raises(SourceUnreachable):
            await copy_of(url, seconds=1.0).fetch()
        assert children() <= before


async def test_a_server_that_is_never_silent_and_never_done_is_killed_at_the_deadline_beside_the_loop(copy_of: Copy) -> None:
    before, clock = children(), Clock()
    with trickle() as (url, begun):
        fetching = asyncio.ensure_future(copy_of(url).fetch())
        await eventually(begun.is_set)
        clock.forward(600)
        with pytest.raises(SourceUnreachable, match="no answer within 600 s"):  # ten times the usual, for the first
            await fetching
    assert children() <= before


async def test_a_fetch_that_is_cancelled_leaves_no_process(copy_of: Copy) -> None:
    before = children()
    with black_hole() as url:
        fetching = asyncio.ensure_future(copy_of(url).fetch())
        await eventually(lambda: not children() <= before)
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
    assert children() <= before


async def test_fetches_of_a_local_repository_share_a_process_and_one_that_was_killed_is_replaced(git: Git, copy_of: Copy) -> None:
    copy, before = copy_of(git.path), children()
    commits, seen = [], []
    for _ in range(2):
        commits.append(git.commit())
        assert (await copy.fetch()).commit == commits[-1]
        seen.append(children() - before)
    (process,) = seen[0]
    assert seen[1] == {process}
    os.kill(process, signal.SIGKILL)
    await eventually(lambda: ") Z " in Path(f"/proc/{process}/stat").read_text())
    third = git.commit()
    assert (await copy.fetch()).commit == third
    assert not children() - before <= {process}


async def test_the_operators_own_git_configuration_is_not_used(
    git: Git, copy_of: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = git.commit(a="1")
    (tmp_path / ".gitconfig").write_text(f'[url "{tmp_path}/elsewhere"]\n\tinsteadOf = {git.path}\n')
    monkeypatch.setenv("HOME", str(tmp_path))
    assert (await copy_of(git.path).fetch()).commit == commit


async def test_the_operators_repository_is_not_written_to(git: Git, copy_of: Copy) -> None:
    git.commit(a="1")
    before = {file: file.stat().st_mtime_ns for file in git.path.rglob("*")}
    await copy_of(git.path).fetch()
    assert {file: file.stat().st_mtime_ns for file in git.path.rglob("*")} == before
    assert subprocess.run(["git", "status", "--porcelain"], cwd=git.path, env=ENVIRONMENT, capture_output=True).stdout == b""
