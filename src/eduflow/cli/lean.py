"""What a process that answers or works does without."""

import sys

_FOR_MIGRATIONS = ("sqlalchemy", "advanced_alchemy", "alembic")


def without_mapper() -> None:
    """Make SQLAlchemy and what stands on it impossible to import from now on.

    Litestar 2.25 imports them when it finds them installed: 31 MB in each process and a second of
    its start, for what only `eduflow migrate` uses.
    """
    for name in _FOR_MIGRATIONS:
        if name not in sys.modules:
            sys.modules[name] = None  # type: ignore[assignment]  # how Python marks what must fail
