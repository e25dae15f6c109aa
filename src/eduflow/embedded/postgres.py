"""One PostgreSQL server: its folder, its settings, its life."""

import shutil
import signal
from pathlib import Path

import msgspec
import psutil

from eduflow.embedded.account import Account
from eduflow.embedded.binaries import PostgresBinaries
from eduflow.embedded.problems import EmbeddedError
from eduflow.embedded.processes import (
    Part,
    clean_environment,
    last_lines,
    processes_in,
    run,
    wait_until,
)

_FIRST_WITH_BUILTIN_LOCALE = 17
_FIRST_WITH_IO_METHOD = 18
_STATUS_LINE = 7

SETTINGS = {
    "wal_level": "replica",
    "hot_standby": "on",
    "hot_standby_feedback": "on",
    # A commit that hands out a position must be in the log; off makes standbys 200 ms late.
    "synchronous_commit": "on",
    "idle_in_transaction_session_timeout": "30s",
    "wal_retrieve_retry_interval": "200ms",
    "wal_receiver_status_interval": "1s",
    # Screens are read from the standby: a long report must not hold back what others wrote.
    "max_standby_streaming_delay": "5s",
    # A standby that is away for long is rebuilt, rather than filling the disk.
    "max_slot_wal_keep_size": "2GB",
    "max_connections": "200",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "max_logical_replication_workers": "0",
    "autovacuum_max_workers": "2",
    "shared_buffers": "48MB",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "512MB",
    "min_wal_size": "64MB",
    "jit": "off",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
    "lc_messages": "C",
}


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a server listens: a TCP port on loopback, and a socket of the same number."""

    port: int
    sockets: Path


class PostgresServer(Part):
    """A primary or a standby. Subclasses fill the folder; this one keeps it running."""

    stop_signal = signal.SIGINT  # "fast": ends sessions, writes a checkpoint

    def __init__(
        self,
        name: str,
        data: Path,
        *,
        address: Address,
        binaries: PostgresBinaries,
        account: Account,
        log: Path,
        durable: bool,
    ) -> None:
        super().__init__(name, ports=[address.port], log=log, account=account)
        self.data = data
        self.address = address
        self.binaries = binaries
        self.durable = durable

    def folder(self) -> Path:
        return self.data

    def argv(self) -> list[str]:
        return [self.binaries.tool("postgres"), "-D", str(self.data)]

    def environment(self) -> dict[str, str]:
        return clean_environment(self.binaries.libraries)

    def is_ready(self) -> bool:
        """Whether the server of this start, and not an earlier one's file, takes connections."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        mine = self.process is not None and lines[:1] == [str(self.process.pid)]
        return mine and len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready"

    def clear_leftovers(self) -> None:
        """End what an earlier, killed start left running here, and drop its claim to the folder."""
        left = processes_in(self.data)
        for process in left:
            try:
                process.send_signal(signal.SIGINT)
            except psutil.NoSuchProcess:
                continue
        if not wait_until(lambda: not processes_in(self.data), 10):
            for process in processes_in(self.data):
                process.kill()
            if not wait_until(lambda: not processes_in(self.data), 10):
                raise EmbeddedError(
                    f"a process of an earlier start does not end: {processes_in(self.data)}",
                    advice="end it by hand and start again",
                )
        # Its number may belong to somebody else by now, and PostgreSQL would refuse to start.
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def write_settings(self, extra: dict[str, str]) -> None:
        """Our settings, whole, at each start: a changed port or version leaves nothing behind."""
        settings = {
            **SETTINGS,
            "listen_addresses": "127.0.0.1",
            "port": str(self.address.port),
            "unix_socket_directories": str(self.address.sockets),
            "fsync": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
            "recovery_init_sync_method": "syncfs",
            **extra,
        }
        if self.binaries.major >= _FIRST_WITH_IO_METHOD:
            settings["io_method"] = "sync"
        lines = [f"{key} = '{quoted(value)}'" for key, value in settings.items()]
        self._write("postgresql.conf", "\n".join(lines) + "\n")
        self._write("postgresql.auto.conf", "")
        rules = [
            f"{how:9} {database:12} all {where:12} scram-sha-256"
            for database in ("all", "replication")
            for how, where in (("local", ""), ("host", "127.0.0.1/32"))
        ]
        self._write("pg_hba.conf", "\n".join(rules) + "\n")

    def _write(self, name: str, content: str) -> None:
        path = self.data / name
        path.touch(mode=0o600)
        path.write_text(content)
        self.account.own(path)

    def failure(self) -> str:
        return last_lines(self.log)


class Primary(PostgresServer):
    """The server that is written to."""

    def __init__(
        self,
        data: Path,
        *,
        address: Address,
        binaries: PostgresBinaries,
        account: Account,
        log: Path,
        durable: bool,
        password: str,
    ) -> None:
        super().__init__(
            "primary",
            data,
            address=address,
            binaries=binaries,
            account=account,
            log=log,
            durable=durable,
        )
        self._password = password

    def prepare(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._make()
        self.clear_leftovers()
        self.write_settings({})

    def _make(self) -> None:
        # Made aside and renamed: a start that is killed here leaves no half-made cluster.
        fresh = self.data.with_name("primary.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self.account.own(fresh)
        password = self.data.with_name(".superuser")
        password.touch(mode=0o600)
        password.write_text(self._password + "\n")
        self.account.own(password)
        locale = (
            ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
            if self.binaries.major >= _FIRST_WITH_BUILTIN_LOCALE
            else ["--locale=C.UTF-8"]
        )
        try:
            run(
                [
                    self.binaries.tool("initdb"),
                    f"--pgdata={fresh}",
                    "--username=postgres",
                    "--encoding=UTF8",
                    *locale,
                    "--auth=scram-sha-256",
                    f"--pwfile={password}",
                    *([] if self.durable else ["--no-sync"]),
                ],
                account=self.account,
                environment=self.binaries.libraries,
            )
        finally:
            password.unlink()
        fresh.rename(self.data)


def quoted(value: str) -> str:
    """For the inside of single quotes, in SQL and in PostgreSQL's settings files alike."""
    return value.replace("'", "''")
