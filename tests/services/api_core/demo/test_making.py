"""The demo schools: made once, there for good, whole whatever stopped their making."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import httpx
import pytest

from eduflow.services.api_core.demo.making import logins
from eduflow.services.api_core.demo.reading import ScriptRefused, read_schools
from eduflow.services.api_core.demo.script import Script
from tests.harness.platform import Eduflow
from tests.services.api_core.demo.given_schools import MadeSchools, again, made, story

STOPS = (1, 8, 40, 110, 190)
"""After so many commands of one making it is stopped, and the next one begins."""


def school_of(schools: MadeSchools, slug: str) -> Script:
    """The script of that school."""
    return next(s for s in schools.scripts if s.institution.slug == slug)


async def test_a_second_making_makes_nothing_new(eduflow: Eduflow, schools: MadeSchools) -> None:
    before = [await story(eduflow, s.institution.slug) for s in schools.scripts]
    assert schools.made > 1000
    assert (await made(eduflow, schools.scripts, log_in=True)).made == 0
    assert [await story(eduflow, s.institution.slug) for s in schools.scripts] == before


async def test_a_making_that_is_stopped_again_and_again_ends_in_the_same_school(
    eduflow: Eduflow, schools: MadeSchools
) -> None:
    script = again(school_of(schools, "lantern-hill"), "lantern-hill-stopped")

    class Stopped(Exception):  # noqa: N818 (what a kill is to the process)
        pass

    def stop_after(commands: int) -> Callable[[int], None]:
        def counted(done: int) -> None:
            if done >= commands:
                raise Stopped

        return counted

    for commands in STOPS:
        with pytest.raises(ExceptionGroup):
            await made(eduflow, [script], log_in=False, counted=stop_after(commands))
    assert (await made(eduflow, [script], log_in=False)).made > 0
    whole = await story(eduflow, "lantern-hill")
    stopped = await story(eduflow, "lantern-hill-stopped")
    for name, rows in whole.items():
        assert stopped[name] == rows, name
    async with eduflow.sql() as connection:
        let_in = await connection.fetchval(
            "SELECT count(*) FROM credentials AS c JOIN institutions AS i"
            " ON i.id = c.institution_id WHERE i.slug = 'lantern-hill-stopped'"
        )
    assert let_in == 0, "where it is not a demonstration the published password opens nothing"


async def test_everybody_of_the_list_can_log_in(eduflow: Eduflow, schools: MadeSchools) -> None:
    few, others = logins(schools.scripts)
    assert len(few) == 3 * len(schools.scripts)
    async with httpx.AsyncClient(base_url=f"{eduflow.gateway}/api/v1") as client:
        for login in (*few, others[-1]):
            body = {"email": login.mail, "password": login.password}
            answer = await client.post("/auth/login", json=body)
            assert answer.is_success, answer.text


def test_every_course_is_as_rich_as_it_shall_be(schools: MadeSchools) -> None:
    tiers = {
        script.institution.slug: {c.tier for c in script.courses} for script in schools.scripts
    }
    assert tiers == {
        "lantern-hill": {"high_school"},
        "north-harbour": {"undergraduate", "graduate"},
        "ashgrove": {"professional"},
    }
    for script in schools.scripts:
        assert 8 <= len(script.institution.students) <= 12
        assert len({p.time_zone for p in script.people.values()}) >= 4
        assert len(script.courses) >= 3
        for course in script.courses:
            lessons = [lesson for module in course.modules for lesson in module.lessons]
            assert len(course.modules) >= 3
            assert all(100 <= len(lesson.body.split()) <= 250 for lesson in lessons), course.code
            assert any(len(w.again) for t in course.assignments for w in t.work), course.code
            assert any(t.due.startswith("+") for t in course.assignments), course.code


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the files of one school, to be spoilt."""
    folder = tmp_path / "small"
    folder.mkdir()
    source = files("eduflow.services.api_core.demo") / "data" / "lantern-hill"
    for name in ("institution.toml", "algebra.toml"):
        (folder / name).write_text((source / name).read_text("utf-8"), "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("instead_of", "written", "told"),
    [
        (
            "points = 40",
            'points = "many"',
            "Expected `float`, got `str` - at `$.assignments[3].points`",
        ),
        ('at = "-32 17:12"', 'at = "+32 17:12"', "at `$.assignments[0].work[0].at`"),
        ("weight = 40", "wait = 40", "`wait`"),
        ('rubric = "Solving', 'rubric = "Guessing', "there is no `Guessing and explaining`"),
        ('"Only results"]', '"Results"]', "there is no `Results` - at `$.assignments[0].work"),
        ('by = "hana"', 'by = "nobody"', "there is no `nobody` - at `$.forums[0].threads[1]`"),
        ("accepted = 2", "accepted = 9", "there is no such reply - at `$.forums[0].threads[0]"),
        ("amina = { done = 9", "amina = { done = 99", "`$.progress.amina.done`"),
        ("code =", "code ==", "Invalid"),
    ],
)
def test_a_file_that_cannot_be_made_is_refused_with_its_name_and_the_place(
    data: Path, instead_of: str, written: str, told: str
) -> None:
    file = data / "small" / "algebra.toml"
    file.write_text(file.read_text("utf-8").replace(instead_of, written, 1), "utf-8")
    with pytest.raises(ScriptRefused) as refused:
        read_schools(data)
    assert str(refused.value).startswith("small/algebra.toml: ")
    assert told in str(refused.value)
