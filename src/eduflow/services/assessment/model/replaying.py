"""What becomes of one answer under a new scoring version: judged anew, carried, or read again."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

READ = ("ai", "human")


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an answer is judged under a scoring version: its highest revision there."""

    method: str
    root: str
    """`key`, `ai` or `human`: of a carried score the method of what it was carried from."""
    fraction: Decimal
    correct: bool
    origin: UUID
    """The scoring version under which it was judged; of a carried score that of its root."""

    def says_as(self, other: "Standing") -> bool:
        """Whether one is the other, carried."""
        mine = (self.fraction, self.correct, self.origin)
        return mine == (other.fraction, other.correct, other.origin)


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What a scoring version changes of the one that it follows."""

    keys: frozenset[UUID]
    """Question versions whose answers another key judges."""
    rubrics: frozenset[UUID]
    """Questions whose answers are read by another rubric."""


Fate = Literal["stays", "judged", "carried", "unread"]


def fate_of(
    base: Standing | None,
    new: Standing | None,
    *,
    question: UUID,
    question_version: UUID,
    change: Change,
) -> Fate:
    """What is to be done for an answer. Done twice it is done once: then it `stays`.

    What a person or a model has said under the new version already is never touched. What they said
    before is carried, unless the rubric they said it by is another now. A key judges what it judged
    before, where it is another; an answer that a person has read is theirs, whatever the key.
    """
    if new is not None and new.method in READ:
        return "stays"
    if base is None:
        return "stays" if new is not None else "unread"
    if base.root in READ and question in change.rubrics:
        return "unread"
    if base.root == "key" and question_version in change.keys:
        return "stays" if new is not None else "judged"
    if new is not None and (new.says_as(base) or base.root == new.method == "key"):
        return "stays"
    return "carried"


def changed_entries(old: Mapping[UUID, object], new: Mapping[UUID, object]) -> frozenset[UUID]:
    """Whose entry is another, or new; what the new one does not name stays as it was."""
    return frozenset(one for one, entry in new.items() if old.get(one) != entry)
