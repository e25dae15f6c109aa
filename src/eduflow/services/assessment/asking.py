"""Which questions one attempt asks, in which order: drawn by its seed, and kept with it."""

import hashlib
import secrets
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from eduflow.scoring.dice import Dice


class FormItem(msgspec.Struct, frozen=True, kw_only=True):
    """A question that a section may ask."""

    question_id: UUID
    question_version_id: UUID
    points_list: tuple[Decimal, ...]
    parameters: bool = False
    """Whether it has variants."""


class FormSection(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the test."""

    id: UUID
    pick_n: int | None
    shuffle: bool
    items: tuple[FormItem, ...]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question as one attempt asks it."""

    question_id: UUID
    question_version_id: UUID
    section_id: UUID
    points_list: tuple[Decimal, ...]
    variant_id: UUID | None = None
    values: dict[str, str] = {}
    """Of the variant: what was drawn for its parameters."""

    @property
    def points(self) -> Decimal:
        """What the first right try brings."""
        return self.points_list[0]


def laid_out(sections: Sequence[FormSection], *, seed: int) -> list[tuple[FormSection, FormItem]]:
    """What is asked of somebody with this seed; the same on every machine."""
    asked: list[tuple[FormSection, FormItem]] = []
    for section in sections:
        dice = Dice(f"{seed} {section.id}")
        items = list(section.items)
        if section.shuffle or section.pick_n is not None:
            drawn = dice.shuffled(items)[: section.pick_n]
            items = drawn if section.shuffle else [i for i in items if i in drawn]
        asked.extend((section, item) for item in items)
    return asked


def drawn_seed() -> int:
    """A seed that nobody can choose or guess: who could would turn the dice back."""
    return secrets.randbits(56)


def seed_of(thing: UUID) -> int:
    """A seed nobody can choose and everybody can compute again."""
    return int.from_bytes(hashlib.sha256(thing.bytes).digest()[:7], "big")


def arrangement_of(attempt_seed: int, question: UUID) -> str:
    """By what the options of a question are shuffled for one attempt."""
    return f"{attempt_seed} {question}"
