"""What is exported imports as the same school; what was imported is exported as it was."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.platform import Eduflow, School
from tests.harness.sis import (
    Tables,
    export_folder,
    import_folder,
    read_tables,
    rows,
    write_tables,
)

# Names as people have them: letters of any script, quotation marks, commas, apostrophes.
TEXT = st.text(
    st.one_of(st.characters(categories=["L"]), st.sampled_from(" ,\"'-;=é")),
    min_size=1,
    max_size=12,
).filter(lambda text: bool(text.strip()) and text == text.strip())
DATES = st.dates().filter(lambda d: d.year > 1).map(lambda d: f"{d.isoformat()}T08:30:00Z")


@st.composite
def schools(draw: st.DrawFn) -> Tables:
    """A small school, as its SIS would send it, every column of the export among it."""
    terms, accounts, people, courses = (draw(st.integers(0, 3)) for _ in range(4))
    sections = draw(st.integers(0, 3)) if courses else 0

    def one_of(letter: str, count: int) -> str:
        return draw(st.sampled_from(["", *(f"{letter}{n}" for n in range(count))]))

    def span() -> dict[str, str]:
        first, last = draw(st.tuples(st.one_of(st.just(""), DATES), st.one_of(st.just(""), DATES)))
        if first and last:
            first, last = min(first, last), max(first, last)
        return {"start_date": first, "end_date": last if last != first else ""}

    place = [
        {
            "section_id": f"s{n}",
            "course_id": f"c{draw(st.integers(0, courses - 1))}",
            "name": draw(TEXT),
        }
        for n in range(sections)
    ]
    seats: dict[tuple[str, ...], dict[str, str]] = {}
    for _ in range(draw(st.integers(0, 8)) if people and courses else 0):
        section = draw(st.sampled_from([None, *place]))
        course = section["course_id"] if section else f"c{draw(st.integers(0, courses - 1))}"
        seat = {
            "course_id": course,
            "user_id": f"u{draw(st.integers(0, people - 1))}",
            "role": draw(st.sampled_from(["student", "teacher", "ta", "observer", "designer"])),
            "section_id": section["section_id"] if section else "",
            "status": draw(st.sampled_from(["active", "invited", "inactive", "completed"])),
            "associated_user_id": "",
        }
        if seat["role"] == "observer":
            seen = one_of("u", people)
            seat["associated_user_id"] = "" if seen == seat["user_id"] else seen
        key = tuple(seat[c] for c in seat if c != "status")
        seats.setdefault(key, seat)
    words = ["active", "published", "completed"]
    return {
        "terms": [
            {"term_id": f"t{n}", "name": draw(TEXT), "status": "active", **span()}
            for n in range(terms)
        ],
        "accounts": [
            {
                "account_id": f"a{n}",
                "parent_account_id": one_of("a", n),
                "name": draw(TEXT),
                "status": "active",
            }
            for n in range(accounts)
        ],
        "users": [
            {
                "user_id": f"u{n}",
                "login_id": draw(TEXT),
                "full_name": draw(TEXT),
                "sortable_name": draw(TEXT),
                "email": f"u{n}@school.test",
                "status": draw(st.sampled_from(["active", "suspended"])),
            }
            for n in range(people)
        ],
        "courses": [
            {
                "course_id": f"c{n}",
                "short_name": draw(TEXT),
                "long_name": draw(TEXT),
                "account_id": one_of("a", accounts),
                "term_id": one_of("t", terms),
                "status": draw(st.sampled_from(words)),
                **span(),
            }
            for n in range(courses)
        ],
        "sections": [{**section, "status": "active", **span()} for section in place],
        "enrollments": list(seats.values()),
    }  # fmt: skip


def told(tables: Tables) -> dict[str, list[dict[str, str]]]:
    """Comparable: in an order of its own, files without rows left out."""
    return {
        name: sorted(map(dict, kept), key=lambda row: sorted(row.items()))
        for name, kept in tables.items()
        if list(kept)
    }


# The platform in this process throws dice of its own while Hypothesis draws.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tables=schools())
async def test_what_was_imported_is_exported_and_imports_as_nothing_new(
    eduflow: Eduflow, tables: Tables
) -> None:
    school = await eduflow.school()
    with tempfile.TemporaryDirectory() as temporary:
        folder = write_tables(Path(temporary), {k: v for k, v in tables.items() if list(v)})
        out = folder / "out"
        out.mkdir()
        if any(folder.glob("*.csv")):
            run = await import_folder(eduflow, school, folder)
            assert run.refused == []
        exported = read_tables(await export_folder(eduflow, school, out))
        exported["users"] = [row for row in exported["users"] if row["full_name"] != "Ada Admin"]
        assert told(exported) == told(tables)
        again = await import_folder(eduflow, school, out)
        assert again.refused == []
        assert again.changes == 0
        # Into a school where nothing is yet, the export is a whole one.
        other = await eduflow.school()
        copied = await import_folder(eduflow, other, out)
        assert [reason for _, _, reason in copied.refused] == []


async def test_what_was_made_by_hand_is_exported_by_its_own_id_and_found_again(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    course = (await school.admin.post("/courses", {"code": "MA1", "title": "By hand"}))["id"]
    learner = await eduflow.somebody(school)
    await school.admin.post(f"/courses/{course}/enrollments", {"user_id": str(learner.user)})
    exported = read_tables(await export_folder(eduflow, school, tmp_path))
    assert exported["enrollments"] == rows(
        "course_id,user_id,role,section_id,status,associated_user_id",
        f"{course},{learner.user},student,,active,",
    )
    again = await import_folder(eduflow, school, tmp_path)
    assert again.refused == []
    assert again.changes == 0
    assert again.counts["users"] == (0, 0, 2, 0)
