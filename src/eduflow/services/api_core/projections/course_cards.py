"""What a dashboard shows of a course: course_cards, a fold of its entry and its outline."""

from eduflow.kernel.projections import ReadModel, fold_with

_AS_IT_IS = fold_with("""
    INSERT INTO course_cards (course_id, institution_id, code, title, state)
    SELECT DISTINCT ON (course_id) course_id, institution_id, code, title, state
    FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, course_id uuid, institution_id uuid,
        code text, title text, state text)
    ORDER BY course_id, seq DESC
    ON CONFLICT (course_id) DO UPDATE SET code = excluded.code, title = excluded.title,
        state = excluded.state
""")
_ONE_MORE_LESSON = fold_with("""
    UPDATE course_cards AS c SET lessons = c.lessons + e.more
    FROM (SELECT course_id, count(*) AS more
          FROM jsonb_to_recordset($1::jsonb) AS e(course_id uuid) GROUP BY course_id) AS e
    WHERE c.course_id = e.course_id
""")

course_cards = ReadModel(
    name="course_cards",
    tables=("course_cards",),
    source="api_core",
    folds={
        "api_core.course_created": _AS_IT_IS,
        "api_core.course_changed": _AS_IT_IS,
        "api_core.lesson_added": _ONE_MORE_LESSON,
    },
)
