"""A test as an assessmentTest."""

from collections.abc import Mapping

from eduflow.interchange import markup
from eduflow.interchange.export.questions import root
from eduflow.interchange.export.rules import figure
from eduflow.interchange.export.tags import Marks, Tag, content, is_identifier, tag
from eduflow.interchange.qti import extension
from eduflow.interchange.reading import ItemRef, Section, Test, TestPart


def write_test(
    test: Test, *, identifier: str, where: Mapping[str, str]
) -> tuple[bytes, tuple[str, ...]]:
    """The document, and the questions it names that are not in the package."""
    writer = _Writer(where)
    document = root("qti-assessment-test", identifier=identifier, title=test.title)
    if identifier != test.name:
        document.attributes["xmlns:eduflow"] = extension.NAMESPACE
        document.attributes["eduflow:name"] = test.name
    score = tag(
        "qti-outcome-declaration", identifier="SCORE", cardinality="single", base_type="float"
    )
    total = tag(
        "qti-outcome-processing",
        tag(
            "qti-set-outcome-value",
            tag(
                "qti-sum",
                tag("qti-test-variables", variable_identifier="SCORE", weight_identifier="WEIGHT"),
            ),
            identifier="SCORE",
        ),
    )
    parts = [score, _times(test.seconds), _rubric(test.instructions)]
    parts += [writer.part(part) for part in test.parts]
    document.children = [part for part in (*parts, total) if part is not None]
    return document.bytes(), tuple(writer.lost)


def _times(seconds: int | None) -> Tag | None:
    return None if seconds is None else tag("qti-time-limits", max_time=str(seconds))


def _said(answer: bool | None) -> str | None:  # noqa: FBT001
    return None if answer is None else str(answer).lower()


def _rubric(text: str) -> Tag | None:
    if not text:
        return None
    body = content(markup.safe(text), Marks(up="../"))
    return tag("qti-rubric-block", body, use="instructions", view="candidate")


class _Writer:
    def __init__(self, where: Mapping[str, str]) -> None:
        self._where = where
        self._used: set[str] = set()
        self.lost: list[str] = []

    def _own(self, identifier: str, prefix: str) -> str:
        """Unique in the test, as QTI wants them."""
        own = identifier if is_identifier(identifier) and identifier not in self._used else ""
        number = 1
        while not own or own in self._used:
            own = f"{prefix}-{number}"
            number += 1
        self._used.add(own)
        return own

    def part(self, part: TestPart) -> Tag:
        control = tag(
            "qti-item-session-control",
            max_attempts=None if part.max_attempts is None else str(part.max_attempts),
            show_feedback=_said(part.feedback),
            allow_review=_said(part.review),
            show_solution=_said(part.solution),
        )
        return tag(
            "qti-test-part",
            control if control.attributes else None,
            _times(part.seconds),
            _rubric(part.instructions),
            *(self._section(section) for section in part.sections),
            identifier=self._own(part.identifier, "part"),
            navigation_mode=part.navigation,
            submission_mode=part.submission,
        )

    def _section(self, section: Section) -> Tag:
        selection = ordering = None
        if section.pick is not None:
            selection = tag(
                "qti-selection",
                select=str(section.pick),
                with_replacement="true" if section.with_replacement else None,
            )
        if section.shuffle:
            ordering = tag("qti-ordering", shuffle="true")
        parts = [
            self._section(part) if isinstance(part, Section) else self._ref(part)
            for part in section.parts
        ]
        return tag(
            "qti-assessment-section",
            _times(section.seconds),
            selection,
            ordering,
            _rubric(section.instructions),
            *parts,
            identifier=self._own(section.identifier, "section"),
            title=section.title,
            visible="true",
            required="true" if section.required else None,
            fixed="true" if section.fixed else None,
        )

    def _ref(self, ref: ItemRef) -> Tag | None:
        file = self._where.get(ref.item)
        if file is None:
            self.lost.append(f"the question {ref.item[:80]}, which is not in the package")
            return None
        return tag(
            "qti-assessment-item-ref",
            tag("qti-weight", identifier="WEIGHT", value=figure(ref.weight))
            if ref.weight != 1
            else None,
            identifier=self._own("", "ref"),
            href=f"../{file}",
            required="true" if ref.required else None,
            fixed="true" if ref.fixed else None,
        )
