"""The signing keys, for an operator's hands: each call opens what it needs and closes it again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eduflow.kernel.audit.keys import AuditKeys
from eduflow.kernel.clock import utc_now
from eduflow.kernel.commands import Command, Commands
from eduflow.kernel.db.pools import Database
from eduflow.kernel.settings import Settings
from eduflow.services.api_core.commands.turn_keys import (
    RotateSigningKeys,
    WithdrawSigningKey,
    rotate_signing_keys,
    withdraw_signing_key,
)
from eduflow.services.api_core.login.desk import NOBODY
from eduflow.services.api_core.login.looks import Looks

Row = tuple[str, str, str]
"""`kid`, state, and since when."""


async def all_keys(settings: Settings) -> list[Row]:
    """Oldest first."""
    async with _database(settings) as database:
        return await _rows(database)


async def rotate(settings: Settings) -> list[Row]:
    """Signing processes follow within a second or two; answers with the keys as they are then."""
    return await _turn(settings, RotateSigningKeys(secret=settings.secret))


async def withdraw(settings: Settings, kid: str) -> list[Row]:
    """Raises NotFound; its tokens are refused everywhere within a minute."""
    return await _turn(settings, WithdrawSigningKey(secret=settings.secret, kid=kid))


async def _turn(settings: Settings, command: Command[None]) -> list[Row]:
    async with _database(settings) as database:
        commands = Commands(
            database,
            handlers={
                RotateSigningKeys: rotate_signing_keys,
                WithdrawSigningKey: withdraw_signing_key,
            },
            refusals={},
            clock=utc_now,
            ring=_nobody_waits,
            audit=AuditKeys(settings.secret),
        )
        await commands.execute(command, access=NOBODY)
        return await _rows(database)


def _nobody_waits() -> None:
    """Keys are no event."""


async def _rows(database: Database) -> list[Row]:
    keys = sorted(await Looks(database.primary).keys(), key=lambda key: (key.created, key.kid))
    return [(key.kid, key.state, f"{key.changed:%Y-%m-%d %H:%M:%S %Z}") for key in keys]


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[Database]:
    database = await Database.open("api_core", settings, worker=False)
    try:
        yield database
    finally:
        await database.close()
