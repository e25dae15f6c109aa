"""What an attempt asks, as it is asked: without a key, a solution, or a hint that was not taken."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.web import View
from eduflow.scoring.interactions import Interaction
from eduflow.scoring.variants import arrange, fill, fill_text
from eduflow.services.assessment.asking import Asked, arrangement_of


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked in one version of a question; the same for everybody, for ever."""

    id: UUID
    title: str
    body: str
    language: str
    interaction: Interaction
    hints: int
    stimulus: str | None


class Section(View, kw_only=True):
    """A part of the test."""

    id: UUID
    title: str
    instructions: str


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen form of a test: what any attempt at it may ask."""

    instructions: str
    sections: tuple[Section, ...]
    questions: dict[UUID, Question]


class PaperItem(View, kw_only=True):
    """One question as this attempt asks it."""

    question_id: UUID
    section_id: UUID
    type: str
    title: str | None
    """The author's own name for it, which may tell too much: None to whoever sits the test."""
    body: str
    language: str
    interaction: Interaction
    points: float
    tries: int
    """How often it may be answered, where answers are judged at once."""
    hints: int
    """How many there are to be asked for."""
    stimulus: str | None


_FORM = (
    "SELECT f.instructions, coalesce((SELECT json_agg(json_build_object('id', s.id,"
    " 'title', s.title, 'instructions', s.instructions) ORDER BY s.position)"
    " FROM assessment_sections AS s WHERE s.assessment_version_id = f.id), '[]') AS sections,"
    " coalesce((SELECT json_object_agg(v.id, json_build_object('id', v.id, 'title', v.title,"
    " 'body', v.body, 'language', v.language, 'interaction', v.interaction, 'hints',"
    " coalesce(jsonb_array_length(v.feedback -> 'hints'), 0), 'stimulus', m.body))"
    " FROM assessment_sections AS s JOIN section_items AS i ON i.section_id = s.id"
    " JOIN question_versions AS v ON v.id = i.question_version_id"
    " JOIN questions AS q ON q.id = v.question_id LEFT JOIN stimuli AS m ON m.id = q.stimulus_id"
    " WHERE s.assessment_version_id = f.id), '{}') AS questions"
    " FROM assessment_versions AS f WHERE f.id = $1"
)


class Forms:
    """The forms that were asked for last, since a class asks for one at the same moment.

    A form never changes, but the passages that its questions share may be mended: so none is kept
    for longer than a minute.
    """

    def __init__(self, *, most: int = 200, seconds: float = 60.0) -> None:
        self._most = most
        self._seconds = seconds
        self._kept: dict[tuple[UUID, UUID], tuple[float, Form]] = {}

    async def form(self, replica: ReadSession, form: UUID, *, institution: UUID) -> Form:
        """A form; whoever asks has been let see an attempt at it."""
        place = (institution, form)
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(place)
        if kept is not None and now - kept[0] < self._seconds:
            return kept[1]
        found = await replica.row(_FORM, form, into=Form)
        self._kept.pop(place, None)
        while len(self._kept) >= self._most:
            self._kept.pop(next(iter(self._kept)))  # The oldest.
        self._kept[place] = (now, found)
        return found


def paper(
    form: Form, items: list[Asked], *, seed: int, titled: bool, right: Mapping[UUID, Sequence[str]]
) -> list[PaperItem]:
    """The questions of one attempt: its variants filled in, its options in its order.

    `right` is, by version of a question, the order in which its things must not be shown.
    """
    return [
        _asked(
            form.questions[one.question_version_id],
            one,
            seed=seed,
            titled=titled,
            right=right.get(one.question_version_id, ()),
        )
        for one in items
    ]


def _asked(
    question: Question, one: Asked, *, seed: int, titled: bool, right: Sequence[str]
) -> PaperItem:
    interaction: Any = question.interaction
    if one.values:
        interaction = fill(interaction, one.values)
    return PaperItem(
        question_id=one.question_id,
        section_id=one.section_id,
        type=str(type(interaction).__struct_config__.tag),
        title=question.title if titled else None,
        body=fill_text(question.body, one.values),
        language=question.language,
        interaction=arrange(interaction, seed=arrangement_of(seed, one.question_id), right=right),
        points=float(one.points_list[0]),
        tries=len(one.points_list),
        hints=question.hints,
        stimulus=question.stimulus,
    )
