"""For pgbench: the same rows by the same SQL, with no identity, permission, policy or freshness.

EduFlow's own statements are taken from where they stand, so that both always ask the same.
"""

import re

from eduflow.kernel.web.paging import CLASS, USUAL
from eduflow.services.api_core.commands.submit_work import _LOOK as SUBMIT_LOOK
from eduflow.services.api_core.queries.course_roster import _PAGE as ROSTER
from eduflow.services.api_core.queries.gradebook import _GRADEBOOK as GRADEBOOK
from eduflow.services.api_core.queries.own_dashboard import _DASHBOARD as DASHBOARD
from eduflow.services.assessment.commands.submit_attempt import _LOOK as HAND_IN_LOOK
from ops.bench.ids import BLOCK, EACH, LEARNERS, MOST_ASSIGNMENTS, School, sql_id

SUBJECT = 1
"""pgbench's number among the subjects: 0 is EduFlow, and the rivals come behind."""
_SEAT_COLUMNS = "id, institution_id, course_id, section_id, user_id, role, created_at"
_COUNTED = "\\set n :first + :k * :clients + :client_id\n\\set k :k + 1\n"
_OUTBOX = (
    "INSERT INTO outbox_events (id, type, aggregate_id, institution_id, actor_id, at, payload)"
)
_KEYS = "INSERT INTO idempotency_keys (principal, key, command, body_hash, answer)"


def _with(sql: str, *arguments: str) -> str:
    """A statement with expressions in the places of its parameters."""
    for number in range(len(arguments), 0, -1):
        sql = sql.replace(f"${number}", arguments[number - 1])
    # pgbench takes every name behind a colon for one of its variables, in texts too.
    sql = re.sub(r"'(\w+):(\w+)'", r"('\1' || chr(58) || '\2')", sql)
    return f"{sql};\n"


def dashboard(school: School) -> str:
    who = sql_id("person", f"{school.staff} + :n::int")
    return f"\\set n random(0, {school.asking - 1})\n" + _with(DASHBOARD, who)


def gradebook(school: School) -> str:
    course = sql_id("course", ":n::int")
    statement = _with(GRADEBOOK, course, "NULL", "NULL", str(CLASS + 1))
    return f"\\set n random(0, {school.large - 1})\n" + statement


def roster(school: School) -> str:
    course = sql_id("course", ":n::int")
    statement = _with(ROSTER, course, *("NULL",) * 4, str(USUAL + 1))
    return f"\\set n random(0, {school.asked - 1})\n" + statement


def submission(school: School) -> str:
    """What is looked at, and everything that EduFlow writes, in one durable statement.

    The event's type is one that nobody folds: what the workers do with it is EduFlow's to pay for.
    """
    assignment = sql_id("assignment", f":c::int * {MOST_ASSIGNMENTS} + {SUBJECT}")
    who = sql_id("person", f"{school.staff} + :l::int")
    return (
        f"{_COUNTED}\\set l :n % {school.asking}\n\\set turn :n / {school.asking} % {EACH}\n"
        f"\\set c :l / {LEARNERS} * {BLOCK} + (:l + :turn) % {BLOCK}\n"
        + _with(SUBMIT_LOOK, assignment, who)
        + "WITH one AS (INSERT INTO submissions (id, institution_id, course_id, assignment_id,"
        " user_id, state, current_attempt, created_at) SELECT gen_random_uuid(),"
        f" '{school.institution}', {sql_id('course', ':c::int')}, {assignment}, {who},"
        " 'submitted', 1, now() ON CONFLICT ON CONSTRAINT submissions_one_a_person DO UPDATE"
        " SET state = 'submitted', current_attempt = submissions.current_attempt + 1,"
        " version = submissions.version + 1 RETURNING *),"
        " kept AS (INSERT INTO submission_versions (submission_id, attempt, institution_id, body,"
        f" file_refs, sha256, at) SELECT id, current_attempt, institution_id, '{text(0)}',"
        " '{}', sha256(id::text::bytea), now() FROM one),"
        f" event AS ({_OUTBOX} SELECT gen_random_uuid(), 'bench.submission', id, institution_id,"
        " user_id, now(), to_jsonb(one) FROM one)"
        f" {_KEYS} SELECT user_id, gen_random_uuid()::text, 'SubmitWork',"
        " sha256(id::text::bytea), to_jsonb(one) FROM one;\n"
    )


def text(number: int) -> str:
    """About a kilobyte that somebody hands in."""
    return f"Work {number:07}. " + "What I found out, and how I know it. " * 27


def login(school: School) -> str:
    """What is looked up and kept; nothing is hashed."""
    return (
        f"{_COUNTED}\\set p :n % {school.people}\n"
        "SELECT * FROM login_candidates('person' || :p::int || '@bench.test', NULL);\n"
        "INSERT INTO login_sessions (id, user_id, institution_id, secret_hash, created_at,"
        f" used_at, expires_at) SELECT gen_random_uuid(), {sql_id('person', ':p::int')},"
        f" '{school.institution}', sha256('bench'), now(), now(), now() + interval '30 days';\n"
    )


def enrollment(school: School) -> str:
    """Seat, event and answer to repetitions in one statement; nobody folds its event either."""
    course = f"({school.courses} + :n::int / {school.people} % {school.intake})"
    return (
        f"{_COUNTED}WITH seat AS (INSERT INTO enrollments"
        f" ({_SEAT_COLUMNS}) SELECT gen_random_uuid(), '{school.institution}',"
        f" {sql_id('course', course)}, {sql_id('section', course)},"
        f" {sql_id('person', f'(:n::int % {school.people})')}, 'observer', now() RETURNING *),"
        f" event AS ({_OUTBOX}"
        " SELECT gen_random_uuid(), 'bench.seat', id, institution_id, user_id, created_at,"
        " to_jsonb(seat) FROM seat)"
        f" {_KEYS} SELECT user_id, id::text, 'EnrollLearner', sha256(id::text::bytea),"
        " to_jsonb(id::text) FROM seat;\n"
    )


def handed_in(first: int) -> str:
    """The look, and every row that handing in a test of choices writes, in one durable statement.

    Attempts from that number on. Nothing is judged, and nobody folds the events.
    """
    attempt = sql_id("attempt", f"{first} + :n::int")
    asked = "(item ->> 'question_id')::uuid"
    return (
        f"{_COUNTED}"
        + _with(HAND_IN_LOOK, attempt)
        + "WITH t AS (UPDATE attempts SET state = 'submitted', submitted_at = now(), score = 20,"
        " unjudged = 0, released_at = now(), version = version + 1"
        f" WHERE id = {attempt} AND state = 'in_progress' RETURNING *),"
        " n AS (SELECT v.id AS scoring FROM t JOIN scoring_versions AS v ON v.assessment_id ="
        " t.assessment_id AND v.number = t.scoring_number),"
        " i AS MATERIALIZED (SELECT t.*, gen_random_uuid() AS response, e.item FROM t,"
        " jsonb_array_elements(t.items) AS e(item)),"
        " kept AS (INSERT INTO responses (id, institution_id, assessment_id, attempt_id,"
        " question_id, question_version_id, try_number, value, last, sha256, at) SELECT response,"
        f" institution_id, assessment_id, id, {asked}, (item ->> 'question_version_id')::uuid, 1,"
        " '[\"a\"]', true, sha256(id::text::bytea), now() FROM i),"
        " judged AS (INSERT INTO item_scores (response_id, scoring_version_id, revision,"
        " institution_id, attempt_id, question_id, fraction, correct, method, at) SELECT response,"
        f" n.scoring, 1, institution_id, id, {asked}, 1, true, 'key', now() FROM i, n),"
        " told AS (INSERT INTO attempt_events (attempt_id, institution_id, kind, question_id, at)"
        f" SELECT id, institution_id, 'judged', {asked}, now() FROM i UNION ALL SELECT id,"
        " institution_id, k, NULL, now() FROM t, unnest('{released,submitted}'::text[]) AS k),"
        " signal AS (INSERT INTO integrity_events (id, institution_id, attempt_id, kind, at)"
        " SELECT gen_random_uuid(), institution_id, id, 'device_changed', now() FROM t),"
        " receipt AS (INSERT INTO grade_receipts (attempt_id, number, institution_id,"
        " scoring_version_id, score, points, links, digest, previous, at) SELECT id, 1,"
        " institution_id, n.scoring, 20, 20, items, sha256(id::text::bytea),"
        " sha256(id::text::bytea), now() FROM t, n),"
        f" event AS ({_OUTBOX} SELECT gen_random_uuid(), 'bench.handed_in', id, institution_id,"
        " user_id, now(), items FROM t, generate_series(1, 3))"
        f" {_KEYS} SELECT user_id, gen_random_uuid()::text, 'SubmitAttempt',"
        " sha256(id::text::bytea), items FROM t;\n"
    )
