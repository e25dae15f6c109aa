"""Who has a seat where: course_roster, a fold of enrollment."""

from eduflow.kernel.projections import ReadModel, fold_with

ROSTER = "course_roster"

_ENROLLED = fold_with("""
    INSERT INTO course_roster
        (enrollment_id, institution_id, course_id, section_id, user_id, role, state, since)
    SELECT enrollment_id, institution_id, course_id, section_id, user_id, role, state, since
    FROM jsonb_to_recordset($1::jsonb) AS e(enrollment_id uuid, institution_id uuid, course_id uuid,
        section_id uuid, user_id uuid, role text, state text, since timestamptz)
""")
_CHANGED = fold_with("""
    UPDATE course_roster AS r SET state = e.state
    FROM (SELECT DISTINCT ON (enrollment_id) enrollment_id, state
          FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, enrollment_id uuid, state text)
          ORDER BY enrollment_id, seq DESC) AS e
    WHERE r.enrollment_id = e.enrollment_id
""")

course_roster = ReadModel(
    name=ROSTER,
    tables=("course_roster",),
    source="api_core",
    shards=2,
    folds={
        "api_core.learner_enrolled": _ENROLLED,
        "api_core.enrollment_changed": _CHANGED,
    },
)
