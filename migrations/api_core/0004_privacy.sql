-- What people may ask for: what is known of them, to take along; and to be forgotten.

UPDATE roles SET permissions = permissions || ARRAY['audit:read', 'user:erase'] WHERE key = 'administrator';

CREATE TABLE data_exports (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    user_id        uuid NOT NULL,
    state          text NOT NULL DEFAULT 'waiting'
        CONSTRAINT data_exports_state_is_known CHECK (state IN ('waiting', 'ready', 'expired')),
    asked_at       timestamptz NOT NULL,
    ready_at       timestamptz,
    expires_at     timestamptz,
    size           bigint,
    sha256         bytea,
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id),
    CONSTRAINT data_exports_ready_has_an_archive CHECK (state <> 'ready'
        OR (ready_at IS NOT NULL AND expires_at IS NOT NULL AND size IS NOT NULL AND sha256 IS NOT NULL))
);
COMMENT ON TABLE data_exports IS 'Archives of what is known of a person, made when they ask. The archive lies in the object store as exports/<institution>/<id>.zip.';
CREATE INDEX data_exports_of_person ON data_exports (user_id, asked_at);
CREATE UNIQUE INDEX data_exports_one_waiting ON data_exports (user_id) WHERE state = 'waiting';
CREATE INDEX data_exports_ready ON data_exports (expires_at) WHERE state = 'ready';

CREATE TABLE erasures (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    user_id        uuid NOT NULL,
    asked_by       uuid NOT NULL,
    reason         text NOT NULL CONSTRAINT erasures_have_a_reason CHECK (reason <> ''),
    state          text NOT NULL DEFAULT 'running'
        CONSTRAINT erasures_state_is_known CHECK (state IN ('running', 'done')),
    steps          text[] NOT NULL DEFAULT '{}',
    counts         jsonb NOT NULL DEFAULT '{}',
    asked_at       timestamptz NOT NULL,
    finished_at    timestamptz,
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id),
    CONSTRAINT erasures_once UNIQUE (user_id),
    CONSTRAINT erasures_done_has_a_time CHECK ((state = 'done') = (finished_at IS NOT NULL))
);
COMMENT ON TABLE erasures IS 'Who was to be forgotten, by whom and why; how far it is, and what was blanked.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['data_exports', 'erasures'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_institution ON %I TO __app__ USING (institution_id = (SELECT eduflow_institution()))', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT ON data_exports, erasures TO __app__;
GRANT SELECT, INSERT, UPDATE ON data_exports, erasures TO __worker__;
GRANT DELETE ON credentials TO __worker__;

-- An import that still knows the person by their id must not write a name into the blank again.
CREATE FUNCTION refuse_to_remember() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'this person was erased' USING ERRCODE = 'check_violation', CONSTRAINT = 'users_erased_stay_erased';
END $$;
CREATE TRIGGER the_erased_stay_erased BEFORE UPDATE ON users FOR EACH ROW
    WHEN (OLD.email LIKE 'erased-%@erased.invalid') EXECUTE FUNCTION refuse_to_remember();

-- Texts that are otherwise never changed are blanked when the person whose work they are, or of whom
-- they tell, is erased: theirs alone, and to nothing else. Numbers, times and ids stay as they are.
GRANT UPDATE (body, file_refs, sha256) ON submission_versions TO __worker__;
CREATE POLICY only_to_forget ON submission_versions AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (EXISTS (SELECT FROM submissions AS s JOIN erasures AS e ON e.user_id = s.user_id WHERE s.id = submission_id))
    WITH CHECK (body = '' AND file_refs = '{}' AND sha256 = sha256('{"body":"","files":[]}'));
GRANT UPDATE (body) ON submission_comments TO __worker__;
CREATE POLICY only_to_forget ON submission_comments AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (EXISTS (SELECT FROM submissions AS s JOIN erasures AS e ON e.user_id = s.user_id WHERE s.id = submission_id))
    WITH CHECK (body = '(erased)');
GRANT UPDATE (comment) ON rubric_assessments TO __worker__;
CREATE POLICY only_to_forget ON rubric_assessments AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (EXISTS (SELECT FROM erasures AS e WHERE e.user_id = rubric_assessments.user_id))
    WITH CHECK (comment = '');
GRANT UPDATE (reason) ON grade_events TO __worker__;
CREATE POLICY only_to_forget ON grade_events AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (EXISTS (SELECT FROM erasures AS e WHERE e.user_id = grade_events.user_id))
    WITH CHECK (reason = '(erased)');
GRANT DELETE ON notifications, notification_digests, notification_preferences TO __worker__;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['notifications', 'notification_digests', 'notification_preferences'] LOOP
        EXECUTE format('CREATE POLICY only_to_forget ON %1$I AS RESTRICTIVE FOR DELETE TO __worker__'
            ' USING (EXISTS (SELECT FROM erasures AS e WHERE e.user_id = %1$I.user_id))', name);
    END LOOP;
END $$;
