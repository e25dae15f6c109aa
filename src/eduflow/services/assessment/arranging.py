"""A test of a file as a form of ours: its tree made flat, its weights points. Pure.

What would ask other questions than the file means, or judge them otherwise than can be told in a
sentence, is no form (`Unarranged`); everything else that is otherwise is told, with what happens
instead.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import groupby

import msgspec

from eduflow.interchange.markup import MEDIA
from eduflow.interchange.reading import ItemRef, Losses, Section, Test
from eduflow.services.assessment.commands.freeze_form import WantedItem, WantedSection
from eduflow.services.assessment.giving_tests import Given, given_of
from eduflow.services.assessment.ids import QuestionId
from eduflow.services.assessment.model.exact import MOST_POINTS
from eduflow.services.assessment.model.form import MOST_ITEMS

_LINE, _TEXT, _SECTIONS = 200, 50_000, 50
_PLACES = 4
_NOISE = Decimal("1e-6")
"""What the product of points and a weight of twelve places may be beside what was meant."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


class Unarranged(Exception):  # noqa: N818 - a state of the world, not a fault of the program
    """Why this test cannot be a form."""


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question as it lies in the bank."""

    question: QuestionId
    number: int
    points: Decimal


class Arranged(msgspec.Struct, frozen=True, kw_only=True):
    """What the commands on tests are given."""

    title: str
    instructions: str
    sections: tuple[WantedSection, ...]
    given: Given
    lost: tuple[str, ...]


def arranged(test: Test, known: Mapping[str, Asked]) -> Arranged:
    """`known` has the questions that the bank took, by their names in the file."""
    losses = Losses()
    given = given_of(test, losses)
    arranger = _Arranger(known, given.tries, losses)
    leading = [part.instructions for part in test.parts] if len(test.parts) == 1 else []
    for part in test.parts:
        if not leading:
            arranger.lead(part.instructions)
        for section in part.sections:
            arranger.section(section, above="")
    sections = tuple(arranger.made)
    if not sections:
        raise Unarranged("none of its questions was imported")
    if len(sections) > _SECTIONS:
        raise Unarranged(f"more than {_SECTIONS} sections: merge some of them")
    if len(arranger.taken) > MOST_ITEMS:
        raise Unarranged(f"more than {MOST_ITEMS} questions: make several tests of it")
    return Arranged(
        title=_line(test.title).strip() or _line(test.name).strip() or "Imported",
        instructions=arranger.text("".join([test.instructions, *leading]), "the test"),
        sections=sections,
        given=given,
        lost=losses.told(),
    )


class _Arranger:
    def __init__(self, known: Mapping[str, Asked], tries: int, losses: Losses) -> None:
        self._known = known
        self._tries = tries
        self._losses = losses
        self._lead: list[str] = []
        self.made: list[WantedSection] = []
        self.taken: set[QuestionId] = set()

    def lead(self, instructions: str) -> None:
        """What stands before the next section there will be."""
        if instructions:
            self._lead.append(instructions)

    def text(self, html: str, of: str) -> str:
        if len(html) > _TEXT:
            self._losses.add(f"the instructions of {of}, which are longer than {_TEXT:,} letters")
            return ""
        if MEDIA in html:
            self._losses.add(f"pictures and files in the instructions of {of}")
        return html

    def section(self, section: Section, *, above: str) -> None:
        named = section.title or section.identifier or "a section"
        parts = section.parts
        if section.pick is not None:
            parts = tuple(_single(part, named) for part in parts)
        if section.seconds is not None:
            self._losses.add(f"the time limit of {named} (only the whole test has one)")
        inner = [part for part in parts if isinstance(part, Section)]
        if inner and section.shuffle:
            self._losses.add(f"that the sections of {named} are shuffled (they come in order)")
        title = ": ".join(filter(None, (above, section.title)))
        self.lead(section.instructions)
        for is_section, run in groupby(parts, key=lambda part: isinstance(part, Section)):
            if is_section:
                for part in run:
                    if isinstance(part, Section):
                        self.section(part, above=title)
            else:
                refs = [part for part in run if isinstance(part, ItemRef)]
                self._asked(refs, section, named=named, title=title)

    def _asked(self, refs: Sequence[ItemRef], section: Section, *, named: str, title: str) -> None:
        found = [(ref, item) for ref in refs if (item := self._item(ref)) is not None]
        if not found:
            self._losses.add(f"the section {named}, of which no question came along")
            return
        if section.shuffle and any(ref.fixed for ref, _ in found):
            self._losses.add(f"that some keep their place in {named} (all are shuffled)")
        if section.pick is None:
            self._put(title, tuple(item for _, item in found), shuffle=section.shuffle)
        else:
            self._picked(found, section, named=named, title=title, pick=section.pick)

    def _picked(
        self,
        found: Sequence[tuple[ItemRef, WantedItem]],
        section: Section,
        *,
        named: str,
        title: str,
        pick: int,
    ) -> None:
        """Those that are in every pick stand in a section of their own."""
        if section.with_replacement:
            self._losses.add(f"that {named} may ask a question twice (each is asked once)")
        if pick > len(found):
            self._losses.add(
                f"that {pick} are picked in {named}, of which {len(found)} came along (all are)"
            )
            pick = len(found)
        always = tuple(item for ref, item in found if ref.required)
        others = tuple(item for ref, item in found if not ref.required)
        if len(always) > pick:
            raise Unarranged(f"{named} picks {pick} questions and requires {len(always)}")
        if always and others:
            self._losses.add(f"the order in {named} (those that are always asked come first)")
        if always:
            self._put(title, always, shuffle=section.shuffle)
        if pick == len(always):
            if others:
                self._losses.add(f"{len(others)} questions of {named} that are never picked")
            return
        worth = sorted({item.points[0] for item in others})
        if len(worth) > 1 and pick - len(always) < len(others):
            different = ", ".join(f"{points:g}" for points in worth[:5])
            raise Unarranged(
                f"{named} picks {pick} of {len(found)} questions worth different points"
                f" ({different}): give them the same, or ask all of them"
            )
        self._put(
            title,
            others,
            shuffle=section.shuffle,
            pick=pick - len(always) if len(worth) == 1 else None,
        )

    def _item(self, ref: ItemRef) -> WantedItem | None:
        asked = self._known.get(ref.item)
        if asked is None:
            self._losses.add(f"the question {ref.item[:80]}, which the bank did not take")
            return None
        if asked.question in self.taken:
            self._losses.add(f"the question {ref.item[:80]} once more (a test asks it once)")
            return None
        self.taken.add(asked.question)
        worth = asked.points * ref.weight
        points = round(worth, _PLACES)
        if not 0 <= points <= MOST_POINTS:
            raise Unarranged(f"the question {ref.item[:80]} is worth {points:g} points")
        if abs(worth - points) > _NOISE:
            self._losses.add(
                f"the exact points of {ref.item[:80]}: {worth:f} is {points.normalize():f}"
                " (points have at most four decimals)"
            )
        return WantedItem(
            question_id=asked.question, number=asked.number, points=(float(points),) * self._tries
        )

    def _put(
        self, title: str, items: tuple[WantedItem, ...], *, shuffle: bool, pick: int | None = None
    ) -> None:
        self.made.append(
            WantedSection(
                title=_line(title),
                instructions=self.text("".join(self._lead), title or "a section"),
                pick_n=pick,
                shuffle=shuffle,
                items=items,
            )
        )
        self._lead.clear()


def _single(part: ItemRef | Section, named: str) -> ItemRef:
    """A section of one question among which is picked is that question."""
    if isinstance(part, ItemRef):
        return part
    if len(part.parts) == 1 and isinstance(part.parts[0], ItemRef) and not part.instructions:
        return msgspec.structs.replace(
            part.parts[0], required=part.required, fixed=part.fixed or part.parts[0].fixed
        )
    raise Unarranged(
        f"{named} picks among sections: EduFlow picks among questions, so that the test has to be"
        " put together by hand"
    )


def _line(text: str) -> str:
    return _CONTROLS.sub(" ", text)[:_LINE]
