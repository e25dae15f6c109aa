"""What `eduflow doctor` looks at, one function each."""

import locale
import os
import platform
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
import psutil

from eduflow import directory
from eduflow.cli.group import effective_environment
from eduflow.embedded.account import server_account
from eduflow.embedded.binaries import find_postgres, find_valkey, find_weed
from eduflow.embedded.cluster import make_socket_folder
from eduflow.embedded.ports import is_free
from eduflow.embedded.problems import EmbeddedError
from eduflow.embedded.state import DataFolder
from eduflow.embedded.weights import find_weights
from eduflow.kernel.settings import SettingsError, read_settings

_GIGABYTE = 1_000_000_000
_OLDEST_PYTHON = (3, 11)
_FILES = 1024

Verdict = Literal["good", "warning", "bad"]


class Finding(msgspec.Struct, frozen=True):
    """One thing that was looked at. `advice` is what to do next, where there is something."""

    verdict: Verdict
    what: str
    told: str
    advice: str = ""


def findings(data_dir: Path, *, port_offset: int) -> list[Finding]:
    """Look at everything; a check never stops another."""
    return [
        _python(),
        _program("PostgreSQL", lambda: _postgres(data_dir)),
        _program("Valkey", lambda: str(find_valkey())),
        _program("SeaweedFS", lambda: str(find_weed())),
        _local_model(),
        _permissions(data_dir),
        _program("sockets", _sockets),
        _ports(data_dir, port_offset),
        _disk(data_dir),
        _memory(),
        _locale(),
        _open_files(),
        _settings(data_dir),
    ]


def _python() -> Finding:
    told = f"{platform.python_version()} at {sys.executable}"
    if sys.version_info < _OLDEST_PYTHON:
        return Finding("bad", "Python", told, "EduFlow needs Python 3.11 or newer")
    return Finding("good", "Python", told)


def _program(what: str, find: Callable[[], str]) -> Finding:
    try:
        return Finding("good", what, find())
    except EmbeddedError as fault:
        return Finding("bad", what, str(fault), fault.advice)


def _local_model() -> Finding:
    try:
        return Finding("good", "local model", str(find_weights().path))
    except EmbeddedError as fault:
        return Finding("warning", "local model", str(fault), fault.advice)


def _postgres(data_dir: Path) -> str:
    version = data_dir / "postgres" / "primary" / "PG_VERSION"
    found = find_postgres(int(version.read_text()) if version.exists() else None)
    tried = subprocess.run(  # noqa: S603 (our own programs, no shell)
        [found.tool("postgres"), "--version"], capture_output=True, text=True, check=False
    )
    server_account().check_reach([found.folder / "postgres", data_dir / "postgres"])
    return f"{tried.stdout.strip()} at {found.folder}"


def _sockets() -> str:
    made = make_socket_folder()
    made.rmdir()
    return f"in {made.parent}"


def _nearest(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _permissions(data_dir: Path) -> Finding:
    nearest = _nearest(data_dir)
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Finding(
            "bad",
            "data folder",
            f"{nearest} cannot be written",
            "pass --data-dir with a folder that is yours",
        )
    account = server_account()
    how = "as you"
    if os.geteuid() == 0:
        how = "in a user namespace" if account.prefix else "as nobody"
    return Finding("good", "data folder", f"{data_dir}; the servers run {how}")


def _ports(data_dir: Path, offset: int) -> Finding:
    if DataFolder(data_dir).running() is not None:
        return Finding("good", "ports", "EduFlow runs in this data folder and holds them")
    wanted = {
        "gateway": directory.GATEWAY_PORT,
        "primary": directory.POSTGRES_PORT,
        "standby": directory.STANDBY_PORT,
        "broker": directory.BROKER_PORT,
        "objects": directory.S3_PORT,
        "model": directory.MODEL_PORT,
        **{place.name: place.port for place in directory.PLACES},
    }
    taken = [
        f"{base + offset} ({name})" for name, base in wanted.items() if not is_free(base + offset)
    ]
    if taken:
        return Finding(
            "bad",
            "ports",
            f"taken: {', '.join(taken)}",
            f"stop who holds them, or `eduflow up --port-offset {offset + 1000}`",
        )
    return Finding("good", "ports", f"all free (offset {offset})")


def _disk(data_dir: Path) -> Finding:
    free = shutil.disk_usage(_nearest(data_dir)).free / _GIGABYTE
    told = f"{free:.1f} GB free"
    if free < 1:
        return Finding("bad", "disk", told, "the databases and their log need 1 GB; make room")
    if free < 5:  # noqa: PLR2004 (a small school with its files)
        return Finding("warning", "disk", told, "enough to look at; a school needs 5 GB")
    return Finding("good", "disk", told)


def _memory() -> Finding:
    free = psutil.virtual_memory().available / _GIGABYTE
    told = f"{free:.1f} GB available"
    if free < 0.6:  # noqa: PLR2004 (what everything takes at rest, and some air)
        return Finding("bad", "memory", told, "close something: EduFlow needs 0.6 GB at rest")
    if free < 1.5:  # noqa: PLR2004
        return Finding("warning", "memory", told, "enough at rest; imports need 1.5 GB")
    return Finding("good", "memory", told)


def _locale() -> Finding:
    encoding = locale.getpreferredencoding(do_setlocale=False)
    if encoding.upper().replace("-", "") != "UTF8":
        return Finding(
            "warning",
            "locale",
            f"the terminal's encoding is {encoding}",
            "`export LC_ALL=C.UTF-8`, or names with accents are shown wrong",
        )
    return Finding("good", "locale", encoding)


def _open_files() -> Finding:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < _FILES:
        return Finding("warning", "open files", f"at most {soft}", f"`ulimit -n {4 * _FILES}`")
    return Finding("good", "open files", f"at most {soft}")


def _settings(data_dir: Path) -> Finding:
    try:
        settings = read_settings(effective_environment(data_dir))
    except SettingsError as fault:
        return Finding(
            "bad", "settings", "; ".join(fault.faults), "`eduflow doctor --settings` lists them all"
        )
    return Finding("good", "settings", f"profile {settings.profile}")
