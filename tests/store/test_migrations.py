"""What the migrations make is what the tables say."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from fleet.store.database import migrate
from fleet.store.tables import METADATA


def test_the_migrations_make_exactly_the_tables(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.begin() as connection:
        migrate(connection)
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []
        assert set(inspect(connection).get_table_names()) == {"alembic_version", "syncs", "changes", "drifts"}
    engine.dispose()


def test_changes_kept_before_there_were_commits_of_them_stay(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/x.db")
    row = "INSERT INTO changes (sync_id, object, action, cause, reason, error) VALUES (1, 'x', 'create', 'commit', '', '')"
    with engine.begin() as connection:
        migrate(connection, to="0001")
        connection.execute(text(row))
        migrate(connection)
        found = connection.execute(text('SELECT object, "commit", author, subject FROM changes')).all()
    engine.dispose()
    assert [tuple(each) for each in found] == [("x", "", "", "")]


def test_migrating_twice_changes_nothing(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.begin() as connection:
        migrate(connection)
        migrate(connection)
        assert MigrationContext.configure(connection).get_current_revision() == "0002"
    engine.dispose()
