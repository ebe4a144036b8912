"""Run by alembic: migrate over the connection that `fleet.store.database` lends."""

from alembic import context

from fleet.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
