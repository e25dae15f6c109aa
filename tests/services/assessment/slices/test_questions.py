"""Questions in their versions, their keys, and what those must give."""

import pytest

from tests.harness.exams import RUBRIC, a_choice, a_question, an_essay, an_exam, put
from tests.harness.platform import Eduflow, School
from tests.services.assessment.items import one_of_each


@pytest.mark.parametrize("kind", sorted(one_of_each()))
async def test_an_item_of_each_type_is_read_as_it_was_written(
    eduflow: Eduflow, school: School, kind: str
) -> None:
    exam = await an_exam(eduflow, school)
    item = one_of_each()[kind]
    made = await a_question(exam, item)
    read = await exam.teacher.get(f"/questions/{made['id']}")
    assert read == {**made, "current": {**made["current"], "item": read["current"]["item"]}}
    assert read["type"] == kind
    written = {k: v for k, v in item.items() if k not in {"rubric", "points", "tags"}}
    shown = read["current"]["item"]
    for name, value in written.items():
        if isinstance(value, dict) and name != "parameters":
            assert value.items() <= {**shown[name], **_with(value, shown[name])}.items(), name
        elif name == "parameters":
            assert list(shown[name]) == list(value), "in the order in which they are drawn"
        elif name != "hints":
            assert shown[name] == value, name
    async with eduflow.sql("assessment") as sql:
        choices = await sql.fetchval(
            "SELECT count(*) FROM question_choices WHERE question_version_id = $1",
            read["current"]["id"],
        )
    assert choices == {"choice": 3, "order": 4, "match": 4, "gap_fill": 2, "hot_text": 2}.get(
        kind, 0
    )


def _with(written: dict[str, object], shown: dict[str, object]) -> dict[str, object]:
    """The members that come back with more in them than was said."""
    return {k: v for k, v in written.items() if k in shown and isinstance(v, dict | list)}


async def test_a_new_version_leaves_the_old_one_as_it_was(eduflow: Eduflow, school: School) -> None:
    exam = await an_exam(eduflow, school)
    made = await a_question(exam, a_choice(tags=["Food"]))
    path = f"/questions/{made['id']}"
    again = a_choice(3, body="<p>Which one grows?</p>")
    second = await exam.teacher.post(f"{path}/versions", again, If_Match='"v1"')
    assert (second["current"]["number"], second["version"]) == (2, 2)
    assert await exam.teacher.refused("POST", f"{path}/versions", again, If_Match='"v1"') == (
        412,
        "kernel.precondition-failed",
    )
    versions = (await exam.teacher.get(f"{path}/versions"))["items"]
    assert [v["number"] for v in versions] == [2, 1]
    assert versions[1]["item"]["body"] == "<p>Which is a fruit?</p>"
    assert versions[0]["sha256"] != versions[1]["sha256"]
    assert versions[0]["key_sha256"] == versions[1]["key_sha256"]
    other = {**an_essay(), "rubric": None}
    del other["rubric"]
    assert await exam.teacher.refused("POST", f"{path}/versions", other, If_Match='"v2"') == (
        422,
        "assessment.item-unfit",
    )


async def test_questions_are_found_by_type_tag_and_words(eduflow: Eduflow, school: School) -> None:
    exam = await an_exam(eduflow, school)
    fruit = await a_question(exam, a_choice(tags=[" Food ", "FOOD", "week 1"]))
    essay = await a_question(exam, an_essay(tags=["Week 1"]))
    path = f"/banks/{exam.bank}/questions"

    async def found(query: str) -> list[str]:
        return [q["id"] for q in (await exam.teacher.get(f"{path}?{query}"))["items"]]

    assert await found("") == [fruit["id"], essay["id"]]
    assert await found("type=essay") == [essay["id"]]
    assert await found("tag=food") == [fruit["id"]]
    assert await found("tag=Week%201&q=SKY") == [essay["id"]]
    assert await found("q=100%25") == []
    first = await exam.teacher.get(f"{path}?limit=1")
    assert await found(f"limit=1&cursor={first['next_cursor']}") == [essay["id"]]
    tagged = await put(
        exam.teacher, f"/questions/{fruit['id']}/tags", {"tags": ["Plants", "food"]}, version=1
    )
    assert tagged["tags"] == ["food", "plants"]
    assert await found("tag=week%201") == [essay["id"]]
    retired = await exam.teacher.patch(f"/questions/{fruit['id']}", {"state": "retired"}, version=2)
    assert retired["state"] == "retired"
    assert await found("") == [essay["id"]]
    assert await found("state=retired") == [fruit["id"]]


async def test_a_corrected_key_is_a_further_number_unless_it_breaks_a_test(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    path = f"/questions/{(await a_question(exam, a_choice()))['id']}"
    test = await exam.teacher.post(
        f"{path}/tests", {"answer": ["a"], "expected_fraction": 1, "note": "Apples are"}
    )
    wrong = {"answer": ["b"], "expected_fraction": 1}
    assert await exam.teacher.refused("POST", f"{path}/tests", wrong) == (
        422,
        "assessment.expected-otherwise",
    )
    both = {"type": "choice", "correct": ["a"], "weights": {"a": "1", "b": "0.5"}}
    more = await exam.teacher.post(f"{path}/keys", {"key": both, "reason": "Bricks are baked"})
    assert (more["number"], more["given_up"]) == (2, [])
    turned = {"key": {"type": "choice", "correct": ["b"]}, "reason": "Misread"}
    answer = await exam.teacher.send("POST", f"{path}/keys", turned)
    assert (answer.status_code, answer.json()["tests"][0]["id"]) == (422, test["id"])
    assert answer.json()["tests"][0]["given"] == 0
    given_up = await exam.teacher.post(f"{path}/keys", {**turned, "give_up": [test["id"]]})
    assert (given_up["number"], given_up["given_up"]) == (3, [test["id"]])
    assert (await exam.teacher.get(f"{path}/tests"))["items"] == []
    now = (await exam.teacher.get(path))["current"]
    assert (now["key_number"], now["item"]["key"]["correct"], now["key_reason"]) == (
        3,
        ["b"],
        "Misread",
    )
    unknown = {"key": {"type": "choice", "correct": ["z"]}, "reason": "Typing error"}
    assert await exam.teacher.refused("POST", f"{path}/keys", unknown) == (
        422,
        "assessment.item-unfit",
    )


async def test_what_is_no_answer_is_no_test_of_a_question(eduflow: Eduflow, school: School) -> None:
    exam = await an_exam(eduflow, school)
    question = await a_question(exam, a_choice())
    path = f"/questions/{question['id']}/tests"
    for answer, where in (("a", "/answer"), (["a\0"], "/answer/0"), ({"a": "b"}, "/answer")):
        refused = await exam.teacher.send("POST", path, {"answer": answer, "expected_fraction": 0})
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == where
    assert (await exam.teacher.get(path))["items"] == []
    silent = {"answer": None, "expected_fraction": 0}
    assert (await exam.teacher.send("POST", path, silent)).status_code == 201


async def test_a_preview_draws_a_variant_and_judges_an_answer(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    path = f"/questions/{(await a_question(exam, one_of_each()['numeric']))['id']}/preview"
    drawn = await exam.teacher.post(path, {"seed": "7"})
    assert drawn["values"]["b"] in {"3", "5"}
    assert drawn["body"] == f"<p>{drawn['values']['a']} times?</p>"
    right = f"{int(drawn['values']['a']) * 7919} m"
    judged = await exam.teacher.post(path, {"seed": "7", "answer": right})
    assert (judged["fraction"], judged["correct"]) == (1, True)
    assert (await exam.teacher.post(path, {"seed": "7", "answer": "1 m"}))["fraction"] == 0
    assert (await exam.teacher.refused("POST", path, {"answer": ["a"]}))[0] == 422


async def test_a_rubric_has_versions_and_one_question(eduflow: Eduflow, school: School) -> None:
    exam = await an_exam(eduflow, school)
    path = f"/questions/{(await a_question(exam, a_choice()))['id']}/rubric"
    assert (await exam.teacher.refused("GET", path))[0] == 404
    made = await exam.teacher.post(path, RUBRIC)
    assert [c["grader_note"] for c in made["current"]["criteria"]] == ["Be kind", ""]
    assert await exam.teacher.refused("POST", path, RUBRIC) == (409, "assessment.has-rubric")
    unfit = {"criteria": [{**RUBRIC["criteria"][0], "levels": [{"points": 1, "title": "L"}]}]}
    assert await exam.teacher.refused("POST", f"{path}/versions", unfit, If_Match='"v1"') == (
        422,
        "assessment.rubric-unfit",
    )
    criteria = {"criteria": RUBRIC["criteria"][:1]}
    second = await exam.teacher.post(f"{path}/versions", criteria, If_Match='"v1"')
    assert (second["current"]["number"], len(second["current"]["criteria"])) == (2, 1)
    assert (await exam.teacher.get(path)) == second
    assert second["current"]["sha256"] != made["current"]["sha256"]


async def test_texts_are_made_safe_on_their_way_in(eduflow: Eduflow, school: School) -> None:
    exam = await an_exam(eduflow, school)
    evil = "<b onclick='x()'>B</b><script>alert(1)</script><img src=x onerror=y()>"
    item = a_choice(body=evil, feedback=evil, solution=evil, hints=[{"text": evil}])
    item["interaction"]["choices"][0]["text"] = evil
    item["key"]["feedback"] = {"b": evil}
    made = await a_question(exam, item)
    whole = str(made)
    assert "<b>B</b>" in made["current"]["item"]["body"]
    for trace in ("script", "onclick", "onerror", "alert"):
        assert trace not in whole
    stimulus = await exam.teacher.post(f"/banks/{exam.bank}/stimuli", {"title": "S", "body": evil})
    assert "onclick" not in stimulus["body"]


async def test_a_passage_is_kept_while_a_question_refers_to_it(
    eduflow: Eduflow, school: School
) -> None:
    exam = await an_exam(eduflow, school)
    made = await exam.teacher.post(f"/banks/{exam.bank}/stimuli", {"title": "S", "body": "Text"})
    path = f"/stimuli/{made['id']}"
    question = await a_question(exam, a_choice(stimulus_id=made["id"]))
    assert await exam.teacher.refused("DELETE", path) == (409, "assessment.stimulus-in-use")
    changed = await exam.teacher.patch(path, {"title": "New"}, version=1)
    assert (changed["title"], changed["body"], changed["version"]) == ("New", "Text", 2)
    await exam.teacher.patch(f"/questions/{question['id']}", {"stimulus_id": None}, version=1)
    assert (await exam.teacher.send("DELETE", path)).status_code == 204
    assert (await exam.teacher.refused("GET", path))[0] == 404
