"""Items built as the examples of the standard are: each is imported, or refused with the reason."""

from pathlib import Path

import pytest

from eduflow.interchange import Finding, read
from tests.interchange.packages import ITEMS

FILES = sorted(ITEMS.glob("*.xml"))
_NO_TYPE = "which EduFlow has no question type for"
_COSTS = "that a wrong answer costs points (it costs none)"
IMPORTED: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "associate": (
        "match",
        4,
        ("that pairs are found within one set (sources and targets stand apart)",),
    ),
    "choice": ("choice", 1, ("the file images/quay.png, which is not there",)),
    "choice_multiple": ("choice", 2, ()),
    "composite": ("gap_fill", 2, ()),
    "extended_text": ("essay", 1, ()),
    "extended_text_rubric": ("essay", 1, ()),
    "feedback": ("choice", 1, ()),
    "gap_match": (
        "gap_fill",
        3,
        (
            "that each word can be used so often only (any number of times)",
            _COSTS,
            "that its points may fall below nought (they end there)",
        ),
    ),
    "hottext": ("hot_text", 1, ()),
    "inline_choice": ("gap_fill", 1, ()),
    "lookup": (
        "choice",
        1,
        (
            (
                "its rule for points: response processing by lookupOutcomeValue"
                " (scored by the right answer alone)"
            ),
        ),
    ),
    "match": ("match", 3, ()),
    "nested_rules": ("choice", 2, ()),
    "numeric_range": ("numeric", 3, ()),
    "order": ("order", 1, ()),
    "slider": ("numeric", 1, ("that the number is set with a slider (it is typed)",)),
    "template_number": ("numeric", 1, ()),
    "text_entry": ("gap_fill", 1, ()),
    "true_false": ("true_false", 1, ()),
    "upload": ("file_upload", 1, ()),
}
REFUSED = {
    "adaptive": "an adaptive item (several rounds of answers)",
    "associate_chain": "pairs within one set (associateInteraction)",
    "custom": f"customInteraction, {_NO_TYPE}",
    "drawing": f"drawingInteraction, {_NO_TYPE}",
    "end_attempt": "2 interactions in one item (choiceInteraction, endAttemptInteraction)",
    "graphic_associate": f"graphicAssociateInteraction, {_NO_TYPE}",
    "graphic_gap_match": f"graphicGapMatchInteraction, {_NO_TYPE}",
    "graphic_order": f"graphicOrderInteraction, {_NO_TYPE}",
    "hotspot": f"hotspotInteraction, {_NO_TYPE}",
    "likert": "no right answer and no rule for points",
    "media": f"mediaInteraction, {_NO_TYPE}",
    "multi-input": "2 interactions in one item (choiceInteraction, textEntryInteraction)",
    "order_partial": "a right order that does not hold all choices once",
    "position_object": f"positionObjectInteraction, {_NO_TYPE}",
    "select_point": "areas of a picture (areaMapping)",
    "template": "template processing by templateCondition",
}


def test_every_file_has_its_row() -> None:
    assert {path.stem for path in FILES} == IMPORTED.keys() | REFUSED.keys()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_item_is_imported_or_refused_with_a_reason_that_is_true(path: Path) -> None:
    with read(path) as reading:
        (finding,) = reading.findings
        if path.stem in REFUSED:
            assert (finding.outcome, finding.why) == ("refused", (REFUSED[path.stem],))
            assert not reading.entries
            return
        (entry,) = reading.entries
    assert _said(finding, points=int(entry.item.points)) == IMPORTED[path.stem]
    assert finding.outcome == ("loss" if finding.why else "imported")


def _said(finding: Finding, *, points: int) -> tuple[str, int, tuple[str, ...]]:
    return finding.kind, points, finding.why


def test_notes_for_graders_come_beside_the_question() -> None:
    with read(ITEMS / "extended_text_rubric.xml") as reading:
        assert reading.entries[0].guidance == "<p>Two points for the greeting.</p>"


@pytest.mark.parametrize(("default", "points", "told"), [("-1", 1, True), ("0", 1, False)])
def test_what_a_wrong_word_costs_is_no_part_of_what_the_right_one_brings(
    tmp_path: Path, default: str, points: int, *, told: bool
) -> None:
    text = (ITEMS / "text_entry.xml").read_text(encoding="utf-8")
    path = tmp_path / "entry.xml"
    path.write_text(text.replace('defaultValue="0"', f'defaultValue="{default}"'))
    with read(path) as reading:
        assert reading.items[0].points == points
        assert (_COSTS in reading.findings[0].why) is told
