"""Writes questions of banks, or a test with what it asks, as the QTI package that the import reads.

Pages by key from a replica, so that a large bank is no long transaction, into a temporary file, so
that it need not fit into memory. What is retired is left out of banks, and stays in tests.
"""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, TypeVar
from uuid import UUID

import msgspec

from eduflow.interchange import write_qti3
from eduflow.interchange.markup import MEDIA
from eduflow.interchange.reading import Finding, ReadItem, Stimulus, type_of
from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.files import whole_files
from eduflow.scoring.items import Item
from eduflow.services.assessment.exporting_tests import FormRow, test_of
from eduflow.services.assessment.ids import BankId, FormId, QuestionId, StimulusId
from eduflow.services.assessment.queries.questions import NEWEST_KEY, STORED, TAGS
from eduflow.services.assessment.stored import StoredItem, item_of

PAGE = 50
_FIRST = UUID(int=0)
_RUBRIC = "the rubric by which it is read, which stays behind"
_CASES = "the answers that its key is tried on, which stay behind"
_MEDIA = "its pictures and files, which stay behind"
R = TypeVar("R", "_Question", "_Passage")
S = TypeVar("S")


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """How much was written, and what is not in the file as it is here."""

    questions: int
    findings: tuple[Finding, ...]


class _Question(msgspec.Struct):
    id: QuestionId
    stimulus_id: StimulusId | None
    stored: StoredItem
    tags: tuple[str, ...]
    rubric: bool
    cases: bool


class _Passage(msgspec.Struct):
    id: StimulusId
    title: str
    body: str
    identifier: str | None


class _Kept(msgspec.Struct):
    name: str
    item: Item
    stimulus: StimulusId | None


_COLUMNS = (
    f"q.id, q.stimulus_id, {STORED} AS stored, {TAGS},"
    " EXISTS (SELECT FROM scoring_rubrics AS r WHERE r.question_id = q.id) AS rubric,"
    " EXISTS (SELECT FROM question_tests AS t WHERE t.question_version_id = v.id) AS cases"
)
_OF_BANKS = (
    f"SELECT {_COLUMNS} FROM questions AS q JOIN question_versions AS v ON v.question_id = q.id"
    f" AND v.number = q.current_number JOIN {NEWEST_KEY} WHERE q.bank_id = ANY ($1::uuid[])"
    " AND q.state = 'active' AND q.id > $2 ORDER BY q.id LIMIT $3"
)
_OF_FORM = (
    f"SELECT {_COLUMNS} FROM assessment_sections AS s"
    " JOIN section_items AS i ON i.section_id = s.id"
    " JOIN question_versions AS v ON v.id = i.question_version_id"
    f" JOIN questions AS q ON q.id = v.question_id JOIN {NEWEST_KEY}"
    " WHERE s.assessment_version_id = $1 AND q.id > $2 ORDER BY q.id LIMIT $3"
)
_PASSAGES_OF_BANKS = (
    "SELECT s.id, s.title, s.body, s.identifier FROM stimuli AS s"
    " WHERE s.bank_id = ANY ($1::uuid[]) AND s.id > $2 ORDER BY s.id LIMIT $3"
)
_PASSAGES_OF_FORM = (
    "SELECT s.id, s.title, s.body, s.identifier FROM stimuli AS s WHERE s.id IN"
    " (SELECT q.stimulus_id FROM assessment_sections AS p JOIN section_items AS i"
    " ON i.section_id = p.id JOIN questions AS q ON q.id = i.question_id"
    " WHERE p.assessment_version_id = $1) AND s.id > $2 ORDER BY s.id LIMIT $3"
)
_FORM = (
    "SELECT a.title, f.instructions, p.time_limit, p.opens_at IS NOT NULL OR p.closes_at IS NOT"
    " NULL AS dated, p.attempts, p.behaviour,"
    " (a.kind, p.grace, p.overdue, p.attempt_counts, p.late_penalty, p.reading, p.release)"
    " <> ('quiz', 60, 'submit', 'highest', 0, 'models', 'when_final')"
    " OR EXISTS (SELECT FROM delivery_overrides AS o WHERE o.assessment_id = a.id) AS otherwise,"
    " (SELECT json_object_agg(r.phase, r.shows) FROM review_policies AS r"
    " WHERE r.assessment_id = a.id) AS review, coalesce((SELECT json_agg(json_build_object('title',"
    " s.title, 'instructions', s.instructions, 'pick_n', s.pick_n, 'shuffle', s.shuffle, 'items',"
    " (SELECT coalesce(json_agg(json_build_object('question_id', i.question_id, 'points', v.points,"
    " 'points_list', i.points_list) ORDER BY i.position), '[]') FROM section_items AS i"
    " JOIN question_versions AS v ON v.id = i.question_version_id WHERE i.section_id = s.id))"
    " ORDER BY s.position) FROM assessment_sections AS s WHERE s.assessment_version_id = f.id),"
    " '[]') AS sections FROM assessment_versions AS f JOIN assessments AS a"
    " ON a.id = f.assessment_id JOIN delivery_policies AS p ON p.assessment_id = a.id"
    " WHERE f.id = $1"
)


async def export_questions(
    path: Path,
    wanted: Sequence[BankId] | FormId,
    *,
    pages: Callable[[], ReadSession],
    replace: bool = False,
) -> Exported:
    """Write the file, which takes its place when it is whole.

    What is there already stays, and FileExistsError is raised, unless it is to be replaced.
    `pages` gives the session for the next page, so that none is held for long.
    """
    questions, texts = _OF_BANKS, _PASSAGES_OF_BANKS
    form = None
    if isinstance(wanted, UUID):
        questions, texts = _OF_FORM, _PASSAGES_OF_FORM
        form = await pages().row(_FORM, wanted, into=FormRow)
    with tempfile.TemporaryFile() as kept, tempfile.TemporaryFile() as passages:
        package = _Package(kept, passages)
        async for page in _paged(pages, questions, wanted, into=_Question):
            package.keep(page)
        # After what refers to them, so that none is missing.
        async for shown in _paged(pages, texts, wanted, into=_Passage):
            package.keep_passages(shown)
        with whole_files(path, replace=replace) as (part,), part.open("wb") as out:
            return package.write(out, form)


async def _paged(
    pages: Callable[[], ReadSession], sql: str, wanted: object, *, into: type[R]
) -> AsyncIterator[list[R]]:
    after = _FIRST
    while page := await pages().rows(sql, wanted, after, PAGE, into=into):
        yield page
        after = page[-1].id


class _Package:
    """What goes into a file, in temporary files until it is all there."""

    def __init__(self, questions: IO[bytes], passages: IO[bytes]) -> None:
        self._questions = questions
        self._passages = passages
        self._names: dict[QuestionId, str] = {}
        self._titles: dict[StimulusId, str] = {}
        self._taken: set[str] = set()
        self._shown: set[str] = set()
        self._left: list[Finding] = []

    def keep(self, questions: Sequence[_Question]) -> None:
        for one in questions:
            item = item_of(one.stored, tags=one.tags)
            name = _free(item.identifier or "", self._taken, "item")
            self._names[one.id] = name
            _put(self._questions, _Kept(name=name, item=item, stimulus=one.stimulus_id))
            ways = {_RUBRIC: one.rubric, _CASES: one.cases, _MEDIA: MEDIA in item.body}
            if why := tuple(told for told, so in ways.items() if so):
                self._left.append(_finding(name, type_of(item), why))

    def keep_passages(self, passages: Sequence[_Passage]) -> None:
        for one in passages:
            name = _free(one.identifier or "", self._shown, "stimulus")
            self._titles[one.id] = name
            _put(self._passages, Stimulus(name=name, title=one.title or name, body=one.body))

    def write(self, target: IO[bytes], form: FormRow | None) -> Exported:
        tests, left = [], self._left
        if form is not None:
            test, why = test_of(form, names=self._names)
            tests.append(test)
            left = [*left, *([_finding(form.title, "test", why)] if why else [])]
        told = write_qti3(
            target, self._entries(), stimuli=_read(self._passages, Stimulus), tests=tests
        )
        findings = (*left, *(one for one in told if one.outcome != "imported"))
        return Exported(questions=len(self._names), findings=findings)

    def _entries(self) -> Iterator[ReadItem]:
        for one in _read(self._questions, _Kept):
            stimulus = self._titles.get(one.stimulus) if one.stimulus else None
            stimuli = () if stimulus is None else (stimulus,)
            yield ReadItem(name=one.name, item=one.item, file="", stimuli=stimuli)


def _put(file: IO[bytes], thing: msgspec.Struct) -> None:
    # JSON has no line break in it.
    file.write(msgspec.json.encode(thing) + b"\n")


def _read(file: IO[bytes], into: type[S]) -> Iterator[S]:
    file.seek(0)
    return (msgspec.json.decode(line, type=into) for line in file)


def _free(name: str, taken: set[str], otherwise: str) -> str:
    """The name, or one of the place where that is nothing or somebody's; from now on taken."""
    number = len(taken) + 1
    own = name or f"{otherwise}-{number}"
    while own in taken:
        own += f"~{number}"
    taken.add(own)
    return own


def _finding(name: str, kind: str, why: tuple[str, ...]) -> Finding:
    return Finding(file="", name=name, outcome="loss", kind=kind, why=why)
