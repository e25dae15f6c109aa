"""Runs one database's revisions: those of the kernel, then its own. See `eduflow.kernel.db.migrate`."""

import sys
from pathlib import Path

from alembic import context

sys.path.insert(0, str(Path(__file__).parent))

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=context.config.attributes.get("metadata"),
    transaction_per_migration=True,
    compare_type=True,
    include_name=context.config.attributes.get("include_name"),
)
with context.begin_transaction():
    context.run_migrations()
