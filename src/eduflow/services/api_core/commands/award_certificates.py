"""Award certificates: to one student by hand, or to all who meet a rule."""

import secrets
from collections.abc import Sequence
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec

from eduflow.contracts.api_core_completion import CertificateAwarded
from eduflow.kernel.commands import Command, StaleLook, UnitOfWork
from eduflow.kernel.ids import UserId
from eduflow.services.api_core.completion_problems import AlreadyCertified, AwardSaysNothing
from eduflow.services.api_core.ids import CertificateId, CourseId
from eduflow.services.api_core.model.evidence import Facts, Rule, Subject, digest, evidence
from eduflow.services.api_core.model.exact import exact
from eduflow.services.api_core.problems import NoSuchStudent
from eduflow.services.api_core.projections.course_cards import course_cards
from eduflow.services.api_core.projections.course_progress import course_progress
from eduflow.services.api_core.projections.gradebook import gradebook
from eduflow.services.api_core.views import AwardedByRule, AwardedCertificate

_FOLDS = (course_cards, course_progress, gradebook)


class AwardCertificate(Command[AwardedCertificate], frozen=True, kw_only=True):
    """By hand: whatever the student has reached, which the evidence says."""

    course: CourseId
    user: UserId


class AwardCertificatesByRule(Command[AwardedByRule], frozen=True, kw_only=True):
    """Whoever has a valid certificate keeps it; so this can be repeated."""

    course: CourseId
    all_lessons: bool
    percent_at_least: float | None


class _Student(msgspec.Struct, kw_only=True):
    user_id: UserId
    name: str
    institution: str
    time_zone: str
    code: str
    title: str
    certified: bool
    behind: bool
    facts: Facts


# A grade and progress are folds and nothing else, so this decides by what was folded, on the
# primary, where that is first; and never while an event of the course is not in it yet.
_LOOK = """
    SELECT u.id AS user_id, u.display_name AS name, i.name AS institution, i.time_zone, c.code,
        c.title, EXISTS (SELECT FROM certificates AS t WHERE t.user_id = u.id
            AND t.course_id = c.id AND t.revoked_at IS NULL) AS certified,
        json_build_object('completed', coalesce(p.completed, 0), 'lessons', coalesce(k.lessons, 0),
            'percent', g.percent, 'letter', g.letter, 'seq', coalesce(greatest(r.seq,
                (SELECT max(greatest(s.graded_seq, s.submitted_seq)) FROM gradebook_cells AS s
                    WHERE s.course_id = c.id AND s.user_id = u.id),
                (SELECT max(l.seq) FROM lesson_completions AS l
                    WHERE l.user_id = u.id AND l.course_id = c.id)), 0)) AS facts,
        r.behind
    FROM courses AS c JOIN institutions AS i ON i.id = c.institution_id
    CROSS JOIN (SELECT greatest(
            (SELECT max(seq) FROM gradebook_groups WHERE course_id = $1),
            (SELECT max(seq) FROM gradebook_assignments WHERE course_id = $1),
            (SELECT max(seq) FROM gradebook_overrides WHERE course_id = $1),
            (SELECT max(seq) FROM progress_rules WHERE course_id = $1)) AS seq,
        EXISTS (SELECT FROM projection_checkpoints AS s
            CROSS JOIN LATERAL (SELECT o.type, o.payload FROM outbox_events AS o
                WHERE o.xid >= pg_snapshot_xmin(s.snapshot)
                  AND o.xid < pg_snapshot_xmax(pg_current_snapshot())
                  AND NOT pg_visible_in_snapshot(o.xid, s.snapshot) OFFSET 0) AS o
            WHERE s.source = 'api_core'
              AND (s.consumer, o.type) IN (SELECT * FROM unnest($3::text[], $4::text[]))
              AND o.payload->>'course_id' = $1::text) AS behind) AS r
    JOIN users AS u ON u.institution_id = c.institution_id AND u.state <> 'deleted'
        AND ($2::uuid IS NULL OR u.id = $2)
        AND u.id IN (SELECT e.user_id FROM enrollments AS e WHERE e.course_id = c.id
            AND e.role = 'student' AND e.state IN ('active', 'completed'))
    LEFT JOIN course_cards AS k ON k.course_id = c.id
    LEFT JOIN course_progress AS p ON p.course_id = c.id AND p.user_id = u.id
    LEFT JOIN course_grades AS g ON g.course_id = c.id AND g.user_id = u.id
    WHERE c.id = $1 ORDER BY u.id
"""
_INSERT = (
    "INSERT INTO certificates (id, institution_id, course_id, user_id, evidence, evidence_hash,"
    " awarded_by, awarded_at) SELECT r.id, $1, $2, r.user_id, r.evidence, r.digest, $3, $4"
    " FROM unnest($5::uuid[], $6::uuid[], $7::text[], $8::bytea[])"
    " AS r(id, user_id, evidence, digest) WHERE {allowed}"
    # Whoever was given one meanwhile is looked at again.
    " ON CONFLICT DO NOTHING"
)


async def award_certificate(command: AwardCertificate, work: UnitOfWork) -> AwardedCertificate:
    students = await _students(work, command.course, command.user)
    if not students:
        raise NoSuchStudent(user_id=str(command.user))
    (student,) = students
    if student.certified:
        raise AlreadyCertified(user_id=str(command.user))
    (certificate,) = _award(work, command.course, [student], rule=None)
    return certificate


async def award_certificates_by_rule(
    command: AwardCertificatesByRule, work: UnitOfWork
) -> AwardedByRule:
    least = None if command.percent_at_least is None else exact(command.percent_at_least)
    if not command.all_lessons and least is None:
        raise AwardSaysNothing
    rule = Rule(all_lessons=command.all_lessons, percent_at_least=least)
    students = await _students(work, command.course, None)
    open_ = [student for student in students if not student.certified]
    due = [student for student in open_ if rule.is_met(student.facts)]
    awarded = _award(work, command.course, due, rule=rule)
    return AwardedByRule(
        awarded=awarded, had_one=len(students) - len(open_), not_yet=len(open_) - len(due)
    )


async def _students(work: UnitOfWork, course: CourseId, user: UserId | None) -> list[_Student]:
    """All students of the course, or the one; on folds that have all that happened in it."""
    follows = [(model.name, event) for model in _FOLDS for event in model.folds]
    consumers, events = [name for name, _ in follows], [event for _, event in follows]
    found = await work.look(_LOOK, course, user, consumers, events, into=_Student)
    if any(student.behind for student in found):
        raise StaleLook
    return found


def _award(
    work: UnitOfWork, course: CourseId, students: Sequence[_Student], *, rule: Rule | None
) -> list[AwardedCertificate]:
    who = work.identity
    made: list[AwardedCertificate] = []
    documents: list[str] = []
    for student in students:
        # Not one of the ids that can be put in order: it is shown to anybody, and tells nothing.
        certificate = CertificateId(uuid4())
        document = evidence(
            certificate,
            Subject(
                name=student.name,
                institution=student.institution,
                code=student.code,
                title=student.title,
            ),
            student.facts,
            rule=rule,
            awarded_on=work.now.astimezone(ZoneInfo(student.time_zone)).date(),
            nonce=secrets.token_hex(16),
        )
        documents.append(document)
        made.append(
            AwardedCertificate(
                id=certificate,
                course_id=course,
                user_id=student.user_id,
                awarded_at=work.now,
                evidence_hash=digest(document).hex(),
            )
        )
        work.record(
            CertificateAwarded(
                institution_id=who.institution,
                certificate_id=certificate,
                course_id=course,
                user_id=student.user_id,
                evidence_hash=digest(document).hex(),
            )
        )
    if made:
        work.write(
            _INSERT,
            *(who.institution, course, who.user, work.now),
            [one.id for one in made],
            [one.user_id for one in made],
            documents,
            [digest(document) for document in documents],
            changes=len(made),
        )
    return made
