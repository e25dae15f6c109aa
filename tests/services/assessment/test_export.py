"""Questions of a bank in a file: what is read from it is what there was, and the same again."""

import os
from pathlib import Path
from typing import Any

from eduflow.interchange.door import read
from tests.harness.exams import Exam, a_choice, a_test, an_essay, an_exam, put
from tests.harness.platform import Eduflow, School
from tests.harness.servers import Servers
from tests.services.api_core.sis.test_command_line import run as run_command
from tests.services.api_core.sis.test_command_line import slug
from tests.services.assessment.items import one_of_each


async def _items(exam: Exam, bank: str) -> list[Any]:
    """What the bank's questions are, in their order, with the passages beside them."""
    teacher = exam.teacher
    listed = (await teacher.get(f"/banks/{bank}/questions?limit=100"))["items"]
    whole = [await teacher.get(f"/questions/{q['id']}") for q in sorted(listed, key=_by_id)]
    passages = (await teacher.get(f"/banks/{bank}/stimuli"))["items"]
    bodies = {one["id"]: (one["title"], one["body"]) for one in passages}
    return [(q["current"]["item"], bodies.get(q["stimulus_id"])) for q in whole]


def _by_id(thing: Any) -> str:
    return str(thing["id"])


async def _email(eduflow: Eduflow, exam: Exam) -> str:
    async with eduflow.sql() as sql:
        return str(await sql.fetchval("SELECT email FROM users WHERE id = $1", exam.teacher.user))


async def test_what_is_exported_and_imported_elsewhere_is_equal_and_exported_again_the_same_bytes(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    teacher = exam.teacher
    passage = {"title": "Passage", "body": "<p>It was a dark night.</p>"}
    stimulus = (await teacher.post(f"/banks/{exam.bank}/stimuli", passage))["id"]
    for item in one_of_each().values():
        await teacher.post(f"/banks/{exam.bank}/questions", item)
    drawn = {
        "title": "Drawn",
        "body": "<p>What is {{zz}} and {{a}}?</p>",
        "interaction": {"type": "numeric"},
        "key": {"type": "numeric", "accepted": [{"value": "zz + a"}]},
        "parameters": {"zz": {"low": "1", "high": "9"}, "a": {"low": "2", "high": "4"}},
        "conditions": ["zz != a"],
        "stimulus_id": stimulus,
    }
    made = await teacher.post(f"/banks/{exam.bank}/questions", drawn)
    assert made["stimulus_id"] == stimulus
    other = (await teacher.post(f"/courses/{exam.course}/banks", {"name": "Other"}))["id"]
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    to = ("--institution", slug(school))
    code, told = await run_command(servers, "export", "qti", str(first), *to, "--bank", exam.bank)
    assert code == 0, told
    assert f"{len(one_of_each()) + 1} questions written" in told
    assert "rubric" in told
    words = ["--course", exam.course, "--bank", other, "--by", await _email(eduflow, exam)]
    code, told = await run_command(servers, "import", "qti", str(first), *to, *words)
    assert code == 0, told
    assert await _items(exam, other) == await _items(exam, exam.bank)
    where = ("--bank", "Other", "--course", exam.course)
    code, told = await run_command(servers, "export", "qti", str(second), *to, *where)
    assert code == 0, told
    assert second.read_bytes() == first.read_bytes()


async def test_a_file_that_is_there_is_written_over_only_where_that_is_said(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    await exam.teacher.post(f"/banks/{exam.bank}/questions", a_choice())
    folder = tmp_path / "folder"
    folder.mkdir()
    file = folder / "there.zip"
    file.write_text("Precious", encoding="utf-8")
    words = ["export", "qti", str(file), "--institution", slug(school), "--course", exam.course]
    code, told = await run_command(servers, *words)
    assert (code, file.read_text(encoding="utf-8")) == (2, "Precious"), told
    assert "--replace" in told
    code, told = await run_command(servers, *words, "--replace")
    assert code == 0, told
    with read(file) as reading:
        assert [item.title for item in reading.items] == ["Fruit"]
    assert os.listdir(folder) == ["there.zip"]  # noqa: PTH208 (a list, of a handful)
    for unknown in (["--test", "No such test"], ["--bank", "No such bank"]):
        code, told = await run_command(servers, *words, *unknown, "--replace")
        assert code == 2, told
        assert "there is no" in told


async def test_a_test_is_exported_with_the_questions_as_it_asks_them(
    eduflow: Eduflow, school: School, servers: Servers, tmp_path: Path
) -> None:
    exam = await an_exam(eduflow, school)
    section = {"title": "First", "pick_n": 1, "shuffle": True}
    items = [a_choice([3, 1]), a_choice([3, 1], title="Another")]
    exam = await a_test(exam, items, section=section, publish=False, title="Mid-term")
    policy = {"time_limit": 1800}
    await put(exam.teacher, f"/assessments/{exam.test}/policy", policy, version=1)
    await exam.teacher.post(f"/banks/{exam.bank}/questions", an_essay())
    file = tmp_path / "test.zip"
    words = ["--institution", slug(school), "--course", exam.course, "--test", "Mid-term"]
    code, told = await run_command(servers, "export", "qti", str(file), *words)
    assert code == 0, told
    assert "what further tries are worth" in told
    with read(file) as reading:
        assert [item.title for item in reading.items] == ["Fruit", "Another"]
        (test,) = reading.tests
        assert (test.title, test.seconds) == ("Mid-term", 1800)
        (part,) = test.parts[0].sections
        assert (part.title, part.pick, part.shuffle) == ("First", 1, True)
        worth = {entry.name: entry.item.points for entry in reading.entries}
        assert [worth[ref.item] * ref.weight for ref in part.refs()] == [3, 3]
