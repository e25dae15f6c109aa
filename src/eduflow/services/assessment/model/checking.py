"""Whether what is stored still is what each receipt says it rests on. Pure: the rows come in."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.model.marking import MarkedTry, Rules, marks_of
from eduflow.services.assessment.model.receipts import (
    NOTHING,
    Link,
    Told,
    digest_of,
    digest_of_answer,
    digest_of_asked,
    digest_of_scoring,
)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt, as its row has it."""

    number: int
    scoring_version_id: UUID
    score: Decimal
    points: Decimal
    links: tuple[Link, ...]
    digest: str
    previous: str
    at: datetime


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """A revision of a score, and what stands in the rows that it came from."""

    scoring_version_id: UUID
    revision: int
    fraction: Decimal
    method: str
    source_id: UUID | None
    model: str | None
    prompt: str | None
    reviewer: UUID | None
    rubric: str | None
    """Digest of the rubric version it was read by, computed from the criteria."""
    said: Decimal | None
    """What the model's job or the person's review says it gave."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """A response, and all scores it ever had."""

    id: UUID
    question_id: UUID
    question_version_id: UUID
    variant_id: UUID | None
    try_number: int
    value: Any
    certainty: int | None
    hints: int
    hint_costs: tuple[Decimal, ...]
    sha256: str
    scores: tuple[Scored, ...]


class ScoredBy(msgspec.Struct, frozen=True, kw_only=True):
    """A scoring version."""

    id: UUID
    number: int
    key_set: dict[UUID, int]
    rubric_set: dict[UUID, UUID]
    points_set: dict[UUID, tuple[Decimal, ...]]
    policy: Rules
    lineage: list[UUID]
    """Itself and those before it whose scores count on, since only a form was new; itself last."""
    keys: dict[UUID, str]
    """Question version -> digest of its key, computed; empty where the row says another."""

    @property
    def digest(self) -> str:
        """Of all it says."""
        return digest_of_scoring(
            self.number,
            self.key_set,
            self.rubric_set,
            points_set=self.points_set,
            policy=self.policy,
        )


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt with every row that its receipts rest on."""

    id: UUID
    user_id: UUID
    number: int
    items: list[Asked]
    submitted_at: datetime | None
    late: bool
    released_at: datetime | None
    score: Decimal | None
    points: Decimal
    scoring_number: int
    erased: bool
    """Whether the person was forgotten: then blank answers are taken for what their digests say."""
    responses: list[Answered]
    receipts: list[Kept]
    scorings: list[ScoredBy]


class Fault(msgspec.Struct, frozen=True):
    """Where something does not fit; `number` is the receipt's, None: it concerns them all."""

    attempt: UUID
    number: int | None
    what: str


def faults_of(examined: Examined) -> list[Fault]:
    """Everything that does not fit, receipt by receipt."""
    told = _ends(examined)
    told += [(None, what) for what in _answers(examined)]
    before = NOTHING
    scorings = {one.id: one for one in examined.scorings}
    answers = {one.sha256: one for one in examined.responses}
    for place, receipt in enumerate(examined.receipts, start=1):
        number = receipt.number
        if number != place:
            told.append((number, f"stands where number {place} should"))
        if receipt.previous != before:
            told.append((number, "does not follow the one before"))
        before = receipt.digest
        scoring = scorings.get(receipt.scoring_version_id)
        if scoring is None:
            told.append((number, "rests on a scoring version that is gone"))
            continue
        last = place == len(examined.receipts)
        told += [(number, what) for what in _rests(receipt, examined, scoring)]
        for link in receipt.links:
            what = _does_not_fit(link, answers.get(link.response), scoring, newest=last)
            if what is not None:
                told.append((number, what))
        told += [(number, what) for what in _score(receipt, examined, scoring)]
    return [Fault(examined.id, number, what) for number, what in told]


def _ends(examined: Examined) -> list[tuple[int | None, str]]:
    """Whether the attempt shows what its newest receipt says: a chain cut short fits in itself."""
    last = examined.receipts[-1] if examined.receipts else None
    if examined.released_at is None:
        return []
    if last is None:
        return [(None, "was released without a receipt")]
    numbers = {one.id: one.number for one in examined.scorings}
    shown = (
        examined.score,
        examined.points,
        examined.released_at,
        examined.scoring_number,
    )
    said = (last.score, last.points, last.at, numbers.get(last.scoring_version_id))
    return [] if shown == said else [(last.number, "is not what the attempt shows")]


def _answers(examined: Examined) -> list[str]:
    found = []
    asked = {(item.question_id, item.question_version_id) for item in examined.items}
    for one in examined.responses:
        if (one.question_id, one.question_version_id) not in asked:
            found.append(f"response {one.id} answers what was not asked")
        if not _in_order(one.scores):
            found.append(f"response {one.id}: a revision of its score is missing")
        if not _is_as_answered(one) and not is_erased(examined, one):
            found.append(f"response {one.id} is not what was answered")
    return found


def is_erased(examined: Examined, one: Answered) -> bool:
    """Whether it is blank because whoever gave it was forgotten."""
    return examined.erased and one.value is None and not _is_as_answered(one)


def _is_as_answered(one: Answered) -> bool:
    version, number = one.question_version_id, one.try_number
    said = {"value": one.value, "certainty": one.certainty, "hints": one.hints}
    return digest_of_answer(version, one.variant_id, number=number, **said).hex() == one.sha256


def _in_order(scores: Sequence[Scored]) -> bool:
    """Whether each scoring version has the revisions 1, 2, 3, …; they come in their order."""
    counted: dict[UUID, int] = {}
    for one in scores:
        counted[one.scoring_version_id] = counted.get(one.scoring_version_id, 0) + 1
        if one.revision != counted[one.scoring_version_id]:
            return False
    return True


def _rests(receipt: Kept, examined: Examined, scoring: ScoredBy) -> list[str]:
    told = Told(
        attempt=examined.id,
        user=examined.user_id,
        number=examined.number,
        submitted_at=examined.submitted_at,
        late=examined.late,
        asked=digest_of_asked(examined.items),
        scoring=scoring.id,
        scored_by=scoring.digest,
        score=receipt.score,
        points=receipt.points,
        at=receipt.at,
    )
    digest = digest_of(receipt.previous, receipt.number, told, links=receipt.links)
    found = [] if digest == receipt.digest else ["is not what its digest was made of"]
    cited = sorted(link.response for link in receipt.links)
    if cited != sorted(one.sha256 for one in examined.responses):
        found.append("does not cite the answers that there are")
    return found


def _does_not_fit(
    link: Link, answer: Answered | None, scoring: ScoredBy, *, newest: bool
) -> str | None:
    """What is wrong with one answer's part of a receipt."""
    if answer is None:
        return "cites an answer that is gone"
    under = [
        one
        for version in scoring.lineage
        for one in answer.scores
        if one.scoring_version_id == version
    ]
    # Later revisions come with a later receipt; the newest receipt is of the newest revision.
    fitting = under[-1:] if newest else under
    for one in fitting:
        rests_on = _rests_on(one, answer, scoring)
        if (
            one.fraction == link.fraction
            and one.method == link.method
            and (rests_on == link.rests_on)
        ):
            if one.said is not None and one.said != one.fraction:
                return f"response {answer.id}: the score is not what was given"
            if one.method == "key" and one.source_id is not None:
                return f"response {answer.id}: a key's score has no other source"
            if one.method == "carried" and not _carried(one, answer):
                return f"response {answer.id}: the score is not the one it was carried from"
            return None
    return f"response {answer.id}: the score, or what it rests on, is another"


def _carried(one: Scored, answer: Answered) -> bool:
    roots = [s for s in answer.scores if s.scoring_version_id == one.source_id]
    return any(root.fraction == one.fraction and root.method != "carried" for root in roots)


def _rests_on(one: Scored, answer: Answered, scoring: ScoredBy) -> dict[str, str]:
    parts: Mapping[str, object | None]
    match one.method:
        case "ai":
            parts = {"rubric": one.rubric, "model": one.model, "prompt": one.prompt}
        case "human":
            parts = {"rubric": one.rubric, "reviewer": one.reviewer}
        case "key":
            parts = {"key": scoring.keys.get(answer.question_version_id)}
        case _:
            parts = {"carried": one.source_id}
    return {name: str(value) for name, value in parts.items() if value is not None}


def _score(receipt: Kept, examined: Examined, scoring: ScoredBy) -> Sequence[str]:
    """Whether the score follows from the answers' shares."""
    shares = {link.response: link.fraction for link in receipt.links}
    tries = [
        MarkedTry(
            response_id=one.id,
            question_id=one.question_id,
            question_version_id=one.question_version_id,
            try_number=one.try_number,
            # It was answered, whatever it said: only what was left blank is worth nothing.
            value="(erased)" if is_erased(examined, one) else one.value,
            sha256=one.sha256,
            certainty=one.certainty,
            hints=one.hints,
            hint_costs=one.hint_costs,
            fraction=shares.get(one.sha256),
            correct=shares.get(one.sha256) == 1,
        )
        for one in examined.responses
    ]
    marks = marks_of(
        examined.items, tries, scoring.policy, late=examined.late, points=scoring.points_set
    )
    same = (marks.score, marks.points) == (receipt.score, receipt.points)
    return () if same else ("the score does not follow from the answers",)
