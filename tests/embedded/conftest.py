"""Real servers for the tests of the servers."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from eduflow import directory
from eduflow.embedded.cluster import Cluster
from eduflow.embedded.ports import is_free

SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that another user may enter, unlike pytest's own."""
    made = Path(tempfile.mkdtemp(prefix="eduflow-test-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """One primary and two standbys, with a database that is called `school`."""
    made = Path(tempfile.mkdtemp(prefix="eduflow-test-"))
    made.chmod(0o711)
    with Cluster(made / "postgres", databases=["school"], standbys=2, durable=False) as cluster:
        yield cluster
    shutil.rmtree(made, ignore_errors=True)


def free_offset(*but: int) -> int:
    """An offset at which no port of the map is taken."""
    bases = [
        directory.POSTGRES_PORT,
        directory.STANDBY_PORT,
        directory.BROKER_PORT,
        directory.S3_PORT,
        directory.MODEL_PORT,
        directory.GATEWAY_PORT,
        *range(directory.S3_INTERNAL_PORT, directory.S3_ADMIN_PORT),
    ]
    for offset in range(1000 + os.getpid() % 500, 15_000, 500):
        if offset not in but and all(is_free(base + offset) for base in bases):
            return offset
    raise LookupError("every offset that was tried has a port that is taken")


class Installation:
    """An `eduflow up --servers-only` of a test, run as a person would."""

    def __init__(
        self,
        folder: Path,
        offset: int,
        *,
        prefix: tuple[str, ...] = (),
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.offset = offset
        self._prefix = prefix
        self._variables = dict(variables or {})

    def run(self, *arguments: str, seconds: float = 60) -> subprocess.CompletedProcess[str]:
        own = {k: v for k, v in os.environ.items() if not k.startswith("EDUFLOW_")}
        return subprocess.run(
            [
                *self._prefix,
                sys.executable,
                "-m",
                "eduflow",
                *arguments,
                f"--data-dir={self.folder}",
            ],
            env={**own, "PYTHONPATH": str(SOURCE), **self._variables},
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def up(self) -> subprocess.CompletedProcess[str]:
        return self.run("up", "--servers-only", "--detach", f"--port-offset={self.offset}")

    def up_whole(self, *, seconds: float) -> subprocess.CompletedProcess[str]:
        """With the services, workers and demo schools."""
        arguments = ("up", "--demo", "--detach", f"--port-offset={self.offset}")
        return self.run(*arguments, seconds=seconds)

    def down(self) -> subprocess.CompletedProcess[str]:
        return self.run("down")

    def status(self) -> dict[str, Any]:
        return dict(json.loads(self.run("status", "--json").stdout))

    def pids(self) -> dict[str, int]:
        return {each["name"]: each["pid"] for each in self.status()["processes"]}

    async def ask(self, sql: str, port: int = directory.POSTGRES_PORT) -> Any:
        """As superuser over TCP, on the primary unless told: what a person with psql would do."""
        secrets = json.loads((self.folder / "postgres.secrets.json").read_text())
        connection = await asyncpg.connect(
            host="127.0.0.1",
            port=port + self.offset,
            user="postgres",
            password=secrets["postgres"],
            database="postgres",
        )
        try:
            return await connection.fetchval(sql)
        finally:
            await connection.close()


# The object store takes most of the time of a start and a stop, and only some tests are about it.
NO_OBJECTS = {"EDUFLOW_S3_URL": "http://127.0.0.1:1"}


@pytest.fixture
def whole(folder: Path) -> Iterator[Installation]:
    made = Installation(folder / "data", free_offset())
    yield made
    made.down()


@pytest.fixture
def installation(folder: Path) -> Iterator[Installation]:
    made = Installation(folder / "data", free_offset(), variables=NO_OBJECTS)
    yield made
    made.down()
