"""Whole tests: what is read of them, what is told, and what is no test."""

from decimal import Decimal
from pathlib import Path

import pytest

from eduflow.interchange import ItemRef, Section, TestPart, Unreadable, limits, read
from tests.interchange.packages import (
    a_test,
    harbour,
    package,
    read_test,
    refs,
    section,
    told_of_test,
)
from tests.interchange.test_hostile_files import measured


def test_a_test_of_others_is_read_with_its_sections_and_everything_else_is_named(
    tmp_path: Path,
) -> None:
    with read(harbour(tmp_path)) as reading:
        (test,) = reading.tests
        finding = told_of_test(reading)
        refused = [one.name for one in reading.refused()]
    assert (test.title, test.seconds) == ("At the harbour", 1800)
    (part,) = test.parts
    assert part == TestPart(
        identifier="PART1",
        submission="simultaneous",
        max_attempts=1,
        feedback=False,
        review=True,
        sections=part.sections,
    )
    signs, drawn, words = part.sections
    assert signs.instructions == "<p>Read the signs.</p>"
    assert signs.parts == (
        ItemRef(item="choice", weight=Decimal("2.5"), fixed=True),
        ItemRef(item="true_false"),
    )
    assert (drawn.pick, drawn.shuffle, len(drawn.parts)) == (2, True, 3)
    assert words.seconds == 300
    written, note = words.parts
    assert isinstance(written, Section)
    assert isinstance(note, Section)
    # What students are not to see of a section, its author's note, is not shown to them.
    assert (written.title, note.title) == ("Written", "")
    assert note.parts == (ItemRef(item="text_entry"),)
    assert refused == ["hotspot"]
    assert finding.outcome == "loss"
    assert set(finding.why) == {
        "the rule for PASSED",
        "the question ../items/hotspot.xml, which was not imported",
        "the question ../../items/outside.xml, which is not in the package",
        "feedback on the whole test: HARBOUR",
        "that no question may be left out (any may): PART1",
        "the condition on which it is shown (it always is): ITEM2",
        "the rule for where to go on (with what comes next): ITEM2",
        "its category: ITEM2",
        "a rubric block that is not for students: SIGNS",
        "the weight OTHER, which its total does not use: ITEM9",
    }


WEIGHTED = (
    '<assessmentItemRef identifier="r" href="choice.xml">'
    '<weight identifier="W" value="3"/></assessmentItemRef>'
)
_OWN = ("its own rule for the total (the points of all questions are added up)",)
_SET = '<setOutcomeValue identifier="SCORE">{}</setOutcomeValue>'


def _summed(more: str) -> str:
    return _SET.format(f'<sum><testVariables variableIdentifier="SCORE" {more}/></sum>')


_TWICE = '<product><numberCorrect/><baseValue baseType="float">2</baseValue></product>'
TOTALS: dict[str, tuple[int, tuple[str, ...]]] = {
    "": (3, ()),
    _summed('weightIdentifier="W"'): (3, ()),
    _summed(""): (1, ("the weight W, which its total does not use: r",)),
    _summed('includeCategory="x"'): (3, _OWN),
    _SET.format(_TWICE): (3, _OWN),
}


@pytest.mark.parametrize("rule", TOTALS, ids=["none", "weighted", "unweighted", "partly", "other"])
def test_weights_count_where_the_rule_for_the_total_uses_them(tmp_path: Path, rule: str) -> None:
    after = f"<outcomeProcessing>{rule}</outcomeProcessing>" if rule else ""
    test, finding = read_test(package(tmp_path, a_test(section(WEIGHTED), after=after)))
    assert test is not None
    assert (int(next(test.refs()).weight), finding.why) == TOTALS[rule]


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        ('<selection select="2"><x/></selection>' + refs("choice"), "what is added to its selec"),
        (refs("choice") + "<somethingNew/>", "somethingNew: s"),
        ('<timeLimits minTime="9"/>' + refs("choice"), "its least time: s"),
        ('<itemSessionControl maxAttempts="3"/>' + refs("choice"), "session control (max_attem"),
        (
            '<timeLimits maxTime="9" allowLateSubmission="true"/>' + refs("choice"),
            "that it may be handed in late",
        ),
    ],
)
def test_nothing_of_a_test_is_left_out_in_silence(tmp_path: Path, inner: str, why: str) -> None:
    _, finding = read_test(package(tmp_path, a_test(section(inner))))
    assert finding.outcome == "loss"
    assert any(one.startswith(why) for one in finding.why), finding.why


@pytest.mark.parametrize(
    ("inner", "why"),
    [
        ("", "asks nothing"),
        (refs("nowhere"), "none of its questions was imported"),
        ("<adaptiveSelection/>" + refs("choice"), "adaptiveSelection"),
        ('<selection select="some"/>' + refs("choice"), "a selection of no number"),
        (WEIGHTED.replace('"3"', '"-1"'), "a weight below nought"),
        (WEIGHTED.replace('"3"', '"much"'), "a weight"),
    ],
)
def test_what_would_be_another_test_is_refused(tmp_path: Path, inner: str, why: str) -> None:
    test, finding = read_test(package(tmp_path, a_test(section(inner))))
    assert (test, finding.outcome) == (None, "refused")
    assert why in finding.why[0]


def test_a_test_without_its_package_says_that_it_needs_it(tmp_path: Path) -> None:
    path = tmp_path / "test.xml"
    path.write_text(a_test(section(refs("choice"))))
    test, finding = read_test(path)
    assert test is None
    assert "import the package" in finding.why[0]


def test_a_section_that_no_test_uses_is_told(tmp_path: Path) -> None:
    path = package(
        tmp_path,
        a_test(section(refs("choice"))),
        files={"lone.xml": section(refs("order")).replace(" ", f" {_NS} ", 1)},
    )
    with read(path) as reading:
        assert [(one.name, one.kind) for one in reading.refused()] == [("lone.xml", "section")]


_NS = 'xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1"'


def _sections(inner: str) -> str:
    return section(inner).replace(" ", f" {_NS} ", 1)


def _ref(*names: str) -> str:
    return "".join(
        f'<assessmentSectionRef identifier="{name[0]}{number}" href="{name}.xml"/>'
        for number, name in enumerate(names)
    )


def test_references_out_of_the_package_lead_nowhere(tmp_path: Path) -> None:
    outside = ("../../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/x")
    inner = refs("choice", *outside) + _ref(*outside)
    test, finding = read_test(package(tmp_path, a_test(section(inner))))
    assert test is not None
    assert [one.item for one in test.refs()] == ["choice"]
    assert sum("which is not in the package" in one for one in finding.why) == 2 * len(outside)


def test_a_section_that_stands_in_itself_is_no_test(tmp_path: Path) -> None:
    files = {"a.xml": _sections(refs("choice") + _ref("b")), "b.xml": _sections(_ref("a"))}
    test, finding = read_test(package(tmp_path, a_test(_ref("a")), files=files))
    assert test is None
    assert finding.why == ("the section a.xml stands in itself",)


def test_sections_that_multiply_each_other_are_counted(tmp_path: Path) -> None:
    files = {f"{name}.xml": _sections(_ref(*[chr(ord(name) + 1)] * 9)) for name in "abcdefgh"}
    files["i.xml"] = _sections(refs("choice"))
    path = package(tmp_path, a_test(_ref("a")), files=files)
    test, finding = read_test(path)
    assert test is None
    assert "sections in one test" in finding.why[0]
    megabytes, said = measured(path)
    assert said.startswith("read 3 of")
    assert megabytes < 200


@pytest.mark.parametrize(
    ("count", "why"),
    [(limits.MAX_ITEMS + 1, "questions in one test"), (100_000, "more than 100,000 elements")],
)
def test_more_references_than_a_test_can_have_are_refused_in_bounded_memory(
    tmp_path: Path, count: int, why: str
) -> None:
    path = package(tmp_path, a_test(section(refs("choice") * count)), packed=False)
    with read(path) as reading:
        (refused,) = reading.refused()
        assert why in refused.why[0]
    megabytes, said = measured(path)
    assert said.startswith("read 3 of")
    assert megabytes < 300


def test_a_question_that_is_named_twice_is_read_twice(tmp_path: Path) -> None:
    """What that comes to is for whoever makes a form of it to say."""
    test, _ = read_test(package(tmp_path, a_test(section(refs("choice", "choice")))))
    assert test is not None
    assert [one.item for one in test.refs()] == ["choice", "choice"]


def test_a_section_alone_holds_no_questions(tmp_path: Path) -> None:
    path = tmp_path / "section.xml"
    path.write_text(_sections(refs("choice")))
    with pytest.raises(Unreadable, match="holds no questions"):
        read(path)
