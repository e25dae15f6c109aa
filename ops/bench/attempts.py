"""Attempts at a test of twenty choices, to be handed in: made only where that case is asked for."""

from uuid import UUID

import asyncpg
import msgspec

from ops.bench.cases import Asked, Case
from ops.bench.exam import Test, published, right
from ops.bench.ids import School, course, numbered, sql_id
from ops.bench.school import tokens
from ops.bench.scripts import handed_in
from ops.bench.site import HOST, Site
from ops.bench.wire import Connection, request

NAME = "POST /attempts/{id}/submit"
_SERVICE = "assessment"
_TESTS = 8
"""Each learner who asks hands each of them in once."""
_LIMIT = 30_000
"""Attempts for pgbench, of nobody in particular."""
_NOBODY_S = "UPDATE attempts SET user_id = gen_random_uuid() WHERE id = $1"
_COPIED = (
    "INSERT INTO attempts (id, institution_id, course_id, assessment_id, assessment_version_id,"
    " user_id, number, behaviour, seed, items, session_id, started_at, points, scoring_number)"
    " SELECT {id}, institution_id, course_id, assessment_id, assessment_version_id, {user}, 1,"
    " behaviour, seed, items, session_id, started_at, points, scoring_number FROM attempts,"
    " generate_series(0, $2::int - 1) AS n WHERE id = $1"
)


async def case(site: Site, school: School) -> Case:
    """The case, with its rows: what one attempt is that was begun over HTTP, many times."""
    teacher, student = (
        {"Authorization": f"Bearer {token}"}
        for token in tokens(school, site.signer, [0, school.staff])
    )
    tests = [
        await published(site.ports[_SERVICE], teacher, course=course(0)) for _ in range(_TESTS)
    ]
    dsn = site.superuser_dsn(standby=False, database=_SERVICE)
    connection = await asyncpg.connect(dsn)
    try:
        for number, test in enumerate(tests):
            begun = await _begun(site, student, test)
            await connection.execute(_NOBODY_S, begun)
            ours = sql_id("attempt", f"n + {number * school.asking}")
            who = sql_id("person", f"n + {school.staff}")
            await connection.execute(_COPIED.format(id=ours, user=who), begun, school.asking)
        theirs = sql_id("attempt", f"n + {_TESTS * school.asking}")
        nobody = "gen_random_uuid()"
        await connection.execute(_COPIED.format(id=theirs, user=nobody), begun, _LIMIT)
        await connection.execute("VACUUM (ANALYZE) attempts")
    finally:
        await connection.close()

    def ask(school: School, n: int, _subject: int) -> Asked:
        answers = [
            {"question_id": question, "value": [right(place)]}
            for place, question in enumerate(tests[n // school.asking % _TESTS].questions)
        ]
        path = f"/attempts/{numbered('attempt', n)}/submit"
        return "POST", path, msgspec.json.encode({"answers": answers})

    return Case(
        name=NAME,
        ask=ask,
        who=lambda school, n: school.staff + n % school.asking,
        script=lambda school: handed_in(_TESTS * school.asking),
        writes=True,
        service=_SERVICE,
        usual=False,
    )


async def _begun(site: Site, headers: dict[str, str], test: Test) -> UUID:
    connection = Connection(HOST, site.ports[_SERVICE])
    path = f"/api/v1/assessments/{test.id}/attempts"
    answer = await connection.ask(request("POST", path, headers=headers, body=b"{}"))
    connection.close()
    return UUID(msgspec.json.decode(answer.body)["id"])
