"""What differs between two commits, which came first, and to which repository they belong."""

from __future__ import annotations

import pytest

from fleet.errors import RevisionUnknown, SourceUnreachable
from fleet.source import History, open_checkout
from tests.source.git import Git


@pytest.fixture
def history(git: Git) -> History:
    git.commit("Begin", keep__a="1", keep__b="1", change__c="1", drop__d="1", drop__deep__e="1")
    return open_checkout(git.path)


def changed(history: History, git: Git) -> set[str]:
    found = history.changed(git.run("rev-parse", "HEAD~1"), git.run("rev-parse", "HEAD"))
    assert found is not None
    return set(found)


def test_changed_names_what_was_added_removed_and_modified(git: Git, history: History) -> None:
    git.run("rm", "-r", "--quiet", "drop")
    git.commit(change__c="2", new__deep__f="1")
    assert changed(history, git) == {"drop/d", "drop/deep/e", "change/c", "new/deep/f"}


def test_changed_is_empty_for_a_commit_that_changes_nothing(git: Git, history: History) -> None:
    git.commit()
    assert changed(history, git) == set()


def test_a_file_that_becomes_a_directory_is_both(git: Git, history: History) -> None:
    git.run("rm", "-r", "--quiet", "change")
    git.commit(change="file")
    assert changed(history, git) == {"change", "change/c"}


def test_a_mode_is_no_change_because_no_render_depends_on_it(git: Git, history: History) -> None:
    git.run("update-index", "--chmod=+x", "keep/a")
    git.run("commit", "--quiet", "-m", "Make it executable")
    assert changed(history, git) == set()


def test_what_a_link_shows_changed_under_the_links_path_too(git: Git, history: History) -> None:
    git.link("apps/dir", "../change")
    git.link("apps/file", "../change/c")
    git.link("apps/behind", "dir")
    git.link("apps/other", "../keep")
    git.commit()
    git.commit(change__c="2")
    assert changed(history, git) == {"change/c", "apps/dir/c", "apps/file", "apps/behind/c"}


def test_a_link_that_leads_elsewhere_is_a_change(git: Git, history: History) -> None:
    git.link("link", "keep/a")
    git.commit()
    (git.path / "link").unlink()
    git.link("link", "keep/b")
    git.commit()
    assert changed(history, git) == {"link"}


def test_changed_opens_no_directory_whose_id_is_the_same(git: Git, history: History) -> None:
    for number in range(50):
        git.write(f"clusters/c{number}/apps/a.yaml", "1")
    old = git.commit()
    history.changed(old, old)
    history.changed(git.run("rev-parse", "HEAD~1"), old)
    before = read_trees(history)
    git.commit(clusters__c7__apps__b="1")
    assert changed(history, git) == {"clusters/c7/apps/b"}
    assert read_trees(history) - before == 4  # the root, clusters, c7 and apps, as they are now


def test_an_unknown_old_commit_is_none_and_not_nothing(git: Git, history: History) -> None:
    assert history.changed("0" * 40, git.run("rev-parse", "HEAD")) is None


def test_ancestors_are_told_from_descendants_and_strangers(git: Git, history: History) -> None:
    first = git.run("rev-parse", "HEAD")
    second = git.commit()
    answers = [history.is_ancestor(*pair) for pair in ((first, second), (second, first), (first, first), ("0" * 40, first))]
    assert answers == [True, False, True, False]


def test_an_ancestor_that_was_told_stays_one(git: Git, history: History) -> None:
    first = git.run("rev-parse", "HEAD")
    second = git.commit()
    assert history.is_ancestor(first, second)
    git.run("reset", "--quiet", "--hard", first)
    third = git.commit(other="1")
    assert [history.is_ancestor(*pair) for pair in ((first, second), (first, third), (second, third))] == [True, True, False]


def test_the_repository_is_told_by_the_first_commit_of_the_first_parents(git: Git, history: History) -> None:
    root = git.run("rev-parse", "HEAD")
    git.run("switch", "--quiet", "--orphan", "foreign")
    git.commit(other="1")
    git.run("switch", "--quiet", "main")
    git.run("merge", "--quiet", "--allow-unrelated-histories", "-m", "Merge", "foreign")
    assert history.revision(git.run("rev-parse", "HEAD")).repository == root
    assert history.revision(git.run("rev-parse", "foreign")).repository == git.run("rev-parse", "foreign")


def test_the_walk_to_the_root_is_as_long_as_what_is_new(git: Git, history: History) -> None:
    root = git.run("rev-parse", "HEAD")
    history.revision(root)
    history.learn_root(git.commit(), "met before")
    assert history.revision(git.commit()).repository == "met before"


def test_a_commit_is_found_by_whatever_people_call_it(git: Git, history: History) -> None:
    first = git.run("rev-parse", "HEAD")
    git.run("tag", "-a", "v1", "-m", "v1")
    second = git.commit()
    assert [history.resolve(name) for name in ("HEAD", "main", "v1", "HEAD~1", first[:8])] == [
        second,
        second,
        first,
        first,
        first,
    ]
    for name in ("nowhere", "0" * 40, "HEAD~9", ""):
        with pytest.raises(RevisionUnknown):
            history.resolve(name)


def test_a_repository_is_found_from_anywhere_in_its_checkout(git: Git, history: History) -> None:
    assert open_checkout(git.path / "drop/deep").resolve("HEAD") == git.run("rev-parse", "HEAD")


def test_a_place_that_is_in_no_repository_says_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(SourceUnreachable, match="not in a git repository"):
        open_checkout(tmp_path_factory.mktemp("plain"))


def read_trees(history: History) -> int:
    return len(history.objects._trees)
