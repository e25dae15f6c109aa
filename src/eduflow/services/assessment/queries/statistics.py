"""What answers say about questions, with the words of the questions."""

from datetime import datetime
from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import View
from eduflow.services.assessment.ids import AssessmentId
from eduflow.services.assessment.under_appeal import QUESTION, TEST


class ChosenOption(View, kw_only=True):
    """An option, and how often it was taken."""

    identifier: str
    part: str
    text: str
    times: int


class Calibrated(View, kw_only=True):
    """Two-parameter logistic: P(right) = 1 / (1 + exp(-a (ability - b)))."""

    a: float | None
    b: float | None
    left_out: str | None
    """Why there is neither: `all_right` or `all_wrong`, which says nothing, or `no_fit`."""
    n: int
    at: datetime


class QuestionStatistics(View, kw_only=True):
    """Of one version of a question."""

    question_id: UUID
    question_version_id: UUID
    title: str
    type: str
    n: int
    under_appeal: bool
    """An appeal about an answer to it waits, and `n` is so small that they would tell what that
    got: share, correlation and histogram are withheld."""
    p_value: float | None
    """Mean share of the points."""
    point_biserial: float | None
    """Correlation with the rest of the test; None where either does not vary."""
    median_seconds: float
    options: tuple[ChosenOption, ...]
    other_options: dict[str, int]
    """Taken, and not among the options of the question: of its parts, or of none."""
    scores: dict[str, int] | None
    """Tenths of the points -> how often."""
    calibration: Calibrated | None


class WholeTest(View, kw_only=True):
    """Of attempts in which everything is judged."""

    n: int
    under_appeal: bool
    """An appeal waits, and `n` is so small that mean, deviation and alpha are withheld."""
    mean: float | None
    deviation: float | None
    alpha: float | None
    """Cronbach's; None where not everybody was asked the same."""
    median_seconds: float | None


class Statistics(View, kw_only=True):
    """Of the newest scoring version that anything was judged by."""

    scoring_number: int | None
    test: WholeTest | None
    questions: tuple[QuestionStatistics, ...]


_FEW = 10
"""Numbers over fewer answers than this tell what one of them got."""
_QUESTION_WITHHELD = (
    f"i.n < {_FEW} AND {QUESTION.format('i.assessment_id', 'i.question_version_id')}"
)
_TEST_WITHHELD = f"s.n < {_FEW} AND {TEST.format('s.assessment_id')}"
_QUESTIONS = (
    "coalesce((SELECT json_agg(json_build_object('question_id', i.question_id,"
    " 'question_version_id', i.question_version_id, 'title', v.title, 'type',"
    " v.interaction ->> 'type', 'n', i.n, 'under_appeal', w.withheld,"
    " 'p_value', CASE WHEN NOT w.withheld THEN i.p_value END, 'point_biserial', CASE WHEN NOT"
    " w.withheld THEN i.point_biserial END, 'median_seconds', i.median_seconds, 'options', (SELECT"
    " coalesce(json_agg(json_build_object('identifier', c.identifier, 'part', c.part, 'text',"
    " c.text, 'times', coalesce((i.chosen ->> c.identifier)::integer, 0)) ORDER BY c.part,"
    " c.position), '[]') FROM question_choices AS c WHERE c.question_version_id = v.id),"
    " 'other_options', (SELECT coalesce(json_object_agg(e.key, e.value), '{}')"
    " FROM jsonb_each(i.chosen) AS e WHERE NOT EXISTS (SELECT FROM question_choices AS c"
    " WHERE c.question_version_id = v.id AND c.identifier = e.key)), 'scores', CASE WHEN NOT"
    " w.withheld THEN i.scores END,"
    " 'calibration', (SELECT json_build_object('a', k.a, 'b', k.b,"
    " 'left_out', k.left_out, 'n', k.n, 'at', k.at)"
    " FROM irt_calibrations AS k WHERE k.question_version_id = v.id AND k.assessment_id ="
    " i.assessment_id ORDER BY k.at DESC, k.id DESC LIMIT 1)) ORDER BY v.title,"
    " i.question_version_id) FROM item_statistics AS i JOIN question_versions AS v"
    f" ON v.id = i.question_version_id CROSS JOIN LATERAL (SELECT {_QUESTION_WITHHELD} AS withheld)"
    " AS w WHERE i.assessment_id = a.id), '[]') AS questions"
)
_STATISTICS = (
    "SELECT (SELECT i.scoring_number FROM item_statistics AS i WHERE i.assessment_id = a.id"
    " LIMIT 1) AS scoring_number, (SELECT json_build_object('n', s.n, 'under_appeal', w.withheld,"
    " 'mean', CASE WHEN NOT w.withheld THEN s.mean END, 'deviation', CASE WHEN NOT w.withheld THEN"
    " s.deviation END, 'alpha', CASE WHEN NOT w.withheld THEN s.alpha END, 'median_seconds',"
    " s.median_seconds) FROM test_statistics AS s CROSS JOIN LATERAL"
    f" (SELECT {_TEST_WITHHELD} AS withheld) AS w WHERE s.assessment_id = a.id) AS test,"
    f" {_QUESTIONS} FROM assessments AS a WHERE a.id = $1"
)


async def test_statistics(replica: ReadSession, wanted: AssessmentId) -> Statistics:
    """All there is of a test, as fresh as the fold of what was judged."""
    return await replica.row(_STATISTICS, wanted, into=Statistics, of="assessment_statistics")
