"""A file takes its name when it is whole, and another's only where that is said."""

from pathlib import Path

import pytest

from eduflow.kernel.files import whole_files


def _write(path: Path, text: str, *, replace: bool) -> None:
    with whole_files(path, replace=replace) as (part,):
        part.write_text(text)
        assert not path.exists() or path.read_text() != text


def _left(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_what_is_there_stays_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a"
    _write(path, "1", replace=False)
    assert _left(tmp_path) == {"a": "1"}
    with pytest.raises(FileExistsError, match="a"):
        _write(path, "2", replace=False)
    assert _left(tmp_path) == {"a": "1"}
    _write(path, "2", replace=True)
    assert _left(tmp_path) == {"a": "2"}


def test_one_that_came_while_it_was_written_stays_too(tmp_path: Path) -> None:
    path = tmp_path / "a"

    def write() -> None:
        with whole_files(path, replace=False) as (part,):
            part.write_text("mine")
            path.write_text("another's")

    with pytest.raises(FileExistsError):
        write()
    assert _left(tmp_path) == {"a": "another's"}


def test_of_several_none_is_there_where_one_could_not_be_written(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in "abc"]

    def write() -> None:
        with whole_files(*paths, replace=True) as parts:
            parts[0].write_text("1")
            parts[1].read_text()

    with pytest.raises(FileNotFoundError):
        write()
    assert _left(tmp_path) == {}
