from decimal import Decimal
from pathlib import Path

import pytest

from eduflow.interchange import Reading, Unreadable, read
from eduflow.scoring import interactions as ours
from eduflow.scoring import keys
from eduflow.scoring.items import Item, Parameter
from tests.interchange.keys_in_words import paired, worth

FILES = Path(__file__).parent / "files"
_ITEM = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p1" identifier="q"
 title="Q" adaptive="{adaptive}" timeDependent="false">{declared}
 <outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
 <itemBody>{body}</itemBody>{rules}</assessmentItem>"""
MATCH = '<responseProcessing template="x/rptemplates/match_correct"/>'
MAP = '<responseProcessing template="x/rptemplates/map_response"/>'


def declared(
    *right: str, kind: str = "identifier", many: str = "single", mapping: str = "", name: str = "R"
) -> str:
    values = "".join(f"<value>{one}</value>" for one in right)
    return (
        f'<responseDeclaration identifier="{name}" cardinality="{many}" baseType="{kind}">'
        f"<correctResponse>{values}</correctResponse>{mapping}</responseDeclaration>"
    )


def item(tmp_path: Path, body: str, *declarations: str, rules: str = MATCH) -> Reading:
    path = tmp_path / "item.xml"
    text = _ITEM.format(adaptive="false", declared="".join(declarations), body=body, rules=rules)
    path.write_text(text)
    return read(path)


def only(reading: Reading) -> Item:
    assert len(reading.items) == 1, [str(finding) for finding in reading.findings]
    return reading.items[0]


def test_a_choice_of_tao_keeps_its_mapping_as_weights() -> None:
    reading = read(FILES / "tao_choice_22.xml")
    found = only(reading)
    assert found.points == 2
    assert found.interaction == ours.Choice(
        choices=(
            ours.Option(id="choice_1", text="Rhine"),
            ours.Option(id="choice_2", text="Danube"),
            ours.Option(id="choice_3", text="Elbe", fixed=True),
        ),
        max_choices=0,
        shuffle=True,
    )
    assert found.key == keys.ChoiceKey(
        correct=("choice_1", "choice_3"),
        weights={
            "choice_1": Decimal("0.5"), "choice_2": Decimal("-0.5"), "choice_3": Decimal("0.5"),
        },
    )  # fmt: skip
    assert "<strong>North Sea</strong>" in found.body
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>' in found.body
    assert reading.format == "qti2"
    assert reading.by_type() == {"choice": 1}


def test_a_range_of_canvas_is_a_number_with_a_tolerance_and_feedback() -> None:
    found = only(read(FILES / "canvas_numeric_21.xml"))
    assert isinstance(found.key, keys.NumericKey)
    assert found.key.rules.tolerance == Decimal("0.5")
    assert [Decimal(one.value) for one in found.key.accepted] == [42]
    assert found.points == 5
    assert (found.feedback_right, found.feedback_wrong) == ("Well walked.", "Walk on.")


def test_templates_become_parameters_conditions_and_a_computed_answer() -> None:
    found = only(read(FILES / "template_30.xml"))
    assert found.parameters == {
        "A": Parameter(low=Decimal(2), high=Decimal(10), step=Decimal(2)),
        "B": Parameter(equals="A * 3"),
        "WHO": Parameter(among=("Ann", "Bob")),
    }
    assert found.conditions == ("A < 9",)
    assert isinstance(found.key, keys.NumericKey)
    assert [one.value for one in found.key.accepted] == ["A + B"]
    assert found.body.startswith("<p>{{WHO}} has {{A}} and")


def test_feedback_in_a_choice_and_half_points_by_rules_are_kept() -> None:
    found = only(read(FILES / "inline_feedback_21.xml"))
    assert found.key == keys.ChoiceKey(
        correct=("B",),
        weights={"B": Decimal(1), "C": Decimal("0.5")},
        feedback={"A": "Too early.", "B": "Yes."},
    )
    assert [one.text for one in found.interaction.choices] == ["Haydn", "Mahler", "Berg"]  # type: ignore[union-attr]


def test_entries_and_inline_choices_in_one_text_are_gaps(tmp_path: Path) -> None:
    body = (
        '<p>A <textEntryInteraction responseIdentifier="T"/> and <inlineChoiceInteraction'
        ' responseIdentifier="C"><inlineChoice identifier="x">X</inlineChoice><inlineChoice'
        ' identifier="y">Y</inlineChoice></inlineChoiceInteraction></p>'
    )
    rules = (
        '<responseProcessing><setOutcomeValue identifier="SCORE"><sum>'
        '<mapResponse identifier="T"/><mapResponse identifier="C"/></sum>'
        "</setOutcomeValue></responseProcessing>"
    )
    mapping = '<mapping><mapEntry mapKey="{}" mappedValue="{}" caseSensitive="false"/></mapping>'
    found = only(
        item(
            tmp_path, body,
            declared("York", kind="string", name="T", mapping=mapping.format("York", 2)),
            declared("y", name="C", mapping=mapping.format("y", 1)),
            rules=rules,
        )
    )  # fmt: skip
    assert found.body == "<p>A [[T]] and [[C]]</p>"
    assert found.points == 3
    assert isinstance(found.key, keys.GapFillKey)
    assert {name: gap.weight for name, gap in found.key.gaps.items()} == {"T": 2, "C": 1}
    assert found.key.gaps["T"].rules.fold_case
    assert found.key.gaps["C"].accepted == (keys.Accepted(text="y"),)


def test_orders_pairs_gaps_and_hot_texts_are_read(tmp_path: Path) -> None:
    order = (
        '<orderInteraction responseIdentifier="R" shuffle="true"><simpleChoice identifier="a">A'
        '</simpleChoice><simpleChoice identifier="b">B</simpleChoice></orderInteraction>'
    )
    assert only(item(tmp_path, order, declared("b", "a", many="ordered"))).key == keys.OrderKey(
        sequence=("b", "a")
    )
    one = '<simpleAssociableChoice identifier="{0}" matchMax="1">{0}</simpleAssociableChoice>'
    pairs = (
        '<matchInteraction responseIdentifier="R" maxAssociations="2"><simpleMatchSet>'
        + one.format("s") + one.format("t") + "</simpleMatchSet><simpleMatchSet>"
        + one.format("x") + one.format("y") + "</simpleMatchSet></matchInteraction>"
    )  # fmt: skip
    mapping = (
        '<mapping defaultValue="-0.5"><mapEntry mapKey="s x" mappedValue="1"/>'
        '<mapEntry mapKey="t y" mappedValue="1"/></mapping>'
    )
    right = declared("s x", "t y", kind="directedPair", many="multiple", mapping=mapping)
    assert only(item(tmp_path, pairs, right, rules=MAP)).key == keys.MatchKey(
        pairs={"s": ("x",), "t": ("y",)}, wrong_costs=Decimal("0.25")
    )
    gaps = (
        '<gapMatchInteraction responseIdentifier="R"><gapText identifier="w" matchMax="1">Rhine'
        '</gapText><gapText identifier="v" matchMax="1">Elbe</gapText><p>The <gap identifier="g"/>'
        "</p></gapMatchInteraction>"
    )
    reading = item(tmp_path, gaps, declared("w g", kind="directedPair", many="multiple"))
    assert only(reading).body == "<p>The [[g]]</p>"
    assert "used so often only" in str(reading.losses()[0])
    hot = (
        '<hottextInteraction responseIdentifier="R" maxChoices="0"><p>He <hottext identifier="h">'
        'go</hottext> <hottext identifier="i">home</hottext></p></hottextInteraction>'
    )
    found = only(item(tmp_path, hot, declared("h", many="multiple")))
    assert found.body == "<p>He [[h]] [[i]]</p>"
    assert found.key == keys.HotTextKey(correct=("h",), scoring="all_or_nothing")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('<hotspotInteraction responseIdentifier="R"/>', "hotspotInteraction"),
        ('<drawingInteraction responseIdentifier="R"/>', "drawingInteraction"),
        ('<customInteraction responseIdentifier="R"/>', "customInteraction"),
        ('<mediaInteraction responseIdentifier="R"/>', "mediaInteraction"),
        ("<p>Nothing</p>", "no interaction"),
        (
            (
                '<extendedTextInteraction responseIdentifier="R"/>'
                '<uploadInteraction responseIdentifier="R"/>'
            ),
            "2 interactions in one item (extendedTextInteraction, uploadInteraction)",
        ),
    ],
)
def test_what_has_no_type_here_is_refused_by_its_name(tmp_path: Path, body: str, why: str) -> None:
    reading = item(tmp_path, body, declared())
    assert reading.items == ()
    (finding,) = reading.findings
    assert finding.outcome == "refused"
    assert why in finding.why[0]
    assert finding.line is not None


def test_rules_that_cannot_be_followed_cost_their_points_and_it_is_said(tmp_path: Path) -> None:
    body = (
        '<choiceInteraction responseIdentifier="R" maxChoices="1"><simpleChoice identifier="a">A'
        '</simpleChoice><simpleChoice identifier="b">B</simpleChoice></choiceInteraction>'
    )
    rules = (
        '<responseProcessing><setOutcomeValue identifier="SCORE"><customOperator class="x"/>'
        "</setOutcomeValue></responseProcessing>"
    )
    reading = item(tmp_path, body, declared("b"), rules=rules)
    assert only(reading).key == keys.ChoiceKey(correct=("b",))
    assert "customOperator" in reading.losses()[0].why[0]


def test_qti_1_is_refused_in_words_a_teacher_understands(tmp_path: Path) -> None:
    path = tmp_path / "old.xml"
    path.write_text('<questestinterop xmlns="x"><assessment/></questestinterop>')
    with pytest.raises(Unreadable, match=r"QTI 1\.2, which EduFlow does not read"):
        read(path)


def test_moodle_xml_is_read_type_by_type() -> None:
    with read(FILES / "moodle.xml") as reading:
        named = {one.item.title: one for one in reading.entries}
        capitals = named["Capitals"].item
        assert capitals.tags == ("Geography/Europe", "europe")
        assert capitals.identifier == "geo-1"
        assert isinstance(capitals.key, keys.ChoiceKey)
        assert worth(capitals) == [Decimal("0.5"), Decimal("0.5"), Decimal("-0.5")]
        assert capitals.hints[0].cost == Decimal("0.3333333")
        assert "script" not in capitals.body
        (picture,) = reading.media
        assert picture.read() == b"\x89PNG\r\n\x1a\n"
        assert f"eduflow-media:{picture.name.replace(' ', '%20')}" in capitals.body
        losses = {finding.name: finding.why for finding in reading.losses()}
        assert losses["geo-1"] == ("<script>",)
        assert named["TF"].item.key == keys.TrueFalseKey(
            correct=True, feedback={"true": "Right", "false": "It is"}
        )
        short = named["SA"].item
        assert short.feedback_wrong == "nothing like it"
        assert isinstance(short.key, keys.ShortTextKey)
        assert short.key.rules == keys.TextRules(pattern="wildcard", fold_case=False)
        number = named["NUM"].item.key
        assert isinstance(number, keys.NumericKey)
        assert number.rules == keys.NumericRules(
            tolerance=Decimal(5), unit="km", unit_cost=Decimal("0.1")
        )
        match = named["MATCH"].item
        assert paired(match) == {"France": ["Paris"], "Italy": ["Rome"]}
        cloze = named["CLOZE"].item
        assert cloze.body == "<p>[[gap1]] is in [[gap2]] and has [[gap3]] million.</p>"
        assert cloze.points == 4
        assert named["ESSAY"].guidance == "Look for rivers."
        assert named["ESSAY"].item.interaction == ours.Essay(min_words=100, max_words=300)
        gaps = named["GAPSELECT"].item
        assert gaps.body == "The [[gap1]] is [[gap2]]."
        ordering = named["ORDERING"].item
        assert isinstance(ordering.key, keys.OrderKey)
        assert isinstance(ordering.interaction, ours.Order)
        texts = {one.id: one.text for one in ordering.interaction.choices}
        assert [texts[one] for one in ordering.key.sequence] == ["Oslo", "Bern", "Rome"]
        assert ordering.key.scoring == "position"
        computed = named["CALC"].item
        assert computed.body == "What is {{a}} times {{b}}? Half is {{computed_3}}."
        assert computed.parameters["computed_3"] == Parameter(equals="a/2")
        assert isinstance(computed.key, keys.NumericKey)
        assert computed.key.accepted[0].value == "a*((b) ^ (2))"
        refused = {finding.name: finding.kind for finding in reading.refused()}
        assert refused == {"DESCRIPTION": "description", "CODE": "coderunner"}
        assert len(reading.findings) == 12


def test_gift_is_read_by_the_published_grammar() -> None:
    reading = read(FILES / "questions.gift")
    first, plus, truth, born, pi, several, cats, even, essay = reading.items
    assert (first.title, first.identifier, first.tags) == (
        "Grant's tomb", "gift-1", ("history", "easy"),
    )  # fmt: skip
    assert isinstance(first.key, keys.ChoiceKey)
    assert worth(first)[:3] == [Decimal(1), Decimal(0), Decimal("0.5")]
    assert first.interaction.choices[2].text == "his body = remains"  # type: ignore[union-attr]
    assert first.feedback == "Nobody is buried, all are entombed."
    assert plus.body == "Two plus two equals [[gap1]]."
    assert isinstance(plus.key, keys.GapFillKey)
    assert [one.text for one in plus.key.gaps["gap1"].accepted] == ["four", "4"]
    assert plus.tags == ("Science/Physics",)
    assert truth.body == "Is {this} true: yes?"
    assert truth.key == keys.TrueFalseKey(
        correct=True, feedback={"true": "Indeed.", "false": "No, it is."}
    )
    assert isinstance(born.key, keys.NumericKey)
    assert born.key.rules.tolerance == 5
    assert isinstance(pi.key, keys.NumericKey)
    assert (pi.key.accepted[0].value, pi.key.rules.tolerance) == ("3.14", Decimal("0.005"))
    assert "tolerance is another" in reading.losses()[0].why[0]
    assert isinstance(several.key, keys.NumericKey)
    assert paired(cats) == {"cat": ["cat food"], "dog": ["dog food"]}
    assert isinstance(even.key, keys.ChoiceKey)
    assert worth(even) == [Decimal("0.5"), Decimal("0.5"), Decimal(-1)]
    assert "<em>about</em>" in essay.body
    assert [finding.line for finding in reading.refused()] == [35, 37]
    assert all(str(finding) for finding in reading.findings)
