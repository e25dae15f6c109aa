"""What revisions share: they are SQL files, run as they stand, with the names of the roles filled in."""

from pathlib import Path

from alembic import context, op
from sqlalchemy.util import await_only


def run_sql(revision_file: str) -> None:
    """Run the SQL file beside a revision, in the revision's transaction.

    A revision waits for a lock 4 seconds and no longer, so that a migration never queues the
    whole school behind one slow reader.
    """
    database = context.config.attributes["database"]
    text = Path(revision_file).with_suffix(".sql").read_text(encoding="utf-8")
    for role in ("app", "worker", "owner"):
        text = text.replace(f"__{role}__", f"{database}_{role}")
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    # Sent to the driver as it stands: SQLAlchemy would take ':name' in a function for a parameter.
    await_only(op.get_bind().connection.driver_connection.execute(text))
