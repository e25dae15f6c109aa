"""Valkey: carries Dramatiq's messages and counts for the rate limits."""

import socket
from pathlib import Path
from urllib.parse import quote

from eduflow.embedded.account import Account
from eduflow.embedded.binaries import find_valkey
from eduflow.embedded.processes import Part
from eduflow.embedded.secrets import write_private


class Broker(Part):
    """One Valkey server that writes what it is told to disk every second.

    Losing that second is harmless: messages are bells, and the work they ring for is in rows.
    """

    def __init__(
        self,
        data: Path,
        *,
        port: int,
        sockets: Path,
        password: str,
        account: Account,
        log: Path,
    ) -> None:
        super().__init__("broker", ports=[port], log=log, account=account)
        self._data = data
        self._port = port
        self._password = password
        self._socket = sockets / "broker.sock"

    @property
    def url(self) -> str:
        """As redis-py understands it: a Unix socket, so that no password crosses a network."""
        return f"unix://{quote(str(self._socket))}?db=0&password={self._password}"

    def folder(self) -> Path:
        return self._data

    def prepare(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.account.own(self._data)
        self._socket.unlink(missing_ok=True)
        settings = {
            "bind": "127.0.0.1",
            "port": self._port,
            "unixsocket": f'"{self._socket}"',
            "unixsocketperm": "700",
            "requirepass": self._password,
            "dir": f'"{self._data}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            # A message must never be thrown away to make room for another.
            "maxmemory-policy": "noeviction",
            "databases": "2",
            "tcp-keepalive": "60",
        }
        lines = "".join(f"{key} {value}\n" for key, value in settings.items())
        write_private(self._settings, lines.encode())
        self.account.own(self._settings)

    @property
    def _settings(self) -> Path:
        return self._data / "valkey.conf"

    def argv(self) -> list[str]:
        return [str(find_valkey()), str(self._settings)]

    def is_ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(str(self._socket))
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:  # noqa: PLR2004 (one line each)
                    if not (piece := connection.recv(256)):
                        break
                    answer += piece
        except OSError:
            return False
        return answer.endswith(b"+PONG\r\n")
