"""Where SIS files come from: a folder, a zip of many, or a folder with zips in it.

Nothing is ever unpacked to disk, so a name in a zip leads nowhere; what comes out of a zip is
counted while it is read, because what its directory says of sizes may be a lie.
"""

import contextlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

MOST_FILES = 1_000
MOST_BYTES = 8 << 30
"""What one zip may contain, unpacked."""
_MOST_RATIO = 300
_FREE = 16 << 20
"""Bytes that a member may have whatever its ratio: a small file of repetitions is no bomb."""


class Unreadable(Exception):  # noqa: N818 (a state of the input)
    """Why a file, or all of it, cannot be read."""


class SourceFile(msgspec.Struct, frozen=True):
    """One CSV file, by the name that a report shows. `inside` is its name in the zip at `path`."""

    name: str
    path: Path
    size: int
    inside: str | None = None

    @contextlib.contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Its bytes, from the beginning."""
        try:
            if self.inside is None:
                with self.path.open("rb") as file:
                    yield file
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.inside) as member:
                    packed = archive.getinfo(self.inside).compress_size
                    yield io.BufferedReader(_Measured(member, packed), 1 << 16)
        except (
            OSError,
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
        ) as fault:
            raise Unreadable(f"cannot be read: {fault}") from fault


class _Measured(io.RawIOBase):
    """A member of a zip that stops when more comes out than can honestly be in it."""

    def __init__(self, member: IO[bytes], packed: int) -> None:
        self._member = member
        self._left = min(MOST_BYTES, max(_FREE, packed * _MOST_RATIO))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self._member.read(len(buffer))
        self._left -= len(chunk)
        if self._left < 0:
            raise Unreadable("unpacks to more than such a file can honestly hold")
        buffer[: len(chunk)] = chunk
        return len(chunk)


class Found(msgspec.Struct, frozen=True):
    """The CSV files of an import, and those that cannot be looked at, with the reason."""

    files: list[SourceFile]
    unreadable: list[tuple[str, str]]


def find_files(place: Path) -> Found:
    """Every CSV file in a folder or zip, in order of name; raises Unreadable without any."""
    files: list[SourceFile] = []
    unreadable: list[tuple[str, str]] = []
    if place.is_dir():
        candidates = sorted(p for p in place.iterdir() if p.is_file())
    elif place.is_file():
        candidates = [place]
    else:
        raise Unreadable(f"there is no folder or file {place}")
    for path in candidates:
        kind = path.suffix.lower()
        if kind == ".csv":
            files.append(SourceFile(path.name, path, path.stat().st_size))
        elif kind == ".zip":
            _look_into(path, files, unreadable)
    if not files and not unreadable:
        raise Unreadable(f"there is no CSV file in {place}")
    return Found(files, unreadable)


def _look_into(path: Path, files: list[SourceFile], unreadable: list[tuple[str, str]]) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = sorted(archive.infolist(), key=lambda m: m.filename)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as fault:
        unreadable.append((path.name, f"is no zip that can be read: {fault}"))
        return
    if len(members) > MOST_FILES:
        unreadable.append((path.name, f"holds {len(members)} files, {MOST_FILES} are the most"))
        return
    total = 0
    for member in members:
        inside = PurePosixPath(member.filename.replace("\\", "/"))
        hidden = any(part.startswith(("__MACOSX", "._")) for part in inside.parts)
        if member.is_dir() or hidden or inside.suffix.lower() != ".csv":
            continue
        name = f"{path.name}/{member.filename}"
        total += member.file_size
        if inside.is_absolute() or ".." in inside.parts:
            unreadable.append((name, "has a name that leads out of the zip"))
        elif member.flag_bits & 1:
            unreadable.append((name, "is encrypted"))
        elif total > MOST_BYTES:
            unreadable.append((name, "is more than a zip may hold unpacked"))
        else:
            files.append(SourceFile(name, path, member.file_size, member.filename))
