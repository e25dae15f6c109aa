"""One student's or team's work with all that was said of it, for the student and for the desk."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import View
from eduflow.services.api_core.grading_views import RubricVersionView, SubmissionWithVersions
from eduflow.services.api_core.ids import AssignmentId, SubmissionId
from eduflow.services.api_core.queries.rubric import OF_ASSIGNMENT


class DeskSubmission(SubmissionWithVersions, kw_only=True):
    """All that a grader needs for one student: the work, the rubric, what was said before."""

    title: str
    points: float
    anonymous: bool
    display_name: str | None
    rubric: RubricVersionView | None


class NextUngraded(View, kw_only=True):
    """The next one, or null; and how many wait, this one among them."""

    left: int
    submission: DeskSubmission | None


# Whoever grades without names sees none until it is posted, in comments either; the author sees
# their own, and what others say of it when it is posted.
_SEEN = "(NOT a.anonymous OR a.posted_at IS NOT NULL OR w.own)"
_TOLD = "(a.posting = 'automatic' OR a.posted_at IS NOT NULL OR (w.staff AND NOT w.own))"
_THEIRS = (
    "coalesce(c.author_id = s.user_id, c.author_id IN"
    " (SELECT m.user_id FROM team_members AS m WHERE m.team_id = s.team_id))"
)
# Of a team's work a member sees their own grades only; and whoever has left it, as much as there
# was when they were graded on it.
_WHOSE = (
    " CROSS JOIN LATERAL (SELECT coalesce(s.user_id = eduflow_person(), eduflow_person() IN"
    " (SELECT m.user_id FROM members_of(s.team_id) AS m)) AS own,"
    " holds_in('submission:read', s.course_id) AS staff) AS o"
    " CROSS JOIN LATERAL (SELECT o.own, o.staff, CASE WHEN o.own OR o.staff"
    " THEN 'infinity'::timestamptz ELSE (SELECT max(g.at) FROM grade_events AS g"
    " WHERE g.submission_id = s.id AND g.user_id = eduflow_person()) END AS until) AS w"
)
_SHOWN = (
    f"s.id, s.assignment_id, s.course_id, CASE WHEN {_TOLD} THEN s.state"
    " WHEN s.current_attempt > 0 THEN 'submitted' ELSE 'unsubmitted' END AS state,"
    " s.current_attempt, s.version,"
    f" CASE WHEN {_SEEN} THEN s.user_id END AS user_id,"
    f" CASE WHEN {_SEEN} THEN s.team_id END AS team_id,"
    f" CASE WHEN {_SEEN} THEN (SELECT t.name FROM teams AS t WHERE t.id = s.team_id) END"
    f" AS team_name, CASE WHEN s.team_id IS NOT NULL AND {_SEEN} THEN"
    " (SELECT json_agg(m.user_id ORDER BY m.user_id) FROM members_of(s.team_id) AS m) END"
    " AS members,"
    " coalesce((SELECT json_agg(json_build_object('attempt', v.attempt, 'body', v.body,"
    " 'files', v.file_refs, 'sha256', encode(v.sha256, 'hex'), 'at', v.at, 'submitted_by',"
    f" CASE WHEN {_SEEN} THEN v.submitted_by END) ORDER BY v.attempt DESC)"
    " FROM submission_versions AS v WHERE v.submission_id = s.id AND v.at <= w.until), '[]')"
    " AS versions, coalesce((SELECT json_agg(json_build_object('id', g.id, 'version', g.version,"
    f" 'user_id', CASE WHEN {_SEEN} THEN g.user_id END, 'alone', g.alone, 'attempt', g.attempt,"
    " 'score', g.score, 'excused', g.excused, 'source', g.source, 'reason', g.reason,"
    " 'actor_id', g.actor_id, 'at', g.at) ORDER BY g.version DESC, g.id) FROM grade_events AS g"
    f" WHERE g.submission_id = s.id AND {_TOLD}"
    " AND (w.staff OR g.user_id = eduflow_person())), '[]') AS grades,"
    " coalesce((SELECT json_agg(m) FROM (SELECT DISTINCT ON (criterion_id) *"
    f" FROM rubric_assessments WHERE submission_id = s.id AND {_TOLD} AND at <= w.until"
    " ORDER BY criterion_id, version DESC) AS m), '[]') AS marks,"
    " coalesce((SELECT json_agg(json_build_object('id', c.id, 'criterion_id', c.criterion_id,"
    f" 'author_id', CASE WHEN {_SEEN} OR NOT {_THEIRS} THEN c.author_id END,"
    " 'body', c.body, 'at', c.at) ORDER BY c.at, c.id) FROM submission_comments AS c"
    f" WHERE c.submission_id = s.id AND c.at <= w.until AND ({_TOLD} OR {_THEIRS})), '[]')"
    " AS comments"
)
_ONE = (
    f"SELECT {_SHOWN} FROM submissions AS s JOIN assignments AS a ON a.id = s.assignment_id"
    f"{_WHOSE} WHERE s.id = $1"
)
# The order is random, so that nobody is always graded by a tired grader; another for each grader,
# so that two who begin together do not meet; and always the same, so that it can be gone on with.
_ORDER = "md5(eduflow_person()::text || {0}::text)"
_DESK = (
    "SELECT (SELECT count(*) FROM submissions AS w WHERE w.assignment_id = $1"
    " AND w.state = 'submitted') AS left, (SELECT row_to_json(n) FROM ("
    f"SELECT {_SHOWN}, a.title, a.points, a.anonymous,"
    f" CASE WHEN {_SEEN} THEN u.display_name END AS display_name,"
    f" {OF_ASSIGNMENT.format(note='c.grader_note')} AS rubric"
    " FROM submissions AS s JOIN assignments AS a ON a.id = s.assignment_id"
    f" LEFT JOIN users AS u ON u.id = s.user_id{_WHOSE}"
    " WHERE s.assignment_id = $1 AND s.state = 'submitted' AND ($2::uuid IS NULL OR"
    f" {_ORDER.format('s.id')} > {_ORDER.format('$2::uuid')})"
    f" ORDER BY {_ORDER.format('s.id')} LIMIT 1) AS n) AS submission"
)


async def submission(replica: ReadSession, wanted: SubmissionId) -> SubmissionWithVersions:
    """The work: every version, every grade with who and why, the marks that count, comments."""
    return await replica.row(_ONE, wanted, into=SubmissionWithVersions)


async def next_ungraded(
    replica: ReadSession, wanted: AssignmentId, *, after: UUID | None
) -> NextUngraded:
    """The first of the grader's own order that waits, or the first behind `after`."""
    return await replica.row(_DESK, wanted, after, into=NextUngraded)
