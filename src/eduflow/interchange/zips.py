"""A zip as a set of named byte streams: nothing is unpacked to disk, and nothing is believed.

What a zip says of itself (sizes, counts, names) is checked before anything is read, and what is
read is counted again: an entry that turns out larger than it said ends the reading.
"""

import io
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from eduflow.interchange import limits
from eduflow.interchange.unreadable import Unreadable

_LOCAL_HEADER = 30
_ENCRYPTED = 0x1
_DRIVE = re.compile(r"[A-Za-z]:")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError)


class _Guarded(io.RawIOBase):
    """Hands the zip reader no more at a time than a list of contents may have."""

    def __init__(self, source: BinaryIO, name: str) -> None:
        self._source = source
        self._name = name

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = limits.MAX_DIRECTORY
        if size > limits.MAX_DIRECTORY:
            raise Unreadable("the zip's list of contents is too large", file=self._name)
        return self._source.read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        return self._source.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True


class Package:
    """The files of a zip by their names; the zip is open only while something is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._left = limits.MAX_TOTAL
        self._held: zipfile.ZipFile | None = None
        with self._zip() as zipped:
            self._entries = _checked(zipped.infolist(), self.name, path.stat().st_size)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def __contains__(self, name: str) -> bool:
        return name in self._entries

    def pieces(self, name: str, *, most: int) -> Iterator[bytes]:
        """The entry's bytes, at most `most`, in pieces; counted against the package's whole too."""
        info = self._entries[name]
        seen = 0
        try:
            with self._zip() as zipped, zipped.open(info) as stream:
                while piece := stream.read(limits.PIECE):
                    seen += len(piece)
                    self._left -= len(piece)
                    if seen > most:
                        raise Unreadable(f"larger than {most:,} bytes", file=name)
                    if self._left < 0:
                        raise Unreadable(
                            f"the package unpacks to more than {limits.MAX_TOTAL:,} bytes",
                            file=self.name,
                        )
                    if seen > limits.RATIO_FROM and seen > limits.MAX_RATIO * info.compress_size:
                        raise Unreadable(
                            f"more than {limits.MAX_RATIO} times as large as it was packed",
                            file=name,
                        )
                    yield piece
        except _BROKEN as wrong:
            raise Unreadable(f"cannot be unpacked: {_said(wrong)}", file=name) from None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the list of contents in memory meanwhile, instead of reading it for each entry."""
        with self._zip() as zipped:
            self._held = zipped
            try:
                yield
            finally:
                self._held = None

    @contextmanager
    def _zip(self) -> Iterator[zipfile.ZipFile]:
        if self._held is not None:
            yield self._held
            return
        try:
            with self.path.open("rb") as source:
                try:
                    zipped = zipfile.ZipFile(_Guarded(source, self.name))
                except (*_BROKEN, UnicodeDecodeError, OverflowError) as wrong:
                    reason = f"not a readable zip: {_said(wrong)}"
                    raise Unreadable(reason, file=self.name) from None
                with zipped:
                    yield zipped
        except FileNotFoundError:
            raise Unreadable("there is no such file", file=self.name) from None


def _said(wrong: Exception) -> str:
    return str(wrong).split("\n", 1)[0][:200] or type(wrong).__name__


def _checked(entries: list[zipfile.ZipInfo], package: str, size: int) -> dict[str, zipfile.ZipInfo]:
    if len(entries) > limits.MAX_ENTRIES:
        raise Unreadable(f"more than {limits.MAX_ENTRIES:,} files in it", file=package)
    if sum(entry.file_size for entry in entries) > limits.MAX_TOTAL:
        raise Unreadable(f"claims to unpack to more than {limits.MAX_TOTAL:,} bytes", file=package)
    ends = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < ends:
            raise Unreadable("entries that overlap", file=package)
        ends = entry.header_offset + _LOCAL_HEADER + entry.compress_size
        if ends > size:
            raise Unreadable("an entry that reaches beyond the end of the file", file=package)
    named: dict[str, zipfile.ZipInfo] = {}
    folded: set[str] = set()
    for entry in entries:
        _check_name(entry, package)
        if entry.is_dir():
            continue
        if entry.filename.casefold() in folded:
            raise Unreadable(f"two entries of the name {entry.filename!r}", file=package)
        folded.add(entry.filename.casefold())
        named[entry.filename] = entry
    return named


def _check_name(entry: zipfile.ZipInfo, package: str) -> None:
    name = entry.orig_filename
    parts = name.rstrip("/").split("/")
    if (
        not name
        or len(name) > limits.MAX_NAME
        or "\\" in name
        or name.startswith("/")
        or _DRIVE.match(name)
        or ".." in parts
        or "\x00" in name
        or not name.isprintable()
    ):
        raise Unreadable(f"an entry of the name {name[:80]!r}", file=package)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise Unreadable(f"{name!r} is a link or a device", file=package)
    if entry.flag_bits & _ENCRYPTED:
        raise Unreadable(f"{name!r} is encrypted", file=package)
    if entry.compress_type not in _METHODS:
        raise Unreadable(f"{name!r} is packed by a method that is not read", file=package)
