"""Keep of each change the commit that made it so."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

COLUMNS = {"commit": sa.String, "author": sa.Text, "subject": sa.Text}


def upgrade() -> None:
    """Add its id, author and subject."""
    with op.batch_alter_table("changes") as table:
        for name, kind in COLUMNS.items():
            table.add_column(sa.Column(name, kind, nullable=False, server_default=""))


def downgrade() -> None:
    """Remove them."""
    with op.batch_alter_table("changes") as table:
        for name in COLUMNS:
            table.drop_column(name)
