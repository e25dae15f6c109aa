-- Grades from files, calendars, what completes a lesson, and certificates.

ALTER TABLE grade_events DROP CONSTRAINT grade_events_source_is_known,
    ADD CONSTRAINT grade_events_source_is_known CHECK (source IN ('auto', 'ai', 'human', 'override', 'import'));

-- Calendars. The address of one is a secret made from its id under EDUFLOW_SECRET and stored nowhere.

CREATE TABLE calendar_feeds (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    user_id        uuid NOT NULL CONSTRAINT calendar_feeds_one_a_person UNIQUE,
    created_at     timestamptz NOT NULL,
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id)
);
COMMENT ON TABLE calendar_feeds IS 'Whose calendar can be read by whoever knows its address. Another id is another address; no row, none.';
ALTER TABLE calendar_feeds ENABLE ROW LEVEL SECURITY;
ALTER TABLE calendar_feeds FORCE ROW LEVEL SECURITY;
CREATE POLICY own_things ON calendar_feeds TO __app__ USING (institution_id = (SELECT eduflow_institution())
    AND user_id = (SELECT eduflow_person()));
CREATE POLICY workers_serve_everybody ON calendar_feeds TO __worker__ USING (true);
CREATE POLICY login_looks_across ON calendar_feeds TO __owner__ USING (current_setting('eduflow.login', true) = 'yes');
GRANT SELECT, INSERT, UPDATE, DELETE ON calendar_feeds TO __app__, __worker__;

CREATE FUNCTION calendar_owner(feed uuid, OUT user_id uuid, OUT institution_id uuid)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM set_config('eduflow.login', 'yes', true);
    SELECT u.id, u.institution_id INTO user_id, institution_id
        FROM calendar_feeds AS f JOIN users AS u ON u.id = f.user_id WHERE f.id = feed AND u.state = 'active';
    PERFORM set_config('eduflow.login', '', true);
END $$;
REVOKE ALL ON FUNCTION calendar_owner FROM PUBLIC;
GRANT EXECUTE ON FUNCTION calendar_owner TO __app__, __worker__;

-- When a date was said last, for calendars to tell what has changed.
ALTER TABLE gradebook_assignments ADD COLUMN changed_at timestamptz;
ALTER TABLE gradebook_overrides ADD COLUMN changed_at timestamptz;

-- Whoever knows the address of a calendar reads it in its owner's name.
DO $$
DECLARE
    known text := pg_get_functiondef('authorize(uuid, uuid, text, text, uuid)'::regprocedure);
    identified text := E'    PERFORM eduflow_identify(institution, person);\n';
BEGIN
    IF position(identified IN known) = 0 THEN RAISE EXCEPTION 'authorize() is not as this revision knows it'; END IF;
    EXECUTE replace(known, identified, $feed$    IF kind = 'calendar' AND permission = 'public' THEN
        SELECT o.institution_id, o.user_id INTO institution, person FROM calendar_owner(target) AS o;
        PERFORM eduflow_identify(institution, person);
        RETURN CASE WHEN person IS NULL THEN 0 ELSE 2 END;
    END IF;
$feed$ || identified);
END $$;
