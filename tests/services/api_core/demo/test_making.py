"""The demo schools: made once, there for good, whole whatever stopped their making."""

from collections.abc import Callable
from pathlib import Path

import httpx
import msgspec
import pytest

from eduflow.services.api_core.demo.making import logins
from eduflow.services.api_core.demo.reading import ScriptRefused, read_schools
from eduflow.services.api_core.demo.script import Script
from tests.harness.platform import Eduflow
from tests.services.api_core.demo.given_schools import MadeSchools, made

STOPS = (1, 8, 40, 110, 190)
"""After so many commands of one making it is stopped, and the next one begins."""
# What happened, by the names that people give things; `{0}` is when, by the school's own calendar.
_STORY = {
    "people": "SELECT email, display_name, sortable_name, tier, locale, time_zone, state,"
    " u.version FROM users AS u WHERE u.institution_id = $1",
    "seats": "SELECT c.code, s.name, u.email, e.role, e.state, {0} FROM enrollments AS e"
    " JOIN courses AS c ON c.id = e.course_id JOIN course_sections AS s ON s.id = e.section_id"
    " JOIN users AS u ON u.id = e.user_id WHERE e.institution_id = $1",
    "lessons": "SELECT c.code, m.title, m.position, l.title AS lesson, l.position AS place, l.body,"
    " c.version FROM lessons AS l JOIN course_modules AS m ON m.id = l.module_id"
    " JOIN courses AS c ON c.id = l.course_id WHERE l.institution_id = $1",
    "steps": "SELECT u.email, l.title, e.kind, {0} FROM lesson_progress_events AS e"
    " JOIN lessons AS l ON l.id = e.lesson_id JOIN users AS u ON u.id = e.user_id"
    " WHERE e.institution_id = $1",
    "work": "SELECT u.email, a.title, e.attempt, e.body, {0} FROM submission_versions AS e"
    " JOIN submissions AS s ON s.id = e.submission_id JOIN assignments AS a"
    " ON a.id = s.assignment_id JOIN users AS u ON u.id = s.user_id WHERE e.institution_id = $1",
    "grades": "SELECT u.email, a.title, e.attempt, e.version, e.score, e.excused, e.reason,"
    " w.email AS by, {0} FROM grade_events AS e JOIN assignments AS a ON a.id = e.assignment_id"
    " JOIN users AS u ON u.id = e.user_id JOIN users AS w ON w.id = e.actor_id"
    " WHERE e.institution_id = $1",
    "marks": "SELECT u.email, a.title, c.description, e.points, e.version, {0}"
    " FROM rubric_assessments AS e JOIN rubric_criteria AS c ON c.id = e.criterion_id"
    " JOIN assignments AS a ON a.id = e.assignment_id JOIN users AS u ON u.id = e.user_id"
    " WHERE e.institution_id = $1",
    "comments": "SELECT u.email, e.body, {0} FROM submission_comments AS e"
    " JOIN users AS u ON u.id = e.author_id WHERE e.institution_id = $1",
    "dates": "SELECT a.title, u.email, s.name, o.due_at - i.created_at AS due, o.extra_minutes"
    " FROM assignment_overrides AS o JOIN institutions AS i ON i.id = o.institution_id"
    " JOIN assignments AS a ON a.id = o.assignment_id LEFT JOIN users AS u ON u.id = o.user_id"
    " LEFT JOIN course_sections AS s ON s.id = o.section_id WHERE o.institution_id = $1",
    "posts": "SELECT t.title, t.pinned, t.locked, t.posts, t.version, t.accepted_post_id = e.id"
    " AS accepted, u.email, e.body, q.body AS answers, {0} FROM discussion_posts AS e"
    " JOIN discussion_threads AS t ON t.id = e.thread_id JOIN users AS u ON u.id = e.author_id"
    " LEFT JOIN discussion_posts AS q ON q.id = e.parent_id WHERE e.institution_id = $1",
    "reactions": "SELECT u.email, p.body, e.kind, {0} FROM post_reactions AS e"
    " JOIN discussion_posts AS p ON p.id = e.post_id JOIN users AS u ON u.id = e.user_id"
    " WHERE e.institution_id = $1",
    "preferences": "SELECT u.email, n.kind, n.channel, n.digest FROM notification_preferences AS n"
    " JOIN users AS u ON u.id = n.user_id WHERE n.institution_id = $1",
    "events": "SELECT e.type, count(*) FROM outbox_events AS e WHERE e.institution_id = $1"
    " AND e.type <> 'api_core.password_changed' GROUP BY e.type",
}
_AT = {
    "seats": "created_at",
    "reactions": "created_at",
    "posts": "created_at",
}


async def story(eduflow: Eduflow, slug: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything that was made of a school, without its ids and its day."""
    told = {}
    async with eduflow.sql() as connection:
        school = await connection.fetchval("SELECT id FROM institutions WHERE slug = $1", slug)
        for name, sql in _STORY.items():
            when = f"e.{_AT.get(name, 'at')} - (SELECT created_at FROM institutions WHERE id = $1)"
            rows = await connection.fetch(sql.format(when), school)
            told[name] = sorted((tuple(row) for row in rows), key=repr)
    return told


def again(script: Script, slug: str) -> Script:
    """The same school, once more."""
    school = msgspec.structs.replace(script.institution, slug=slug)
    return msgspec.structs.replace(script, institution=school)


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
    source = Path(read_schools.__code__.co_filename).with_name("data") / "lantern-hill"
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
