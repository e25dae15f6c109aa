"""How far everybody is: course_progress, a fold of what learners did with lessons.

Of a person's events on one lesson the one with the highest `seq` decides, whatever order they
arrive in: no row is locked when somebody records progress, so two requests of one person may
commit in another order than that of their numbers, and a rebuild must find what the live rows say.
"""

from eduflow.kernel.projections import ReadModel, Run, Tables

_EVENTS = """jsonb_to_recordset($1::jsonb) AS e(seq bigint, institution_id uuid, user_id uuid,
        course_id uuid, lesson_id uuid, kind text, occurred_at timestamptz)"""
_LESSONS = f"""
    INSERT INTO lesson_completions AS c
        (user_id, course_id, lesson_id, institution_id, completed, at, seq)
    SELECT DISTINCT ON (user_id, course_id, lesson_id)
        user_id, course_id, lesson_id, institution_id, kind = 'completed', occurred_at, seq
    FROM {_EVENTS}
    WHERE kind IN ('completed', 'reopened')
    ORDER BY user_id, course_id, lesson_id, seq DESC
    ON CONFLICT (user_id, course_id, lesson_id) DO UPDATE
        SET completed = excluded.completed, at = excluded.at, seq = excluded.seq
        WHERE excluded.seq > c.seq
"""
# Counted anew, not added to: what a count is made of stands beside it, and it cannot drift.
_COURSES = f"""
    INSERT INTO course_progress AS p (user_id, course_id, institution_id, completed, last_at)
    SELECT e.user_id, e.course_id, e.institution_id,
        (SELECT count(*) FROM lesson_completions AS c
         WHERE c.user_id = e.user_id AND c.course_id = e.course_id AND c.completed),
        e.last_at
    FROM (SELECT user_id, course_id, institution_id, max(occurred_at) AS last_at
          FROM {_EVENTS} GROUP BY user_id, course_id, institution_id) AS e
    ON CONFLICT (user_id, course_id) DO UPDATE
        SET completed = excluded.completed, last_at = greatest(p.last_at, excluded.last_at)
"""


async def _fold(run: Run, tables: Tables) -> None:
    await tables.execute(_LESSONS, run.json)
    await tables.execute(_COURSES, run.json)


course_progress = ReadModel(
    name="course_progress",
    tables=("lesson_completions", "course_progress"),
    source="api_core",
    shards=2,
    folds={"api_core.lesson_progressed": _fold},
)
