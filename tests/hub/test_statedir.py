"""One hub at a time on a state directory, and an id that outlives it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.errors import StateDirectoryLocked
from fleet.hub.statedir import claimed


def test_a_second_hub_on_a_state_directory_is_refused(tmp_path: Path) -> None:
    with claimed(tmp_path / "state"), pytest.raises(StateDirectoryLocked, match="Another hub"), claimed(tmp_path / "state"):
        pass


def test_the_lock_ends_with_the_hub(tmp_path: Path) -> None:
    with claimed(tmp_path) as first:
        pass
    with claimed(tmp_path) as second:
        assert second.id == first.id


def test_a_holder_names_the_directory_and_the_life(tmp_path: Path) -> None:
    with claimed(tmp_path) as first:
        pass
    with claimed(tmp_path) as second:
        assert first.holder.partition("/")[0] == second.holder.partition("/")[0]
        assert first.holder != second.holder


def test_two_directories_have_two_ids(tmp_path: Path) -> None:
    with claimed(tmp_path / "one") as one, claimed(tmp_path / "two") as two:
        assert one.id != two.id


def test_an_empty_id_file_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("")
    with claimed(tmp_path) as directory:
        assert len(directory.id) == 16


def test_nobody_else_may_read_a_new_state_directory(tmp_path: Path) -> None:
    with claimed(tmp_path / "state") as directory:
        assert directory.path.stat().st_mode & 0o077 == 0
