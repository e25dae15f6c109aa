"""Reviews by peers: given out fairly, written by one, read by the other, and never a grade."""

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import a_person, a_seat
from tests.services.api_core.given_grading import an_assignment, gradebook_row, handed_in
from tests.services.api_core.given_peers import (
    a_peer_class,
    allocated,
    own_reviews,
    reviewed_by_peers,
)
from tests.services.api_core.given_teams import teams_of_two

IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


async def test_everybody_reviews_and_is_reviewed_and_who_comes_late_is_added(
    eduflow: Eduflow, school: School
) -> None:
    given, essay, works = await a_peer_class(eduflow, school, students=4, reviews=2)
    made = await allocated(given, essay)
    assert (made["added"], made["total"], made["fewest"], made["most"]) == (8, 8, 2, 2)
    assert (made["short"], made["unreviewed"]) == ([], [])
    path = f"/assignments/{essay['id']}/peer-reviews"
    lines = (await given.teacher.get(path))["items"]
    authors = {str(s.user): w["id"] for s, w in zip(given.students, works, strict=True)}
    assert all(authors[line["reviewer_id"]] != line["submission_id"] for line in lines)
    assert Counter(line["reviewer_id"] for line in lines) == dict.fromkeys(authors, 2)
    assert {line["author_name"] for line in lines} == {f"Lin L{n}" for n in range(4)}
    assert (await allocated(given, essay))["added"] == 0
    late = await a_person(eduflow, school, "Lou Late")
    await a_seat(school, given.course, late)
    work = await handed_in(given, essay, late)
    more = await allocated(given, essay)
    assert (more["added"], more["fewest"]) == (4, 2)
    after = (await given.teacher.get(path))["items"]
    assert [line for line in after if line["id"] in {one["id"] for one in lines}] == lines
    assert sum(line["submission_id"] == work["id"] for line in after) == 2
    told = await eduflow.events(school.institution)
    assert told.count("api_core.peer_review_allocated") == 12


async def test_two_who_allocate_at_one_moment_allocate_once(
    eduflow: Eduflow, school: School
) -> None:
    given, essay, _ = await a_peer_class(eduflow, school, students=4, reviews=2)
    path = f"/assignments/{essay['id']}/peer-reviews/allocate"
    answers = await asyncio.gather(
        *(given.teacher.send("POST", path, {"seed": seed}) for seed in (1, 2))
    )
    assert [a.status_code for a in answers] == [200, 200]
    assert sorted(a.json()["added"] for a in answers) == [0, 8]
    lines = (await given.teacher.get(f"/assignments/{essay['id']}/peer-reviews"))["items"]
    assert len(lines) == 8


async def test_the_reviewer_of_an_anonymous_work_learns_neither_name_nor_id(
    eduflow: Eduflow, school: School
) -> None:
    given, essay, works = await a_peer_class(eduflow, school, rubric=True)
    await allocated(given, essay)
    for student, own in zip(given.students, works, strict=True):
        (review,) = await own_reviews(student)
        assert (review["author_id"], review["author_name"]) == (None, None)
        listed = (await student.send("GET", "/users/me/peer-reviews")).text
        opened = (await student.send("GET", f"/peer-reviews/{review['id']}")).text
        hidden = {str(s.user) for s in given.students} | {w["id"] for w in works}
        assert not hidden & set(IDS.findall(listed + opened))
        assert "Lin L" not in listed + opened
        seen = await student.get(f"/peer-reviews/{review['id']}")
        assert seen["work"]["body"].startswith("Work ")
        assert seen["work"]["sha256"] != own["sha256"]
        assert [c["grader_note"] for c in seen["rubric"]["criteria"]] == [None, None]
        others = [s for s in given.students if s is not student]
        for other in others:
            assert (await other.refused("GET", f"/peer-reviews/{review['id']}"))[0] == 403
    seen = await given.teacher.get(f"/peer-reviews/{review['id']}")
    assert seen["author_name"].startswith("Lin L")


async def test_where_it_is_not_anonymous_both_are_named(eduflow: Eduflow, school: School) -> None:
    given, essay, works = await a_peer_class(eduflow, school, students=2, anonymous=False)
    await allocated(given, essay)
    first, second = given.students
    (review,) = await own_reviews(first)
    assert (review["author_id"], review["author_name"]) == (str(second.user), "Lin L1")
    await finished(first, review, "Fine")
    second.position = first.position
    (read,) = (await second.get(f"/submissions/{works[1]['id']}/peer-reviews"))["items"]
    assert (read["reviewer_id"], read["comment"]) == (str(first.user), "Fine")


async def finished(student: Person, review: Any, comment: str) -> Any:
    """A word on the whole, and done."""
    path = f"/peer-reviews/{review['id']}"
    seen = await student.get(path)
    written = await student.patch(path, {"comment": comment}, version=seen["version"])
    assert written["comment"] == comment
    return await student.post(f"{path}/finish", {"attempt": seen["work"]["attempt"]})


async def test_a_review_is_saved_by_criterion_and_read_by_the_author_when_it_is_finished(
    eduflow: Eduflow, school: School
) -> None:
    given, essay, works = await a_peer_class(eduflow, school, students=2, rubric=True)
    await allocated(given, essay)
    first, second = given.students
    (review,) = await own_reviews(first)
    path = f"/peer-reviews/{review['id']}"
    argument, form = (await first.get(path))["rubric"]["criteria"]
    good = {"rating_id": argument["ratings"][0]["id"], "comment": "Clear"}
    answers = await asyncio.gather(
        first.send("PUT", f"{path}/rubric/{argument['id']}", good, If_Match='"v0"'),
        first.send("PUT", f"{path}/rubric/{argument['id']}", {"points": 1}, If_Match='"v0"'),
        first.send("PUT", f"{path}/rubric/{form['id']}", {"points": 2}, If_Match='"v0"'),
    )
    assert answers[2].status_code == 200
    assert sorted(a.status_code for a in answers[:2]) == [200, 412]
    kept = next(a.json() for a in answers[:2] if a.status_code == 200)
    lost = next(a.json() for a in answers[:2] if a.status_code == 412)
    assert (lost["yours"], lost["current"]) == ('"v0"', '"v1"')
    assert float(lost["theirs"]["points"]) == kept["points"] != lost["refused"]["points"]
    changed = await first.send("PUT", f"{path}/rubric/{argument['id']}", good, If_Match='"v1"')
    assert (changed.json()["version"], changed.json()["review_version"]) == (2, 4)
    stale = await first.send("PATCH", path, {"comment": "Old"}, If_Match='"v1"')
    assert stale.status_code == 412
    assert (stale.json()["theirs"], stale.json()["refused"]) == (
        {"comment": ""},
        {"comment": "Old"},
    )
    theirs = f"/submissions/{works[1]['id']}/peer-reviews"
    second.position = first.position
    assert (await second.get(theirs))["items"] == []
    done = await finished(first, review, "On the whole")
    assert (done["state"], done["attempt"]) == ("finished", 1)
    second.position = given.teacher.position = first.position
    (read,) = (await second.get(theirs))["items"]
    assert (read["reviewer_id"], read["reviewer_name"]) == (None, None)
    assert {m["criterion_id"]: m["points"] for m in read["marks"]} == {
        argument["id"]: 6,
        form["id"]: 2,
    }
    assert str(first.user) not in (await second.send("GET", theirs)).text
    (line,) = (await given.teacher.get(theirs))["items"]
    assert (line["reviewer_name"], line["state"]) == ("Lin L0", "finished")
    listed = f"/assignments/{essay['id']}/peer-reviews?state=finished"
    assert [r["marked"] for r in (await given.teacher.get(listed))["items"]] == [2]
    row = await gradebook_row(given, second)
    assert [(c["score"], c["state"]) for c in row["cells"]] == [(None, "submitted")]
    assert "api_core.grade_given" not in await eduflow.events(school.institution)


async def test_what_a_review_may_not_be(eduflow: Eduflow, school: School) -> None:
    given, essay, _ = await a_peer_class(eduflow, school, students=2, rubric=True)
    await allocated(given, essay)
    first, second = given.students
    (review,) = await own_reviews(first)
    path = f"/peer-reviews/{review['id']}"
    argument, form = (await first.get(path))["rubric"]["criteria"]
    mark = f"{path}/rubric/{argument['id']}"
    finish = f"{path}/finish"
    tries: list[tuple[str, str, Any, str]] = [
        ("POST", finish, {"attempt": 1}, "api_core.criteria-unmarked"),
        ("PUT", mark, {"points": 7}, "api_core.not-of-this-rubric"),
        ("PUT", mark, {}, "api_core.not-of-this-rubric"),
        ("PUT", f"{path}/rubric/{uuid4()}", {"points": 1}, "api_core.not-of-this-rubric"),
        ("PUT", mark, {"points": 1, "comment": 1}, "kernel.invalid"),
    ]
    for method, where, body, code in tries:
        assert (await first.refused(method, where, body, If_Match='"v0"'))[1] == code
    missing = await first.refused("PUT", mark, {"points": 1})
    assert missing == (428, "kernel.precondition-required")
    writes: list[tuple[str, str, Any]] = [
        ("PUT", mark, {"points": 1}),
        ("PATCH", path, {"comment": "x"}),
        ("POST", finish, {"attempt": 2}),
    ]
    for someone in (second, given.teacher):
        for method, where, body in writes:
            assert (await someone.refused(method, where, body, If_Match='"v0"'))[0] == 403
    for criterion in (argument, form):
        where = f"{path}/rubric/{criterion['id']}"
        assert (await first.send("PUT", where, {"points": 1}, If_Match='"v0"')).status_code == 200
    second.position = first.position
    given.teacher.position = first.position
    await handed_in(given, essay, second, "Anew")
    first.position = given.teacher.position
    unseen = await first.send("POST", finish, {"attempt": 1})
    assert (unseen.status_code, unseen.json()["theirs"]) == (412, {"attempt": 2})
    assert (await first.post(finish, {"attempt": 2}))["state"] == "finished"
    for method, where, body in writes:
        refusal = await first.refused(method, where, body, If_Match='"v1"')
        assert refusal == (409, "api_core.peer-review-final")
    other = await given.teacher.post(
        "/rubrics",
        {
            "course_id": given.course.id,
            "title": "Other",
            "criteria": [{"description": "All", "points": 1}],
        },
    )
    body = {"rubric_version_id": other["versions"][0]["id"]}
    in_use = await given.teacher.refused(
        "PATCH", f"/assignments/{essay['id']}", body, If_Match='"v1"'
    )
    assert in_use == (409, "api_core.rubric-in-use")


async def test_rules_keep_two_apart_or_bring_them_together(
    eduflow: Eduflow, school: School
) -> None:
    given, essay, works = await a_peer_class(eduflow, school, students=3)
    a, b, c = (str(s.user) for s in given.students)
    path = f"/assignments/{essay['id']}/peer-review-rules"
    for reviewer, author, kind in ((a, b, "must_not"), (b, c, "must_not"), (b, c, "must")):
        body = {"reviewer_id": reviewer, "author_id": author, "kind": kind}
        assert (await given.teacher.send("PUT", path, body)).status_code == 200
    rules = (await given.teacher.get(path))["items"]
    assert [(r["reviewer_id"], r["author_id"], r["kind"]) for r in rules] == [
        (a, b, "must_not"),
        (b, c, "must"),
    ]
    made = await allocated(given, essay)
    assert (made["added"], made["fewest"]) == (3, 1) if made["most"] == 1 else (3, 0)
    lines = (await given.teacher.get(f"/assignments/{essay['id']}/peer-reviews"))["items"]
    pairs = {(line["reviewer_id"], line["submission_id"]) for line in lines}
    assert (b, works[2]["id"]) in pairs
    assert (a, works[1]["id"]) not in pairs
    gone = f"{path}?reviewer_id={a}&author_id={b}"
    assert (await given.teacher.send("DELETE", gone)).status_code == 204
    assert await given.teacher.refused("DELETE", gone) == (404, "api_core.no-such-peer-rule")
    for body, code in (
        ({"reviewer_id": a, "author_id": a}, "api_core.peer-rule-contradicts"),
        ({"reviewer_id": a, "author_id": str(given.teacher.user)}, "api_core.no-such-student"),
    ):
        refusal = await given.teacher.refused("PUT", path, {**body, "kind": "must"})
        assert refusal == (422, code)


async def test_work_is_given_out_by_hand_and_taken_back(eduflow: Eduflow, school: School) -> None:
    given, essay, works = await a_peer_class(eduflow, school, students=2)
    first, second = given.students
    path = f"/assignments/{essay['id']}/peer-reviews"
    body = {"submission_id": works[1]["id"], "reviewer_id": str(first.user)}
    made = await given.teacher.post(path, body)
    assert (made["by_hand"], made["state"]) == (True, "allocated")
    other = await an_assignment(given)
    elsewhere = await handed_in(given, other, second)
    for wrong, status, code in (
        (body, 409, "api_core.already-allocated"),
        ({**body, "submission_id": works[0]["id"]}, 422, "api_core.not-reviewable"),
        ({**body, "submission_id": elsewhere["id"]}, 422, "api_core.not-reviewable"),
        ({**body, "submission_id": str(uuid4())}, 422, "api_core.not-reviewable"),
        ({**body, "reviewer_id": str(given.teacher.user)}, 422, "api_core.no-such-student"),
    ):
        assert await given.teacher.refused("POST", path, wrong) == (status, code)
    without = f"/assignments/{other['id']}"
    for method, where, sent in (
        ("POST", f"{without}/peer-reviews", {**body, "submission_id": elsewhere["id"]}),
        ("POST", f"{without}/peer-reviews/allocate", {}),
        (
            *("PUT", f"{without}/peer-review-rules"),
            {"reviewer_id": body["reviewer_id"], "author_id": str(second.user), "kind": "must"},
        ),
    ):
        refusal = await given.teacher.refused(method, where, sent)
        assert refusal == (409, "api_core.no-peer-reviews")
    assert (await given.teacher.refused("GET", f"{without}/peer-review"))[0] == 404
    first.position = given.teacher.position
    await finished(first, made, "Hm")
    given.teacher.position = first.position
    review = f"/peer-reviews/{made['id']}"
    assert (await given.teacher.send("DELETE", review)).status_code == 204
    assert await given.teacher.refused("DELETE", review) == (409, "api_core.peer-review-final")
    first.position = second.position = given.teacher.position
    assert await own_reviews(first) == []
    assert (await first.refused("GET", review))[0] == 403
    assert (await second.get(f"/submissions/{works[1]['id']}/peer-reviews"))["items"] == []
    assert (await allocated(given, essay))["short"] == [str(first.user)]
    again = await given.teacher.post(path, body)
    assert (again["id"], again["state"]) == (made["id"], "allocated")
    first.position = given.teacher.position
    assert (await first.get(review))["comment"] == "Hm"


async def test_how_it_is_reviewed_is_changed_on_a_version_and_nobody_is_unmasked(
    eduflow: Eduflow, school: School
) -> None:
    due = datetime.now(UTC) - timedelta(hours=1)
    given, essay, _ = await a_peer_class(eduflow, school, students=2, due_at=str(due))
    path = f"/assignments/{essay['id']}/peer-review"
    assert (await given.students[0].get(path))["anonymous"] is True
    body = {"reviews": 2, "anonymous": True}
    stale = await given.teacher.refused("PUT", path, body, If_Match='"v0"')
    assert stale == (412, "kernel.precondition-failed")
    rubric = {**body, "use_rubric": True}
    refusal = await given.teacher.refused("PUT", path, rubric, If_Match='"v1"')
    assert refusal == (409, "api_core.no-rubric")
    await allocated(given, essay)
    lines = await own_reviews(given.students[0])
    assert [line["overdue"] for line in lines] == [True]
    named = {"reviews": 1, "anonymous": False}
    refusal = await given.teacher.refused("PUT", path, named, If_Match='"v1"')
    assert refusal == (409, "api_core.peer-reviews-begun")
    changed = await given.teacher.send("PUT", path, body, If_Match='"v1"')
    assert (changed.json()["version"], changed.json()["due_at"]) == (2, None)
    student = given.students[0]
    nothing = f"/peer-reviews/{lines[0]['id']}/finish"
    refusal = await student.refused("POST", nothing, {"attempt": 1})
    assert refusal == (422, "api_core.peer-review-says-nothing")
    for method, where, sent in (
        ("PUT", path, body),
        ("POST", f"/assignments/{essay['id']}/peer-reviews/allocate", {}),
        ("GET", f"/assignments/{essay['id']}/peer-reviews", None),
        ("GET", f"/assignments/{essay['id']}/peer-review-rules", None),
        ("DELETE", f"/peer-reviews/{lines[0]['id']}", None),
    ):
        assert (await student.refused(method, where, sent, If_Match='"v1"'))[0] == 403


async def test_nobody_reviews_their_team_and_every_member_reads_what_was_said(
    eduflow: Eduflow, school: School
) -> None:
    given, team_set, teams = await teams_of_two(eduflow, school, teams=3)
    essay = await an_assignment(given, team_set_id=team_set["id"])
    works = [await handed_in(given, essay, student) for student in given.students[::2]]
    await reviewed_by_peers(given, essay)
    made = await allocated(given, essay)
    assert (made["added"], made["fewest"], made["most"]) == (6, 2, 2)
    lines = (await given.teacher.get(f"/assignments/{essay['id']}/peer-reviews"))["items"]
    own = {str(student.user): works[n // 2]["id"] for n, student in enumerate(given.students)}
    assert all(own[line["reviewer_id"]] != line["submission_id"] for line in lines)
    assert {line["author_name"] for line in lines} == {team["name"] for team in teams}
    reviewer = given.students[0]
    (review,) = await own_reviews(reviewer)
    opened = (await reviewer.send("GET", f"/peer-reviews/{review['id']}")).text
    assert "Team" not in opened
    assert not {str(s.user) for s in given.students} & set(IDS.findall(opened))
    await finished(reviewer, review, "Good")
    line = next(line for line in lines if line["id"] == review["id"])
    readers = [s for s in given.students if own[str(s.user)] == line["submission_id"]]
    for member in readers:
        member.position = reviewer.position
        read = await member.get(f"/submissions/{line['submission_id']}/peer-reviews")
        assert [r["comment"] for r in read["items"]] == ["Good"]
    single = await an_assignment(given, title="Alone")
    mine = [await handed_in(given, single, student) for student in given.students[:4]]
    await reviewed_by_peers(given, single, reviews=3)
    made = await allocated(given, single)
    assert (made["added"], len(made["short"])) == (8, 4)
    pairs = (await given.teacher.get(f"/assignments/{single['id']}/peer-reviews"))["items"]
    whose = {work["id"]: n for n, work in enumerate(mine)}
    who = {str(student.user): n for n, student in enumerate(given.students)}
    assert all(who[p["reviewer_id"]] // 2 != whose[p["submission_id"]] // 2 for p in pairs)
