"""What a gradebook file says, without a database."""

from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eduflow.services.api_core.gradebook_file.columns import KnownAssignment
from eduflow.services.api_core.gradebook_file.guarding import guarded, unguarded
from eduflow.services.api_core.gradebook_file.numbers import number
from eduflow.services.api_core.gradebook_file.reader import OpenGradebook, open_gradebook, read
from eduflow.services.api_core.sis.sources import SourceFile, Unreadable

ESSAY = KnownAssignment(UUID(int=7), "Essay", Decimal(10))
EXAM = KnownAssignment(UUID(int=8), "Exam (1)", Decimal(100))
WHO = "Student,ID,SIS User ID,SIS Login ID,Section"


def opened(folder: Path, text: str | bytes) -> OpenGradebook:
    path = folder / "book.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return open_gradebook(SourceFile(path.name, path, path.stat().st_size), [ESSAY, EXAM])


def scores(book: OpenGradebook) -> list[list[Decimal | None]]:
    return [[cell.score for cell in line.line.cells] for line in read(book) if line.line]


def faults(book: OpenGradebook) -> list[tuple[int, str, str]]:
    return [(line.number, f.column, f.reason) for line in read(book) for f in line.faults]


def test_a_file_as_canvas_writes_it(tmp_path: Path) -> None:
    book = opened(
        tmp_path,
        f"{WHO},Essay (123),Exam (1) (124),Current Score,Essays Final Points,Final Grade\r\n"
        ",,,,,Manual Posting,,,,\r\n"
        "    Points Possible,,,,,10.00,100,(read only),(read only),(read only)\r\n"
        '"Lovelace, Ada",55,s1,ada,A,9.5,,97.1,3,A\r\n'
        '"Babbage, Charles",56,s2,cb,A,EX,.5,0,0,F\r\n',
    )
    assert scores(book) == [[Decimal("9.5")], [None, Decimal("0.5")]]
    assert book.columns.ignored == ["Current Score", "Essays Final Points", "Final Grade"]
    assert book.columns.faults == []
    first, _ = (line for line in read(book))
    assert first.line is not None
    assert (first.number, first.line.id, first.line.sis_id, first.line.login) == (
        4,
        None,
        "s1",
        "ada",
    )


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    "text", ["SIS Login ID,Essay\nada,9.5\n", 'SIS Login ID;Essay\nada;9,5\n"bo;b";9.50\n']
)
def test_with_and_without_a_mark_by_commas_and_semicolons(
    tmp_path: Path, start: bytes, text: str
) -> None:
    book = opened(tmp_path, start + text.encode())
    assert {score for row in scores(book) for score in row} == {Decimal("9.5")}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        *(
            (w, "no number")
            for w in ("A", "95%", "=1+1", "+5", "@SUM(1)", "1e999", "1e3", "٣", "²")
        ),
        *(
            (w, "no number")
            for w in ("NaN", "inf", "-inf", "Infinity", "0x10", "1_000", "1 0", ".")
        ),
        ("-1", "below nothing"),
        ("1000001", "more than anybody may give"),
        ("1.23456", "more than 4 decimals"),
    ],
)
def test_what_is_no_score_costs_the_row_and_says_where(
    tmp_path: Path, told: str, reason: str
) -> None:
    book = opened(tmp_path, f"SIS Login ID,Essay,Exam (1)\nada,{told},5\nbob,1,2\n")
    assert scores(book) == [[Decimal(1), Decimal(2)]]
    ((line, column, said),) = faults(book)
    assert (line, column) == (2, "Essay")
    assert reason in said


def test_rows_that_cannot_be_read_cost_themselves_only(tmp_path: Path) -> None:
    book = opened(
        tmp_path,
        b"SIS Login ID,Essay\nada\nbob,1,2\n,3\nc\xff,4\nd\0,5\n,\n\neve,6\n" + b'fay,"7\ngil,8\n',
    )
    assert scores(book) == [[Decimal(6)]]
    assert [(line, said.split(":")[0]) for line, _, said in faults(book)] == [
        (2, "has 1 fields, the header has 2"),
        (3, "has 3 fields, the header has 2"),
        (4, "names no student"),
        (5, "a field is not UTF-8 text"),
        (6, "a field contains a NUL byte"),
        (10, "a quotation begins here and does not end; lines 10 to 11 were not read"),
    ]


def test_columns_are_known_by_id_and_by_title_and_the_rest_is_told(tmp_path: Path) -> None:
    ours = UUID(int=7)
    book = opened(tmp_path, f"ID,Renamed ({ours}),Exam (1),Quiz (9),Other,({UUID(int=9)})\n")
    assert sorted(book.columns.assignments) == [1, 2]
    assert [name for name, _ in book.columns.faults] == ["Quiz (9)", "Other", f"({UUID(int=9)})"]
    book = opened(tmp_path, f"ID,Essay,Essay ({ours})\n")
    assert book.columns.assignments == {}
    assert {reason for _, reason in book.columns.faults} == {"2 columns are of this assignment"}


def test_two_assignments_of_one_title_are_told_apart_by_id_only(tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    twin = KnownAssignment(UUID(int=9), "Essay", Decimal(5))
    path.write_text(f"ID,Essay (12),Essay ({twin.id})\n")
    book = open_gradebook(SourceFile(path.name, path, 1), [ESSAY, twin])
    assert list(book.columns.assignments.values()) == [twin]
    assert book.columns.faults == [
        ("Essay (12)", "2 assignments of the course have this title"),
    ]


def test_points_possible_that_are_others_refuse_the_column(tmp_path: Path) -> None:
    text = "Student,SIS Login ID,Essay,Exam (1)\nPoints Possible,,10.0,20\nx,ada,1,2\n"
    book = opened(tmp_path, text)
    assert scores(book) == [[Decimal(1)]]
    assert book.columns.faults == [("Exam (1)", "20 points are possible there, 100 here")]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"\xff\xfe", b"Student,Essay\n", b"ID,ID\n", b"S\0,ID\n", b"a" * (1 << 19)],
)
def test_what_is_no_gradebook_is_refused_whole(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Unreadable):
        opened(tmp_path, content)


@given(st.text())
def test_guarding_a_text_loses_nothing_and_leaves_no_formula(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))


@given(st.text(alphabet="'=+-@a\t"))
def test_guarding_is_undone_whatever_apostrophes_there_are(text: str) -> None:
    assert unguarded(guarded(text)) == text


@given(st.decimals(min_value=0, max_value=10**6, places=4))
def test_a_number_is_read_as_it_is_written(value: Decimal) -> None:
    assert number(f"{value:f}") == value
    assert number(f"{value:f}".replace(".", ","), comma=True) == value
    assert number("1,5") is None
