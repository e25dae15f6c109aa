"""Serves one model on loopback with llama.cpp; a program of its own, started by `model_door`.

Run by its path, with nothing of EduFlow imported: the process is large enough with the model. It
says its address in one line, and ends when its standard input does, that is, with its parent.
"""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

_CONTEXT = 4096
"""Tokens a request and its answer may have together. Twice as many take 94 MB more."""


def main() -> None:
    told = json.loads(sys.argv[1])
    check(Path(told["path"]), told["sha256"])
    server = serve(told["path"], name=told["name"], key=os.environ["MODEL_KEY"])
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    # llama.cpp would wait for the answer it is at, which nobody reads any more.
    os._exit(0)


def check(path: Path, sha256: str) -> None:
    """End the program if the file is not the one that was looked at when it was chosen."""
    if not sha256:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        sys.exit(f"{path} is not the file it should be: SHA-256 {found}, expected {sha256}")


def serve(path: str, *, name: str, key: str) -> Any:
    """Start to answer; the server lives as long as what is returned."""
    import xllamacpp  # noqa: PLC0415 (28 MB, not before the file is known to be good)

    wanted = xllamacpp.CommonParams()
    wanted.model.path = path
    wanted.model_alias = {name}
    wanted.hostnames = ["127.0.0.1"]
    wanted.port = 0
    wanted.api_keys = [key]
    # One answer at a time with one thread: two threads beside busy neighbours wait for each other.
    wanted.n_parallel = 1
    wanted.cpuparams.n_threads = 1
    wanted.cpuparams_batch.n_threads = 1
    wanted.n_threads_http = 4
    wanted.n_ctx = _CONTEXT
    # By default it would keep 8 GB of former prompts, which are students' texts.
    wanted.cache_ram_mib = 0
    # Would show prompts.
    wanted.endpoint_slots = False
    wanted.endpoint_props = False
    wanted.ui = False
    wanted.cors_origins = ""
    wanted.verbosity = 1
    return xllamacpp.Server(wanted)


if __name__ == "__main__":
    main()
