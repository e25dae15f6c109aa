"""What a released score rests on, as a chain of digests that anybody entitled can compute again.

A receipt's digest is SHA-256 over the digest of the one before, the attempt (whose, what it asked,
when it was handed in), the scoring version with all that it says, the score, and for every answer
the digest of what was answered, of the key or rubric version it was judged by, of the prompt, and
the names of model and reviewer. Whoever changes any of these after the release, in the database or
elsewhere, cannot make the chain fit.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from eduflow.services.assessment.asking import Asked
from eduflow.services.assessment.model.marking import Rules

NOTHING = bytes(32).hex()
"""Before the first receipt."""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """The newest receipt of an attempt."""

    number: int
    digest: str


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt says of the attempt as a whole."""

    attempt: UUID
    user: UUID
    number: int
    submitted_at: datetime | None
    late: bool
    asked: str
    """Digest of what it asked."""
    scoring: UUID
    scored_by: str
    """Digest of the scoring version: its keys, rubrics, points and policy."""
    score: Decimal
    points: Decimal
    at: datetime


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """One answer, and by what it was judged; digests as hexadecimal."""

    response: str
    question_version: UUID
    fraction: Decimal
    method: str
    rests_on: dict[str, str]


class NewReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The receipt of a release."""

    number: int
    previous: str
    links: tuple[Link, ...]
    digest: str


def receipt_after(last: Receipt | None, told: Told, *, links: Sequence[Link]) -> NewReceipt:
    """The receipt that follows."""
    previous = last.digest if last else NOTHING
    number = last.number + 1 if last else 1
    return NewReceipt(
        number=number,
        previous=previous,
        links=tuple(links),
        digest=digest_of(previous, number, told, links=links),
    )


def digest_of(previous: str, number: int, told: Told, *, links: Sequence[Link]) -> str:
    """SHA-256 over everything a receipt says, in one canonical spelling."""
    whole = [
        previous,
        number,
        [
            told.attempt,
            told.user,
            told.number,
            _moment(told.submitted_at),
            told.late,
            told.asked,
            told.scoring,
            told.scored_by,
            plain(told.score),
            plain(told.points),
            _moment(told.at),
        ],
        [
            [
                k.response,
                k.question_version,
                plain(k.fraction),
                k.method,
                sorted(k.rests_on.items()),
            ]
            for k in links
        ],
    ]
    return _sha256(whole)


def digest_of_answer(
    question_version: UUID,
    variant: UUID | None,
    *,
    number: int,
    value: Any,
    certainty: int | None,
    hints: int,
) -> bytes:
    """`responses.sha256`: of what was answered, and of all that decides what it may bring."""
    told = [question_version, variant, number, value, certainty, hints]
    return bytes.fromhex(_sha256(told))


def digest_of_asked(items: Sequence[Asked]) -> str:
    """Of what an attempt asks, in its order."""
    return _sha256(
        [
            [
                one.question_id,
                one.question_version_id,
                one.section_id,
                [plain(points) for points in one.points_list],
                one.variant_id,
                one.values,
            ]
            for one in items
        ]
    )


def digest_of_scoring(
    number: int,
    key_set: Mapping[UUID, int],
    rubric_set: Mapping[UUID, UUID],
    *,
    points_set: Mapping[UUID, Sequence[Decimal]],
    policy: Rules,
) -> str:
    """Of a scoring version."""
    return _sha256(
        [
            number,
            sorted((str(k), v) for k, v in key_set.items()),
            sorted((str(k), str(v)) for k, v in rubric_set.items()),
            sorted((str(k), [plain(one) for one in v]) for k, v in points_set.items()),
            [policy.behaviour, policy.attempt_counts, plain(policy.late_penalty)],
        ]
    )


def plain(number: Decimal) -> str:
    """A number in the one spelling that digests are made of: PostgreSQL may add noughts."""
    return format(number.normalize() + 0, "f")


def _moment(at: datetime | None) -> str | None:
    # Without a zone it is a clock's of nowhere; PostgreSQL answers in that of the session.
    return None if at is None else at.astimezone(UTC).isoformat(timespec="microseconds")


def _sha256(whole: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(whole, order="sorted")).hexdigest()
