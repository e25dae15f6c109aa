"""What is taken out, where, and which tests must notice."""

import msgspec


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """One guarantee less. `old` must stand in the file exactly once."""

    name: str
    file: str
    old: str
    new: str
    noticed_by: tuple[str, ...]
    """Test files with the test's name; without a folder, below tests/kernel/data."""


COMMANDS = "src/eduflow/kernel/commands.py"
STATEMENTS = "src/eduflow/kernel/db/statements.py"
READING = "src/eduflow/kernel/db/reading.py"
FRESHNESS = "src/eduflow/kernel/db/freshness.py"
OUTBOX = "src/eduflow/kernel/outbox.py"
PROJECTIONS = "src/eduflow/kernel/projections.py"
JOBS = "src/eduflow/kernel/jobs.py"
PLUMBING = "migrations/kernel/0001_plumbing.sql"
LEDGER = "migrations/tutor/0001_ledger.sql"
LEDGER_TESTS = "tests/services/tutor/test_ledger.py"

MUTANTS = (
    Mutant(
        name="position-before-commit",
        file=STATEMENTS,
        old="pg_current_xact_id()::text AS xid,",
        new="(pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1)::text AS xid,",
        noticed_by=("test_commands.py::test_a_receipt_names_the_very_transaction_that_wrote",),
    ),
    Mutant(
        name="the-standby-s-own-snapshot",
        file=FRESHNESS,
        old="AND NOT pg_visible_in_snapshot(u.xid::xid8, c.snapshot))",
        new="AND NOT pg_visible_in_snapshot(u.xid::xid8, pg_current_snapshot()))",
        noticed_by=(
            "test_reads.py::test_a_read_model_that_has_not_heard_of_the_write_says_that_it_is_stale",
        ),
    ),
    Mutant(
        name="rounds-of-another-standby-not-compared",
        file=READING,
        old="_not_before(models.rounds[model], seen.get(model, ())) for model in of",
        new="_not_before(models.rounds[model], ()) for model in of",
        noticed_by=(
            "test_reads.py::test_a_session_that_is_moved_to_a_standby_further_behind_sees_nothing_undone",
        ),
    ),
    Mutant(
        name="last-number-as-cursor",
        file=OUTBOX,
        old='    "xid >= pg_snapshot_xmin($1::text::pg_snapshot)"\n'
        '    " AND NOT pg_visible_in_snapshot(xid, $1::text::pg_snapshot)"\n',
        new='    "seq > coalesce((SELECT max(o.seq) FROM outbox_events AS o"\n'
        '    " WHERE pg_visible_in_snapshot(o.xid, $1::text::pg_snapshot)), 0)"\n',
        noticed_by=("test_log.py::test_a_transaction_that_commits_late_loses_no_event",),
    ),
    Mutant(
        name="order-by-transaction",
        file=OUTBOX,
        old="ORDER BY seq LIMIT $7",
        new="ORDER BY xid, seq LIMIT $7",
        noticed_by=(
            "test_log.py::test_a_transaction_that_took_its_id_before_the_lock_puts_nothing_out_of_order",
        ),
    ),
    Mutant(
        name="checkpoint-apart-from-the-rows",
        file=PROJECTIONS,
        old="            return\n"
        "        async with self._home.acquire() as connection, connection.transaction():\n",
        new="            return\n        async with self._home.acquire() as connection:\n",
        noticed_by=(
            "test_projector.py::test_a_worker_that_dies_between_the_checkpoint_and_the_rows_has_done_neither",
        ),
    ),
    Mutant(
        name="two-workers-on-one-round",
        file=PROJECTIONS,
        old="AND shard = $3 AND round = $4",
        new="AND shard = $3 AND round >= 0 * $4::bigint",
        noticed_by=("test_projector.py::test_two_projectors_of_one_shard_fold_every_event_once",),
    ),
    Mutant(
        name="nothing-waits-behind-a-broken-event",
        file=PROJECTIONS,
        old='                broken.add(event["aggregate_id"])\n',
        new="",
        noticed_by=(
            "test_projector.py::test_an_event_that_cannot_be_folded_waits_with_those_behind_it_and_stops_no_other",
        ),
    ),
    Mutant(
        name="no-guard-against-lost-updates",
        file=PLUMBING,
        old="counts[i] <> expected[i]",
        new="counts[i] > expected[i]",
        noticed_by=(
            "test_commands.py::test_steps_made_at_once_are_all_made_and_none_is_overwritten",
        ),
    ),
    Mutant(
        name="no-idempotency-row",
        file=COMMANDS,
        old="            tail.append(Write(_REMEMBER, arguments, None))\n",
        new="            del arguments\n",
        noticed_by=(
            "test_commands.py::test_the_same_key_from_twenty_clients_at_once_is_one_effect_and_one_answer",
        ),
    ),
    Mutant(
        name="no-fencing",
        file=JOBS,
        old="WHERE id = $1 AND fence = $2 AND state = 'running' AND {allowed}",
        new="WHERE id = $1 AND $2::bigint > 0 AND state = 'running' AND {allowed}",
        noticed_by=("test_jobs.py::test_a_dead_holder_is_refused_also_while_its_heir_still_works",),
    ),
    Mutant(
        name="a-table-without-force",
        file=PLUMBING,
        old="ALTER TABLE outbox_events FORCE ROW LEVEL SECURITY;\n",
        new="",
        noticed_by=(
            "test_isolation.py::test_every_table_is_walled_for_its_owner_too_or_is_on_the_list",
        ),
    ),
    Mutant(
        name="a-policy-that-shows-all",
        file=PLUMBING,
        old="CREATE POLICY own_institution ON outbox_events TO __app__\n"
        "    USING (institution_id = (SELECT eduflow_institution()));",
        new="CREATE POLICY own_institution ON outbox_events TO __app__\n    USING (true);",
        noticed_by=(
            "test_isolation.py::test_a_policy_for_services_shows_ones_own_and_is_never_simply_true",
        ),
    ),
    Mutant(
        name="an-identity-that-stays-on-the-connection",
        file=PLUMBING,
        old="set_config('eduflow.institution', coalesce(institution::text, ''), true)",
        new="set_config('eduflow.institution', coalesce(institution::text, ''), false)",
        noticed_by=(
            "test_isolation.py::test_a_thousand_mixed_requests_leave_nothing_on_the_connections",
        ),
    ),
    Mutant(
        name="reads-without-the-gate",
        file=STATEMENTS,
        old="FROM ({sql}) AS q WHERE {_GATE})::text",
        new="FROM ({sql}) AS q WHERE true)::text",
        noticed_by=(
            "test_isolation.py::test_whoever_may_not_costs_the_database_nothing_beneath_the_gate",
            "test_isolation.py::test_every_query_keeps_its_walls_under_every_plan_on_primary_and_standby",
        ),
    ),
    Mutant(
        name="a-limit-that-is-looked-at-without-a-lock",
        file=LEDGER,
        old="        ORDER BY l.budget_id FOR UPDATE OF l;\n    -- The same call",
        new="        ORDER BY l.budget_id;\n    -- The same call",
        noticed_by=(f"{LEDGER_TESTS}::test_of_100_at_once_as_many_succeed_as_the_budget_is_for",),
    ),
    Mutant(
        name="balances-locked-in-any-order",
        file=LEDGER,
        old="        ORDER BY l.budget_id FOR UPDATE OF l;\n    -- The same call",
        new="        ORDER BY md5(l.budget_id::text || call::text) FOR UPDATE OF l;\n    -- The same call",
        noticed_by=(
            f"{LEDGER_TESTS}::test_many_budgets_and_all_kinds_of_calls_at_once_neither_overspend_nor_deadlock",
        ),
    ),
    Mutant(
        name="what-has-expired-is-given-back-again",
        file=LEDGER,
        old="CASE r.state WHEN 'held' THEN r.reserved_micros ELSE 0 END",
        new="least(r.reserved_micros, l.reserved_micros)",
        noticed_by=(
            f"{LEDGER_TESTS}::test_what_was_not_settled_in_time_is_freed_and_what_was_spent_counts_still",
        ),
    ),
    Mutant(
        name="one-call-held-as-often-as-it-is-asked-for",
        file=LEDGER,
        old="    answer := ledger_known(call, request, moment);\n    IF answer IS NOT NULL THEN RETURN answer; END IF;\n    FOR wanted",
        new="    FOR wanted",
        noticed_by=(
            f"{LEDGER_TESTS}::test_the_last_money_of_a_budget_is_enough_for_the_call_that_comes_twice",
        ),
    ),
)
