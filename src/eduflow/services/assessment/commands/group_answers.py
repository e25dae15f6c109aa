"""Put together the answers to a question that say the same."""

import hashlib
from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.kernel.ids import new_id
from eduflow.scoring.grouping import grouped
from eduflow.services.assessment.grading_views import AnswerGroup, Groups
from eduflow.services.assessment.ids import AssessmentId, QuestionId

_NEAR = 92
_MOST = 5_000
_LABEL = 200


class GroupAnswers(Command[Groups], frozen=True, kw_only=True):
    """Of those that wait and are in no group yet; asked again it finds what has come since."""

    assessment: AssessmentId
    question: QuestionId


class _Answer(msgspec.Struct):
    response_id: UUID
    version: UUID
    text: str


_LOOK = (
    "SELECT w.response_id, r.question_version_id AS version, r.value #>> '{}' AS text"
    " FROM grading_queue AS w JOIN responses AS r ON r.id = w.response_id"
    " WHERE w.assessment_id = $1 AND w.question_id = $2 AND w.state <> 'done'"
    " AND w.reason <> 'sample' AND jsonb_typeof(r.value) = 'string' AND NOT EXISTS"
    " (SELECT FROM answer_group_members AS m WHERE m.response_id = w.response_id)"
    f" ORDER BY w.order_key LIMIT {_MOST}"
)
_GROUPS = (
    "INSERT INTO answer_groups (id, institution_id, assessment_id, question_version_id, label,"
    " method, digest, made_at) SELECT u.id, $1, $2, u.version, u.label, u.method, u.digest, $3"
    " FROM unnest($4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::bytea[])"
    " AS u(id, version, label, method, digest) WHERE {allowed}"
)
_MEMBERS = (
    "INSERT INTO answer_group_members (response_id, group_id, institution_id)"
    " SELECT u.response, u.made, $1 FROM unnest($2::uuid[], $3::uuid[]) AS u(response, made)"
    " WHERE {allowed}"
)


async def group_answers(command: GroupAnswers, work: UnitOfWork) -> Groups:
    answers = await work.look(_LOOK, command.assessment, command.question, into=_Answer)
    made: list[tuple[UUID, UUID, str, str, bytes, tuple[str, ...]]] = []
    for version in sorted({one.version for one in answers}):
        texts = {str(one.response_id): one.text for one in answers if one.version == version}
        for found in grouped(texts, near=_NEAR):
            if len(found.members) > 1:
                method = "near" if found.near else "same"
                # Those who come later with the same words are a group of their own.
                told = f"{found.text} {' '.join(found.members)}"
                digest = hashlib.sha256(told.encode()).digest()
                label = found.text[:_LABEL]
                made.append((new_id(), version, label, method, digest, found.members))
    if made:
        institution = work.identity.institution
        ids, versions, labels, methods, digests, members = zip(*made, strict=True)
        rows = (list(ids), list(versions), list(labels), list(methods), list(digests))
        about = (institution, command.assessment, work.now)
        work.write(_GROUPS, *about, *rows, changes=len(made))
        pairs = [
            (UUID(one), made_) for made_, many in zip(ids, members, strict=True) for one in many
        ]
        responses, groups = [one for one, _ in pairs], [group for _, group in pairs]
        work.write(_MEMBERS, institution, responses, groups, changes=len(pairs))
    return Groups(
        groups=[
            AnswerGroup(
                id=one, label=label, method=method, answers=len(members), waiting=len(members)
            )
            for one, _, label, method, _, members in made
        ]
    )
