"""A first draft of a revision, from what lies between a database and its description."""

import re
from collections.abc import Iterable
from pathlib import Path

_REVISION = '''"""{message}."""

from migrations_support import run_sql

revision = "{database}_{number:04d}"
down_revision = {previous}
branch_labels = {labels}
depends_on = {needs}


def upgrade() -> None:
    run_sql(__file__)
'''
_SQL = """\
-- {message}.
--
-- A DRAFT. Before you commit it: say why, and not what. Fill new columns of old rows. Give a new
-- table row-level security, policies and grants (0001 has a loop for it); no draft knows them.

{statements}
"""


def write_draft(
    folder: Path, statements: Iterable[str], *, database: str, message: str
) -> tuple[Path, Path]:
    """Write the next revision into a database's folder: the SQL, and the file that runs it."""
    folder.mkdir(exist_ok=True)
    numbers = [int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]_*.py")]
    number = max(numbers, default=0) + 1
    first = number == 1
    message = message.strip().rstrip(".")
    stem = f"{number:04d}_{re.sub(r'[^a-z0-9]+', '_', message.lower()).strip('_')}"
    sql, revision = folder / f"{stem}.sql", folder / f"{stem}.py"
    sql.write_text(_SQL.format(message=message, statements="\n".join(statements)), encoding="utf-8")
    revision.write_text(
        _REVISION.format(
            message=message,
            database=database,
            number=number,
            previous=None if first else f'"{database}_{number - 1:04d}"',
            labels=f'("{database}",)' if first else None,
            needs='("kernel_0001",)' if first else None,
        ),
        encoding="utf-8",
    )
    return sql, revision
