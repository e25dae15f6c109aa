"""Files of Moodle whose questions would be taken for something else, without a word."""

from pathlib import Path

from eduflow.interchange import Reading, read

_MOODLE = """<quiz><question type="truefalse"><name><text>TF</text></name>
<questiontext format="html"><text>Yes?</text></questiontext><hidden>{hidden}</hidden>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>
</question></quiz>"""


def _gift(folder: Path, text: str) -> Reading:
    path = folder / "questions.gift"
    path.write_text(text, encoding="utf-8")
    return read(path)


def test_two_questions_without_a_line_between_them_are_two(tmp_path: Path) -> None:
    reading = _gift(tmp_path, "::A:: One? {T}\n::B:: Which? {=a ~b}\n::C:: How many? {#\n=3\n}\n")
    assert [(one.item.title, one.line) for one in reading.entries] == [
        ("A", 1),
        ("B", 2),
        ("C", 3),
    ]
    assert reading.by_type() == {"true_false": 1, "choice": 1, "numeric": 1}


def test_of_seven_questions_without_a_line_between_them_each_is_found_or_refused_by_name(
    tmp_path: Path,
) -> None:
    reading = _gift(
        tmp_path,
        "::Q1:: One? {T}\n::Q2:: Which? {=a ~b}\n::Q3:: How many? {#\n=3\n}\n"
        "::Q4:: A text that asks nothing\n::Q5:: Left open {=a ~b\n"
        "::Q6:: Pair {=a->b =c->d =e->f}\n::Q7:: Write. {}\n",
    )
    assert [one.item.title for one in reading.entries] == ["Q1", "Q2", "Q3", "Q6", "Q7"]
    told = {finding.name[2:4]: finding.why for finding in reading.refused()}
    assert told == {
        "Q4": ("no answers in braces: a text that asks nothing",),
        "Q5": ("its braces are not closed",),
    }


def test_questions_without_titles_and_lines_are_found_or_refused_by_name(tmp_path: Path) -> None:
    reading = _gift(
        tmp_path,
        "One? {T}\nWhich? {=a ~b}\nHow many? {#3}\nThe {=sun} shines\nWho? {=I\n~you}\n"
        "Write? {}\nCompute x^{2}\nfor x=2 {=4 ~5}\n",
    )
    names = [one.item.title for one in reading.entries]
    refused = [finding.name for finding in reading.refused()]
    assert names[:3] == ["One?", "Which?", "How many?"]
    assert refused[:2] == ["The {=sun} shines", "Who? {=I"]
    # The braces of a formula are no answers.
    assert refused[-2:] == ["Compute x^{2}", "for x=2 {=4 ~5}"]
    assert "Write?" in names


def test_answers_behind_answers_are_no_question(tmp_path: Path) -> None:
    reading = _gift(tmp_path, "One? {T} Which? {=a ~b}\n\nLaTeX {=\\\\frac{1}{2} ~1}\n")
    (refused,) = reading.refused()
    assert refused.why == ("several answers in braces: leave an empty line between questions",)
    assert reading.by_type() == {"choice": 1}


def test_what_was_hidden_in_moodle_is_told(tmp_path: Path) -> None:
    path = tmp_path / "quiz.xml"
    for hidden, outcome in (("1", "loss"), ("0", "imported")):
        path.write_text(_MOODLE.format(hidden=hidden))
        with read(path) as reading:
            assert [one.outcome for one in reading.findings] == [outcome]
