"""The tables. A change here needs a migration beside it, which a test compares."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, DateTime, Dialect, ForeignKey, Index, Integer, String, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite keeps no zone: it is set again when a row is read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn to UTC; a time without a zone is a mistake."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"a time without a zone: {value}")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give it its zone."""
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC))


class SyncRow(SQLModel, table=True):
    """A Sync, or several equal ones in a row that changed nothing."""

    __tablename__: ClassVar[Any] = "syncs"
    __table_args__ = (Index("syncs_of_app", "cluster", "app", "id"), Index("syncs_by_end", "ended"))

    id: int | None = Field(default=None, primary_key=True)
    cluster: str
    app: str
    commit: str
    author: str = Field(sa_column=Column(Text, nullable=False))
    subject: str = Field(sa_column=Column(Text, nullable=False))
    state: str
    message: str = Field(sa_column=Column(Text, nullable=False))
    attempts: int
    started: datetime = Field(sa_column=Column(Moment, nullable=False))
    ended: datetime = Field(sa_column=Column(Moment, nullable=False))


class ChangeRow(SQLModel, table=True):
    """What a Sync did to one object; `commit` and what is said of it are empty where they are the Sync's own."""

    __tablename__: ClassVar[Any] = "changes"
    __table_args__ = (Index("changes_of_sync", "sync_id"), Index("changes_of_object", "object", "sync_id"))

    id: int | None = Field(default=None, primary_key=True)
    sync_id: int = Field(sa_column=Column(Integer, ForeignKey("syncs.id", ondelete="CASCADE"), nullable=False))
    object: str = Field(sa_column=Column(Text, nullable=False))
    action: str
    cause: str
    reason: str = Field(sa_column=Column(Text, nullable=False))
    error: str = Field(sa_column=Column(Text, nullable=False))
    commit: str = Field(sa_column=Column(String, nullable=False, server_default=""))
    author: str = Field(sa_column=Column(Text, nullable=False, server_default=""))
    subject: str = Field(sa_column=Column(Text, nullable=False, server_default=""))


class DriftRow(SQLModel, table=True):
    """A live object that was not what had been applied."""

    __tablename__: ClassVar[Any] = "drifts"
    __table_args__ = (Index("drifts_of_app", "cluster", "app", "id"), Index("drifts_by_time", "seen"))

    id: int | None = Field(default=None, primary_key=True)
    cluster: str
    app: str
    object: str = Field(sa_column=Column(Text, nullable=False))
    kind: str
    fields_: list[dict[str, Any]] = Field(sa_column=Column("fields", JSON, nullable=False))
    manager: str = Field(sa_column=Column(Text, nullable=False))
    time: str
    seen: datetime = Field(sa_column=Column(Moment, nullable=False))
    reverted: bool


METADATA = SQLModel.metadata
# Rows are written and read as plain values, which costs a fifth of what objects cost.
SYNCS: Any = SyncRow.__table__  # type: ignore[attr-defined]
CHANGES: Any = ChangeRow.__table__  # type: ignore[attr-defined]
DRIFTS: Any = DriftRow.__table__  # type: ignore[attr-defined]
