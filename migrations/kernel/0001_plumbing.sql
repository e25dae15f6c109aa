-- What every service database stands on: the log, the checkpoints of its readers, answers to
-- repeated requests, work to be done, and the clock of periodic work.
--
-- __app__ may append and read; __worker__ folds, claims and cleans; neither owns anything.

CREATE TABLE outbox_events (
    seq            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid            xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id             uuid NOT NULL UNIQUE,
    type           text NOT NULL,
    aggregate_id   uuid NOT NULL,
    bucket         smallint NOT NULL GENERATED ALWAYS AS ((uuid_hash(aggregate_id) & 63)::smallint) STORED,
    institution_id uuid NOT NULL,
    actor_id       uuid,
    request_id     uuid,
    at             timestamptz NOT NULL,
    payload        jsonb NOT NULL
);
COMMENT ON TABLE outbox_events IS 'What happened, beside the rows it happened to. Kept: every read model is folded from it.';
COMMENT ON COLUMN outbox_events.bucket IS 'Spreads aggregates over the shards of a read model; one aggregate is always in one.';
COMMENT ON COLUMN outbox_events.seq IS 'Order within an aggregate: taken while the aggregate''s row is locked.';
COMMENT ON COLUMN outbox_events.xid IS 'Compared with a reader''s stored snapshot, so that a late commit is never skipped.';
-- Serves the cursor: rows whose transaction the old snapshot did not see.
CREATE INDEX outbox_events_xid ON outbox_events (xid);
CREATE INDEX outbox_events_aggregate ON outbox_events (aggregate_id, seq);

CREATE TABLE projection_checkpoints (
    consumer  text NOT NULL,
    source    text NOT NULL,
    shard     smallint NOT NULL,
    shards    smallint NOT NULL,
    snapshot  pg_snapshot NOT NULL,
    target    pg_snapshot,
    target_at timestamptz,
    drained   bigint NOT NULL DEFAULT 0,
    round     bigint NOT NULL DEFAULT 0,
    as_of     timestamptz NOT NULL,
    lsn       pg_lsn NOT NULL DEFAULT pg_current_wal_insert_lsn(),
    PRIMARY KEY (consumer, source, shard),
    CONSTRAINT projection_checkpoints_shard_exists CHECK (shard >= 0 AND shard < shards)
);
COMMENT ON COLUMN projection_checkpoints.snapshot IS 'Every event of a transaction visible in it is folded; none other is, but those of `target` up to `drained`.';
COMMENT ON COLUMN projection_checkpoints.target IS 'While a backlog is drained: the snapshot it is drained to, in chunks by seq.';
COMMENT ON COLUMN projection_checkpoints.as_of IS 'When `snapshot` was taken; a backlog that is being drained does not move it.';
COMMENT ON COLUMN projection_checkpoints.lsn IS 'WAL position before this row was written; a standby that shows the row has replayed it.';

CREATE TABLE projection_failures (
    consumer     text NOT NULL,
    source       text NOT NULL,
    seq          bigint NOT NULL,
    aggregate_id uuid NOT NULL,
    event        jsonb NOT NULL,
    attempts     integer NOT NULL DEFAULT 1,
    error        text NOT NULL,
    failed_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    retry_at     timestamptz NOT NULL,
    PRIMARY KEY (consumer, source, seq)
);
COMMENT ON TABLE projection_failures IS 'Events a read model could not take, and the later ones of the same aggregate, which wait behind them.';
CREATE INDEX projection_failures_aggregate ON projection_failures (consumer, source, aggregate_id, seq);

CREATE TABLE idempotency_keys (
    principal  uuid NOT NULL,
    key        text NOT NULL CONSTRAINT idempotency_keys_length CHECK (length(key) BETWEEN 1 AND 255),
    command    text NOT NULL,
    body_hash  bytea NOT NULL,
    answer     jsonb NOT NULL,
    xid        xid8 NOT NULL DEFAULT pg_current_xact_id(),
    at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT idempotency_keys_once PRIMARY KEY (principal, key)
);
CREATE INDEX idempotency_keys_at ON idempotency_keys (at);

CREATE TABLE jobs (
    id             uuid PRIMARY KEY,
    kind           text NOT NULL,
    arguments      jsonb NOT NULL,
    institution_id uuid,
    unique_key     text,
    state          text NOT NULL DEFAULT 'waiting'
        CONSTRAINT jobs_state_is_known CHECK (state IN ('waiting', 'running', 'done', 'dead')),
    run_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until    timestamptz,
    fence          bigint NOT NULL DEFAULT 0,
    attempts       integer NOT NULL DEFAULT 0,
    max_attempts   integer NOT NULL,
    last_error     text,
    created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at    timestamptz,
    CONSTRAINT jobs_running_has_a_lease CHECK (state <> 'running' OR lease_until IS NOT NULL),
    CONSTRAINT jobs_finished_has_a_time CHECK ((state IN ('done', 'dead')) = (finished_at IS NOT NULL))
);
COMMENT ON COLUMN jobs.fence IS 'Grows with every claim; a worker that comes back from the dead holds an old one and is refused.';
CREATE UNIQUE INDEX jobs_unique_while_open ON jobs (kind, unique_key) WHERE state IN ('waiting', 'running');
CREATE INDEX jobs_due ON jobs (run_at) WHERE state = 'waiting';
CREATE INDEX jobs_leases ON jobs (lease_until) WHERE state = 'running';

CREATE TABLE job_schedules (
    name        text PRIMARY KEY,
    kind        text NOT NULL,
    every       interval NOT NULL CONSTRAINT job_schedules_every_is_positive CHECK (every > interval '0'),
    next_at     timestamptz NOT NULL,
    last_at     timestamptz
);

-- Raised where a write meets another state than the one it was decided on.
CREATE FUNCTION eduflow_require(verdict smallint, counts bigint[], expected bigint[]) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF verdict = 0 THEN RAISE EXCEPTION 'no such thing' USING ERRCODE = 'EF404'; END IF;
    IF verdict IS DISTINCT FROM 2 THEN RAISE EXCEPTION 'not permitted' USING ERRCODE = 'EF403'; END IF;
    FOR i IN 1 .. cardinality(counts) LOOP
        IF expected[i] IS NOT NULL AND counts[i] <> expected[i] THEN
            RAISE EXCEPTION '%', i - 1 USING ERRCODE = 'EF409';
        END IF;
    END LOOP;
    RETURN true;
END $$;

-- The identity of the statement that calls it, and of no other: `is_local` ends with it.
CREATE FUNCTION eduflow_identify(institution uuid, person uuid) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
    SELECT set_config('eduflow.institution', coalesce(institution::text, ''), true) IS NOT NULL
       AND set_config('eduflow.person', coalesce(person::text, ''), true) IS NOT NULL
$$;

CREATE FUNCTION eduflow_institution() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('eduflow.institution', true), '')::uuid $$;
CREATE FUNCTION eduflow_person() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE AS $$ SELECT nullif(current_setting('eduflow.person', true), '')::uuid $$;

ALTER TABLE outbox_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE outbox_events FORCE ROW LEVEL SECURITY;
CREATE POLICY own_institution ON outbox_events TO __app__
    USING (institution_id = (SELECT eduflow_institution()));
CREATE POLICY workers_fold_everything ON outbox_events TO __worker__ USING (true);
ALTER TABLE idempotency_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE idempotency_keys FORCE ROW LEVEL SECURITY;
CREATE POLICY own_keys ON idempotency_keys TO __app__
    USING (principal = (SELECT eduflow_person()));
CREATE POLICY workers_keep_house ON idempotency_keys TO __worker__ USING (true);
ALTER TABLE jobs ENABLE ROW LEVEL SECURITY;
ALTER TABLE jobs FORCE ROW LEVEL SECURITY;
CREATE POLICY enqueue_for_own_institution ON jobs TO __app__
    USING (institution_id = (SELECT eduflow_institution()) OR institution_id IS NULL);
CREATE POLICY workers_do_everything ON jobs TO __worker__ USING (true);

GRANT SELECT, INSERT ON outbox_events, idempotency_keys, jobs TO __app__;
GRANT SELECT ON projection_checkpoints TO __app__;
-- How many there are is everybody's concern; what is in them is not.
GRANT SELECT (consumer, source, seq, attempts, failed_at) ON projection_failures TO __app__;
GRANT SELECT, INSERT ON outbox_events TO __worker__;
GRANT SELECT, INSERT, UPDATE, DELETE ON projection_checkpoints, projection_failures, idempotency_keys, jobs, job_schedules TO __worker__;

-- A rebuild folds into temporary tables before it touches a live row. Where the owner of the tables
-- does not own the database this only warns: then whoever does must grant it.
DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO __worker__', current_database()); END $$;
