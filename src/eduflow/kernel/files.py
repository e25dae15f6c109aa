"""Files that people keep: there when they are whole, and over another only where that is said."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path


@contextlib.contextmanager
def whole_files(*paths: Path, replace: bool) -> Iterator[Sequence[Path]]:
    """Where to write what gets these names, all of them at the end, or none where it fails.

    Raises FileExistsError where one is there that is not to be replaced, also if it came meanwhile.
    """
    if not replace and (there := [path.name for path in paths if path.exists()]):
        raise FileExistsError(", ".join(there))
    parts = [path.with_name(f".{path.name}.part") for path in paths]
    try:
        yield parts
        for part in parts:
            with part.open("rb") as written:
                os.fsync(written.fileno())
        for part, path in zip(parts, paths, strict=True):
            _put_in_place(part, path, replace=replace)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _put_in_place(part: Path, path: Path, *, replace: bool) -> None:
    if replace:
        part.replace(path)
        return
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: the name is taken first, as nobody else can then.
        path.touch(exist_ok=False)
        part.replace(path)
