"""A draft is a revision that runs, for a person to make a good one of."""

from pathlib import Path

from eduflow.kernel.db.draft import write_draft


def test_a_draft_follows_the_newest_revision(tmp_path: Path) -> None:
    (tmp_path / "0001_people.py").touch()
    (tmp_path / "0007_grades.py").touch()
    sql, revision = write_draft(
        tmp_path, ["SELECT 1;"], database="api_core", message="Courses have credits."
    )
    assert (sql.name, revision.name) == (
        "0008_courses_have_credits.sql",
        "0008_courses_have_credits.py",
    )
    assert sql.read_text().endswith("\n\nSELECT 1;\n")
    assert 'down_revision = "api_core_0007"' in revision.read_text()


def test_the_first_draft_of_a_database_stands_on_the_kernels_tables(tmp_path: Path) -> None:
    _, revision = write_draft(tmp_path / "tutor", ["SELECT 1;"], database="tutor", message="Begin")
    text = revision.read_text()
    compile(text, str(revision), "exec")
    assert 'depends_on = ("kernel_0001",)' in text
    assert "down_revision = None" in text
