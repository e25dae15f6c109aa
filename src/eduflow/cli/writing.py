"""Files that commands write for people: over another only with `--replace`."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import rich_click as click

from eduflow.cli.group import Stop

replace_option = click.option("--replace", is_flag=True, help="Write over what is there.")


@contextlib.contextmanager
def writing(*files: Path, replace: bool) -> Iterator[None]:
    """Around whatever writes these files; ends with an error where one is there that is to stay."""
    if not replace and any(file.exists() for file in files):
        raise _there(files)
    try:
        yield
    except FileExistsError as fault:
        raise _there(files) from fault


def _there(files: tuple[Path, ...]) -> Stop:
    there = [file for file in files if file.exists()]
    if len(files) == 1 or not there:
        told = f"there is a file {files[0]} already"
    else:
        names = ", ".join(file.name for file in there)
        told = f"there are files in {files[0].parent} already: {names}"
    return Stop(told, advice="--replace writes over it, another place keeps it", code=2)
