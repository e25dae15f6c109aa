"""Which files a question takes."""

import pytest

from eduflow.scoring.interactions import FileUpload
from eduflow.scoring.uploads import takes


@pytest.mark.parametrize(
    ("wanted", "name", "media_type", "taken"),
    [
        ((), "a.exe", "application/x-msdownload", True),
        (("image/png",), "a.png", "image/png", True),
        (("image/png",), "a.png", "image/jpeg", False),
        (("IMAGE/*",), "a", "image/jpeg", True),
        (("image",), "a", "imagery/jpeg", False),
        (("image",), "a", "image/jpeg", True),
        ((".PDF",), "Sail.pdf", "application/octet-stream", True),
        ((".pdf",), "pdf", "application/pdf", False),
        (("*/*",), "a", "text/plain", True),
        (("spreadsheet",), "a.ods", "application/x", True),
        (("image/png", "text/plain"), "a", "text/plain", True),
    ],
)
def test_types_families_and_endings_are_told_apart(
    wanted: tuple[str, ...], name: str, media_type: str, *, taken: bool
) -> None:
    asked = FileUpload(media_types=wanted)
    assert takes(asked, name=name, media_type=media_type) is taken
