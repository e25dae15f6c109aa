"""Asking a server as its administrator, through the `psql` that comes with it."""

import msgspec

from eduflow.embedded.account import Account
from eduflow.embedded.postgres import PostgresServer
from eduflow.embedded.processes import clean_environment, run


class Administrator(msgspec.Struct, frozen=True):
    """The superuser of a server: makes databases and looks at replication; never serves."""

    server: PostgresServer
    password: str

    def ask(self, sql: str, *, database: str = "postgres") -> str:
        """Run statements, each on its own, and return the values, one row a line, `|` between."""
        server = self.server
        return run(
            [server.binaries.tool("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"],
            # psql itself may be root; only servers may not.
            account=Account(),
            environment=clean_environment(
                {
                    **server.binaries.libraries,
                    "PGHOST": str(server.address.sockets),
                    "PGPORT": str(server.address.port),
                    "PGUSER": "postgres",
                    "PGPASSWORD": self.password,
                    "PGDATABASE": database,
                    "PGAPPNAME": "eduflow up",
                    "PGCONNECT_TIMEOUT": "10",
                }
            ),
            stdin=sql,
        )
