"""The demo schools in a test: made once for all of them, by a runtime that goes by the story."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import msgspec

from eduflow.kernel.auth.passwords import Passwords
from eduflow.kernel.runtime import open_runtime
from eduflow.services import load_services
from eduflow.services.api_core.demo.making import DemoSchools
from eduflow.services.api_core.demo.script import Script
from eduflow.services.api_core.results import results
from eduflow.story.calendar import story_clock
from tests.harness.platform import Eduflow

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
    " AND e.type <> 'api_core.password_changed'"
    # What tests bring into the gradebook, and whenever they do, is no part of this story.
    f" AND e.actor_id IS DISTINCT FROM '{results.principal}' GROUP BY e.type",
}
_AT = {
    "seats": "created_at",
    "reactions": "created_at",
    "posts": "created_at",
}


class MadeSchools(msgspec.Struct, frozen=True):
    """What was made, how many commands it took, and from where on it can be read."""

    scripts: list[Script]
    made: int
    position: str


@contextlib.asynccontextmanager
async def demo_schools(
    eduflow: Eduflow, scripts: Sequence[Script], counted: Callable[[int], Any]
) -> AsyncIterator[DemoSchools]:
    """As the command line makes them."""
    services = load_services(["api_core"])
    async with open_runtime(eduflow.settings, services, worker=True, clock=story_clock) as runtime:
        commands, database = runtime.commands["api_core"], runtime.databases["api_core"]
        yield DemoSchools(commands, database, scripts=scripts, counted=counted)


async def made(
    eduflow: Eduflow,
    scripts: Sequence[Script],
    *,
    log_in: bool,
    counted: Callable[[int], Any] = lambda _: None,
) -> MadeSchools:
    """Make what is missing of them."""
    passwords = Passwords(eduflow.settings.secret, cost=4) if log_in else None
    try:
        async with demo_schools(eduflow, scripts, counted) as schools:
            await schools.make(passwords)
            position = eduflow.runtime.positions.seal([await schools.position()])
            return MadeSchools(list(scripts), schools.made, position)
    finally:
        if passwords:
            passwords.close()


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
