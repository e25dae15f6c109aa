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

-- What completes a lesson. Without a rule, that the learner says so.

ALTER TABLE lessons ADD UNIQUE (institution_id, course_id, id);
CREATE TABLE completion_rules (
    lesson_id      uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    rule           text NOT NULL
        CONSTRAINT completion_rules_rule_is_known CHECK (rule IN ('said', 'viewed', 'submitted', 'scored')),
    assignment_id  uuid,
    threshold      numeric(12, 4) CONSTRAINT completion_rules_threshold_is_not_negative CHECK (threshold >= 0),
    version        integer NOT NULL DEFAULT 1,
    CONSTRAINT completion_rules_work_is_named CHECK ((rule IN ('submitted', 'scored')) = (assignment_id IS NOT NULL)),
    CONSTRAINT completion_rules_scores_have_a_threshold CHECK ((rule = 'scored') = (threshold IS NOT NULL)),
    CONSTRAINT completion_rules_lesson_is_of_the_course
        FOREIGN KEY (institution_id, course_id, lesson_id) REFERENCES lessons (institution_id, course_id, id),
    CONSTRAINT completion_rules_assignment_is_of_the_course
        FOREIGN KEY (institution_id, course_id, assignment_id) REFERENCES assignments (institution_id, course_id, id)
);
COMMENT ON COLUMN completion_rules.threshold IS 'Points, as they were given.';

-- The read model `course_progress` folds more than before: run `eduflow rebuild course_progress`.
ALTER TABLE lesson_completions ALTER COLUMN at DROP NOT NULL, ALTER COLUMN seq SET DEFAULT 0,
    ADD COLUMN said boolean NOT NULL DEFAULT false, ADD COLUMN viewed boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN lesson_completions.said IS 'Whether the learner said last that it is done.';
COMMENT ON COLUMN lesson_completions.seq IS 'The event that said so; an older one that arrives later changes nothing.';
COMMENT ON COLUMN lesson_completions.completed IS 'By the rule of the lesson.';
CREATE INDEX lesson_completions_of_lesson ON lesson_completions (lesson_id);
ALTER TABLE course_progress ALTER COLUMN last_at DROP NOT NULL;

CREATE TABLE progress_rules (
    lesson_id      uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    rule           text NOT NULL,
    assignment_id  uuid,
    threshold      numeric,
    seq            bigint NOT NULL
);
CREATE INDEX progress_rules_of_assignment ON progress_rules (assignment_id);
CREATE TABLE progress_work (
    user_id        uuid NOT NULL,
    assignment_id  uuid NOT NULL,
    course_id      uuid NOT NULL,
    institution_id uuid NOT NULL,
    submitted      boolean NOT NULL DEFAULT false,
    excused        boolean NOT NULL DEFAULT false,
    score          numeric,
    seq            bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, assignment_id)
);
COMMENT ON TABLE progress_work IS 'What lessons can be completed by: that work was handed in, and the last grade as it was given.';
CREATE INDEX progress_work_of_assignment ON progress_work (assignment_id);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['completion_rules', 'progress_rules', 'progress_work'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_institution ON %I TO __app__ USING (institution_id = (SELECT eduflow_institution()))', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON completion_rules TO __app__, __worker__;
GRANT SELECT ON progress_rules, progress_work TO __app__;
GRANT SELECT, INSERT, UPDATE, DELETE ON progress_rules, progress_work TO __worker__;

-- Certificates.

CREATE TABLE certificates (
    id              uuid PRIMARY KEY,
    institution_id  uuid NOT NULL,
    course_id       uuid NOT NULL,
    user_id         uuid NOT NULL,
    evidence        text NOT NULL,
    evidence_hash   bytea NOT NULL CONSTRAINT certificates_digest_is_whole CHECK (length(evidence_hash) = 32),
    awarded_by      uuid NOT NULL,
    awarded_at      timestamptz NOT NULL,
    revoked_at      timestamptz,
    revoked_because text,
    FOREIGN KEY (institution_id, course_id) REFERENCES courses (institution_id, id),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id),
    FOREIGN KEY (institution_id, awarded_by) REFERENCES users (institution_id, id),
    CONSTRAINT certificates_digest_is_of_the_evidence
        CHECK (evidence = '' OR sha256(convert_to(evidence, 'UTF8')) = evidence_hash),
    CONSTRAINT certificates_revoked_with_a_reason
        CHECK ((revoked_at IS NULL) = (revoked_because IS NULL) AND revoked_because <> ''),
    CONSTRAINT certificates_only_the_erased_lose_their_evidence CHECK (evidence <> '' OR coalesce(revoked_because, '') = 'erased')
);
COMMENT ON COLUMN certificates.evidence IS 'What the certificate says, as canonical JSON; blank once its person is erased.';
COMMENT ON COLUMN certificates.evidence_hash IS 'SHA-256 of the evidence, which never changes.';
CREATE UNIQUE INDEX certificates_one_valid ON certificates (user_id, course_id) WHERE revoked_at IS NULL;
CREATE INDEX certificates_of_course ON certificates (course_id, awarded_at, id);
CREATE INDEX certificates_of_person ON certificates (user_id, awarded_at, id);
ALTER TABLE certificates ENABLE ROW LEVEL SECURITY;
ALTER TABLE certificates FORCE ROW LEVEL SECURITY;
CREATE POLICY own_institution ON certificates TO __app__ USING (institution_id = (SELECT eduflow_institution()));
CREATE POLICY workers_serve_everybody ON certificates TO __worker__ USING (true);
CREATE POLICY login_looks_across ON certificates TO __owner__ USING (current_setting('eduflow.login', true) = 'yes');
-- What a certificate says is never changed but to forget somebody.
GRANT SELECT, INSERT, UPDATE (revoked_at, revoked_because) ON certificates TO __app__;
GRANT SELECT, INSERT, UPDATE (evidence, revoked_at, revoked_because) ON certificates TO __worker__;

CREATE FUNCTION certificate_place(wanted uuid) RETURNS uuid
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    place uuid;
BEGIN
    PERFORM set_config('eduflow.login', 'yes', true);
    SELECT c.institution_id INTO place FROM certificates AS c WHERE c.id = wanted;
    PERFORM set_config('eduflow.login', '', true);
    RETURN place;
END $$;
REVOKE ALL ON FUNCTION certificate_place FROM PUBLIC;
GRANT EXECUTE ON FUNCTION certificate_place TO __app__, __worker__;

UPDATE roles SET permissions = permissions || ARRAY['certificate:read', 'certificate:write'] WHERE key IN ('administrator', 'teacher');
UPDATE roles SET permissions = permissions || ARRAY['certificate:read'] WHERE key IN ('registrar', 'adviser', 'ta');

-- Whoever knows the address of a calendar reads it in its owner's name; and anybody may check a
-- certificate, of whichever institution, in nobody's.
DO $$
DECLARE
    known text := pg_get_functiondef('authorize(uuid, uuid, text, text, uuid)'::regprocedure);
    identified text := E'    PERFORM eduflow_identify(institution, person);\n';
    unknown text := '            ELSE RAISE EXCEPTION ''authorize knows no kind';
BEGIN
    IF position(identified IN known) = 0 OR position(unknown IN known) = 0 THEN
        RAISE EXCEPTION 'authorize() is not as this revision knows it';
    END IF;
    known := replace(known, identified, $public$    IF kind = 'calendar' AND permission = 'public' THEN
        SELECT o.institution_id, o.user_id INTO institution, person FROM calendar_owner(target) AS o;
        PERFORM eduflow_identify(institution, person);
        RETURN CASE WHEN person IS NULL THEN 0 ELSE 2 END;
    END IF;
    IF kind = 'certificate' AND permission = 'public' THEN
        institution := certificate_place(target);
        PERFORM eduflow_identify(institution, NULL);
        RETURN CASE WHEN institution IS NULL THEN 0 ELSE 2 END;
    END IF;
$public$ || identified);
    EXECUTE replace(known, unknown, $kinds$            WHEN 'certificate' THEN SELECT t.course_id INTO course
                FROM certificates AS t JOIN courses AS c ON c.id = t.course_id WHERE t.id = target AND c.state <> 'deleted';
$kinds$ || unknown);
END $$;
