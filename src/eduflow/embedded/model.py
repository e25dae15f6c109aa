"""The local language model: real, small, and there without any key."""

import json
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from eduflow.embedded import model_door, model_server
from eduflow.embedded.account import Account
from eduflow.embedded.problems import EmbeddedError
from eduflow.embedded.processes import Part, clean_environment
from eduflow.embedded.secrets import SecretsFile
from eduflow.embedded.state import DataFolder
from eduflow.embedded.weights import Weights, find_weights
from eduflow.kernel.llm.settings import LanguageModels

_IDLE_SECONDS = 300.0


class LocalModel(Part):
    """llama.cpp behind a door that starts it when it is first asked, with Chat Completions."""

    def __init__(
        self,
        data: Path,
        *,
        port: int,
        key: str,
        name: str,
        weights: Weights,
        log: Path,
        idle: float = _IDLE_SECONDS,
    ) -> None:
        # As ourselves, like `eduflow serve`: another user might not reach this Python.
        super().__init__("model", ports=[port], log=log, account=Account())
        self._data = data
        self._port = port
        self._key = key
        self._name = name
        self._weights = weights
        self._idle = idle

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    def settings(self) -> dict[str, str]:
        """Environment variables by which EduFlow finds it."""
        return {"EDUFLOW_LLM_LOCAL_URL": self.url, "EDUFLOW_LLM_LOCAL_KEY": self._key}

    def folder(self) -> Path:
        return self._data

    def prepare(self) -> None:
        self._data.mkdir(parents=True, exist_ok=True, mode=0o700)

    def environment(self) -> dict[str, str]:
        return clean_environment({"MODEL_KEY": self._key})

    def argv(self) -> list[str]:
        served = {
            "path": str(self._weights.path),
            "sha256": self._weights.sha256,
            "name": self._name,
        }
        server = [*_program(model_server.__file__), json.dumps(served)]
        return [*_program(model_door.__file__), str(self._port), str(self._idle), *server]

    def is_ready(self) -> bool:
        """Whether the door is open; the model itself is not woken."""
        with socket.socket() as tried:
            tried.settimeout(2)
            return tried.connect_ex(("127.0.0.1", self._port)) == 0


def local_model(
    folder: DataFolder,
    environment: Mapping[str, str],
    *,
    port: int,
    secrets: SecretsFile,
    tell: Callable[[str], None],
) -> LocalModel | None:
    """The model of this machine; None where settings name another, or there are no weights."""
    if environment.get("EDUFLOW_LLM_LOCAL_URL"):
        return None
    try:
        weights = find_weights()
    except EmbeddedError as fault:
        # Everything else works without, and says so where a model would be asked.
        tell(f"no local language model: {fault}; to have one: {fault.advice}")
        return None
    return LocalModel(
        folder.path / "model",
        port=port,
        key=secrets.get("model"),
        name=environment.get("EDUFLOW_LLM_LOCAL_MODEL") or LanguageModels().local_model,
        weights=weights,
        log=folder.logs / "model.log",
    )


def _program(file: str) -> list[str]:
    # Without its own folder in the path, whose modules would stand before those of the library.
    return [sys.executable, "-P", file]
