"""What each commit of the first-parent chain changed."""

from __future__ import annotations

import pytest

from fleet.errors import RevisionUnknown
from fleet.source import Touched, open_checkout
from tests.source.git import Git


def test_the_chain_is_the_first_parents_newest_first(git: Git) -> None:
    first = git.commit(a="1")
    git.run("switch", "--quiet", "--create", "side")
    git.commit(b="1")
    git.run("switch", "--quiet", "main")
    second = git.commit(a="2")
    git.run("merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    merge = git.run("rev-parse", "HEAD")
    history = open_checkout(git.path)
    assert history.first_parents(merge, most=9) == (merge, second, first)
    assert history.first_parents(merge, most=2) == (merge, second)


def test_a_chain_of_an_unknown_commit_is_an_error(git: Git) -> None:
    git.commit(a="1")
    with pytest.raises(RevisionUnknown):
        open_checkout(git.path).first_parents("9" * 40, most=2)


def test_a_commit_touches_its_files_and_the_directories_above(git: Git) -> None:
    git.commit(apps__shop__web="1", apps__till__web="1")
    second = git.commit(apps__shop__web="2")
    touched = open_checkout(git.path).touched(second)
    asked = ("apps/shop/web", "apps/shop", "apps", "", "apps/till", "apps/sho", "apps/shop/web/x")
    assert [touched.any_of([path]) for path in asked] == [True, True, True, True, False, False, False]


def test_a_merge_touches_what_its_branch_brought(git: Git) -> None:
    git.commit(a="1")
    git.run("switch", "--quiet", "--create", "side")
    git.commit(b="1")
    git.run("switch", "--quiet", "main")
    git.commit(a="2")
    git.run("merge", "--quiet", "--no-ff", "-m", "Merge", "side")
    assert open_checkout(git.path).touched(git.run("rev-parse", "HEAD")).changed == {"b"}


def test_the_first_commit_touched_everything(git: Git) -> None:
    history = open_checkout(git.path)
    assert history.touched(git.commit(a="1")).any_of(["a", "b"])


def test_what_was_compared_is_not_compared_again(git: Git) -> None:
    first = git.commit(a="1")
    history = open_checkout(git.path)
    assert not history.has_touched(first)
    assert history.touched(first) is history.touched(first)
    assert history.has_touched(first)


def test_a_group_is_touched_by_its_own_files_and_a_cluster_by_all_below() -> None:
    touched = Touched.of(frozenset({"clusters/production/eu/here/deep/x.yaml", "clusters/production/apps.yaml"}))
    assert touched.in_chain(["clusters/production"], "clusters/production/us/there")
    assert touched.in_chain([], "clusters/production/eu/here")
    assert not touched.in_chain(["clusters", "clusters/production/us"], "clusters/production/us/there")
