"""A Sync whose changes are of several commits is a line for each."""

from __future__ import annotations

from fleet.cli.history import by_commit

SYNC = {"app": "shop", "commit": "c3", "author": "Cem", "subject": "Third", "changes": []}


def change(name: str, commit: str, author: str) -> dict[str, str]:
    return {"object": name, "action": "configure", "commit": commit, "author": author, "subject": f"By {author}"}


def test_each_commit_has_a_line_with_its_author_and_its_changes() -> None:
    first, second, third = change("a", "c1", "Ana"), change("b", "c2", "Ben"), change("c", "c1", "Ana")
    lines = by_commit({**SYNC, "changes": [first, second, third]})
    assert lines == [
        {"app": "shop", "commit": "c1", "author": "Ana", "subject": "By Ana", "changes": [first, third]},
        {"app": "shop", "commit": "c2", "author": "Ben", "subject": "By Ben", "changes": [second]},
    ]


def test_a_sync_that_changed_nothing_is_a_line_of_its_own_commit() -> None:
    assert by_commit(SYNC) == [SYNC]
