"""Nothing by which answers are judged reaches whoever may sit a test, whatever their role."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.harness.exams import Exam, a_test, an_exam, put, somebody_in
from tests.harness.platform import Eduflow, Person, School
from tests.services.assessment.items import SECRET, one_of_each

FORBIDDEN = {
    *("key", "keys", "correct", "accepted", "weights", "sequence", "pairs", "worth", "rules"),
    *("feedback", "feedback_right", "feedback_wrong", "hints", "solution", "parameters"),
    *("conditions", "tests", "expected_fraction", "rubric", "criteria", "guidelines"),
    *("grader_note", "title_of_question", "tags", "equals", "tolerance", "sha256"),
}
SECRETS = (SECRET.lower(), "7919", "4242", "4343", "0421", "0.777", "0.333", "0.123", "expanded")


def members(document: Any) -> Iterator[tuple[str | None, Any]]:
    """Every member of a document with its name, however deep."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield name, value
            yield from members(value)
    elif isinstance(document, list):
        for value in document:
            yield None, value
            yield from members(value)


def assert_without_key(document: Any) -> None:
    for name, value in members(document):
        assert name not in FORBIDDEN, name
        if isinstance(value, str):
            assert not any(secret in value.lower() for secret in SECRETS), (name, value)


async def whoever_may_sit(eduflow: Eduflow, school: School, exam: Exam) -> list[Person]:
    ta = await somebody_in(eduflow, school, exam.course, name="Tim Tutor", role="ta")
    ta.position = exam.teacher.position
    school.admin.position = exam.teacher.position
    return [exam.students[0], exam.teacher, ta, school.admin]


@pytest.mark.parametrize("kind", sorted(one_of_each()))
async def test_a_question_of_each_type_is_shown_without_its_key(
    eduflow: Eduflow, school: School, kind: str
) -> None:
    exam = await a_test(await an_exam(eduflow, school), [one_of_each()[kind]])
    for person in await whoever_may_sit(eduflow, school, exam):
        test = await person.get(f"/assessments/{exam.test}")
        (asked,) = test["sections"][0]["questions"]
        assert asked["type"] == asked["interaction"]["type"] == kind
        assert_without_key(test)
        assert_without_key(await person.get(f"/courses/{exam.course}/assessments"))
    # The same test shows its keys to those who make and grade it: the secrets are really in it.
    form = await exam.teacher.get(f"/assessments/{exam.test}/form")
    assert form["sections"][0]["items"][0]["item"]["key"]["type"] == kind
    with pytest.raises(AssertionError):
        assert_without_key(form)
    student = exam.students[0]
    for path in (
        f"/assessments/{exam.test}/form",
        f"/assessments/{exam.test}/policy",
        f"/assessments/{exam.test}/overrides",
        f"/questions/{exam.questions[0]}",
        f"/questions/{exam.questions[0]}/versions",
        f"/questions/{exam.questions[0]}/tests",
        f"/questions/{exam.questions[0]}/rubric",
        f"/banks/{exam.bank}/questions",
    ):
        assert (await student.refused("GET", path))[0] == 403, path


@pytest.mark.parametrize("shuffle", [True, False])
async def test_things_to_be_ordered_are_not_shown_in_their_right_order(
    eduflow: Eduflow, school: School, *, shuffle: bool
) -> None:
    ids = [f"n{n}" for n in range(12)]
    item = one_of_each()["order"]
    options = [{"id": id_, "text": f"Text {id_}"} for id_ in ids]
    item["interaction"] = {"type": "order", "choices": options, "shuffle": shuffle}
    item["key"] = {"type": "order", "sequence": ids}
    exam = await a_test(await an_exam(eduflow, school), [item])
    test = await exam.students[0].get(f"/assessments/{exam.test}")
    (asked,) = test["sections"][0]["questions"]
    shown = [option["id"] for option in asked["interaction"]["choices"]]
    assert sorted(shown) == sorted(ids)
    assert shown != ids
    attempt = await exam.students[0].post(f"/assessments/{exam.test}/attempts")
    one = await exam.students[0].get(f"/attempts/{attempt['id']}")
    (item,) = one["items"]
    given = [option["id"] for option in item["interaction"]["choices"]]
    assert sorted(given) == sorted(ids)
    assert given != ids
    assert (await exam.students[0].get(f"/attempts/{attempt['id']}"))["items"] == [item]


async def test_no_attempt_is_shown_three_things_in_their_right_order(
    eduflow: Eduflow, school: School
) -> None:
    item = one_of_each()["order"]
    options = [{"id": id_, "text": f"Text {id_}"} for id_ in "abc"]
    item["interaction"] = {"type": "order", "choices": options, "shuffle": False}
    item["key"] = {"type": "order", "sequence": ["c", "a", "b"]}
    exam = await an_exam(eduflow, school, students=1)
    exam = await a_test(exam, [item], policy={"attempts": 20})
    (student,) = exam.students
    shown = set()
    for _ in range(20):
        attempt = await student.post(f"/assessments/{exam.test}/attempts")
        (one,) = (await student.get(f"/attempts/{attempt['id']}"))["items"]
        shown.add("".join(option["id"] for option in one["interaction"]["choices"]))
        await student.post(f"/attempts/{attempt['id']}/submit", {})
    # Not the one that its author wrote down, either.
    assert shown <= {"acb", "bac", "bca", "cba"}
    assert len(shown) > 1


def written_first_to_first(kind: str, *, shuffle: bool) -> dict[str, Any]:
    """As authors write it: what belongs together stands at the same place."""
    ids = [f"n{n:02}" for n in range(12)]
    options = [{"id": id_, "text": f"Text {id_}"} for id_ in ids]
    item = one_of_each()[kind]
    if kind == "match":
        sources = [{"id": f"s{id_}", "text": f"Source {id_}"} for id_ in ids]
        asked: dict[str, Any] = {"sources": sources, "targets": options}
        key: dict[str, Any] = {"pairs": {f"s{id_}": [id_] for id_ in ids}}
    else:
        asked = {"gaps": [{"id": f"g{id_}", "options": options} for id_ in ids]}
        key = {"gaps": {f"g{id_}": {"accepted": [{"text": id_}]} for id_ in ids}}
        item["body"] = f"<p>{' '.join(f'[[g{id_}]]' for id_ in ids)}</p>"
    item["interaction"] = {"type": kind, "shuffle": shuffle, **asked}
    item["key"] = {"type": kind, **key}
    return item


def sides_of(interaction: Any) -> list[list[str]]:
    if interaction["type"] == "match":
        return [[option["id"] for option in interaction["targets"]]]
    return [[option["id"] for option in gap["options"]] for gap in interaction["gaps"]]


@pytest.mark.parametrize("kind", ["match", "gap_fill"])
@pytest.mark.parametrize("shuffle", [True, False])
async def test_what_was_written_first_to_first_is_not_shown_so(
    eduflow: Eduflow, school: School, kind: str, *, shuffle: bool
) -> None:
    item = written_first_to_first(kind, shuffle=shuffle)
    exam = await a_test(await an_exam(eduflow, school, students=2), [item])
    written = [f"n{n:02}" for n in range(12)]
    shown = []
    for student in exam.students:
        test = await student.get(f"/assessments/{exam.test}")
        (asked,) = test["sections"][0]["questions"]
        attempt = await student.post(f"/assessments/{exam.test}/attempts")
        (own,) = (await student.get(f"/attempts/{attempt['id']}"))["items"]
        assert (await student.get(f"/attempts/{attempt['id']}"))["items"] == [own]
        shown.append((sides_of(asked["interaction"]), sides_of(own["interaction"])))
        for side in (*shown[-1][0], *shown[-1][1]):
            assert sorted(side) == written
            assert side != written
    (before, mine), (other, theirs) = shown
    assert before == other
    assert mine != theirs


@pytest.mark.parametrize(
    ("section", "policy"),
    [
        ({"pick_n": 1}, {}),
        ({"shuffle": True}, {}),
        ({}, {"time_limit": 600}),
        ({}, {"opens_at": "2999-01-01T00:00:00Z"}),
        ({}, {"closes_at": "2020-01-01T00:00:00Z"}),
    ],
)
async def test_where_the_attempt_decides_or_the_test_is_shut_only_counts_are_shown(
    eduflow: Eduflow, school: School, section: Any, policy: Any
) -> None:
    items = [one_of_each()[kind] for kind in ("choice", "true_false")]
    exam = await an_exam(eduflow, school)
    exam = await a_test(exam, items, section=section, policy=policy)
    test = await exam.students[0].get(f"/assessments/{exam.test}")
    (shown,) = test["sections"]
    picked = section.get("pick_n", 2)
    assert shown["questions"] is None
    assert (shown["asks"], shown["available"], shown["points"]) == (picked, 2, 2 * picked)
    assert test["open"] is ("opens_at" not in policy and "closes_at" not in policy)


async def test_a_draft_does_not_exist_for_students_and_is_shut_for_its_teacher(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    exam = await a_test(exam, [one_of_each()["choice"]], publish=False)
    path = f"/assessments/{exam.test}"
    assert await exam.students[0].refused("GET", path) == (404, "kernel.not-found")
    assert (await exam.students[0].get(f"/courses/{exam.course}/assessments"))["items"] == []
    seen = await exam.teacher.get(path)
    assert (seen["state"], seen["open"]) == ("draft", False)
    await exam.teacher.post(f"{path}/publish", If_Match='"v2"')
    exam.students[0].position = exam.teacher.position
    assert (await exam.students[0].get(path))["open"] is True


async def test_a_student_sees_the_test_as_it_is_given_to_them(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school, students=2)
    policy = {"time_limit": 600, "attempts": 2, "closes_at": "2999-01-01T00:00:00Z"}
    exam = await a_test(exam, [one_of_each()["choice"]], policy=policy)
    path = f"/assessments/{exam.test}"
    one, other = exam.students
    await exam.teacher.post(
        f"{path}/overrides", {"section_id": exam.section, "extra_minutes": 5, "extra_attempts": 1}
    )
    own = await exam.teacher.post(
        f"{path}/overrides", {"user_id": str(one.user), "extra_minutes": 10}
    )
    one.position = other.position = exam.teacher.position
    mine, theirs = (await one.get(path))["policy"], (await other.get(path))["policy"]
    assert (mine["time_limit"], mine["attempts"], mine["attempts_left"]) == (1200, 2, 2)
    assert mine["closes_at"].startswith("2999-01-01T00:10:00")
    assert (theirs["time_limit"], theirs["attempts_left"]) == (900, 3)
    await put(
        exam.teacher, f"{path}/overrides/{own['id']}", {"extra_minutes": 20}, version=own["version"]
    )
    one.position = exam.teacher.position
    assert (await one.get(path))["policy"]["time_limit"] == 1800
