"""What each attempt was worth under each scoring version: grading_results, a fold of attempts.

Rows of an earlier scoring version stay as they were when the next one was published: before and
after are both kept.
"""

from eduflow.kernel.projections import ReadModel, fold_with

_SUBMITTED = fold_with("""
    INSERT INTO grading_results (attempt_id, scoring_number, institution_id, course_id,
        assessment_id, user_id, number, state, points, submitted_at, seq)
    SELECT attempt_id, scoring_number, institution_id, course_id, assessment_id, user_id, number,
        'submitted', points, submitted_at, seq
    FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, attempt_id uuid, scoring_number integer,
        institution_id uuid, course_id uuid, assessment_id uuid, user_id uuid, number integer,
        points numeric, submitted_at timestamptz)
    ON CONFLICT (attempt_id, scoring_number) DO NOTHING
""")
# Of a scoring version that the attempt was not handed in under, the row begins as a copy of the
# newest before it. The last event of a run tells all there is to know of its attempt.
_SCORED = fold_with("""
    WITH e AS (
        SELECT DISTINCT ON (attempt_id, scoring_number) *
        FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, attempt_id uuid,
            scoring_number integer, score numeric, points numeric, unjudged integer)
        ORDER BY attempt_id, scoring_number, seq DESC)
    INSERT INTO grading_results AS r (attempt_id, scoring_number, institution_id, course_id,
        assessment_id, user_id, number, state, score, points, submitted_at, seq)
    SELECT e.attempt_id, e.scoring_number, b.institution_id, b.course_id, b.assessment_id,
        b.user_id, b.number, CASE WHEN e.unjudged = 0 THEN 'final' ELSE 'submitted' END, e.score,
        e.points, b.submitted_at, e.seq
    FROM e CROSS JOIN LATERAL (SELECT b.* FROM grading_results AS b
        WHERE b.attempt_id = e.attempt_id ORDER BY b.scoring_number DESC LIMIT 1) AS b
    ON CONFLICT (attempt_id, scoring_number) DO UPDATE SET score = excluded.score,
        points = excluded.points, seq = excluded.seq,
        state = CASE WHEN r.state = 'released' AND excluded.state = 'final' THEN r.state
                     ELSE excluded.state END
    WHERE r.seq < excluded.seq
""")
_RELEASED = fold_with("""
    WITH e AS (
        SELECT DISTINCT ON (attempt_id, scoring_number) *
        FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, event_at timestamptz, attempt_id uuid,
            scoring_number integer, institution_id uuid, course_id uuid, assessment_id uuid,
            user_id uuid, number integer, score numeric, points numeric, counts numeric,
            submitted_at timestamptz)
        ORDER BY attempt_id, scoring_number, seq DESC)
    INSERT INTO grading_results AS r (attempt_id, scoring_number, institution_id, course_id,
        assessment_id, user_id, number, state, score, points, counts, submitted_at, released_at,
        seq)
    SELECT attempt_id, scoring_number, institution_id, course_id, assessment_id, user_id, number,
        'released', score, points, counts, submitted_at, event_at, seq
    FROM e
    ON CONFLICT (attempt_id, scoring_number) DO UPDATE SET state = excluded.state,
        score = excluded.score, points = excluded.points, counts = excluded.counts,
        released_at = excluded.released_at, seq = excluded.seq
    WHERE r.seq < excluded.seq
""")

grading_results = ReadModel(
    name="grading_results",
    tables=("grading_results",),
    source="assessment",
    shards=2,
    folds={
        "assessment.attempt_submitted": _SUBMITTED,
        "assessment.items_scored": _SCORED,
        "assessment.result_released": _RELEASED,
    },
)
