"""Teams and peers: taken along without the other's name, and blanked without the others' work."""

from typing import Any

from tests.harness.platform import Eduflow, Person, School
from tests.services.api_core.given import a_person, a_seat
from tests.services.api_core.given_grading import GivenClass, a_class, an_assignment, handed_in
from tests.services.api_core.given_peers import allocated, own_reviews, reviewed_by_peers
from tests.services.api_core.given_teams import a_team, a_team_set, placed
from tests.services.api_core.privacy.test_erasure import erased, tables_that_tell
from tests.services.api_core.privacy.test_take_along import archive_of, rows


async def a_team_with_zita(
    eduflow: Eduflow, school: School, *, surname: str
) -> tuple[GivenClass, list[Person], Any, dict[str, Any]]:
    """Two teams that have handed in and reviewed each other; every text tells who wrote it."""
    given = await a_class(eduflow, school, students=3)
    zita = await a_person(eduflow, school, f"Zita {surname}")
    await a_seat(school, given.course, zita)
    given.teacher.position = school.admin.position
    given.students.append(zita)
    mate, otto, other, _ = given.students
    team_set = await a_team_set(given)
    red = await a_team(given, team_set, name=f"Zitas {surname.upper()}S & {surname}'s")
    blue = await a_team(given, team_set, otto, other, name="Blue")
    for person, role in ((mate, "writer"), (zita, "zita leads")):
        await placed(given, red, person, role=role)
    essay = await an_assignment(given, team_set_id=team_set["id"])
    work = await handed_in(given, essay, zita, "Ours, by Zita")
    theirs = await handed_in(given, essay, otto, "Theirs")
    zita.position = given.teacher.position
    await zita.post(f"/submissions/{work['id']}/comments", {"body": "Zita says"})
    given.teacher.position = zita.position
    await given.teacher.post(
        f"/submissions/{work['id']}/grades",
        {"version": 1, "score": 8, "reason": "Zita asked", "comment": "To both"},
    )
    await reviewed_by_peers(given, essay)
    await allocated(given, essay)
    for student in given.students:
        (review,) = await own_reviews(student)
        path = f"/peer-reviews/{review['id']}"
        said = "Zita thinks" if student is zita else f"{student.user} thinks"
        await student.patch(path, {"comment": said}, version=1)
        await student.post(f"{path}/finish", {"attempt": 1})
        given.teacher.position = student.position
    for student in given.students:
        student.position = given.teacher.position
    return given, [mate, otto, other, zita], red, {"work": work, "theirs": theirs, "blue": blue}


async def test_teams_their_work_and_reviews_are_taken_along_without_the_other(
    eduflow: Eduflow, school: School
) -> None:
    _, people, red, known = await a_team_with_zita(eduflow, school, surname="Zimmermann")
    mate, otto, other, zita = people
    archive = await archive_of(mate)
    (team,) = rows(archive, "teams")
    assert (team["team_id"], team["role"], team["left_at"]) == (red["id"], "writer", None)
    (work,) = rows(archive, "submissions")
    assert (work["id"], work["body"]) == (known["work"]["id"], "Ours, by Zita")
    assert {row["body"] for row in rows(archive, "comments")} == {"Zita says", "To both"}
    reviews = rows(archive, "peer-reviews")
    assert sorted(row["own"] for row in reviews) == [False, False, True]
    received = {row["comment"] for row in reviews if not row["own"]}
    assert received == {f"{otto.user} thinks", f"{other.user} thinks"}
    for row in reviews:
        text = str({name: value for name, value in row.items() if name != "comment"})
        assert not any(str(person.user) in text for person in (otto, other, zita))


async def test_the_erased_are_blanked_in_teams_and_reviews_and_the_others_keep_theirs(
    eduflow: Eduflow, school: School
) -> None:
    given, people, red, known = await a_team_with_zita(eduflow, school, surname="Zwetkowa")
    mate, otto, _, zita = people
    counts = (await erased(school, zita))["erasure"]["counts"]
    assert counts["team_names"] == counts["peer_comments"] == counts["team_comments"] == 1
    assert counts["team_works"] == 0
    given.teacher.position = school.admin.position
    team = await given.teacher.get(f"/teams/{red['id']}")
    assert team["name"] == f"(erased) (erased) & (erased)'s {red['id'].replace('-', '')[-6:]}"
    assert {m["role"] for m in team["members"]} == {"writer", "(erased)"}
    seen = await given.teacher.get(f"/submissions/{known['work']['id']}")
    assert seen["versions"][0]["body"] == "Ours, by Zita"
    assert {c["body"] for c in seen["comments"]} == {"(erased)", "To both"}
    assert sorted(g["reason"] for g in seen["grades"]) == ["(erased)", "Zita asked"]
    path = f"/submissions/{known['theirs']['id']}/peer-reviews"
    reviews = (await given.teacher.get(path))["items"]
    assert {r["comment"] for r in reviews} == {"(erased)", f"{mate.user} thinks"}
    own = (await given.teacher.get(f"/submissions/{known['work']['id']}/peer-reviews"))["items"]
    assert all(r["comment"].endswith("thinks") for r in own)
    otto.position = school.admin.position
    assert (await otto.get(f"/teams/{known['blue']['id']}"))["name"] == "Blue"
    assert await tables_that_tell(eduflow, "Zwetkowa") == set()
    counts = (await erased(school, mate))["erasure"]["counts"]
    assert (counts["team_works"], counts["team_comments"]) == (1, 2)
    given.teacher.position = school.admin.position
    seen = await given.teacher.get(f"/submissions/{known['work']['id']}")
    assert [v["body"] for v in seen["versions"]] == [""]
    assert {c["body"] for c in seen["comments"]} == {"(erased)"}
    own = (await given.teacher.get(f"/submissions/{known['work']['id']}/peer-reviews"))["items"]
    assert {r["comment"] for r in own} == {"(erased)"}
