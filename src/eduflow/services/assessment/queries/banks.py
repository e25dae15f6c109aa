"""Banks somebody may take questions from, and what is in them."""

from uuid import UUID

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import UserId
from eduflow.kernel.web import Page, Slice
from eduflow.services.assessment.authoring_views import (
    Bank,
    BankForYou,
    QuestionLine,
    Share,
    Stimulus,
    columns,
)
from eduflow.services.assessment.ids import BankId, CourseId, StimulusId

_MINE = (
    "SELECT s.course_id AS id FROM standing_seats AS s JOIN roles AS r ON r.key = s.role"
    " WHERE s.user_id = {user} AND s.state = 'active' AND '{permission}' = ANY (r.permissions)"
    " UNION SELECT a.context_id FROM standing_roles AS a JOIN roles AS r ON r.key = a.role"
    " WHERE a.user_id = {user} AND '{permission}' = ANY (r.permissions)"
)
_SHARED = (
    "EXISTS (SELECT FROM item_share_sets AS h WHERE h.bank_id = b.id AND h.course_id IN"
    " ({mine}){also})"
)
_READ = _MINE.format(user="$1", permission="bank:read")
_WRITE = _MINE.format(user="$1", permission="bank:write")
_EDITED = _SHARED.format(mine=_WRITE, also=" AND h.permits = 'edit'")
_MAY_WRITE = (
    f"(b.owner_id = $1 OR b.institution_id IN ({_WRITE}) OR b.course_id IN ({_WRITE})"
    f" OR {_EDITED}) IS TRUE AS may_write"
)
_COUNT = (
    "(SELECT count(*) FROM questions AS q WHERE q.bank_id = b.id AND q.state = 'active')"
    " AS questions"
)
_SHOWN = f"SELECT {columns(Bank, 'b')}, {_MAY_WRITE}, {_COUNT} FROM item_banks AS b"
_PAGE = (
    f"{_SHOWN} WHERE b.state = 'active' AND ($2::uuid IS NULL OR b.course_id = $2"
    " OR EXISTS (SELECT FROM item_share_sets AS h WHERE h.bank_id = b.id AND h.course_id = $2))"
    " AND ($3::text IS NULL OR (b.name, b.id) > ($3, $4::uuid))"
    f" AND (b.owner_id = $1 OR b.institution_id IN ({_READ}) OR b.course_id IN ({_READ})"
    f" OR (b.visibility = 'institution' AND EXISTS ({_READ}))"
    f" OR {_SHARED.format(mine=_READ, also='')}) ORDER BY b.name, b.id LIMIT $5"
)
_ONE = f"{_SHOWN} WHERE b.id = $2 AND b.state = 'active'"
_SHARES = (
    f"SELECT {columns(Share, 'h')} FROM item_share_sets AS h WHERE h.bank_id = $1"
    " AND ($2::uuid IS NULL OR h.course_id > $2) ORDER BY h.course_id LIMIT $3"
)
_STIMULI = (
    f"SELECT {columns(Stimulus, 's')} FROM stimuli AS s WHERE s.bank_id = $1"
    " AND ($2::uuid IS NULL OR s.id > $2) ORDER BY s.id LIMIT $3"
)
_STIMULUS = f"SELECT {columns(Stimulus, 's')} FROM stimuli AS s WHERE s.id = $1"
_QUESTIONS = (
    "SELECT q.id, q.bank_id, q.type, q.title, q.state, q.current_number AS number, v.points,"
    " ARRAY(SELECT t.tag FROM question_tags AS t WHERE t.question_id = q.id ORDER BY 1) AS tags,"
    " q.version FROM questions AS q JOIN question_versions AS v ON v.question_id = q.id"
    " AND v.number = q.current_number WHERE q.bank_id = $1 AND q.state = $2"
    " AND ($3::text IS NULL OR q.type = $3) AND ($4::text IS NULL OR EXISTS (SELECT FROM"
    " question_tags AS t WHERE t.question_id = q.id AND t.tag = lower($4)))"
    " AND ($5::text IS NULL OR strpos(lower(v.title || ' ' || v.body), lower($5)) > 0)"
    " AND ($6::uuid IS NULL OR q.id > $6) ORDER BY q.id LIMIT $7"
)


async def banks(
    replica: ReadSession, user: UserId, *, course: CourseId | None, page: Page
) -> Slice[BankForYou]:
    """One page by name: of one's courses, shared with them, and of the whole institution."""
    name, last = page.after(str, UUID) or (None, None)
    rows = await replica.rows(_PAGE, user, course, name, last, page.fetch, into=BankForYou)
    return page.of(rows, by=lambda r: (r.name, r.id), into=lambda r: r)


async def bank(replica: ReadSession, wanted: BankId, *, user: UserId) -> BankForYou:
    """One of them."""
    return await replica.row(_ONE, user, wanted, into=BankForYou)


async def shares(replica: ReadSession, wanted: BankId, *, page: Page) -> Slice[Share]:
    """One page of the courses in whose hands it is."""
    (last,) = page.after(UUID) or (None,)
    rows = await replica.rows(_SHARES, wanted, last, page.fetch, into=Share)
    return page.of(rows, by=lambda r: (r.course_id,), into=lambda r: r)


async def stimuli(replica: ReadSession, wanted: BankId, *, page: Page) -> Slice[Stimulus]:
    """One page of passages, in the order they were added."""
    (last,) = page.after(UUID) or (None,)
    rows = await replica.rows(_STIMULI, wanted, last, page.fetch, into=Stimulus)
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)


async def stimulus(replica: ReadSession, wanted: StimulusId) -> Stimulus:
    """One passage."""
    return await replica.row(_STIMULUS, wanted, into=Stimulus)


async def questions(
    replica: ReadSession,
    wanted: BankId,
    *,
    state: str,
    kind: str | None,
    tag: str | None,
    text: str | None,
    page: Page,
) -> Slice[QuestionLine]:
    """One page of questions, in the order they were made, that have all that is asked for."""
    (last,) = page.after(UUID) or (None,)
    rows = await replica.rows(
        _QUESTIONS, wanted, state, kind, tag, text, last, page.fetch, into=QuestionLine
    )
    return page.of(rows, by=lambda r: (r.id,), into=lambda r: r)
