"""Which of asyncpg's errors say that a server is not there, and what is known then."""

import asyncio

import asyncpg

LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    # asyncpg's word for a connection on which the server has said goodbye, but not yet hung up.
    asyncpg.InternalClientError,
    OSError,
    asyncio.TimeoutError,
)
"""The connection is gone, and with it the knowledge of what became of the statement."""
TURNED_AWAY = (asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)
"""The server would not have us, and has heard nothing."""
AWAY = (*LOST, *TURNED_AWAY, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError)
"""The server does not serve at this moment."""
