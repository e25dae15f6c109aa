"""Brings databases to the newest revision: the kernel's tables first, then the service's own."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from eduflow.kernel.settings import Settings, SettingsError

_LOCK = 0x_ED0F_107E
"""Advisory lock: two deployments that start at once migrate one after the other."""


def migrations_folder() -> Path:
    """Where the revisions lie: beside `src` in a checkout, inside the package when installed."""
    package = Path(__file__).resolve().parents[2]
    for candidate in (package / "migrations", package.parents[1] / "migrations"):
        if (candidate / "env.py").is_file():
            return candidate
    raise FileNotFoundError(f"no migrations beside {package}; install EduFlow again")


def configuration(database: str, connection: Connection | None) -> Config:
    """Alembic's view of one database."""
    root = migrations_folder()
    config = Config()
    config.set_main_option("script_location", str(root).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    folders = [str(root / name).replace("%", "%%") for name in ("kernel", database)]
    config.set_main_option("version_locations", "\n".join(folders))
    config.attributes.update(connection=connection, database=database)
    return config


async def upgrade_database(database: str, owner_dsn: str) -> None:
    """Run what is missing; doing it twice, or from two machines at once, is the same as once."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(owner_dsn),
        poolclass=NullPool,
    )
    guard = await asyncpg.connect(owner_dsn)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", _LOCK)
        async with engine.connect() as connection:
            await connection.run_sync(
                lambda sync: command.upgrade(configuration(database, sync), "heads")
            )
            await connection.commit()
    finally:
        await guard.close()
        await engine.dispose()


def upgrade(settings: Settings, databases: Iterable[str]) -> None:
    """Bring each named database up to date; SettingsError where its owner's address is missing."""
    chosen = list(databases)
    faults = [
        f"EDUFLOW_{name.upper()}_OWNER_DSN is not set, and only the owner may change tables"
        for name in chosen
        if name not in settings.databases or settings.databases[name].owner is None
    ]
    if faults:
        raise SettingsError(faults)

    async def run() -> None:
        for name in chosen:
            owner = settings.databases[name].owner
            if owner is not None:
                await upgrade_database(name, owner.value)

    asyncio.run(run())


__all__ = ["CommandError", "configuration", "migrations_folder", "upgrade", "upgrade_database"]
