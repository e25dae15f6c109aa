"""Nothing of the ledger is seen or written from outside its institution, by whatever way."""

import asyncpg
import pytest
from litestar.handlers import HTTPRouteHandler

from eduflow.kernel.auth.guards import access_rule
from eduflow.services.tutor import service
from tests.harness.platform import Eduflow, School
from tests.services.tutor.given import Service

PUBLIC_TABLES = {"roles", "alembic_version", "job_schedules"}
OF_THE_WORKERS = {"projection_checkpoints", "projection_failures", "audit_cursor"}
DEFINERS = {"ledger_reserve", "ledger_settle", "ledger_release"}
"""The ledger's functions: they act in the institution of the call, and in no other."""
OF_ALL = {"prompt_templates", "prompt_versions", "model_catalogue"}
"""Texts of the platform and list prices; an institution's own price is a row like any other."""

_TABLES = (
    "SELECT c.relname AS name, c.relrowsecurity AND c.relforcerowsecurity AS walled,"
    " ARRAY(SELECT r.rolname::text FROM pg_policy AS p, unnest(p.polroles) AS o"
    " JOIN pg_roles AS r ON r.oid = o WHERE p.polrelid = c.oid) AS roles"
    " FROM pg_class AS c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
)


async def test_every_table_is_walled_and_has_policies_for_services_and_workers(
    eduflow: Eduflow,
) -> None:
    async with eduflow.sql("tutor") as admin:
        tables = await admin.fetch(_TABLES)
        loose = await admin.fetch(
            "SELECT tablename FROM pg_policies WHERE 'tutor_app' = ANY(roles)"
            " AND coalesce(qual, with_check) NOT LIKE '%eduflow_institution()%'"
            " AND coalesce(qual, with_check) NOT LIKE '%eduflow_person()%'"
        )
    assert {t["name"] for t in tables if not t["walled"]} == PUBLIC_TABLES | OF_THE_WORKERS
    for table in tables:
        if table["walled"]:
            assert {"tutor_app", "tutor_worker"} <= set(table["roles"]), table["name"]
    assert loose == []


async def test_what_runs_as_its_owner_is_on_the_list(eduflow: Eduflow) -> None:
    async with eduflow.sql("tutor") as admin:
        rows = await admin.fetch(
            "SELECT proname, coalesce(array_to_string(proconfig, ','), '') AS said FROM pg_proc"
            " WHERE prosecdef AND pronamespace = 'public'::regnamespace"
        )
    assert {row["proname"] for row in rows} == DEFINERS
    assert all("search_path=" in row["said"] for row in rows)


@pytest.mark.parametrize("server", [0, 1])
async def test_plain_sql_sees_nothing_without_an_identity_and_ones_own_with_it(
    eduflow: Eduflow, school: School, server: int
) -> None:
    other = await eduflow.school()
    for one in (school, other):
        await one.admin.post(
            "/ai/budgets", {"scope_type": "institution", "period": "day", "limit_micros": 10**9}
        )
        await Service(eduflow).spend(one)
    cluster = eduflow.servers.cluster
    cluster.catch_up()
    dsn = cluster.dsn("tutor") if server == 0 else cluster.standby_dsn(server, "tutor")
    connection = await asyncpg.connect(dsn)
    try:
        for table in (
            *("budgets", "budget_balances", "budget_reservations", "reserved_calls"),
            *("token_usage", "token_usage_daily", "outbox_events"),
        ):
            seen = f"SELECT DISTINCT institution_id FROM {table}"
            assert await connection.fetch(seen) == [], table
            async with connection.transaction(readonly=True):
                await connection.execute(
                    "SELECT set_config('eduflow.institution', $1, true)", str(school.institution)
                )
                mine = {row["institution_id"] for row in await connection.fetch(seen)}
            assert mine <= {school.institution}, table
            assert mine or table == "token_usage_daily"
        for table in OF_ALL - {"model_catalogue"}:
            assert await connection.fetchval(f"SELECT count(*) FROM {table}") == 0
    finally:
        await connection.close()


async def test_after_a_call_the_connection_knows_nobody(eduflow: Eduflow, school: School) -> None:
    await Service(eduflow).spend(school)
    pool = eduflow.runtime.databases["tutor"].primary
    for _ in range(pool.get_size()):
        row = await pool.fetchrow(
            "SELECT coalesce(current_setting('eduflow.institution', true), '') AS home,"
            " coalesce(current_setting('eduflow.ledger', true), '') AS ledger"
        )
        assert (row["home"], row["ledger"]) == ("", "")


async def test_a_budget_that_is_written_into_another_institution_is_refused(
    eduflow: Eduflow, school: School
) -> None:
    other = await eduflow.school()
    connection = await asyncpg.connect(eduflow.servers.cluster.dsn("tutor"))
    try:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "SELECT set_config('eduflow.institution', $1, true)", str(school.institution)
        )
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            await connection.execute(
                "INSERT INTO budgets (id, institution_id, scope_type, scope_id, period,"
                " limit_micros, on_exhaust, created_at) VALUES (gen_random_uuid(), $1,"
                " 'institution', $1, 'day', 1, 'smaller_model', now())",
                other.institution,
            )
        await transaction.rollback()
    finally:
        await connection.close()


def test_every_internal_route_is_for_services_alone() -> None:
    rules = [access_rule(h) for h in service.internal if isinstance(h, HTTPRouteHandler)]
    assert rules == ["services"] * len(service.internal) == ["services"] * 3
