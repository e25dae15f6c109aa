"""Brings databases to the newest revision: the kernel's tables first, then the service's own.

A folder of revisions may hold a file `builds_on` that names other folders, one a line, whose tables
come between the two.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import asyncpg
from advanced_alchemy.alembic.commands import AlembicCommands
from advanced_alchemy.config import AlembicAsyncConfig, SQLAlchemyAsyncConfig
from alembic.util import CommandError
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
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


@contextlib.asynccontextmanager
async def connected(owner_dsn: str) -> AsyncIterator[AsyncConnection]:
    """A connection of the owner's, as SQLAlchemy's; what is not committed is rolled back."""
    engine = create_async_engine(
        "postgresql+asyncpg://",
        async_creator=lambda: asyncpg.connect(owner_dsn),
        poolclass=NullPool,
    )
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


def revisions(database: str, connection: AsyncConnection) -> AlembicCommands:
    """Alembic's commands on one database: the kernel's folder of revisions, and its own."""
    root = migrations_folder()
    commands = AlembicCommands(
        SQLAlchemyAsyncConfig(
            engine_instance=connection.engine,
            bind_key=database,
            alembic_config=AlembicAsyncConfig(
                script_config="",  # no alembic.ini of whoever's folder this runs in
                script_location=_taken_literally(root),
                version_table_name="alembic_version",
                render_as_batch=False,
            ),
        )
    )
    # What advanced-alchemy has no words for: several folders, and the connection env.py is to use.
    commands.config.set_main_option("path_separator", "newline")
    folders = [
        _taken_literally(root / name) for name in ("kernel", *_below(root / database), database)
    ]
    commands.config.set_main_option("version_locations", "\n".join(folders))
    # Where revisions find what they share.
    commands.config.set_main_option("prepend_sys_path", _taken_literally(root))
    commands.config.attributes["database"] = database
    return commands


def _below(folder: Path) -> list[str]:
    named = folder / "builds_on"
    return named.read_text(encoding="utf-8").split() if named.is_file() else []


def _taken_literally(path: Path) -> str:
    return str(path).replace("%", "%%")


async def upgrade_database(database: str, owner_dsn: str) -> None:
    """Run what is missing; doing it twice, or from two machines at once, is the same as once."""
    guard = await asyncpg.connect(owner_dsn)
    try:
        await guard.execute("SELECT pg_advisory_lock($1)", _LOCK)
        async with connected(owner_dsn) as connection:
            commands = revisions(database, connection)

            def run(sync: Connection) -> None:
                commands.config.attributes["connection"] = sync
                commands.upgrade("heads")

            await connection.run_sync(run)
            await connection.commit()
    finally:
        await guard.close()


def owners(settings: Settings, databases: Iterable[str]) -> dict[str, str]:
    """The owner's address of each; SettingsError where one is missing."""
    chosen = list(databases)
    faults = [
        f"EDUFLOW_{name.upper()}_OWNER_DSN is not set, and only the owner may change tables"
        for name in chosen
        if name not in settings.databases or settings.databases[name].owner is None
    ]
    if faults:
        raise SettingsError(faults)
    addresses = {name: settings.databases[name].owner for name in chosen}
    return {name: owner.value for name, owner in addresses.items() if owner is not None}


def upgrade(settings: Settings, databases: Iterable[str]) -> None:
    """Bring each named database up to date; SettingsError where its owner's address is missing."""
    addresses = owners(settings, databases)

    async def run() -> None:
        for name, address in addresses.items():
            await upgrade_database(name, address)

    asyncio.run(run())


__all__ = [
    "CommandError",
    "connected",
    "migrations_folder",
    "owners",
    "revisions",
    "upgrade",
    "upgrade_database",
]
