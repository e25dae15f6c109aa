"""Seats in courses and progress in lessons."""

from collections.abc import AsyncIterator

from eduflow.kernel.personal import Excuse, Part, Row, Subject

_SEATS = (
    "SELECT e.id::text AS key, e.id, e.course_id, c.code, c.title, e.section_id, s.name AS section,"
    " e.role, e.state, e.observes_user_id, e.created_at FROM enrollments AS e"
    " JOIN courses AS c ON c.id = e.course_id JOIN course_sections AS s ON s.id = e.section_id"
    " WHERE (e.user_id = $1 OR e.observes_user_id = $1)"
    " AND ($2::text IS NULL OR e.id::text > $2) ORDER BY 1 LIMIT $3"
)
_PROGRESS = (
    "SELECT p.id::text AS key, p.id, p.course_id, p.lesson_id, l.title AS lesson, p.kind, p.at"
    " FROM lesson_progress_events AS p JOIN lessons AS l ON l.id = p.lesson_id"
    " WHERE p.user_id = $1 AND ($2::text IS NULL OR p.id::text > $2) ORDER BY 1 LIMIT $3"
)

_CERTIFICATES = (
    "SELECT t.id::text AS key, t.id, t.course_id, t.evidence, encode(t.evidence_hash, 'hex') AS"
    " evidence_hash, t.awarded_at, t.revoked_at, t.revoked_because FROM certificates AS t"
    " WHERE t.user_id = $1 AND ($2::text IS NULL OR t.id::text > $2) ORDER BY 1 LIMIT $3"
)


def enrollments(subject: Subject) -> AsyncIterator[Row]:
    """What they learn and teach, and who observes them."""
    return subject.rows(_SEATS)


def progress(subject: Subject) -> AsyncIterator[Row]:
    """What they did with lessons."""
    return subject.rows(_PROGRESS)


def certificates(subject: Subject) -> AsyncIterator[Row]:
    """What they can show, word for word."""
    return subject.rows(_CERTIFICATES)


_FOLDED = (
    "Stays, with the id of the blank row: counts and results of others are made of it too."
    " It holds no name, no address and no text of theirs."
)
PARTS = (
    Part(
        name="enrollments",
        title="Seats in courses",
        tables=("enrollments",),
        read=enrollments,
        erasure=_FOLDED,
    ),
    Part(
        name="progress",
        title="Progress in lessons",
        tables=("lesson_progress_events",),
        read=progress,
        erasure=_FOLDED,
    ),
    Part(
        name="certificates",
        title="Certificates",
        tables=("certificates",),
        read=certificates,
        erasure="Blanked and revoked as erased. That there was one, and its digest, which tells"
        " nothing without what was blanked, can still be checked by whoever has its number.",
    ),
)
EXCUSED = Excuse(
    tables=("course_roster", "lesson_completions", "course_progress", "progress_work"),
    why="Counted from seats, progress, work and grades, which are in the archive.",
    erasure=_FOLDED,
)
