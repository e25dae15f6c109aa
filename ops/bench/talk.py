"""What is learned, said and told in the bench's courses."""

from datetime import timedelta
from uuid import UUID

import asyncpg

from eduflow.contracts.api_core import LessonAdded, LessonProgressed, ModuleAdded
from eduflow.contracts.discussion import ForumCreated, PostAdded, ThreadRead, ThreadStarted
from eduflow.kernel.ids import new_id
from ops.bench.ids import BLOCK, EACH, LEARNERS, School, course, course_of, learner, numbered, seats
from ops.bench.rows import WHEN, copy, record

_LESSONS = 5
_THREADS, _POSTS = 2, 5
"""Threads of a course, and posts of a thread."""
_NOTICES = 3
"""Of each learner; the first is read."""


async def lessons(connection: asyncpg.Connection, school: School) -> None:
    """One unit of a few lessons in each course."""
    tenant, courses = school.institution, range(school.courses)
    modules = [(numbered("module", c), tenant, course(c), "Unit", 1, WHEN) for c in courses]
    columns = "id institution_id course_id title position created_at"
    await copy(connection, "course_modules", columns, modules)
    await record(
        connection,
        (
            ModuleAdded(institution_id=tenant, course_id=of, module_id=id_, position=1)
            for id_, _, of, *_ in modules
        ),
    )
    rows = [
        (_lesson(c, n), tenant, course(c), numbered("module", c), f"Lesson {n}", n + 1, WHEN)
        for c in courses
        for n in range(_LESSONS)
    ]
    columns = "id institution_id course_id module_id title position created_at"
    await copy(connection, "lessons", columns, rows)
    await record(
        connection,
        (
            LessonAdded(
                institution_id=tenant, course_id=of, module_id=at, lesson_id=id_, position=place
            )
            for id_, _, of, at, _, place, _ in rows
        ),
    )


def _lesson(c: int, n: int) -> UUID:
    return numbered("lesson", c * _LESSONS + n)


async def progress(connection: asyncpg.Connection, school: School) -> None:
    """Everybody has completed one lesson of each of their courses."""
    tenant = school.institution
    rows = [
        (new_id(), tenant, course(c), _lesson(c, n % _LESSONS), learner(school, n), "completed", at)
        for n, c in seats(school)
        for at in (WHEN + timedelta(days=1, seconds=n),)
    ]
    columns = "id institution_id course_id lesson_id user_id kind at"
    await copy(connection, "lesson_progress_events", columns, rows)
    await record(
        connection,
        (
            LessonProgressed(
                institution_id=tenant,
                user_id=who,
                course_id=of,
                lesson_id=lesson,
                kind=kind,
                occurred_at=at,
            )
            for _, _, of, lesson, who, kind, at in rows
        ),
    )


def _author(school: School, c: int) -> UUID:
    """Who writes all that is written in a course: one of its learners."""
    first = c // BLOCK * LEARNERS
    return learner(school, first if c in (course_of(first, k) for k in range(EACH)) else first + 1)


async def forums(connection: asyncpg.Connection, school: School) -> None:
    """A forum in each course, where one learner writes; everybody has read a thread to its half."""
    tenant, courses = school.institution, range(school.courses)
    rows = [
        (numbered("forum", c), tenant, course(c), "Questions", "discussion", WHEN) for c in courses
    ]
    columns = "id institution_id course_id title kind created_at"
    await copy(connection, "discussion_forums", columns, rows)
    await record(
        connection,
        (
            ForumCreated(
                institution_id=tenant, forum_id=id_, course_id=of, kind=kind, anonymity="none"
            )
            for id_, _, of, _, kind, _ in rows
        ),
    )
    threads = [(c, c * _THREADS + t, _author(school, c)) for c in courses for t in range(_THREADS)]
    columns = (
        "id institution_id course_id forum_id author_id title posts last_post_id last_post_at"
        " created_at"
    )
    kept = (
        (
            *(numbered("thread", t), tenant, course(c), numbered("forum", c), author),
            *(f"Question {t}", _POSTS, _post(t, _POSTS - 1), WHEN, WHEN),
        )
        for c, t, author in threads
    )
    await copy(connection, "discussion_threads", columns, kept)
    started = (
        ThreadStarted(
            institution_id=tenant,
            thread_id=numbered("thread", t),
            forum_id=numbered("forum", c),
            course_id=course(c),
            author_id=author,
        )
        for c, t, author in threads
    )
    await record(connection, started)
    await _posts(connection, school, threads)


async def _posts(
    connection: asyncpg.Connection, school: School, threads: list[tuple[int, int, UUID]]
) -> None:
    tenant = school.institution
    said = [
        PostAdded(
            institution_id=tenant,
            thread_id=numbered("thread", t),
            forum_id=numbered("forum", c),
            course_id=course(c),
            post_id=_post(t, p),
            parent_id=None,
            author_id=author,
            posted_at=WHEN + timedelta(hours=p),
        )
        for c, t, author in threads
        for p in range(_POSTS)
    ]
    columns = "id institution_id course_id forum_id thread_id author_id path body created_at"
    rows = (
        (
            *(e.post_id, tenant, e.course_id, e.forum_id, e.thread_id, e.author_id),
            *([e.post_id], "Has anybody seen this before?", e.posted_at),
        )
        for e in said
    )
    await copy(connection, "discussion_posts", columns, rows)
    await record(connection, said)
    await record(
        connection,
        (
            ThreadRead(
                institution_id=tenant,
                thread_id=numbered("thread", t),
                user_id=learner(school, n),
                post_id=_post(t, _POSTS // 2),
            )
            for n in range(school.learners)
            for t in (course_of(n, 0) * _THREADS,)
        ),
    )


def _post(thread: int, number: int) -> UUID:
    return numbered("post", thread * _POSTS + number)


async def notices(connection: asyncpg.Connection, school: School) -> None:
    """What people were told, shown in the application alone."""
    rows = (
        (
            *(new_id(), school.institution, learner(school, n), "enrolled", new_id(), "{}"),
            *(True, "off", WHEN, None if number else WHEN),
        )
        for n in range(school.learners)
        for number in range(_NOTICES)
    )
    columns = "id institution_id user_id kind event_id payload in_app mail created_at read_at"
    await copy(connection, "notifications", columns, rows)
