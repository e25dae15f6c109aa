-- The audit trail. A row is written in the statement of its command and never again; a periodic job
-- seals the new ones, in order, into a chain per institution, so that no writer waits for another.

CREATE TABLE audit_log (
    id             uuid PRIMARY KEY,
    seq            bigint GENERATED ALWAYS AS IDENTITY,
    xid            xid8 NOT NULL DEFAULT pg_current_xact_id(),
    institution_id uuid,
    actor_id       uuid,
    command        text NOT NULL,
    permission     text NOT NULL,
    kind           text NOT NULL,
    target_id      uuid,
    request_id     uuid,
    at             timestamptz NOT NULL,
    event_ids      uuid[] NOT NULL,
    mac            bytea NOT NULL
);
COMMENT ON TABLE audit_log IS 'Who had which command carried out, and under what permission. Ids only: no name, no text, no body.';
COMMENT ON COLUMN audit_log.institution_id IS 'NULL: nobody was logged in.';
COMMENT ON COLUMN audit_log.actor_id IS 'NULL: nobody was logged in.';
COMMENT ON COLUMN audit_log.event_ids IS 'What was recorded with it in outbox_events.';
COMMENT ON COLUMN audit_log.mac IS 'Of the row''s own columns, under a key derived from EDUFLOW_SECRET: a row that no service wrote has none that fits.';
CREATE INDEX audit_log_page ON audit_log (institution_id, seq);
-- Serves the sealing: rows whose transaction the last snapshot did not see.
CREATE INDEX audit_log_xid ON audit_log (xid);

CREATE TABLE audit_chain (
    institution_id uuid NOT NULL,
    number         bigint NOT NULL CONSTRAINT audit_chain_begins_at_one CHECK (number > 0),
    audit_id       uuid NOT NULL,
    row_hash       bytea NOT NULL,
    previous       bytea NOT NULL,
    mac            bytea NOT NULL,
    PRIMARY KEY (institution_id, number)
);
COMMENT ON TABLE audit_chain IS 'The audit trail''s rows in the order they were sealed. Rows of nobody''s are in the chain of institution 0.';
COMMENT ON COLUMN audit_chain.row_hash IS 'SHA-256 of the row in audit_log.';
COMMENT ON COLUMN audit_chain.previous IS 'The mac of the number before; zeros for the first.';
COMMENT ON COLUMN audit_chain.mac IS 'HMAC-SHA-256 of institution, number, previous and row_hash.';
CREATE INDEX audit_chain_of_row ON audit_chain (audit_id);

CREATE TABLE audit_heads (
    institution_id uuid PRIMARY KEY,
    number         bigint NOT NULL,
    last           bytea NOT NULL,
    mac            bytea NOT NULL
);
COMMENT ON TABLE audit_heads IS 'Where each chain ends: without it the end of one could be cut off.';

CREATE TABLE audit_cursor (
    only_row boolean PRIMARY KEY DEFAULT true CONSTRAINT audit_cursor_is_one CHECK (only_row),
    snapshot pg_snapshot NOT NULL,
    target   pg_snapshot,
    drained  bigint NOT NULL DEFAULT 0,
    round    bigint NOT NULL DEFAULT 0,
    sealed   bigint NOT NULL DEFAULT 0,
    mac      bytea NOT NULL DEFAULT ''
);
COMMENT ON TABLE audit_cursor IS 'How far the sealing is, as the checkpoint of a read model; and how many rows it has sealed in all.';
INSERT INTO audit_cursor (snapshot) VALUES ('1:1:');

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['audit_log', 'audit_chain', 'audit_heads'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY workers_seal_everything ON %I TO __worker__ USING (true)', name);
    END LOOP;
END $$;
CREATE POLICY own_institution ON audit_log TO __app__
    USING (institution_id = (SELECT eduflow_institution()) OR institution_id IS NULL);
CREATE POLICY own_institution ON audit_chain TO __app__
    USING (institution_id = (SELECT eduflow_institution()));
CREATE POLICY own_institution ON audit_heads TO __app__
    USING (institution_id = (SELECT eduflow_institution()));

-- Nobody may change or delete a row: neither has anybody the privilege, nor its owner a policy.
GRANT SELECT, INSERT ON audit_log TO __app__, __worker__;
GRANT SELECT ON audit_chain, audit_heads TO __app__;
GRANT SELECT, INSERT ON audit_chain TO __worker__;
GRANT SELECT, INSERT, UPDATE ON audit_heads TO __worker__;
GRANT SELECT, UPDATE ON audit_cursor TO __worker__;

-- The one change that an event in the log may undergo: what a person.* event told of a person is
-- blanked when that person is erased, to exactly this and nothing else. A blanked event still folds.
CREATE FUNCTION eduflow_blank(type text, institution uuid, person uuid) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_object('type', type, 'institution_id', institution, 'user_id', person,
        'display_name', 'Erased person', 'sortable_name', 'Erased person', 'email', '', 'state', 'deleted')
$$;
GRANT UPDATE (payload) ON outbox_events TO __worker__;
CREATE POLICY only_what_tells_of_a_person_is_blanked ON outbox_events AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (type LIKE 'person.%')
    WITH CHECK (type LIKE 'person.%' AND payload = eduflow_blank(type, institution_id, aggregate_id));
