"""The documents say what the code says, and their links lead somewhere."""

import re
from collections import Counter
from pathlib import Path

import pytest

from ops.docs.pages import PAGES, problem_kinds

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")


@pytest.mark.parametrize("name", sorted(PAGES))
def test_a_generated_page_is_what_the_code_says(name: str) -> None:
    assert (ROOT / "docs" / name).read_text() == PAGES[name](), "run: nox -s docs"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_links_of_a_document_lead_to_files(path: Path) -> None:
    broken = [to for to in LINK.findall(path.read_text()) if not (path.parent / to).exists()]
    assert broken == []


def test_no_two_problems_share_a_code() -> None:
    counted = Counter(kind.code for kind in problem_kinds())
    assert [code for code, times in counted.items() if times > 1] == []


def test_every_problem_code_names_its_service_and_its_case() -> None:
    odd = [k.code for k in problem_kinds() if not re.fullmatch(r"[a-z_]+\.[a-z0-9-]+", k.code)]
    assert odd == []
