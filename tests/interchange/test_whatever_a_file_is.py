"""Valid files bent at random: something is read or it is `Unreadable`, and nothing else happens."""

import io
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eduflow.interchange import Unreadable, read, write_qti3
from tests.interchange.test_what_is_exported_reads_back import ORDINARY

FILES = sorted((Path(__file__).parent / "files").iterdir())
_BITS = st.sampled_from(
    [b"", b"<", b">", b"&", b"]]>", b"\x00", b"\xff", b"{", b"}", b"=", b"~", b"#", b"-1", b"1e999",
     b"NaN", b"999999999999", b"%50%", b"[[1]]", b"{{A}}", b"->", b"identifier", b"</p>",
     b"RESPONSE",
     b"<sum/>", b"<and/>", b"<match/>", b"true", b"multiple", b"ordered", b"float", b"0", b'""']
) | st.binary(max_size=6)  # fmt: skip
_CUTS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 60), _BITS), min_size=1, max_size=4
)


def bent(data: bytes, cuts: list[tuple[float, int, bytes]]) -> bytes:
    for place, size, bit in cuts:
        at = int(place * len(data))
        data = data[:at] + bit + data[at + size :]
    return data


def survives(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        try:
            with read(path) as reading:
                for medium in reading.media:
                    medium.read()
                assert len(reading.findings) >= len(reading.entries)
                assert all(str(finding) for finding in reading.findings)
        except Unreadable as wrong:
            if not wrong.reason:
                raise


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=_CUTS)
def test_a_bent_file_is_read_or_unreadable(
    path: Path, cuts: list[tuple[float, int, bytes]]
) -> None:
    survives(bent(path.read_bytes(), cuts))


@cache
def _package() -> bytes:
    target = io.BytesIO()
    write_qti3(target, ORDINARY)
    return target.getvalue()


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(cuts=_CUTS)
def test_a_bent_zip_is_read_or_unreadable(cuts: list[tuple[float, int, bytes]]) -> None:
    survives(bent(_package(), cuts))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(number=st.integers(0, len(ORDINARY)), cuts=_CUTS)
def test_a_bent_document_in_a_package_costs_itself_only(
    number: int, cuts: list[tuple[float, int, bytes]]
) -> None:
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_package())) as old,
        zipfile.ZipFile(target, "w") as new,
    ):
        for at, name in enumerate(old.namelist()):
            data = old.read(name)
            new.writestr(name, bent(data, cuts) if at == number else data)
    survives(target.getvalue())
