"""Files as they come: whatever is in them, the reader goes on and says what it could not take."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from eduflow.services.api_core.sis.reader import LONGEST_LINE, read, recognise
from eduflow.services.api_core.sis.sources import Unreadable, find_files

HEAD = b"term_id,name,status\n"
GOOD = b"t9,Good,active\n"

LONG = [(2, "the line is longer than 256 KB")]
LINES: list[tuple[str, bytes, list[tuple[int, str]]]] = [
    ("a byte order mark", b"\xef\xbb\xbf" + HEAD + GOOD, []),
    ("carriage returns", HEAD.replace(b"\n", b"\r\n") + GOOD.replace(b"\n", b"\r\n"), []),
    ("upper-case columns with blanks", b" TERM_ID , Name,STATUS\n" + GOOD, []),
    ("no line break at the end", HEAD + GOOD.strip(), []),
    ("blank lines and rows of commas", HEAD + b"\n,,\n" + GOOD, []),
    ("a quotation over two lines", HEAD + b't1,"Au\ntumn",active\n' + GOOD, []),
    ("Latin-1", HEAD + b"t1,\xc9t\xe9,active\n" + GOOD, [(2, "a field is not UTF-8 text")]),
    ("a NUL byte", HEAD + b"t1,A\0,active\n" + GOOD, [(2, "a field contains a NUL byte")]),
    ("a field too few", HEAD + b"t1,active\n" + GOOD, [(2, "has 2 fields, the header has 3")]),
    ("a field too many", HEAD + b"t1,a,b,active\n" + GOOD, [(2, "has 4 fields, the header has 3")]),
    ("ten megabytes", HEAD + b"t1," + b"A" * 10_000_000 + b",active\n" + GOOD, LONG),
    ("ten quoted megabytes", HEAD + b't1,"' + b"A" * 10_000_000 + b'",active\n' + GOOD,
     LONG),
    ("signs behind a quotation", HEAD + b't1,"A"b,active\n' + GOOD,
     [(2, "is no CSV: ',' expected after '\"'")]),
    ("a quotation without end", HEAD + GOOD + b't1,"A,active\n' + b"t2,B,active\n",
     [(3, "a quotation begins here and does not end; lines 3 to 4 were not read")]),
]  # fmt: skip


def place(folder: Path, content: bytes, name: str = "anything.csv") -> Path:
    (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(("content", "refused"), [c[1:] for c in LINES], ids=[c[0] for c in LINES])
def test_good_rows_are_read_around_bad_ones(
    tmp_path: Path, content: bytes, refused: list[tuple[int, str]]
) -> None:
    (source,) = find_files(place(tmp_path, content)).files
    lines = list(read(recognise(source)))
    assert [(line.number, line.reason) for line in lines if line.row is None] == refused
    assert any(line.row is not None and line.row.sis_id == "t9" for line in lines)
    assert lines[-1].at == len(content)


def test_a_quotation_that_swallows_lines_ends_and_says_which_were_not_read(tmp_path: Path) -> None:
    filler = b"".join(b"t%d,Filler,active\n" % n for n in range(LONGEST_LINE // 10))
    (source,) = find_files(place(tmp_path, HEAD + b't1,"A,active\n' + filler + GOOD)).files
    lines = list(read(recognise(source)))
    assert lines[0].reason.startswith("a quotation begins here and does not end; lines 2 to ")
    assert lines[-1].row is not None
    assert lines[-1].row.sis_id == "t9"


HEADERS = [
    (b"", "is empty"),
    ("term_id,name,status\n".encode("utf-16"), "is not UTF-8 text (save it as CSV in UTF-8)"),
    (b"A" * (LONGEST_LINE + 1), "begins with a line longer than 256 KB"),
    (b"term_id,name,status,name\n", "has the column name twice"),
    (b"term_id;name;status\n", "its columns are those of no SIS file: term_id;name;status"),
]


@pytest.mark.parametrize(("content", "reason"), HEADERS, ids=[h[1] for h in HEADERS])
def test_a_file_without_a_usable_header_is_refused_whole(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    (source,) = find_files(place(tmp_path, content)).files
    with pytest.raises(Unreadable, match=f"^{re.escape(reason)}$"):
        recognise(source)


def test_a_file_that_lacks_columns_says_which(tmp_path: Path) -> None:
    (source,) = find_files(place(tmp_path, b"user_id,email\n", "users.csv")).files
    with pytest.raises(Unreadable, match="looks like users, and has no column login_id, status"):
        recognise(source)


def test_a_kind_that_is_not_imported_is_named(tmp_path: Path) -> None:
    content = b"group_id,name,status\n"
    (source,) = find_files(place(tmp_path, content, "groups.csv")).files
    with pytest.raises(Unreadable, match="groups are not imported"):
        recognise(source)


def zipped(path: Path, content: bytes) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("terms.csv", content)


def truncated(path: Path) -> None:
    zipped(path, HEAD + GOOD * 1000)
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize("spoil", [truncated, lambda path: path.write_bytes(b"PK no zip")])
def test_a_broken_zip_is_refused_and_not_raised(
    tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    spoil(tmp_path / "broken.zip")
    found = find_files(tmp_path)
    assert found.files == []
    assert [name for name, _ in found.unreadable] == ["broken.zip"]


def test_a_zip_that_unpacks_beyond_measure_is_left(tmp_path: Path) -> None:
    path = tmp_path / "bomb.zip"
    zipped(path, HEAD + (b"t1," + b"A" * 200_000 + b",active\n") * 400)
    (source,) = find_files(path).files
    with pytest.raises(Unreadable, match="unpacks to more than such a file can honestly hold"):
        for _ in read(recognise(source)):
            pass


def test_nothing_to_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="there is no CSV file in"):
        find_files(tmp_path)
    with pytest.raises(Unreadable, match="there is no folder or file"):
        find_files(tmp_path / "nowhere")
