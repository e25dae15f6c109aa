"""Blank what somebody was to a team, what they said as a peer, and what peers said of them."""

from uuid import UUID

import msgspec

from eduflow.kernel.commands import Command, UnitOfWork
from eduflow.services.api_core.commands.erase_texts import BLANK
from eduflow.services.api_core.commands.erase_user import NOBODY
from eduflow.services.api_core.commands.erasure_steps import step_done, step_due
from eduflow.services.api_core.model.unnamed import unnamed


class EraseTeams(Command[None], frozen=True, kw_only=True):
    """The work of a team is also the others', and goes with the last of them."""

    erasure: UUID


class _Team(msgspec.Struct):
    id: UUID
    name: str


class _Found(msgspec.Struct):
    teams: list[_Team]
    names: list[str]
    roles: int
    team_works: int
    team_comments: int
    team_marks: int
    peer_comments: int
    peer_marks: int


# Works that nobody is left of: their own are blanked by another step.
_LEFT = (
    "(SELECT s.id FROM submissions AS s JOIN team_members AS m ON m.team_id = s.team_id"
    " WHERE m.user_id = $1 AND is_erased_work(s.id))"
)
_TEAM_COMMENTS = (
    f"(submission_id IN {_LEFT} OR (author_id = $1 AND submission_id IN"
    " (SELECT id FROM submissions WHERE team_id IS NOT NULL)))"
)
_REVIEWS = (
    "(SELECT r.id FROM peer_review_allocations AS r JOIN submissions AS s"
    f" ON s.id = r.submission_id WHERE r.reviewer_id = $1 OR s.user_id = $1 OR s.id IN {_LEFT})"
)
# By every name they ever had: the account itself has none any more.
_LOOK = (
    "SELECT coalesce((SELECT json_agg(json_build_object('id', t.id, 'name', t.name))"
    " FROM team_members AS m JOIN teams AS t ON t.id = m.team_id WHERE m.user_id = $1), '[]')"
    " AS teams, coalesce((SELECT json_agg(DISTINCT n.name) FROM outbox_events"
    " AS e CROSS JOIN LATERAL (VALUES (e.payload->>'display_name'),"
    " (e.payload->>'sortable_name')) AS n(name) WHERE e.aggregate_id = $1"
    " AND e.type LIKE 'person.%' AND n.name <> '' AND n.name <> $2), '[]') AS names,"
    " (SELECT count(*) FROM team_members WHERE user_id = $1) AS roles,"
    f" (SELECT count(*) FROM submission_versions WHERE submission_id IN {_LEFT}) AS team_works,"
    f" (SELECT count(*) FROM submission_comments WHERE {_TEAM_COMMENTS}) AS team_comments,"
    f" (SELECT count(*) FROM rubric_assessments WHERE submission_id IN {_LEFT}"
    " AND comment <> '') AS team_marks,"
    f" (SELECT count(*) FROM peer_review_allocations WHERE id IN {_REVIEWS}"
    " AND comment <> '') AS peer_comments,"
    f" (SELECT count(*) FROM peer_review_marks WHERE allocation_id IN {_REVIEWS}"
    " AND comment <> '') AS peer_marks"
)
_NAME = "UPDATE teams SET name = $2, version = version + 1 WHERE id = $1 AND {allowed}"
_ROLES = "UPDATE team_members SET role = $2 WHERE user_id = $1 AND {allowed}"
_WORKS = (
    "UPDATE submission_versions SET body = '', file_refs = '{}',"
    """ sha256 = sha256('{"body":"","files":[]}')"""
    f" WHERE submission_id IN {_LEFT} AND {{allowed}}"
)
_COMMENTS = f"UPDATE submission_comments SET body = $2 WHERE {_TEAM_COMMENTS} AND {{allowed}}"
_MARKS = (
    f"UPDATE rubric_assessments SET comment = '' WHERE submission_id IN {_LEFT}"
    " AND comment <> '' AND {allowed}"
)
_PEERS = (
    f"UPDATE peer_review_allocations SET comment = $2, version = version + 1 WHERE id IN {_REVIEWS}"
    " AND comment <> '' AND {allowed}"
)
_PEER_MARKS = (
    "UPDATE peer_review_marks SET comment = '', version = version + 1"
    f" WHERE allocation_id IN {_REVIEWS} AND comment <> '' AND {{allowed}}"
)
# What others were answered, kept for the day that they may ask again.
_ANSWERS = (
    "DELETE FROM idempotency_keys WHERE (answer->>'id' = ANY($2::text[])"
    f" OR answer->>'id' IN (SELECT id::text FROM peer_review_allocations WHERE id IN {_REVIEWS})"
    " OR answer->>'review_id' IN (SELECT id::text FROM peer_review_allocations"
    f" WHERE id IN {_REVIEWS})) AND {{allowed}}"
)


async def erase_teams(command: EraseTeams, work: UnitOfWork) -> None:
    erasure = await step_due(work, command.erasure, "teams")
    if erasure is None:
        return
    user = erasure.user_id
    (found,) = await work.look(_LOOK, user, NOBODY, into=_Found)
    called = [team for team in found.teams if _without(team, found.names) != team.name]
    for team in called:
        # With a piece of its id, for no other team of the set may be called the same.
        work.write(_NAME, team.id, f"{_without(team, found.names)} {team.id.hex[-6:]}")
    work.write(_ROLES, user, BLANK, changes=found.roles)
    work.write(_WORKS, user, changes=found.team_works)
    work.write(_COMMENTS, user, BLANK, changes=found.team_comments)
    work.write(_MARKS, user, changes=found.team_marks)
    work.write(_PEERS, user, BLANK, changes=found.peer_comments)
    work.write(_PEER_MARKS, user, changes=found.peer_marks)
    work.write(_ANSWERS, user, [str(team.id) for team in called], changes=None)
    counts = {
        "team_names": len(called),
        "team_roles": found.roles,
        "team_works": found.team_works,
        "team_comments": found.team_comments,
        "team_marks": found.team_marks,
        "peer_comments": found.peer_comments,
        "peer_marks": found.peer_marks,
    }
    step_done(work, command.erasure, "teams", counts)


def _without(team: _Team, names: list[str]) -> str:
    return unnamed(team.name, names, blank=BLANK)
