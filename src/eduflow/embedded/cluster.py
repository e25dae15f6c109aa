"""A primary and its standbys as one thing: `eduflow up` runs it, tests stop and pause it."""

import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Literal, Self
from urllib.parse import quote

from eduflow.embedded.account import server_account
from eduflow.embedded.binaries import PostgresBinaries, find_postgres
from eduflow.embedded.ports import free_ports
from eduflow.embedded.postgres import Address, Primary
from eduflow.embedded.problems import EmbeddedError, StartFailed
from eduflow.embedded.processes import wait_until
from eduflow.embedded.psql import Administrator
from eduflow.embedded.secrets import SecretsFile
from eduflow.embedded.standby import REPLICATOR, Standby

Role = Literal["app", "worker", "owner"]
ROLES: tuple[Role, ...] = ("app", "worker", "owner")
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,55}")
_LONGEST_SOCKET_FOLDER = 80
"""A socket's whole path may have 107 bytes."""


def make_socket_folder() -> Path:
    """A private folder with a path short enough for Unix sockets; whoever made it removes it."""
    for parent in (Path("/tmp"), Path(tempfile.gettempdir())):  # noqa: S108 (mkdtemp makes it private)
        try:
            made = Path(tempfile.mkdtemp(prefix="eduflow-", dir=parent))
        except OSError:
            continue
        if len(str(made)) <= _LONGEST_SOCKET_FOLDER:
            server_account().own(made)
            return made
        made.rmdir()
    raise EmbeddedError(
        "there is no folder with a short path for the servers' sockets",
        advice="make /tmp writable, or set TMPDIR to a folder with a short path",
    )


class Cluster:
    """Real servers in one folder, with SCRAM on sockets and on loopback.

    As a context manager it starts everything and stops it again. Each database `X` has the roles
    `X_owner`, `X_app` and `X_worker`, none of them superuser. Not durable means fsync is off: data
    outlives a killed server, not a power cut.
    """

    def __init__(
        self,
        folder: Path,
        *,
        databases: Iterable[str] = (),
        standbys: int = 1,
        ports: list[int] | None = None,
        sockets: Path | None = None,
        logs: Path | None = None,
        durable: bool = True,
        binaries: PostgresBinaries | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        account = server_account()
        account.own(folder)
        self.folder = folder
        self.databases = tuple(databases)
        self.secrets = SecretsFile(folder.parent / f"{folder.name}.secrets.json")
        self._own_sockets = sockets is None
        self.sockets = sockets or make_socket_folder()
        self._like: dict[str, str] = {}
        version = folder / "primary" / "PG_VERSION"
        self.binaries = binaries or find_postgres(
            int(version.read_text()) if version.exists() else None
        )
        account.check_reach([folder / "primary", self.binaries.folder / "postgres"])
        chosen = ports or free_ports(1 + standbys)
        logs = logs or folder
        self.primary = Primary(
            folder / "primary",
            address=Address(port=chosen[0], sockets=self.sockets),
            binaries=self.binaries,
            account=account,
            log=logs / "primary.log",
            durable=durable,
            password=self.secrets.get("postgres"),
        )
        self._administrator = Administrator(self.primary, self.secrets.get("postgres"))
        self.standbys = tuple(
            Standby(
                number,
                folder / f"standby-{number}",
                primary=self.primary,
                address=Address(port=chosen[number], sockets=self.sockets),
                binaries=self.binaries,
                account=account,
                log=logs / f"standby-{number}.log",
                durable=durable,
                administrator=self._administrator,
                password=self.secrets.get(REPLICATOR),
            )
            for number in range(1, standbys + 1)
        )

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Everything up and replicating; every database there, on the standbys as well."""
        self.start_primary()
        for number in range(1, len(self.standbys) + 1):
            self.start_standby(number)
        # After the copies: a base backup of ten databases takes ten seconds longer.
        self.make_databases()
        self.catch_up(60)

    def stop(self) -> None:
        """Everything down, with clean data."""
        for server in (*reversed(self.standbys), self.primary):
            server.stop()
        if self._own_sockets:
            shutil.rmtree(self.sockets, ignore_errors=True)

    def start_primary(self) -> None:
        self.primary.start()
        self.primary.wait_ready()
        self.make_replicator()

    def make_replicator(self) -> None:
        self._make_role(REPLICATOR, "REPLICATION")

    def kill_primary(self) -> None:
        """End the primary at once, as a crash would; `start_primary` brings it back."""
        self.primary.kill()

    def start_standby(self, number: int = 1) -> None:
        standby = self.standbys[number - 1]
        standby.start()
        standby.wait_ready()

    def kill_standby(self, number: int = 1) -> None:
        self.standbys[number - 1].kill()

    def pause_standby(self, number: int = 1) -> None:
        """Stop showing what arrives; it is still received. Returns when replay stands still."""
        self.ask_standby("SELECT pg_wal_replay_pause()", number)
        paused = "SELECT pg_get_wal_replay_pause_state() = 'paused'"
        if not wait_until(lambda: self.ask_standby(paused, number) == "t", 10):
            raise StartFailed(f"standby {number} does not pause")

    def resume_standby(self, number: int = 1) -> None:
        self.ask_standby("SELECT pg_wal_replay_resume()", number)

    def catch_up(self, seconds: float = 10.0) -> None:
        """Return when every standby shows all that is committed now."""
        target = self.ask("SELECT pg_current_wal_flush_lsn()")
        seen = f"SELECT pg_last_wal_replay_lsn() >= '{target}'"
        numbers = range(1, len(self.standbys) + 1)
        if not wait_until(lambda: {self.ask_standby(seen, n) for n in numbers} <= {"t"}, seconds):
            raise StartFailed(f"the standbys did not catch up within {seconds:.0f} s")

    def ask(self, sql: str, database: str = "postgres") -> str:
        """Run SQL on the primary as superuser; one row a line."""
        return self._administrator.ask(sql, database=database)

    def ask_standby(self, sql: str, number: int = 1, database: str = "postgres") -> str:
        administrator = Administrator(self.standbys[number - 1], self.secrets.get("postgres"))
        return administrator.ask(sql, database=database)

    def dsn(self, database: str, role: Role = "app") -> str:
        """The primary, through its socket."""
        return self._dsn(self.primary.address, database, self._role(database, role))

    def standby_dsn(self, number: int, database: str, role: Role = "app") -> str:
        """A standby, counted from 1, through its socket."""
        address = self.standbys[number - 1].address
        return self._dsn(address, database, self._role(database, role))

    def settings(self, database: str) -> dict[str, str]:
        """Environment variables by which EduFlow finds a database and its copies."""
        prefix = f"EDUFLOW_{database.upper()}"
        numbers = range(1, len(self.standbys) + 1)
        return {
            f"{prefix}_DSN": self.dsn(database, "app"),
            f"{prefix}_WORKER_DSN": self.dsn(database, "worker"),
            f"{prefix}_OWNER_DSN": self.dsn(database, "owner"),
            f"{prefix}_API_REPLICAS": " ".join(self.standby_dsn(n, database) for n in numbers),
        }

    def admin_dsn(self, database: str = "postgres") -> str:
        """The primary as superuser, whom row-level security does not bind."""
        return self._dsn(self.primary.address, database, "postgres")

    def _role(self, database: str, role: Role) -> str:
        return f"{self._like.get(database, database)}_{role}"

    def _dsn(self, address: Address, database: str, role: str) -> str:
        socket_folder = quote(str(address.sockets), safe="/")
        return (
            f"postgresql://{role}:{self.secrets.get(role)}@/{database}"
            f"?host={socket_folder}&port={address.port}"
        )

    def make_databases(self) -> None:
        """Every database of this cluster that is not there yet. Repeating it changes nothing."""
        there = set(self.ask("SELECT datname FROM pg_database").splitlines())
        for database in self.databases:
            for role in ROLES:
                self._make_role(f"{database}_{role}", "")
            if database not in there:
                self.create_database(database)

    def create_database(
        self, name: str, *, template: str | None = None, like: str | None = None
    ) -> None:
        """A database with the roles of `like` (default: the template's, else its own)."""
        _check_name(name)
        family = like or (self._like.get(template, template) if template else name)
        self._like[name] = family
        if like is None and template is None:
            for role in ROLES:
                self._make_role(f"{name}_{role}", "")
        source = template or "template0"
        self.ask(
            f'CREATE DATABASE "{name}" OWNER "{family}_owner" TEMPLATE "{source}";\n'
            f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC;\n'
            f'GRANT CONNECT ON DATABASE "{name}" TO "{family}_app", "{family}_worker";'
        )

    def drop_database(self, name: str) -> None:
        """Gone, whoever is connected. Its roles stay: other databases may use them."""
        _check_name(name)
        self.ask(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._like.pop(name, None)

    def _make_role(self, name: str, rights: str) -> None:
        _check_name(name)
        password = self.secrets.get(name)
        known = self.ask(f"SELECT count(*) FROM pg_roles WHERE rolname = '{name}'") == "1"
        if not known:
            self.ask(f"CREATE ROLE \"{name}\" LOGIN {rights} PASSWORD '{password}'")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise EmbeddedError(f"{name!r} is not a name for a database or role")
