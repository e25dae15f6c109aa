"""Statistics are a fold of what was judged, and the same whichever way it is folded."""

from statistics import correlation, pvariance
from typing import Any

import pytest

from eduflow.kernel.repair import rebuild
from eduflow.services.assessment.projections.statistics import statistics
from tests.harness.exams import Exam, a_choice, a_test, an_exam
from tests.harness.platform import Eduflow, School
from tests.harness.things import until
from tests.services.assessment.replaying import BRICK, handed_in, regraded

Json = dict[str, Any]
GIVEN = ["aab", "abb", "bab", "aaa", "bbb"]
"""What each of five students chose."""


@pytest.fixture
async def exam(eduflow: Eduflow, school: School) -> Exam:
    made = await an_exam(eduflow, school, students=len(GIVEN))
    exam = await a_test(made, [a_choice(1, title=f"Q{n}") for n in range(3)])
    for student, given in zip(exam.students, GIVEN, strict=True):
        answers = dict(zip(exam.questions, ([one] for one in given), strict=True))
        await handed_in(student, exam, answers)
    return exam


async def _of(exam: Exam, *, scoring: int, n: int) -> Json:
    found: Json = {}

    async def there() -> bool:
        found.update(await exam.teacher.get(f"/assessments/{exam.test}/statistics"))
        whole = found["test"]
        return found["scoring_number"] == scoring and whole is not None and whole["n"] == n

    await until(there, what=str(found))
    return found


async def test_each_question_and_the_whole_are_what_the_formulas_say(exam: Exam) -> None:
    found = await _of(exam, scoring=1, n=5)
    rows = [[float(one == "a") for one in given] for given in GIVEN]
    for place, question in enumerate(found["questions"]):
        own = [row[place] for row in rows]
        rest = [sum(row) - row[place] for row in rows]
        told = correlation(own, rest)
        assert question["title"] == f"Q{place}"
        assert question["p_value"] == pytest.approx(sum(own) / 5)
        assert question["point_biserial"] == pytest.approx(told, abs=1e-5)
        times = {option["identifier"]: option["times"] for option in question["options"]}
        assert times == {"a": sum(own), "b": 5 - sum(own)}
    assert found["test"]["mean"] == pytest.approx(sum(map(sum, rows)) / 5)
    own_parts = sum(pvariance(column) for column in zip(*rows, strict=True))
    count = len(rows[0])
    alpha = count / (count - 1) * (1 - own_parts / pvariance([sum(row) for row in rows]))
    assert found["test"]["alpha"] == pytest.approx(alpha, abs=1e-5)


async def test_a_regrade_moves_them_and_a_rebuild_finds_the_same(
    eduflow: Eduflow, exam: Exam
) -> None:
    await regraded(eduflow, exam, question=exam.questions[0], key=BRICK, dry_run=False)
    found = await _of(exam, scoring=2, n=5)
    assert [q["p_value"] for q in found["questions"]] == [0.4, 0.6, 0.2]
    pool = eduflow.worker.databases["assessment"].primary
    rebuilt = await rebuild(statistics, source=pool, home=pool, progress=lambda *_: None)
    assert rebuilt.events >= 10
    assert set(rebuilt.differing.values()) == {0}
