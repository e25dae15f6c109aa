"""Questions of a file in a bank: each new, known, or refused and told why."""

from pathlib import Path

import pytest

from eduflow.kernel.problems import Forbidden
from tests.harness.exams import an_exam
from tests.harness.platform import Eduflow, School
from tests.harness.servers import Servers
from tests.services.api_core.sis.test_command_line import run as run_command
from tests.services.api_core.sis.test_command_line import slug
from tests.services.assessment.imported import imported

GIFT = """
::Fruit:: Which is a fruit? {=Apple ~Brick#That is for building}

::Sum:: Two and two? {#4:0.1}

::Pairs:: Match. {=France -> Paris =Italy -> Rome =Spain -> Madrid}

::Describe:: Nothing is asked here.

::Essay:: Why? {}
"""


async def test_a_file_is_taken_in_once_however_often_it_isimported(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    file = tmp_path / "quiz.gift"
    file.write_text(GIFT, encoding="utf-8")
    first, told = await imported(eduflow, exam, file, by=exam.teacher)
    assert (first.new, first.known) == (4, 0)
    assert first.read == {"choice": 1, "numeric": 1, "match": 1, "essay": 1}
    (refused,) = (f for f in told if f.outcome == "refused")
    assert "Describe" in refused.name
    second, _ = await imported(eduflow, exam, file, by=exam.teacher)
    assert (second.new, second.known, second.refused) == (0, 4, first.refused)
    listed = (await exam.teacher.get(f"/banks/{exam.bank}/questions"))["items"]
    assert sorted(q["type"] for q in listed) == ["choice", "essay", "match", "numeric"]


ORDERING = """<quiz><question type="ordering"><name><text>North</text></name>
<questiontext format="html"><text>From north to south.</text></questiontext>
<answer><text>Oslo</text></answer><answer><text>Bern</text></answer>
<answer><text>Rome</text></answer></question>
<question type="matching"><name><text>Pairs</text></name>
<questiontext format="html"><text>Match.</text></questiontext>
<subquestion><text>France</text><answer><text>Paris</text></answer></subquestion>
<subquestion><text>Italy</text><answer><text>Rome</text></answer></subquestion>
</question></quiz>"""


async def test_what_moodle_gives_no_ids_is_known_again(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    file = tmp_path / "quiz.xml"
    file.write_text(ORDERING, encoding="utf-8")
    first, _ = await imported(eduflow, exam, file, by=exam.teacher)
    again, _ = await imported(eduflow, exam, file, by=exam.teacher)
    assert (first.new, first.known, again.new, again.known) == (2, 0, 0, 2)


async def test_only_whoever_may_write_in_the_bank_imports_into_it(
    eduflow: Eduflow, school: School, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    file = tmp_path / "quiz.gift"
    file.write_text(GIFT, encoding="utf-8")
    with pytest.raises(Forbidden):
        await imported(eduflow, exam, file, by=exam.students[0])
    assert (await exam.teacher.get(f"/banks/{exam.bank}/questions"))["items"] == []


async def test_whoever_may_not_import_is_told_what_to_do(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    file = tmp_path / "quiz.gift"
    file.write_text(GIFT, encoding="utf-8")
    async with eduflow.sql() as sql:
        email = await sql.fetchval("SELECT email FROM users WHERE id = $1", exam.students[0].user)
    words = ["import", "qti", str(file), "--institution", slug(school), "--course", exam.course]
    code, told = await run_command(servers, *words, "--by", email)
    assert code == 1, told
    assert "name somebody with --by" in told
    assert "run it again" not in told


async def test_the_command_begins_a_bank_named_as_the_file_and_says_what_it_refused(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    file, report = tmp_path / "quiz.gift", tmp_path / "report.csv"
    file.write_text(GIFT, encoding="utf-8")
    async with eduflow.sql() as sql:
        email = await sql.fetchval("SELECT email FROM users WHERE id = $1", exam.teacher.user)
    words = ["import", "qti", str(file), "--institution", slug(school), "--course", exam.course]
    words += ["--by", email, "--report", str(report)]
    for said in ("4 new, 0 there already", "0 new, 4 there already"):
        code, told = await run_command(servers, *words)
        assert code == 1, told
        assert said in told
    assert "Describe" in report.read_text(encoding="utf-8")
    banks = (await exam.teacher.get(f"/banks?course_id={exam.course}"))["items"]
    assert [(b["name"], b["questions"]) for b in banks] == [("Questions", 0), ("quiz", 4)]
    # An item of the file is previewed as if it had been written here.
    quiz = next(b["id"] for b in banks if b["name"] == "quiz")
    listed = (await exam.teacher.get(f"/banks/{quiz}/questions?type=numeric"))["items"]
    preview = await exam.teacher.post(f"/questions/{listed[0]['id']}/preview", {"answer": "4.05"})
    assert preview["fraction"] == 1
    code, _ = await run_command(servers, "import", "qti", str(tmp_path / "none"), *words[3:])
    assert code == 2
