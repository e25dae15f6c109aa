"""What a certificate says: a document that is always the same bytes, and their digest."""

import hashlib
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the read models say of a student in a course.

    `seq` is the number, in the log, of the newest grade, work, completion or rule in it.
    """

    completed: int
    lessons: int
    percent: Decimal | None
    letter: str | None
    seq: int

    @property
    def has_all_lessons(self) -> bool:
        """Whether everything is completed there is; in a course without lessons nobody has."""
        return 0 < self.lessons <= self.completed


class Subject(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a certificate is about, and what."""

    name: str
    institution: str
    code: str
    title: str


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What everybody with a certificate has reached."""

    all_lessons: bool
    percent_at_least: Decimal | None

    def is_met(self, facts: Facts) -> bool:
        """Whether all of it is."""
        if self.all_lessons and not facts.has_all_lessons:
            return False
        least = self.percent_at_least
        return least is None or (facts.percent is not None and facts.percent >= least)


def evidence(
    certificate: UUID,
    subject: Subject,
    facts: Facts,
    *,
    rule: Rule | None,
    awarded_on: date,
    nonce: str,
) -> str:
    """Canonical JSON: members in order, no blanks, no numbers but whole ones.

    The nonce keeps the digest from telling the document to whoever guesses names and dates.
    """
    document = {
        "certificate": str(certificate),
        "institution": subject.institution,
        "course": {"code": subject.code, "title": subject.title},
        "name": subject.name,
        "awarded_on": awarded_on.isoformat(),
        "rule": None
        if rule is None
        else {
            "all_lessons": rule.all_lessons,
            "percent_at_least": _plain(rule.percent_at_least),
        },
        "progress": {"completed": facts.completed, "lessons": facts.lessons},
        "grade": {"percent": _plain(facts.percent), "letter": facts.letter},
        "position": facts.seq,
        "nonce": nonce,
    }
    return msgspec.json.encode(document, order="sorted").decode()


def digest(document: str) -> bytes:
    """SHA-256 of the document in UTF-8."""
    return hashlib.sha256(document.encode()).digest()


def _plain(number: Decimal | None) -> str | None:
    return None if number is None else f"{number.normalize():f}"
