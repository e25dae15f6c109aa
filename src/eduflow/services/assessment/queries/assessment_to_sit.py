"""A test as whoever may sit it sees it, before an attempt and without a key.

Columns are named one by one: what is judged by (`answer_keys`, `question_tests`, rubrics) and what
is told afterwards (`feedback`, `parameters`) is never selected here.
"""

import hashlib
from uuid import UUID

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice
from eduflow.scoring.interactions import Interaction, Option
from eduflow.scoring.variants import rearranged
from eduflow.services.assessment.ids import AssessmentId, CourseId
from eduflow.services.assessment.sitting_views import (
    Asked,
    AskedSection,
    AssessmentLine,
    AssessmentToSit,
)

_OPEN = (
    "a.state = 'published' AND (d.opens_at IS NULL OR d.opens_at <= now())"
    " AND (d.closes_at IS NULL OR now() < d.closes_at)"
)
_LEFT = "CASE WHEN d.attempts IS NULL THEN NULL ELSE greatest(d.attempts - t.used, 0) END"
_OWN = (
    " CROSS JOIN LATERAL delivery_for(a.id, $2) AS d CROSS JOIN LATERAL (SELECT count(*) AS used,"
    " coalesce(bool_or(t.state = 'in_progress'), false) AS sitting FROM attempts AS t"
    " WHERE t.assessment_id = a.id AND t.user_id = $2) AS t"
    f" CROSS JOIN LATERAL (SELECT {_OPEN} AS open) AS o"
)
_SEEN = "(a.state = 'published' OR holds_in('assessment:read', a.course_id))"
_ITEM = (
    "json_build_object('question_id', i.question_id, 'question_version_id', v.id, 'type', q.type,"
    " 'body', v.body, 'language', v.language, 'interaction', v.interaction, 'points_list',"
    " i.points_list, 'stimulus_id', q.stimulus_id)"
)
_ITEMS = (
    f"(SELECT json_agg({_ITEM} ORDER BY i.position) FROM section_items AS i"
    " JOIN questions AS q ON q.id = i.question_id"
    " JOIN question_versions AS v ON v.id = i.question_version_id WHERE i.section_id = s.id)"
)
# With a time limit the questions come with the attempt: whoever read them before it began would
# have more time than the others.
_SHOWN = "o.open AND s.pick_n IS NULL AND NOT s.shuffle AND (d.time_limit IS NULL OR t.sitting)"
_SECTIONS = (
    "(SELECT coalesce(json_agg(json_build_object('title', s.title, 'instructions',"
    " CASE WHEN o.open THEN s.instructions ELSE '' END, 'asks', coalesce(s.pick_n, n.items),"
    " 'available', n.items, 'points', coalesce(n.first * s.pick_n, n.points), 'shuffle', s.shuffle,"
    f" 'questions', CASE WHEN {_SHOWN} THEN {_ITEMS} END) ORDER BY s.position), '[]')"
    " FROM assessment_sections AS s CROSS JOIN LATERAL (SELECT count(*) AS items,"
    " sum(i.points_list[1]) AS points, min(i.points_list[1]) AS first FROM section_items AS i"
    " WHERE i.section_id = s.id) AS n WHERE s.assessment_version_id = f.id)"
)
_STIMULI = (
    "(SELECT coalesce(json_agg(DISTINCT jsonb_build_object('id', m.id, 'title', m.title, 'body',"
    " m.body)), '[]') FROM assessment_sections AS s JOIN section_items AS i ON i.section_id = s.id"
    " JOIN questions AS q ON q.id = i.question_id JOIN stimuli AS m ON m.id = q.stimulus_id"
    f" WHERE s.assessment_version_id = f.id AND {_SHOWN})"
)
_YOURS = (
    "json_build_object('opens_at', d.opens_at, 'closes_at', d.closes_at, 'time_limit',"
    f" d.time_limit, 'grace', d.grace, 'attempts', d.attempts, 'attempts_left', {_LEFT},"
    " 'behaviour', p.behaviour, 'attempt_counts', p.attempt_counts, 'late_penalty',"
    " p.late_penalty)"
)
_TABLES = (
    "assessments AS a JOIN delivery_policies AS p ON p.assessment_id = a.id"
    " LEFT JOIN assessment_versions AS f ON f.assessment_id = a.id AND f.number = a.current_number"
)
_ONE = (
    "SELECT a.id, a.course_id, a.kind, a.title, a.state, coalesce(f.instructions, '') AS"
    f" instructions, coalesce(f.points, 0) AS points, o.open, {_YOURS} AS policy,"
    f" {_SECTIONS} AS sections, {_STIMULI} AS stimuli, a.version"
    f" FROM {_TABLES}{_OWN} WHERE a.id = $1 AND {_SEEN}"
)
_PAGE = (
    "SELECT a.id, a.course_id, a.kind, a.title, a.state, coalesce(f.points, 0) AS points, o.open,"
    f" d.opens_at, d.closes_at, d.time_limit, {_LEFT} AS attempts_left, a.version"
    f" FROM {_TABLES}{_OWN} WHERE a.course_id = $1 AND {_SEEN}"
    " AND ($3::uuid IS NULL OR a.id > $3) ORDER BY a.id LIMIT $4"
)


async def assessment_to_sit(
    replica: ReadSession, wanted: AssessmentId, *, user: UserId
) -> AssessmentToSit:
    """The test with the caller's own times, and its questions where no attempt decides them."""
    test = await replica.row(_ONE, wanted, user, into=AssessmentToSit)
    test.sections = [_unordered(section) for section in test.sections]
    return test


async def assessments(
    replica: ReadSession, course: CourseId, *, user: UserId, page: Page
) -> Slice[AssessmentLine]:
    """One page in the order they were made; drafts only to those who read them."""
    (last,) = page.after(UUID) or (None,)
    rows = await replica.rows(_PAGE, course, user, last, page.fetch, into=AssessmentLine)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


def _unordered(section: AskedSection) -> AskedSection:
    if section.questions is None:
        return section
    questions = [
        msgspec.structs.replace(asked, interaction=unordered(asked)) for asked in section.questions
    ]
    return msgspec.structs.replace(section, questions=questions)


def unordered(asked: Asked) -> Interaction:
    """What an attempt mixes, in an order that says nothing of the author's, often the right one."""
    salt = asked.question_version_id.bytes

    def by(option: Option) -> bytes:
        return hashlib.sha256(salt + f"{option.text}\0{option.id}".encode()).digest()

    def mixed(options: tuple[Option, ...]) -> tuple[Option, ...]:
        moving = iter(sorted((option for option in options if not option.fixed), key=by))
        return tuple(option if option.fixed else next(moving) for option in options)

    return rearranged(asked.interaction, mixed)
