"""What a file is, by what is in it; its name is not asked."""

from collections.abc import Iterator
from pathlib import Path

from eduflow.interchange import limits, xml
from eduflow.interchange.gift import read_gift
from eduflow.interchange.moodle import read_moodle
from eduflow.interchange.qti.contents import OLD, TOO_OLD
from eduflow.interchange.qti.package import read_document, read_package
from eduflow.interchange.reading import Reading
from eduflow.interchange.unreadable import Refused, Unreadable
from eduflow.interchange.zips import Package

_HEAD = 64 * 1024
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read(path: Path) -> Reading:
    """Everything in a QTI package, a QTI document, a Moodle XML file or a GIFT text.

    Raises `Unreadable`, and nothing else, where the file as a whole cannot be read.
    """
    try:
        size = path.stat().st_size
        if size > limits.MAX_FILE:
            raise Unreadable(f"larger than {limits.MAX_FILE:,} bytes", file=path.name)
        with path.open("rb") as source:
            head = source.read(_HEAD)
    except (OSError, ValueError) as wrong:
        raise Unreadable(f"cannot be opened: {wrong}", file=path.name) from None
    if not head.strip():
        raise Unreadable("an empty file", file=path.name)
    try:
        if head.startswith(b"PK"):
            return read_package(Package(path))
        if _is_xml(head):
            return _document(path, head)
        return read_gift(_pieces(path, most=limits.MAX_XML), file=path.name)
    except Refused as wrong:
        raise Unreadable(wrong.reason, file=path.name, line=wrong.line) from None


def _is_xml(head: bytes) -> bool:
    for mark in _MARKS:
        head = head.removeprefix(mark)
    return head.replace(b"\x00", b"").lstrip().startswith(b"<")


def _document(path: Path, head: bytes) -> Reading:
    root = xml.root_of(head)
    if root is not None and root[0] == "quiz":
        return read_moodle(_pieces(path, most=limits.MAX_MOODLE), file=path.name)
    if root is not None and root[0] in OLD:
        raise Unreadable(TOO_OLD, file=path.name)
    node = xml.parse(_pieces(path, most=limits.MAX_XML), file=path.name)
    return read_document(node, file=path.name)


def _pieces(path: Path, *, most: int) -> Iterator[bytes]:
    seen = 0
    with path.open("rb") as source:
        while piece := source.read(limits.PIECE):
            seen += len(piece)
            if seen > most:
                raise Unreadable(f"larger than {most:,} bytes", file=path.name)
            yield piece
