"""A standby: a copy of the primary that follows its log, rebuilt when it can no longer follow."""

import shutil
from pathlib import Path

from eduflow.embedded.account import Account
from eduflow.embedded.binaries import PostgresBinaries
from eduflow.embedded.postgres import Address, PostgresServer, Primary, quoted
from eduflow.embedded.processes import run
from eduflow.embedded.psql import Administrator

REPLICATOR = "eduflow_replicator"
_SYSTEM = "Database system identifier:"


class Standby(PostgresServer):
    """Streams from the primary through a slot, so that nothing it still needs is thrown away."""

    def __init__(
        self,
        number: int,
        data: Path,
        *,
        primary: Primary,
        address: Address,
        binaries: PostgresBinaries,
        account: Account,
        log: Path,
        durable: bool,
        administrator: Administrator,
        password: str,
    ) -> None:
        super().__init__(
            f"standby-{number}",
            data,
            address=address,
            binaries=binaries,
            account=account,
            log=log,
            durable=durable,
        )
        self._primary = primary
        self._administrator = administrator
        self._password = password
        self._slot = f"standby_{number}"

    def prepare(self) -> None:
        self.clear_leftovers()
        if not self._can_follow():
            self.rebuild()
        self.write_settings(
            {
                "primary_conninfo": (
                    f"host={self._primary.address.sockets} port={self._primary.address.port} "
                    f"user={REPLICATOR} password={self._password} application_name={self._slot}"
                ),
                "primary_slot_name": self._slot,
                # The copy is of the primary's settings too; only its own buffers may be smaller.
                "shared_buffers": "32MB",
            }
        )

    def _can_follow(self) -> bool:
        if not (self.data / "standby.signal").exists():
            return False
        alive = self._administrator.ask(
            "SELECT count(*) FROM pg_replication_slots "  # wal_status 'lost': its log is gone
            f"WHERE slot_name = '{self._slot}' AND wal_status IS DISTINCT FROM 'lost'"
        )
        return alive == "1" and self._system(self.data) == self._system(self._primary.data)

    def _system(self, data: Path) -> str:
        told = run(
            [self.binaries.tool("pg_controldata"), str(data)],
            account=self.account,
            environment=self.binaries.libraries,
        )
        return next((line for line in told.splitlines() if line.startswith(_SYSTEM)), "")

    def rebuild(self) -> None:
        """Copy the primary anew, beside the old copy, and put it in its place when it is whole."""
        fresh = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self.account.own(fresh)
        slot = quoted(self._slot)
        self._administrator.ask(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots "
            f"WHERE slot_name = '{slot}' AND NOT active;\n"
            f"SELECT pg_create_physical_replication_slot('{slot}', true);"
        )
        run(
            [
                self.binaries.tool("pg_basebackup"),
                f"--pgdata={fresh}",
                "--wal-method=stream",
                "--checkpoint=fast",
                f"--slot={self._slot}",
                *([] if self.durable else ["--no-sync"]),
            ],
            account=self.account,
            environment={
                **self.binaries.libraries,
                "PGHOST": str(self._primary.address.sockets),
                "PGPORT": str(self._primary.address.port),
                "PGUSER": REPLICATOR,
                "PGPASSWORD": self._password,
            },
        )
        signal_file = fresh / "standby.signal"
        signal_file.touch(mode=0o600)
        self.account.own(signal_file)
        shutil.rmtree(self.data, ignore_errors=True)
        fresh.rename(self.data)
