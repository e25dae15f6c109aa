"""A file takes its name when it is whole, and another's only where that is said."""

from pathlib import Path

import pytest

from eduflow.kernel.files import put_in_place


def test_what_is_there_stays_unless_it_is_to_be_replaced(tmp_path: Path) -> None:
    part, path = tmp_path / ".a.part", tmp_path / "a"
    part.write_text("1")
    put_in_place(part, path, replace=False)
    assert (path.read_text(), part.exists()) == ("1", False)
    part.write_text("2")
    with pytest.raises(FileExistsError):
        put_in_place(part, path, replace=False)
    assert path.read_text() == "1"
    put_in_place(part, path, replace=True)
    assert (path.read_text(), part.exists()) == ("2", False)
