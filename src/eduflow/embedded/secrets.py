"""The passwords between the servers: random, kept in one file that only its owner reads."""

import os
import secrets as random
from pathlib import Path

import msgspec


def write_private(path: Path, content: bytes) -> None:
    """Replace a file at once, readable by its owner alone; never half written."""
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


class SecretsFile:
    """Passwords by name. One that is asked for the first time is made up and kept."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, str] = {}
        if path.exists():
            self._known = msgspec.json.decode(path.read_bytes(), type=dict[str, str])

    def get(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = random.token_hex(24)
            write_private(self._path, msgspec.json.format(msgspec.json.encode(self._known)))
        return self._known[name]
