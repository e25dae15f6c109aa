"""`python -m ops.bench.regrade`: how long a corrected key takes to reach 100,000 answers.

Fresh servers, a test of 20 questions handed in by 5,000 students, one corrected key. Measured
are the fold (every answer, as a dry run), the publishing (every result moved, with its receipt and
events) and, as the bare minimum, judging the same answers by the same function with no database.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from eduflow.kernel.auth.identity import as_system
from eduflow.kernel.ids import InstitutionId, new_id
from eduflow.kernel.runtime import Runtime
from eduflow.scoring.interactions import Interaction
from eduflow.scoring.judging import judge
from eduflow.scoring.keys import Key
from eduflow.services import load_services
from eduflow.services.assessment.commands.end_regrade import PublishRegrade
from eduflow.services.assessment.commands.propose_regrade import ProposeRegrade, RulesChange
from eduflow.services.assessment.ids import AssessmentId, RegradeId
from eduflow.worker import working
from ops.bench.fresh import fresh_servers

SECONDS = 60
CHOICE = {"type": "choice", "choices": [{"id": i, "text": i} for i in "abcd"]}
RIGHT, CORRECTED = ({"type": "choice", "correct": [i]} for i in "ab")
_BANK = (
    "INSERT INTO item_banks (id, institution_id, owner_id, name, visibility, created_at)"
    " VALUES ($1, $1, $1, 'Bank', 'institution', now())"
)
_QUESTIONS = (
    (
        "INSERT INTO questions (id, institution_id, bank_id, type, title, created_at)"
        " SELECT q, $1, $1, 'choice', 'Q', now() FROM unnest($2::uuid[]) AS q"
    ),
    (
        "INSERT INTO question_versions (id, institution_id, question_id, number, title, body,"
        " language, interaction, points, sha256, made_by, made_at) SELECT q, $1, q, 1, 'Q', 'Q',"
        " 'en', $3::text::jsonb, 1, '', $1, now() FROM unnest($2::uuid[]) AS q"
    ),
    (
        "INSERT INTO answer_keys (id, institution_id, question_version_id, number, key, sha256,"
        " made_by, made_at) SELECT gen_random_uuid(), $1, q, n, CASE n WHEN 1 THEN $3::text::jsonb"
        " ELSE $4::text::jsonb END, sha256(q::text::bytea || n::text::bytea), $1, now()"
        " FROM unnest($2::uuid[]) AS q, generate_series(1, 2) AS n"
    ),
)
_TEST = (
    (
        "INSERT INTO assessments (id, institution_id, course_id, kind, title, state,"
        " current_number, scoring_number, created_by, created_at)"
        " VALUES ($2, $1, $1, 'exam', 'Test', 'published', 1, 1, $1, now())"
    ),
    (
        "INSERT INTO assessment_versions (id, institution_id, assessment_id, number, points,"
        " made_by, frozen_at) VALUES ($2, $1, $2, 1, 20, $1, now())"
    ),
    (
        "INSERT INTO assessment_sections (id, institution_id, assessment_version_id, position)"
        " VALUES ($2, $1, $2, 1)"
    ),
    "INSERT INTO delivery_policies (assessment_id, institution_id) VALUES ($2, $1)",
    (
        "INSERT INTO review_policies (assessment_id, institution_id, phase, shows) SELECT $2, $1,"
        " p, '{}' FROM unnest(ARRAY['during', 'after_submit', 'while_open', 'after_close']) AS p"
    ),
)
_ITEMS = (
    "INSERT INTO section_items (section_id, position, institution_id, question_id,"
    " question_version_id, points_list) SELECT $2, n, $1, q, q, '{1}'"
    " FROM unnest($3::uuid[]) WITH ORDINALITY AS u(q, n)"
)
_SCORING = (
    "INSERT INTO scoring_versions (id, institution_id, assessment_id, number, cause, state,"
    " key_set, rubric_set, points_set, policy, made_by, made_at) SELECT $2, $1, $2, 1,"
    " 'published', 'published', jsonb_object_agg(q, 1), '{}', '{}', '{}', $1, now()"
    " FROM unnest($3::uuid[]) AS q"
)
_ATTEMPTS = (
    "INSERT INTO attempts (id, institution_id, course_id, assessment_id, assessment_version_id,"
    " user_id, number, state, behaviour, seed, items, session_id, started_at, submitted_at,"
    " unjudged, score, points, scoring_number, released_at) SELECT gen_random_uuid(), $1, $1, $2,"
    " $2, gen_random_uuid(), 1, 'submitted', 'deferred', n, $3::text::jsonb, $1, now(), now(), 0,"
    " 10, 20, 1, now() FROM generate_series(1, $4::int) AS n"
)
_RESPONSES = (
    "INSERT INTO responses (id, institution_id, assessment_id, attempt_id, question_id,"
    " question_version_id, try_number, value, seconds, last, sha256, at) SELECT gen_random_uuid(),"
    " $1, $2, t.id, q, q, 1, jsonb_build_array(substr('abcd', 1 + (hashtext(t.id::text || q)"
    " & 3), 1)), 30, true, sha256((t.id::text || q)::bytea), now() FROM attempts AS t,"
    " unnest($3::uuid[]) AS q WHERE t.assessment_id = $2"
)
_SCORES = (
    "INSERT INTO item_scores (response_id, scoring_version_id, revision, institution_id,"
    " attempt_id, question_id, fraction, correct, method, at) SELECT r.id, $2, 1, $1, r.attempt_id,"
    " r.question_id, (r.value = '[\"a\"]')::int, r.value = '[\"a\"]', 'key', now()"
    " FROM responses AS r WHERE r.assessment_id = $2"
)


async def sat(
    connection: asyncpg.Connection, *, students: int, questions: int
) -> tuple[InstitutionId, AssessmentId, list[UUID]]:
    """A test that a class has handed in, written as it lies: institution, test, questions."""
    home, test = InstitutionId(new_id()), AssessmentId(new_id())
    asked = [new_id() for _ in range(questions)]
    await connection.execute(_BANK, home)
    encode = msgspec.json.encode
    await connection.execute(_QUESTIONS[0], home, asked)
    await connection.execute(_QUESTIONS[1], home, asked, encode(CHOICE).decode())
    keys = (encode(RIGHT).decode(), encode(CORRECTED).decode())
    await connection.execute(_QUESTIONS[2], home, asked, *keys)
    await connection.execute(_TEST[0], home, test)
    for sql in _TEST[1:]:
        await connection.execute(sql, home, test)
    await connection.execute(_ITEMS, home, test, asked)
    await connection.execute(_SCORING, home, test, asked)
    items = [
        {"question_id": q, "question_version_id": q, "section_id": test, "points_list": [1]}
        for q in asked
    ]
    await connection.execute(_ATTEMPTS, home, test, encode(items).decode(), students)
    await connection.execute(_RESPONSES, home, test, asked)
    await connection.execute(_SCORES, home, test)
    await connection.execute("ANALYZE")
    return home, test, asked


async def state_of(connection: asyncpg.Connection, run: RegradeId, wanted: str) -> asyncpg.Record:
    """The run, once it is in that state."""
    while True:
        row = await connection.fetchrow("SELECT * FROM regrade_runs WHERE id = $1", run)
        if row is not None and row["state"] == wanted:
            return row
        await asyncio.sleep(0.05)


async def regrade(
    runtime: Runtime, connection: asyncpg.Connection, *, students: int, questions: int
) -> dict[str, Any]:
    """Correct the key of every question, fold, publish; seconds of each."""
    home, test, asked = await sat(connection, students=students, questions=questions)
    access = as_system(home)
    commands = runtime.commands["assessment"]
    begun = time.perf_counter()
    proposed = await commands.execute(
        ProposeRegrade(
            assessment=test,
            dry_run=True,
            cause="key",
            reason="All of them were wrong",
            keys=dict.fromkeys(asked, 2),
            rubrics={},
            points={},
            policy=RulesChange(),
        ),
        access=access,
    )
    run = proposed.result.id
    runtime.bell.ring("assessment")
    ready = await state_of(connection, run, "ready")
    folded = time.perf_counter()
    await commands.execute(PublishRegrade(run=run, expected=ready["version"]), access=access)
    runtime.bell.ring("assessment")
    done = await state_of(connection, run, "published")
    ended = time.perf_counter()
    return {
        "answers": students * questions,
        "changed": done["changed"],
        "fold": folded - begun,
        "publish": ended - folded,
        "bare": await bare(connection, test),
    }


async def bare(connection: asyncpg.Connection, test: AssessmentId) -> float:
    """Seconds of judging the same answers, read before, by the same function."""
    rows = await connection.fetch("SELECT value FROM responses WHERE assessment_id = $1", test)
    answers = [msgspec.json.decode(row["value"], type=list[str]) for row in rows]
    interaction: Any = msgspec.convert(CHOICE, Interaction)
    key: Any = msgspec.convert(CORRECTED, Key)
    begun = time.perf_counter()
    total = sum((judge(interaction, key, one, values={}).fraction for one in answers), Decimal(0))
    assert total > 0  # noqa: S101 (somebody was right)
    return time.perf_counter() - begun


async def measure(folder: Path, *, students: int, questions: int) -> dict[str, Any]:
    """On fresh servers."""
    services = load_services(["assessment"])
    async with fresh_servers(folder, services) as fresh:
        connection = await asyncpg.connect(fresh.cluster.admin_dsn("assessment"))
        try:
            async with working(fresh.settings, services) as runtime:
                return await regrade(runtime, connection, students=students, questions=questions)
        finally:
            await connection.close()


def main() -> int:
    """Print the figures; 1 where it took longer than the promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=5000)
    parser.add_argument("--questions", type=int, default=20)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        found = asyncio.run(
            measure(Path(folder), students=options.students, questions=options.questions)
        )
    whole = found["fold"] + found["publish"]
    print(f"{datetime.now(UTC):%Y-%m-%d}: {found['answers']} answers, {found['changed']} results")
    print(f"fold {found['fold']:.1f} s, publish {found['publish']:.1f} s, together {whole:.1f} s")
    print(f"bare judging {found['bare']:.2f} s: fold is {found['fold'] / found['bare']:.1f} of it")
    return int(whole > SECONDS)


if __name__ == "__main__":
    sys.exit(main())
