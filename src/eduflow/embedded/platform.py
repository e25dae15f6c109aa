"""The whole platform on one machine: which parts there are, and in which order they start."""

import http.client
import os
import shlex
import shutil
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from eduflow import directory
from eduflow.embedded.account import Account, server_account
from eduflow.embedded.broker import Broker
from eduflow.embedded.cluster import Cluster, make_socket_folder
from eduflow.embedded.model import local_model
from eduflow.embedded.objects import Objects
from eduflow.embedded.ports import check_free
from eduflow.embedded.problems import EmbeddedError
from eduflow.embedded.processes import Part
from eduflow.embedded.secrets import SecretsFile, write_private
from eduflow.embedded.state import DataFolder
from eduflow.embedded.supervisor import Command, StopAsked, Supervisor, stop_when_asked

LARGEST_OFFSET = 36_000


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What `eduflow up` was asked for."""

    data_dir: Path
    port_offset: int = 0
    demo: bool = True
    services: tuple[str, ...] = ()
    """Names of services; none means all that are built."""
    standbys: int = 1
    servers_only: bool = False
    """Start what the services stand on, and not the services."""


class Platform:
    """Everything that one `eduflow up` runs, less what the caller's settings name outside."""

    def __init__(self, options: Options, *, tell: Callable[[str], None]) -> None:
        if not 0 <= options.port_offset <= LARGEST_OFFSET:
            raise EmbeddedError(
                f"--port-offset {options.port_offset} would leave the range of ports",
                advice=f"take one from 0 to {LARGEST_OFFSET}",
            )
        self._options = options
        self._tell = tell
        self.folder = DataFolder(options.data_dir)
        chosen = map(directory.place, options.services)
        self._places = tuple(chosen) or directory.built_places()
        needed = dict.fromkeys(place.database for place in self._places)
        self._databases = [
            name for name in needed if f"EDUFLOW_{name.upper()}_DSN" not in os.environ
        ]

    def run(self, *, ready: Callable[[list[str]], None]) -> None:
        """Start, call `ready` with what to print, and stay until asked to stop."""
        account = server_account()
        self.folder.make(mode=0o700 if account.uid is None else 0o711)
        with self.folder:
            for name in self.folder.clear_leftovers():
                self._tell(f"ended {name}, left by a start that was killed")
            supervisor = Supervisor(self.folder, tell=self._tell)
            supervisor.state.port_offset = self._options.port_offset
            sockets = make_socket_folder()
            supervisor.state.sockets = str(sockets)
            try:
                stop_when_asked()
                supervisor.state.summary = self._start(supervisor, sockets)
                supervisor.state.phase = "ready"
                supervisor.announce("")
                ready(supervisor.state.summary)
                supervisor.watch()
            except StopAsked:
                pass
            except EmbeddedError as fault:
                supervisor.state.phase, supervisor.state.doing = "failed", str(fault)
                supervisor.state.advice = fault.advice
                raise
            finally:
                failure = supervisor.state.doing
                supervisor.stop()
                shutil.rmtree(sockets, ignore_errors=True)
                if supervisor.state.phase == "failed":
                    supervisor.state.doing = failure
                self.folder.environment.unlink(missing_ok=True)
                supervisor.finish()

    def _start(self, supervisor: Supervisor, sockets: Path) -> list[str]:
        environment, secrets = self._settings(), SecretsFile(self.folder.path / "secrets.json")
        account = server_account()
        cluster = self._cluster(sockets) if self._databases or not self._places else None
        broker = self._broker(sockets, secrets, account)
        objects = self._objects(sockets, secrets, account)
        model = local_model(
            self.folder,
            environment,
            port=self._port(directory.MODEL_PORT),
            secrets=secrets,
            tell=self._tell,
        )
        apart = [part for part in (broker, objects, model) if part is not None]
        services = [] if self._options.servers_only else self._commands(environment)
        servers: list[Part] = [cluster.primary, *cluster.standbys] if cluster else []
        check_free(
            (part.name, port) for part in (*servers, *apart, *services) for port in part.ports
        )

        supervisor.announce("starting the servers")
        for part in apart:
            supervisor.start(part)
        if cluster is not None:
            self._start_cluster(supervisor, cluster)
            for database in self._databases:
                environment |= cluster.settings(database)
        if broker is not None:
            environment.setdefault("EDUFLOW_BROKER_URL", broker.url)
        if objects is not None:
            environment |= {
                "EDUFLOW_S3_URL": objects.url,
                "EDUFLOW_S3_ACCESS_KEY": "eduflow",
                "EDUFLOW_S3_SECRET_KEY": secrets.get("s3"),
            }
        if model is not None:
            environment |= model.settings()
        environment.setdefault("EDUFLOW_SECRET", secrets.get("secret"))
        self._keep(environment)
        if not self._options.servers_only:
            self._start_services(supervisor, environment, apart)
        else:
            supervisor.announce("waiting for the other servers")
            supervisor.wait(*apart)
        return self._summary(environment)

    def _start_cluster(self, supervisor: Supervisor, cluster: Cluster) -> None:
        supervisor.announce("starting the PostgreSQL primary")
        supervisor.start(cluster.primary)
        supervisor.wait(cluster.primary)
        cluster.make_replicator()
        for standby in cluster.standbys:
            supervisor.announce(f"starting the PostgreSQL {standby.name}")
            supervisor.start(standby)
        supervisor.wait(*cluster.standbys)
        supervisor.announce("making the databases")
        cluster.make_databases()
        cluster.catch_up(60)

    def _start_services(
        self, supervisor: Supervisor, environment: dict[str, str], servers: Sequence[Part]
    ) -> None:
        eduflow = [sys.executable, "-m", "eduflow"]
        supervisor.announce("bringing the databases up to date")
        supervisor.once(
            [*eduflow, "migrate"], environment=environment, log=self.folder.logs / "migrate.log"
        )
        supervisor.announce("waiting for the other servers")
        supervisor.wait(*servers)
        commands = self._commands(environment)
        supervisor.announce("starting the services")
        for command in commands:
            supervisor.start(command)
        # The list of logins is written last: where it is, the schools are whole.
        if self._options.demo and not self.folder.demo_logins.exists():
            supervisor.announce("making the demo schools")
            supervisor.once(
                [*eduflow, "seed", "--demo"],
                environment=environment,
                log=self.folder.logs / "seed.log",
            )
        supervisor.announce("waiting for the services")
        supervisor.wait(*commands)

    def _cluster(self, sockets: Path) -> Cluster:
        standbys = range(self._options.standbys)
        return Cluster(
            self.folder.path / "postgres",
            databases=self._databases,
            standbys=self._options.standbys,
            ports=[
                self._port(directory.POSTGRES_PORT),
                *(self._port(directory.STANDBY_PORT + number) for number in standbys),
            ],
            sockets=sockets,
            logs=self.folder.logs,
        )

    def _broker(self, sockets: Path, secrets: SecretsFile, account: Account) -> Broker | None:
        if "EDUFLOW_BROKER_URL" in os.environ:
            return None
        return Broker(
            self.folder.path / "broker",
            port=self._port(directory.BROKER_PORT),
            sockets=sockets,
            password=secrets.get("broker"),
            account=account,
            log=self.folder.logs / "broker.log",
        )

    def _objects(self, sockets: Path, secrets: SecretsFile, account: Account) -> Objects | None:
        if "EDUFLOW_S3_URL" in os.environ:
            return None
        return Objects(
            self.folder.path / "objects",
            port=self._port(directory.S3_PORT),
            internal_port=self._port(directory.S3_INTERNAL_PORT),
            # Its second port is 10000 higher, where a platform that far away has its first.
            admin_port=self._port(directory.S3_ADMIN_PORT)
            + self._options.port_offset // 10_000 * 20,
            sockets=sockets,
            access_key="eduflow",
            secret_key=secrets.get("s3"),
            bucket=os.environ.get("EDUFLOW_S3_BUCKET", "eduflow"),
            account=account,
            log=self.folder.logs / "objects.log",
        )

    def _commands(self, environment: dict[str, str]) -> list[Part]:
        eduflow = [sys.executable, "-m", "eduflow"]
        names = list(self._options.services)
        gateway = self._port(directory.GATEWAY_PORT)
        serve = Command(
            "serve",
            [*eduflow, "serve", *names, f"--port-offset={self._options.port_offset}"],
            environment=environment,
            ports=[gateway, *(self._port(place.port) for place in self._places)],
            log=self.folder.logs / "serve.log",
            ready=lambda: _answers(gateway),
        )
        worker = Command(
            "worker",
            [*eduflow, "worker", *names],
            environment=environment,
            ports=[],
            log=self.folder.logs / "worker.log",
            ready=lambda: True,
        )
        return [serve, worker]

    def _settings(self) -> dict[str, str]:
        front = self._port(directory.FRONTEND_PORT)
        ours = {
            "EDUFLOW_DEMO": str(self._options.demo).lower(),
            "EDUFLOW_PUBLIC_URL": f"http://127.0.0.1:{self._port(directory.GATEWAY_PORT)}",
            "EDUFLOW_IDENTITY_URL": f"http://127.0.0.1:{self._port(directory.place('api_core').port)}",
            "EDUFLOW_SERVICE_URLS": " ".join(
                f"{p.name}=http://127.0.0.1:{self._port(p.port)}" for p in directory.built_places()
            ),
            "EDUFLOW_LLM_LEDGER_URL": f"http://127.0.0.1:{self._port(directory.place('tutor').port)}",
            "EDUFLOW_MAIL_FOLDER": str(self.folder.path / "mail"),
            "EDUFLOW_CORS_ORIGINS": f"http://127.0.0.1:{front} http://localhost:{front}",
            "EDUFLOW_DATA_DIR": str(self.folder.path),
        }
        # What the caller has set is what the caller wants.
        return {**ours, **os.environ, "EDUFLOW_DATA_DIR": str(self.folder.path)}

    def _keep(self, environment: dict[str, str]) -> None:
        lines = (
            f"{name}={shlex.quote(value)}\n"
            for name, value in sorted(environment.items())
            if name.startswith("EDUFLOW_")
        )
        write_private(self.folder.environment, "".join(lines).encode())

    def _port(self, base: int) -> int:
        return base + self._options.port_offset

    def _summary(self, environment: dict[str, str]) -> list[str]:
        postgres = f"127.0.0.1:{self._port(directory.POSTGRES_PORT)}"
        lines = [f"PostgreSQL   {postgres}  (passwords: {self.folder.environment})"]
        if not self._options.servers_only:
            gateway = environment["EDUFLOW_PUBLIC_URL"]
            each = (f"{p.title:<12} http://127.0.0.1:{self._port(p.port)}" for p in self._places)
            lines = [f"EduFlow      {gateway}", f"API docs     {gateway}/api/docs", *each, *lines]
        lines.append(f"Data         {self.folder.path}")
        if self._options.demo and self.folder.demo_logins.exists():
            # A few of each school stand before an empty line, everybody else behind it.
            few, _, others = self.folder.demo_logins.read_text().partition("\n\n")
            lines += ["", "Demo logins (mail, password, school: who):"]
            lines += [f"  {login}" for login in few.splitlines()]
            lines += [f"  and {len(others.splitlines())} more in {self.folder.demo_logins}"]
        return lines


def _answers(port: int) -> bool:
    try:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as asked:
            asked.request("GET", "/health/ready")
            return asked.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
