"""The statements of the gradebook's fold: keep what was said, look at it, write what follows."""

_KEPT = """
    INSERT INTO {table} AS t ({key}, {columns}, seq)
    SELECT DISTINCT ON ({key}) {key}, {chosen}, seq
    FROM jsonb_to_recordset($1::jsonb) AS e({types})
    ORDER BY {key}, seq DESC
    ON CONFLICT ({key}) DO UPDATE SET {assigned}, seq = excluded.seq WHERE excluded.seq > t.seq
"""


def _kept(table: str, key: str, *, types: str, columns: str, chosen: str | None = None) -> str:
    """A statement that keeps, by key, what the latest event says."""
    assigned = ", ".join(f"{c.strip()} = excluded.{c.strip()}" for c in columns.split(","))
    return _KEPT.format(
        table=table,
        key=key,
        columns=columns,
        chosen=chosen or columns,
        types=types,
        assigned=assigned,
    )


GROUPS = _kept(
    "gradebook_groups",
    "group_id",
    types="seq bigint, group_id uuid, institution_id uuid, course_id uuid, weight numeric,"
    " drop_lowest int",
    columns="institution_id, course_id, weight, drop_lowest",
)
ASSIGNMENTS = _kept(
    "gradebook_assignments",
    "assignment_id",
    types="seq bigint, assignment_id uuid, institution_id uuid, course_id uuid, group_id uuid,"
    " points numeric, published boolean, unlock_at timestamptz, due_at timestamptz,"
    " lock_at timestamptz, early jsonb, late jsonb, online boolean, anonymous boolean,"
    " posting text, event_at timestamptz",
    columns="institution_id, course_id, group_id, points, published, unlock_at, due_at, lock_at,"
    " curve, online, blind, by_hand, changed_at",
    chosen="institution_id, course_id, group_id, points, published, unlock_at, due_at, lock_at,"
    " jsonb_build_object('early', early, 'late', late), coalesce(online, true),"
    " coalesce(anonymous, false), coalesce(posting = 'manual', false), event_at",
)
_POSTINGS = {
    posted: _kept(
        "gradebook_postings",
        "assignment_id",
        types="seq bigint, assignment_id uuid, institution_id uuid, course_id uuid",
        columns="institution_id, course_id, posted",
        chosen=f"institution_id, course_id, {posted}",
    )
    for posted in ("true", "false")
}
POSTED, HIDDEN = _POSTINGS["true"], _POSTINGS["false"]
OVERRIDES = _kept(
    "gradebook_overrides",
    "override_id",
    types="seq bigint, override_id uuid, institution_id uuid, course_id uuid,"
    " assignment_id uuid, user_id uuid, section_id uuid, unlock_at timestamptz,"
    " due_at timestamptz, lock_at timestamptz, extra_minutes int, event_at timestamptz",
    columns="institution_id, course_id, assignment_id, user_id, section_id, unlock_at, due_at,"
    " lock_at, extra_minutes, changed_at",
    chosen="institution_id, course_id, assignment_id, user_id, section_id, unlock_at, due_at,"
    " lock_at, extra_minutes, event_at",
)
# Events of one seat come in order, so the latest of a run is what counts.
SEATS = """
    INSERT INTO gradebook_seats (enrollment_id, institution_id, course_id, section_id, user_id,
        state)
    SELECT DISTINCT ON (enrollment_id) enrollment_id, institution_id, course_id, section_id,
        user_id, state
    FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, enrollment_id uuid, institution_id uuid,
        course_id uuid, section_id uuid, user_id uuid, role text, state text)
    WHERE role = 'student' ORDER BY enrollment_id, seq DESC
    ON CONFLICT (enrollment_id) DO UPDATE SET state = excluded.state
"""
SEAT_STATES = """
    UPDATE gradebook_seats AS s SET state = e.state
    FROM (SELECT DISTINCT ON (enrollment_id) enrollment_id, state
          FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, enrollment_id uuid, state text)
          ORDER BY enrollment_id, seq DESC) AS e
    WHERE s.enrollment_id = e.enrollment_id
"""
SUBMITTED = """
    INSERT INTO gradebook_cells AS c (user_id, assignment_id, course_id, institution_id,
        submission_id, work_id, attempt, submitted_at, submitted_seq)
    SELECT DISTINCT ON (m.user_id, assignment_id) m.user_id, assignment_id, course_id,
        institution_id, submission_id, submission_id, attempt, submitted_at, seq
    FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, user_id uuid, assignment_id uuid,
        course_id uuid, institution_id uuid, submission_id uuid, attempt int,
        submitted_at timestamptz, team_id uuid, members uuid[])
    CROSS JOIN LATERAL unnest(CASE WHEN e.team_id IS NULL THEN ARRAY[e.user_id] ELSE e.members END)
        AS m(user_id)
    ORDER BY m.user_id, assignment_id, seq DESC
    ON CONFLICT (user_id, assignment_id) DO UPDATE SET work_id = excluded.work_id,
        submission_id = excluded.work_id, attempt = excluded.attempt,
        submitted_at = excluded.submitted_at, submitted_seq = excluded.submitted_seq
    WHERE excluded.submitted_seq > c.submitted_seq
"""
# Whoever joins a team has its work, and whoever leaves has it no more; grades stay where they are.
# A run holds events of one type: {work} is what the type says of the cell.
_MEMBERSHIP = """
    INSERT INTO gradebook_cells AS c (user_id, assignment_id, course_id, institution_id,
        submission_id, work_id, attempt, submitted_at, submitted_seq)
    SELECT DISTINCT ON (user_id, assignment_id) user_id, assignment_id, course_id, institution_id,
        {work}, seq
    FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, user_id uuid, course_id uuid,
        institution_id uuid, works jsonb)
    CROSS JOIN LATERAL jsonb_to_recordset(e.works) AS w(assignment_id uuid, submission_id uuid,
        attempt int, submitted_at timestamptz)
    ORDER BY user_id, assignment_id, seq DESC
    ON CONFLICT (user_id, assignment_id) DO UPDATE SET work_id = excluded.work_id,
        submission_id = coalesce(excluded.work_id, c.graded_id), attempt = excluded.attempt,
        submitted_at = excluded.submitted_at, submitted_seq = excluded.submitted_seq
    WHERE excluded.submitted_seq > c.submitted_seq
"""
JOINED = _MEMBERSHIP.format(work="submission_id, submission_id, attempt, submitted_at")
LEFT = _MEMBERSHIP.format(work="NULL::uuid, NULL::uuid, 0, NULL::timestamptz")
GRADED = """
    INSERT INTO gradebook_cells AS c (user_id, assignment_id, course_id, institution_id,
        submission_id, graded_id, given_score, excused, source, graded_attempt, graded_work_at,
        graded_at, graded_by, given_out_of, graded_late, graded_seq)
    SELECT DISTINCT ON (user_id, assignment_id) user_id, assignment_id, course_id, institution_id,
        submission_id, submission_id, score, score IS NULL, source, attempt, submitted_at,
        graded_at, event_actor_id, out_of, late, seq
    FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, event_actor_id uuid, user_id uuid,
        assignment_id uuid, course_id uuid, institution_id uuid, submission_id uuid,
        score numeric, source text, attempt int, submitted_at timestamptz, graded_at timestamptz,
        out_of numeric, late boolean)
    ORDER BY user_id, assignment_id, seq DESC
    ON CONFLICT (user_id, assignment_id) DO UPDATE SET graded_id = excluded.graded_id,
        submission_id = coalesce(c.work_id, excluded.graded_id),
        given_score = excluded.given_score, excused = excluded.excused, source = excluded.source,
        graded_attempt = excluded.graded_attempt, graded_work_at = excluded.graded_work_at,
        graded_at = excluded.graded_at, graded_by = excluded.graded_by,
        given_out_of = excluded.given_out_of, graded_late = excluded.graded_late,
        graded_seq = excluded.graded_seq WHERE excluded.graded_seq > c.graded_seq
"""

# Whoever has, or had, a seat as a student, or a cell; of whole courses, and by name.
STUDENTS = """
    SELECT t.user_id, t.course_id, t.institution_id,
        coalesce((SELECT json_agg(json_build_object('section_id', s.section_id, 'state', s.state))
         FROM gradebook_seats AS s WHERE s.course_id = t.course_id AND s.user_id = t.user_id),
         '[]') AS seats,
        coalesce((SELECT json_agg(c) FROM gradebook_cells AS c
         WHERE c.course_id = t.course_id AND c.user_id = t.user_id), '[]') AS cells
    FROM (
        SELECT user_id, course_id, institution_id FROM gradebook_seats
            WHERE course_id = ANY($1::uuid[])
        UNION SELECT user_id, course_id, institution_id FROM gradebook_cells
            WHERE course_id = ANY($1::uuid[])
        UNION SELECT s.user_id, s.course_id, s.institution_id
            FROM unnest($2::uuid[], $3::uuid[]) AS n(user_id, course_id)
            JOIN gradebook_seats AS s ON s.user_id = n.user_id AND s.course_id = n.course_id
        UNION SELECT c.user_id, c.course_id, c.institution_id
            FROM unnest($2::uuid[], $3::uuid[]) AS n(user_id, course_id)
            JOIN gradebook_cells AS c ON c.user_id = n.user_id AND c.course_id = n.course_id
    ) AS t
"""
COURSES = """
    SELECT n.course_id,
        coalesce((SELECT json_agg(json_build_object('id', g.group_id, 'weight', g.weight,
            'drop_lowest', g.drop_lowest)) FROM gradebook_groups AS g
         WHERE g.course_id = n.course_id), '[]') AS groups,
        coalesce((SELECT json_agg(a) FROM (SELECT a.*, coalesce(p.posted, false) AS posted
            FROM gradebook_assignments AS a
            LEFT JOIN gradebook_postings AS p ON p.assignment_id = a.assignment_id
            WHERE a.course_id = n.course_id) AS a), '[]') AS assignments,
        coalesce((SELECT json_agg(o) FROM gradebook_overrides AS o
         WHERE o.course_id = n.course_id), '[]') AS overrides
    FROM unnest($1::uuid[]) AS n(course_id)
"""
CELLS = """
    INSERT INTO gradebook_cells (user_id, assignment_id, course_id, institution_id, unlock_at,
        due_at, lock_at, published, score, late, dropped, state, missing_at, posted, blind)
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS e(user_id uuid, assignment_id uuid,
        course_id uuid, institution_id uuid, unlock_at timestamptz, due_at timestamptz,
        lock_at timestamptz, published boolean, score numeric, late boolean, dropped boolean,
        state text, missing_at timestamptz, posted boolean, blind boolean)
    ON CONFLICT (user_id, assignment_id) DO UPDATE SET unlock_at = excluded.unlock_at,
        due_at = excluded.due_at, lock_at = excluded.lock_at, published = excluded.published,
        score = excluded.score, late = excluded.late, dropped = excluded.dropped,
        state = excluded.state, missing_at = excluded.missing_at, posted = excluded.posted,
        blind = excluded.blind
"""
GRADES = """
    INSERT INTO course_grades AS g (user_id, course_id, institution_id, active, percent, letter,
        groups, to_grade)
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS e(user_id uuid, course_id uuid,
        institution_id uuid, active boolean, percent numeric, letter text, groups jsonb,
        to_grade int)
    ON CONFLICT (user_id, course_id) DO UPDATE SET active = excluded.active,
        percent = excluded.percent, letter = excluded.letter, groups = excluded.groups,
        to_grade = excluded.to_grade
    WHERE (g.active, g.percent, g.letter, g.groups, g.to_grade) IS DISTINCT FROM
        (excluded.active, excluded.percent, excluded.letter, excluded.groups, excluded.to_grade)
"""
