"""Make the tables of syncs, their changes, and drifts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "syncs",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cluster", sa.String, nullable=False),
        sa.Column("app", sa.String, nullable=False),
        sa.Column("commit", sa.String, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("state", sa.String, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("started", MOMENT, nullable=False),
        sa.Column("ended", MOMENT, nullable=False),
    )
    op.create_index("syncs_of_app", "syncs", ["cluster", "app", "id"])
    op.create_index("syncs_by_end", "syncs", ["ended"])
    op.create_table(
        "changes",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("sync_id", sa.Integer, sa.ForeignKey("syncs.id", ondelete="CASCADE"), nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("action", sa.String, nullable=False),
        sa.Column("cause", sa.String, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=False),
    )
    op.create_index("changes_of_sync", "changes", ["sync_id"])
    op.create_index("changes_of_object", "changes", ["object", "sync_id"])
    op.create_table(
        "drifts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("cluster", sa.String, nullable=False),
        sa.Column("app", sa.String, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.Column("manager", sa.Text, nullable=False),
        sa.Column("time", sa.String, nullable=False),
        sa.Column("seen", MOMENT, nullable=False),
        sa.Column("reverted", sa.Boolean, nullable=False),
    )
    op.create_index("drifts_of_app", "drifts", ["cluster", "app", "id"])
    op.create_index("drifts_by_time", "drifts", ["seen"])


def downgrade() -> None:
    """Remove them."""
    for table in ("drifts", "changes", "syncs"):
        op.drop_table(table)
