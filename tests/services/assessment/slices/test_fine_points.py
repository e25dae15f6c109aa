"""Points finer than four decimals: refused with a pointer, or told of by an import."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from eduflow.interchange.door import read
from eduflow.interchange.reading import Finding
from eduflow.services.assessment.model.fitness import made_fit
from eduflow.services.assessment.stored import asked_columns, digest_of_question
from tests.harness.exams import RUBRIC, a_choice, a_question, a_test, an_essay, an_exam
from tests.harness.platform import Eduflow, Person, School
from tests.services.assessment.imported import imported
from tests.services.assessment.replaying import version_of

Json = dict[str, Any]
FINE = 1.23456
SAID = "Points have at most four decimals: send 1.2346"


async def _refused(person: Person, method: str, path: str, body: Json, *, v: int = 0) -> Json:
    """Of a 422: pointer -> message."""
    headers = {"If_Match": f'"v{v}"'} if v else {}
    answer = await person.send(method, path, body, **headers)
    assert answer.status_code == 422, answer.text
    return {one["pointer"]: one["message"] for one in answer.json()["errors"]}


async def test_a_question_has_no_finer_points(eduflow: Eduflow, school: School) -> None:
    exam = await an_exam(eduflow, school)
    path = f"/banks/{exam.bank}/questions"
    for fine in (FINE, "1.23456", 1.234560001):
        item = {**a_choice(), "points": fine}
        assert await _refused(exam.teacher, "POST", path, item) == {"/points": SAID}
    assert (await exam.teacher.get(path))["items"] == []
    made = await a_question(exam, a_choice(1.2345))
    assert float(made["current"]["item"]["points"]) == 1.2345
    path = f"/questions/{made['id']}"
    found = await _refused(exam.teacher, "POST", f"{path}/versions", a_choice(FINE), v=1)
    assert found == {"/points": SAID}
    assert (await exam.teacher.get(path))["current"]["number"] == 1


def _rubric(points: float, level: float) -> Json:
    first, second = RUBRIC["criteria"]
    levels = [*first["levels"][:2], {"points": level, "title": "Whole"}]
    return {**RUBRIC, "criteria": [second, {**first, "points": points, "levels": levels}]}


@pytest.mark.parametrize(
    ("points", "level", "pointer"),
    [(FINE, 6, "/criteria/1/points"), (6, FINE, "/criteria/1/levels/2/points")],
)
async def test_a_rubric_has_no_finer_points(
    eduflow: Eduflow, school: School, points: float, level: float, pointer: str
) -> None:
    exam = await an_exam(eduflow, school)
    fine = _rubric(points, level)
    path = f"/banks/{exam.bank}/questions"
    found = await _refused(exam.teacher, "POST", path, an_essay(rubric=fine))
    assert found == {f"/rubric{pointer}": SAID}
    assert (await exam.teacher.get(path))["items"] == []
    essay = await a_question(exam, an_essay())
    rubric = await exam.teacher.get(f"/questions/{essay['id']}/rubric")
    fine.pop("title")
    path = f"/questions/{essay['id']}/rubric/versions"
    assert await _refused(exam.teacher, "POST", path, fine, v=1) == {pointer: SAID}
    assert await exam.teacher.get(f"/questions/{essay['id']}/rubric") == rubric


async def test_a_regrade_and_a_policy_are_in_four_decimals(
    eduflow: Eduflow, school: School
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [a_choice()])
    version = await version_of(eduflow, exam.questions[0])
    path = f"/assessments/{exam.test}/regrades"
    body: Json = {"cause": "points", "reason": "Too few"}
    fine = {**body, "points": {version: [2, FINE]}}
    assert await _refused(exam.teacher, "POST", path, fine) == {f"/points/{version}/1": SAID}
    penalty = "Penalties have at most four decimals: send 0.1235"
    fine = {**body, "cause": "policy", "policy": {"late_penalty": 0.12349}}
    found = await _refused(exam.teacher, "POST", path, fine)
    assert found == {"/policy/late_penalty": penalty}
    assert (await exam.teacher.get(path))["items"] == []
    policy = f"/assessments/{exam.test}/policy"
    found = await _refused(exam.teacher, "PUT", policy, {"late_penalty": 0.12349}, v=1)
    assert found == {"/late_penalty": penalty}
    assert (await exam.teacher.get(policy))["late_penalty"] == 0


async def test_an_expected_share_is_kept_as_it_is_sent(eduflow: Eduflow, school: School) -> None:
    exam = await an_exam(eduflow, school)
    made = await a_question(exam, a_choice())
    path = f"/questions/{made['id']}/tests"
    sent = {"answer": ["a"], "expected_fraction": 0.9999123}
    assert (await exam.teacher.post(path, sent))["expected_fraction"] == 0.9999123
    (kept,) = (await exam.teacher.get(path))["items"]
    assert kept["expected_fraction"] == 0.9999123


MOODLE = """<quiz><question type="truefalse"><name><text>Third</text></name>
<questiontext format="html"><text>Is it?</text></questiontext>
<defaultgrade>0.3333333</defaultgrade>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>
</question><question type="truefalse"><name><text>Plain</text></name>
<questiontext format="html"><text>Is it not?</text></questiontext>
<defaultgrade>2.5000000</defaultgrade>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>
</question></quiz>"""
QTI = """<qti-assessment-item xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
 identifier="fine" title="Fine" adaptive="false" time-dependent="false">
<qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier">
<qti-correct-response><qti-value>a</qti-value></qti-correct-response>
</qti-response-declaration>
<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/>
<qti-outcome-declaration identifier="MAXSCORE" cardinality="single" base-type="float">
<qti-default-value><qti-value>0.3333333</qti-value></qti-default-value>
</qti-outcome-declaration>
<qti-item-body><qti-choice-interaction response-identifier="RESPONSE" max-choices="1">
<qti-prompt>Which?</qti-prompt><qti-simple-choice identifier="a">A</qti-simple-choice>
<qti-simple-choice identifier="b">B</qti-simple-choice></qti-choice-interaction>
</qti-item-body></qti-assessment-item>"""


@pytest.mark.parametrize(("name", "text"), [("quiz.xml", MOODLE), ("item.xml", QTI)])
async def test_an_import_tells_which_points_it_did_not_keep(
    eduflow: Eduflow, school: School, tmp_path: Path, name: str, text: str
) -> None:
    exam = await an_exam(eduflow, school)
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    told = "its exact points, since points have at most four decimals: 0.3333333 is 0.3333 now"
    for new in (True, False):
        summary, findings = await imported(eduflow, exam, file, by=exam.teacher)
        assert bool(summary.new) is new
        assert not summary.refused
        assert told in [why for one in findings for why in _losses(one)]
        assert len([one for one in findings if told in one.why]) == 1
    listed = (await exam.teacher.get(f"/banks/{exam.bank}/questions"))["items"]
    questions = [await exam.teacher.get(f"/questions/{one['id']}") for one in listed]
    points = sorted(float(one["current"]["item"]["points"]) for one in questions)
    assert points == ([0.3333, 2.5] if text is MOODLE else [0.3333])


def _losses(finding: Finding) -> tuple[str, ...]:
    return finding.why if finding.outcome == "loss" else ()


async def test_what_was_once_kept_with_finer_points_is_known_again(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    file = tmp_path / "quiz.xml"
    file.write_text(MOODLE, encoding="utf-8")
    await imported(eduflow, exam, file, by=exam.teacher)
    with read(file) as reading:
        item = made_fit(replace(reading.entries[0].item, points=Decimal("0.3333")))
    digest = digest_of_question(asked_columns(replace(item, points=Decimal("0.3333333"))))
    async with eduflow.sql("assessment") as sql:
        await sql.execute(
            "UPDATE question_versions SET points = 0.3333333, sha256 = $2"
            " WHERE points = 0.3333 AND question_id IN"
            " (SELECT id FROM questions WHERE bank_id = $1::uuid)",
            exam.bank,
            digest,
        )
    summary, _ = await imported(eduflow, exam, file, by=exam.teacher)
    assert (summary.new, summary.known) == (0, 2)
