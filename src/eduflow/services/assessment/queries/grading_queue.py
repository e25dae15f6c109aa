"""How far the grading of a test is."""

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import View
from eduflow.services.assessment.grading_views import (
    Agreement,
    Agreements,
    AnswerGroup,
    Gate,
    Groups,
    Precedent,
    Queue,
    QueueLine,
)
from eduflow.services.assessment.ids import AssessmentId, QuestionId, RubricId
from eduflow.services.assessment.reading.releasing import Gate as Bound

_QUEUE = (
    "SELECT q.question_id, u.title, count(*) FILTER (WHERE w.state = 'waiting') AS waiting,"
    " count(*) FILTER (WHERE w.state = 'claimed') AS claimed,"
    " count(*) FILTER (WHERE w.state = 'done') AS done, (SELECT count(*) FROM ai_grading_jobs AS j"
    " WHERE j.assessment_id = $1 AND j.question_id = q.question_id AND j.state = 'waiting')"
    " AS with_models, coalesce((SELECT json_object_agg(o.reason, o.n) FROM (SELECT z.reason,"
    " count(*) AS n FROM grading_queue AS z WHERE z.assessment_id = $1"
    " AND z.question_id = q.question_id AND z.state <> 'done' GROUP BY z.reason) AS o), '{}')"
    " AS reasons FROM (SELECT question_id FROM grading_queue WHERE assessment_id = $1 UNION"
    " SELECT question_id FROM ai_grading_jobs WHERE assessment_id = $1) AS q"
    " JOIN questions AS u ON u.id = q.question_id LEFT JOIN grading_queue AS w"
    " ON w.assessment_id = $1 AND w.question_id = q.question_id"
    " GROUP BY q.question_id, u.title ORDER BY u.title, q.question_id"
)
_GROUPS = (
    "SELECT g.id, g.label, g.method, count(*) AS answers, count(*) FILTER (WHERE w.state <> 'done')"
    " AS waiting FROM answer_groups AS g JOIN answer_group_members AS m ON m.group_id = g.id"
    " JOIN responses AS r ON r.id = m.response_id AND r.question_id = $2"
    " LEFT JOIN grading_queue AS w ON w.response_id = m.response_id WHERE g.assessment_id = $1"
    " GROUP BY g.id ORDER BY answers DESC, g.label LIMIT 500"
)
_AGREEMENT = (
    "SELECT model, n, agreement, kappa, kappa_low, kappa_high FROM agreement_stats"
    " WHERE question_id = $1 ORDER BY model"
)
_GATE = (
    "SELECT q.id AS question_id, $2::text AS model, coalesce(g.state, 'closed') AS state,"
    " coalesce(g.min_answers, 30) AS min_answers, coalesce(g.min_kappa, 0.7) AS min_kappa,"
    " coalesce(k.n, 0) AS n, k.kappa, k.kappa_low, false AS open, coalesce(g.version, 0) AS version"
    " FROM questions AS q LEFT JOIN release_gates AS g ON g.question_id = q.id AND g.model = $2"
    " LEFT JOIN agreement_stats AS k ON k.question_id = q.id AND k.model = $2 WHERE q.id = $1"
)
_PRECEDENTS = (
    "SELECT p.id, c.key AS criterion, p.question, p.ruling, p.asked_at, p.ruled_at, p.version"
    " FROM rubric_precedents AS p JOIN scoring_rubric_versions AS v ON v.id = p.rubric_version_id"
    " LEFT JOIN scoring_criteria AS c ON c.id = p.criterion_id WHERE v.rubric_id = $1"
    " ORDER BY p.asked_at LIMIT 500"
)


class Precedents(View, kw_only=True):
    """The cases of a rubric, in the order in which they were asked."""

    precedents: list[Precedent]


async def grading_queue(replica: ReadSession, assessment: AssessmentId) -> Queue:
    """By question: what waits, what is in somebody's hands, what is done."""
    lines = await replica.rows(_QUEUE, assessment, into=QueueLine)
    return Queue(
        questions=lines,
        waiting=sum(one.waiting + one.claimed for one in lines),
        done=sum(one.done for one in lines),
    )


async def answer_groups(
    replica: ReadSession, assessment: AssessmentId, *, question: QuestionId
) -> Groups:
    """The groups of a question's answers, the largest first."""
    return Groups(groups=await replica.rows(_GROUPS, assessment, question, into=AnswerGroup))


async def agreements(replica: ReadSession, question: QuestionId) -> Agreements:
    """Of every model that was measured on it."""
    rows = await replica.rows(_AGREEMENT, question, into=Agreement, of="agreement_stats")
    return Agreements(models=rows)


async def gate(replica: ReadSession, question: QuestionId, *, model: str) -> Gate:
    """The bound, and where the model stands; version 0 where nobody has set one."""
    found = await replica.row(_GATE, question, model, into=Gate)
    bound = Bound(
        state=found.state,
        min_answers=found.min_answers,
        min_kappa=found.min_kappa,
        n=found.n,
        kappa_low=found.kappa_low,
    )
    return msgspec.structs.replace(found, open=bound.is_open)


async def precedents(replica: ReadSession, rubric: RubricId) -> Precedents:
    """The cases of a rubric, with and without a ruling."""
    return Precedents(precedents=await replica.rows(_PRECEDENTS, rubric, into=Precedent))
