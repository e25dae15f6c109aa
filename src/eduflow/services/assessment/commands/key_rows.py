"""What the commands on keys and on tests of a question share."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from eduflow.kernel.commands import UnitOfWork
from eduflow.kernel.problems import NotFound
from eduflow.scoring.items import Answer, Item, Score
from eduflow.scoring.keys import Key
from eduflow.scoring.variants import draw
from eduflow.services.assessment.authoring_problems import NoSuchVersion
from eduflow.services.assessment.ids import QuestionId, QuestionTestId, QuestionVersionId
from eduflow.services.assessment.stored import StoredItem, item_of

TOLERATED = Decimal("0.0005")
"""A third that was written down as 0.333 is a third."""


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What the marking must give for an answer; of variants, in that with the seed 1."""

    id: QuestionTestId
    answer: Answer
    expected_fraction: Decimal
    note: str


class Version(msgspec.Struct, kw_only=True):
    """A version of a question with its newest key and its tests."""

    version_id: QuestionVersionId
    key_number: int
    stored: StoredItem
    tests: list[Expectation]

    @property
    def item(self) -> Item:
        """The item, as it is judged now."""
        return item_of(self.stored)


_LOOK = (
    "SELECT v.id AS version_id, k.number AS key_number, json_build_object('title', v.title, 'body',"
    " v.body, 'language', v.language, 'interaction', v.interaction, 'key', k.key, 'parameters',"
    " v.parameters, 'conditions', v.conditions, 'feedback', v.feedback, 'points', v.points,"
    " 'identifier', v.identifier) AS stored, coalesce((SELECT json_agg(json_build_object('id',"
    " t.id, 'answer', t.answer, 'expected_fraction', t.expected_fraction, 'note', t.note)"
    " ORDER BY t.id) FROM question_tests AS t WHERE t.question_version_id = v.id), '[]') AS tests"
    " FROM questions AS q JOIN question_versions AS v ON v.question_id = q.id"
    " AND v.number = coalesce($2::int, q.current_number) JOIN answer_keys AS k"
    " ON k.question_version_id = v.id AND k.number = (SELECT max(m.number) FROM answer_keys AS m"
    " WHERE m.question_version_id = v.id) WHERE q.id = $1"
)


async def look_at_version(work: UnitOfWork, question: QuestionId, *, number: int | None) -> Version:
    """The version; without a number the newest."""
    known = await work.look_one(_LOOK, question, number, into=Version)
    if known is None:
        raise NoSuchVersion if number is not None else NotFound(kind="question")
    return known


async def judged(work: UnitOfWork, item: Item, key: Key, *, answer: Answer) -> Score:
    """What an answer is worth by a key, in the variant that tests are written for."""
    values = draw(item.parameters, item.conditions, seed="1")
    score: Score = await work.resources.judge(item.interaction, key, answer, values=values)
    return score


async def broken(
    work: UnitOfWork, item: Item, key: Key, *, tests: Sequence[Expectation]
) -> list[dict[str, object]]:
    """The tests that expect something else than this key gives, each with what it gives."""
    found: list[dict[str, object]] = []
    for test in tests:
        score = await judged(work, item, key, answer=test.answer)
        if score.needs_reading or abs(score.fraction - test.expected_fraction) > TOLERATED:
            found.append(
                {
                    "id": str(test.id),
                    "note": test.note,
                    "answer": test.answer,
                    "expected_fraction": float(test.expected_fraction),
                    "given": None if score.needs_reading else float(score.fraction),
                }
            )
    return found
