"""How far everybody is: course_progress, a fold of what learners did, by the rules of lessons.

What was said is kept by the number of the event that said it last, whatever order events arrive in:
no row is locked when somebody records progress, so two requests of one person may commit in another
order than that of their numbers, and a rebuild must find what the live rows say. Then the lessons
that it touches are judged anew by their rules, and the courses counted anew, not added to: what a
count is made of stands beside it, and it cannot drift.

One shard: a rule touches many people, and a person's work many lessons.
"""

from eduflow.kernel.projections import Fold, ReadModel, Run, Tables

_LESSONS = """(SELECT * FROM jsonb_to_recordset($1::jsonb) AS j(seq bigint, institution_id uuid,
    user_id uuid, course_id uuid, lesson_id uuid, kind text, occurred_at timestamptz)) AS e"""
_WORKS = """(SELECT * FROM jsonb_to_recordset($1::jsonb) AS j(seq bigint, institution_id uuid,
    user_id uuid, course_id uuid, assignment_id uuid, score numeric)) AS e"""
# What a team hands in is the work of each of its members, and something that one of them did.
_HANDED_IN = """(SELECT j.seq, j.institution_id, w.user_id, j.course_id, j.assignment_id,
    CASE WHEN w.user_id = j.user_id THEN j.submitted_at END AS did_at
    FROM jsonb_to_recordset($1::jsonb) AS j(seq bigint, institution_id uuid, user_id uuid,
        course_id uuid, assignment_id uuid, submitted_at timestamptz, members uuid[])
    CROSS JOIN LATERAL (SELECT j.user_id UNION SELECT unnest(j.members)) AS w(user_id)) AS e"""
_RULES = """(SELECT * FROM jsonb_to_recordset($1::jsonb) AS j(seq bigint, institution_id uuid,
    course_id uuid, lesson_id uuid, rule text, assignment_id uuid, threshold numeric)) AS e"""
_POSTINGS = """(SELECT * FROM jsonb_to_recordset($1::jsonb) AS j(seq bigint, institution_id uuid,
    course_id uuid, assignment_id uuid, posting text)) AS e"""

_KEEP_LESSONS = f"""
    INSERT INTO lesson_completions AS c
        (user_id, course_id, lesson_id, institution_id, completed, said, viewed, at, seq)
    SELECT user_id, course_id, lesson_id, institution_id, false,
        coalesce((array_agg(kind = 'completed' ORDER BY seq DESC)
            FILTER (WHERE kind IN ('completed', 'reopened')))[1], false),
        bool_or(kind IN ('viewed', 'completed')),
        (array_agg(occurred_at ORDER BY seq DESC)
            FILTER (WHERE kind IN ('completed', 'reopened')))[1],
        coalesce(max(seq) FILTER (WHERE kind IN ('completed', 'reopened')), 0)
    FROM {_LESSONS} GROUP BY user_id, course_id, lesson_id, institution_id
    ON CONFLICT (user_id, course_id, lesson_id) DO UPDATE
        SET viewed = c.viewed OR excluded.viewed,
            said = CASE WHEN excluded.seq > c.seq THEN excluded.said ELSE c.said END,
            at = CASE WHEN excluded.seq > c.seq THEN excluded.at ELSE c.at END,
            seq = greatest(c.seq, excluded.seq)
"""
_KEEP_SUBMISSIONS = f"""
    INSERT INTO progress_work (user_id, assignment_id, course_id, institution_id, submitted)
    SELECT DISTINCT user_id, assignment_id, course_id, institution_id, true FROM {_HANDED_IN}
    ON CONFLICT (user_id, assignment_id) DO UPDATE SET submitted = true
"""
_KEEP_GRADES = f"""
    INSERT INTO progress_work AS w
        (user_id, assignment_id, course_id, institution_id, excused, score, seq)
    SELECT DISTINCT ON (user_id, assignment_id) user_id, assignment_id, course_id, institution_id,
        score IS NULL, score, seq FROM {_WORKS} ORDER BY user_id, assignment_id, seq DESC
    ON CONFLICT (user_id, assignment_id) DO UPDATE SET excused = excluded.excused,
        score = excluded.score, seq = excluded.seq WHERE excluded.seq > w.seq
"""
_KEEP_RULES = f"""
    INSERT INTO progress_rules AS r
        (lesson_id, institution_id, course_id, rule, assignment_id, threshold, seq)
    SELECT DISTINCT ON (lesson_id) lesson_id, institution_id, course_id, rule, assignment_id,
        threshold, seq FROM {_RULES} ORDER BY lesson_id, seq DESC
    ON CONFLICT (lesson_id) DO UPDATE SET rule = excluded.rule,
        assignment_id = excluded.assignment_id, threshold = excluded.threshold,
        seq = excluded.seq WHERE excluded.seq > r.seq
"""
_KEEP_POSTING = f"""
    INSERT INTO progress_postings AS p
        (assignment_id, institution_id, course_id, {{column}}, {{column}}_seq)
    SELECT DISTINCT ON (assignment_id) assignment_id, institution_id, course_id, {{value}}, seq
    FROM {_POSTINGS} ORDER BY assignment_id, seq DESC
    ON CONFLICT (assignment_id) DO UPDATE SET {{column}} = excluded.{{column}},
        {{column}}_seq = excluded.{{column}}_seq WHERE excluded.{{column}}_seq > p.{{column}}_seq
"""

# Whose completion of which lesson an event may change.
_BY_LESSON = f"SELECT DISTINCT user_id, course_id, lesson_id, institution_id FROM {_LESSONS}"
_BY_WORK = (
    "SELECT DISTINCT e.user_id, r.course_id, r.lesson_id, e.institution_id"
    " FROM {0} JOIN progress_rules AS r ON r.assignment_id = e.assignment_id"
)
_BY_RULE = (
    "SELECT k.user_id, k.course_id, k.lesson_id, k.institution_id"
    f" FROM {_RULES} JOIN lesson_completions AS k ON k.lesson_id = e.lesson_id"
    " UNION SELECT w.user_id, r.course_id, r.lesson_id, w.institution_id"
    f" FROM {_RULES} JOIN progress_rules AS r ON r.lesson_id = e.lesson_id"
    " JOIN progress_work AS w ON w.assignment_id = r.assignment_id"
)
_BY_POSTING = (
    "SELECT DISTINCT w.user_id, r.course_id, r.lesson_id, w.institution_id"
    f" FROM {_POSTINGS} JOIN progress_rules AS r ON r.assignment_id = e.assignment_id"
    " JOIN progress_work AS w ON w.assignment_id = e.assignment_id"
)
# What the student does not see yet completes nothing: it would tell them.
_SEEN = "(NOT coalesce(q.by_hand, false) OR coalesce(q.posted, false))"
_DONE = f"""coalesce(CASE coalesce(r.rule, 'said')
        WHEN 'said' THEN k.said
        WHEN 'viewed' THEN k.viewed
        WHEN 'submitted' THEN w.submitted OR (w.excused AND {_SEEN})
        WHEN 'scored' THEN (w.excused OR w.score >= r.threshold) AND {_SEEN} END, false)"""
_JUDGE = f"""
    INSERT INTO lesson_completions AS c (user_id, course_id, lesson_id, institution_id, completed)
    SELECT t.user_id, t.course_id, t.lesson_id, t.institution_id, {_DONE}
    FROM ({{touched}}) AS t
    LEFT JOIN progress_rules AS r ON r.lesson_id = t.lesson_id
    LEFT JOIN lesson_completions AS k ON k.user_id = t.user_id AND k.course_id = t.course_id
        AND k.lesson_id = t.lesson_id
    LEFT JOIN progress_work AS w ON w.user_id = t.user_id AND w.assignment_id = r.assignment_id
    LEFT JOIN progress_postings AS q ON q.assignment_id = r.assignment_id
    WHERE coalesce(k.completed, false) <> {_DONE}
    ON CONFLICT (user_id, course_id, lesson_id) DO UPDATE SET completed = excluded.completed
"""
# A row that only a rule has made goes with it: whether there is one must not depend on the order.
_TIDY = """
    DELETE FROM lesson_completions AS c USING ({touched}) AS t
    WHERE c.user_id = t.user_id AND c.course_id = t.course_id AND c.lesson_id = t.lesson_id
        AND NOT c.completed AND NOT c.viewed AND c.seq = 0
"""
_COUNT = """
    INSERT INTO course_progress AS p (user_id, course_id, institution_id, completed, last_at)
    SELECT t.user_id, t.course_id, t.institution_id,
        (SELECT count(*) FROM lesson_completions AS c
         WHERE c.user_id = t.user_id AND c.course_id = t.course_id AND c.completed), t.last_at
    FROM ({learners}) AS t
    ON CONFLICT (user_id, course_id) DO UPDATE
        SET completed = excluded.completed, last_at = greatest(p.last_at, excluded.last_at)
"""
_LEARNERS = (
    "SELECT user_id, course_id, institution_id, max({0}) AS last_at"
    " FROM {1} GROUP BY user_id, course_id, institution_id"
)
# Whoever a rule touches has done something in the course, and is counted already.
_OF_COURSE = (
    "SELECT user_id, course_id, institution_id, NULL::timestamptz AS last_at FROM course_progress"
    f" WHERE course_id IN (SELECT e.course_id FROM {_RULES})"
)
_OF_POSTING = (
    "SELECT DISTINCT w.user_id, w.course_id, w.institution_id, NULL::timestamptz AS last_at"
    f" FROM {_POSTINGS} JOIN progress_work AS w ON w.assignment_id = e.assignment_id"
)


def _folding(keep: str, *, touched: str, learners: str) -> Fold:
    steps = (
        keep,
        _JUDGE.format(touched=touched),
        _TIDY.format(touched=touched),
        _COUNT.format(learners=learners),
    )

    async def fold(run: Run, tables: Tables) -> None:
        for step in steps:
            await tables.execute(step, run.json)

    return fold


def _posting(column: str, value: str) -> Fold:
    keep = _KEEP_POSTING.format(column=column, value=value)
    return _folding(keep, touched=_BY_POSTING, learners=_OF_POSTING)


_BY_HAND = _posting("by_hand", "coalesce(posting = 'manual', false)")

course_progress = ReadModel(
    name="course_progress",
    tables=(
        "lesson_completions",
        "course_progress",
        "progress_rules",
        "progress_work",
        "progress_postings",
    ),
    source="api_core",
    folds={
        "api_core.lesson_progressed": _folding(
            _KEEP_LESSONS,
            touched=_BY_LESSON,
            learners=_LEARNERS.format("occurred_at", _LESSONS),
        ),
        "api_core.submission_made": _folding(
            _KEEP_SUBMISSIONS,
            touched=_BY_WORK.format(_HANDED_IN),
            learners=_LEARNERS.format("did_at", _HANDED_IN),
        ),
        # Being graded is nothing that the learner does.
        "api_core.grade_given": _folding(
            _KEEP_GRADES,
            touched=_BY_WORK.format(_WORKS),
            learners=_LEARNERS.format("NULL::timestamptz", _WORKS),
        ),
        "api_core.assignment_added": _BY_HAND,
        "api_core.assignment_changed": _BY_HAND,
        "api_core.grades_posted": _posting("posted", "true"),
        "api_core.grades_hidden": _posting("posted", "false"),
        "api_core.completion_rule_set": _folding(
            _KEEP_RULES, touched=_BY_RULE, learners=_OF_COURSE
        ),
    },
)
