"""Runs one database's revisions: those of the kernel, then its own. See `eduflow.kernel.db.migrate`."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.version_table_name,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
