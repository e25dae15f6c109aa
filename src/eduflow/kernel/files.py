"""Files that people keep: there when they are whole, and over another only where that is said."""

import os
from pathlib import Path


def put_in_place(unfinished: Path, path: Path, *, replace: bool) -> None:
    """Give what was written its name; raises FileExistsError where one is there that is to stay."""
    if replace:
        unfinished.replace(path)
        return
    try:
        os.link(unfinished, path)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links: the name is taken first, as nobody else can then.
        path.touch(exist_ok=False)
        unfinished.replace(path)
    else:
        unfinished.unlink()
