"""Seats, roles, courses and names, as api_core's events tell of them."""

from eduflow.kernel.projections import ReadModel, fold_with

SOURCE = "api_core"

# Every event of a course tells all there is to know, so the newest of a run is enough.
_COURSE = fold_with("""
    INSERT INTO standing_courses (course_id, institution_id, code, title, state)
    SELECT DISTINCT ON (course_id) course_id, institution_id, code, title, state
    FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, course_id uuid, institution_id uuid,
        code text, title text, state text)
    ORDER BY course_id, seq DESC
    ON CONFLICT (course_id) DO UPDATE SET code = excluded.code, title = excluded.title,
        state = excluded.state
""")
_SEAT = fold_with("""
    INSERT INTO standing_seats
        (enrollment_id, institution_id, course_id, section_id, user_id, role, state)
    SELECT enrollment_id, institution_id, course_id, section_id, user_id, role, state
    FROM jsonb_to_recordset($1::jsonb) AS e(enrollment_id uuid, institution_id uuid, course_id uuid,
        section_id uuid, user_id uuid, role text, state text)
""")
_SEAT_CHANGED = fold_with("""
    UPDATE standing_seats AS s SET state = e.state
    FROM (SELECT DISTINCT ON (enrollment_id) enrollment_id, state
          FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, enrollment_id uuid, state text)
          ORDER BY enrollment_id, seq DESC) AS e
    WHERE s.enrollment_id = e.enrollment_id
""")
_ROLE = fold_with("""
    INSERT INTO standing_roles (user_id, role, context_id, institution_id)
    SELECT DISTINCT user_id, role, context_id, institution_id
    FROM jsonb_to_recordset($1::jsonb) AS e(user_id uuid, role text, context_id uuid,
        institution_id uuid)
    ON CONFLICT DO NOTHING
""")
_NO_ROLE = fold_with("""
    DELETE FROM standing_roles AS r
    USING jsonb_to_recordset($1::jsonb) AS e(user_id uuid, role text, context_id uuid)
    WHERE (r.user_id, r.role, r.context_id) = (e.user_id, e.role, e.context_id)
""")
_PERSON = fold_with("""
    INSERT INTO people (user_id, institution_id, display_name, sortable_name, state)
    SELECT DISTINCT ON (user_id) user_id, institution_id, display_name, sortable_name, state
    FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, user_id uuid, institution_id uuid,
        display_name text, sortable_name text, state text)
    ORDER BY user_id, seq DESC
    ON CONFLICT (user_id) DO UPDATE SET display_name = excluded.display_name,
        sortable_name = excluded.sortable_name, state = excluded.state
""")

standing = ReadModel(
    name="standing",
    tables=("standing_courses", "standing_seats", "standing_roles"),
    source=SOURCE,
    shards=2,
    folds={
        "api_core.course_created": _COURSE,
        "api_core.course_changed": _COURSE,
        "api_core.learner_enrolled": _SEAT,
        "api_core.enrollment_changed": _SEAT_CHANGED,
        "api_core.role_granted": _ROLE,
        "api_core.role_withdrawn": _NO_ROLE,
    },
)
people = ReadModel(
    name="people",
    tables=("people",),
    source=SOURCE,
    shards=2,
    folds={"person.added": _PERSON, "person.changed": _PERSON},
)
