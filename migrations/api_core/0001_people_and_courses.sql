-- People, roles, courses, enrollment and progress; and the login, which api_core owns.

CREATE TABLE institutions (
    id         uuid PRIMARY KEY,
    slug       text NOT NULL CONSTRAINT institutions_slug_is_free UNIQUE
               CONSTRAINT institutions_slug_is_a_name CHECK (slug ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    name       text NOT NULL,
    time_zone  text NOT NULL DEFAULT 'UTC',
    locale     text NOT NULL DEFAULT 'en',
    created_at timestamptz NOT NULL,
    version    integer NOT NULL DEFAULT 1
);

CREATE TABLE accounts (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL REFERENCES institutions,
    parent_id      uuid,
    name           text NOT NULL,
    sis_id         text,
    state          text NOT NULL DEFAULT 'active'
        CONSTRAINT accounts_state_is_known CHECK (state IN ('active', 'deleted')),
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    CONSTRAINT accounts_sis_id_once UNIQUE (institution_id, sis_id),
    CONSTRAINT accounts_parent_is_of_the_same_institution
        FOREIGN KEY (institution_id, parent_id) REFERENCES accounts (institution_id, id),
    CONSTRAINT accounts_are_not_their_own_parent CHECK (parent_id <> id)
);
COMMENT ON TABLE accounts IS 'Departments and schools within an institution, as an SIS sends them.';

CREATE TABLE terms (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL REFERENCES institutions,
    name           text NOT NULL,
    sis_id         text,
    starts_on      timestamptz,
    ends_on        timestamptz,
    state          text NOT NULL DEFAULT 'active'
        CONSTRAINT terms_state_is_known CHECK (state IN ('active', 'deleted')),
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    CONSTRAINT terms_sis_id_once UNIQUE (institution_id, sis_id),
    CONSTRAINT terms_end_after_they_start CHECK (ends_on > starts_on)
);

CREATE TABLE users (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL REFERENCES institutions,
    email          text NOT NULL,
    display_name   text NOT NULL CONSTRAINT users_have_a_name CHECK (display_name <> ''),
    sortable_name  text NOT NULL,
    sis_id         text,
    login_id       text,
    tier           text CONSTRAINT users_tier_is_known CHECK (tier IN ('high_school', 'undergraduate', 'graduate', 'professional')),
    locale         text NOT NULL DEFAULT 'en',
    time_zone      text NOT NULL DEFAULT 'UTC',
    state          text NOT NULL DEFAULT 'active'
        CONSTRAINT users_state_is_known CHECK (state IN ('active', 'suspended', 'deleted')),
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    -- Columns, not indexes on lower(): under row-level security PostgreSQL lets only leak-proof
    -- functions choose rows by an index, and lower() is none.
    search_name    text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(sortable_name)) STORED,
    search_display text COLLATE "C" NOT NULL GENERATED ALWAYS AS (lower(display_name)) STORED,
    UNIQUE (institution_id, id),
    CONSTRAINT users_sis_id_once UNIQUE (institution_id, sis_id),
    CONSTRAINT users_email_is_lower_case CHECK (email = lower(email) AND email LIKE '%_@_%')
);
CREATE UNIQUE INDEX users_email_once ON users (institution_id, email) WHERE state <> 'deleted';
CREATE INDEX users_email ON users (email);
-- Serve the list of people: in order of name, from a cursor on, or by the beginning of either name.
CREATE INDEX users_by_name ON users (institution_id, search_name, id) WHERE state <> 'deleted';
CREATE INDEX users_by_display_name ON users (institution_id, search_display) WHERE state <> 'deleted';

CREATE TABLE credentials (
    user_id        uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    password_hash  text NOT NULL,
    changed_at     timestamptz NOT NULL,
    kept_session   uuid,
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id)
);
COMMENT ON COLUMN credentials.changed_at IS 'When the person chose it. Hashing it anew at another cost does not move it.';
COMMENT ON COLUMN credentials.kept_session IS 'The session it was changed in, which alone outlives the change.';

CREATE TABLE login_sessions (
    id                uuid PRIMARY KEY,
    user_id           uuid NOT NULL,
    institution_id    uuid NOT NULL,
    secret_hash       bytea NOT NULL,
    previous_hash     bytea,
    rotated_at        timestamptz,
    generation        integer NOT NULL DEFAULT 1,
    user_agent        text NOT NULL DEFAULT '',
    created_at        timestamptz NOT NULL,
    used_at           timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL,
    revoked_at        timestamptz,
    revoked_because   text CONSTRAINT login_sessions_reason_is_known
        CHECK (revoked_because IN ('logout', 'reuse', 'password', 'suspended', 'administrator')),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id),
    CONSTRAINT login_sessions_revoked_with_a_reason CHECK ((revoked_at IS NULL) = (revoked_because IS NULL))
);
COMMENT ON TABLE login_sessions IS 'One family of refresh tokens; only keyed hashes of them are kept.';
CREATE INDEX login_sessions_of_user ON login_sessions (user_id) WHERE revoked_at IS NULL;
CREATE INDEX login_sessions_revoked ON login_sessions (revoked_at) WHERE revoked_at IS NOT NULL;

CREATE TABLE one_time_tokens (
    id             uuid PRIMARY KEY,
    user_id        uuid NOT NULL,
    institution_id uuid NOT NULL,
    purpose        text NOT NULL
        CONSTRAINT one_time_tokens_purpose_is_known CHECK (purpose IN ('invitation', 'password-reset')),
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    used_at        timestamptz,
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id)
);
COMMENT ON TABLE one_time_tokens IS 'What was promised by mail. The token itself is made from the id under EDUFLOW_SECRET and stored nowhere.';
CREATE INDEX one_time_tokens_of_user ON one_time_tokens (user_id, purpose);
-- Whoever asks for a link many times at once is sent one.
CREATE UNIQUE INDEX one_time_tokens_one_open ON one_time_tokens (user_id, purpose) WHERE used_at IS NULL;

CREATE TABLE signing_keys (
    kid         text PRIMARY KEY,
    public_key  bytea NOT NULL,
    sealed_key  bytea NOT NULL,
    state       text NOT NULL
        CONSTRAINT signing_keys_state_is_known CHECK (state IN ('announced', 'signing', 'retiring', 'withdrawn')),
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL
);
-- Whoever makes the first key, or rotates, at the same moment as another, meets them here.
CREATE UNIQUE INDEX signing_keys_one_signing ON signing_keys (state) WHERE state = 'signing';
CREATE UNIQUE INDEX signing_keys_one_announced ON signing_keys (state) WHERE state = 'announced';
COMMENT ON COLUMN signing_keys.sealed_key IS 'Private key, AES-GCM under a key derived from EDUFLOW_SECRET.';

CREATE TABLE roles (
    key         text PRIMARY KEY,
    title       text NOT NULL,
    permissions text[] NOT NULL
);
INSERT INTO roles (key, title, permissions) VALUES
    ('administrator', 'Administrator', ARRAY['institution:write', 'user:read', 'user:write', 'role:write', 'term:write',
        'course:read', 'course:write', 'enrollment:read', 'enrollment:write', 'roster:read', 'progress:read', 'dashboard:read', 'sis:write', 'sis:read']),
    ('registrar', 'Registrar', ARRAY['user:read', 'user:write', 'term:write', 'course:read', 'course:write',
        'enrollment:read', 'enrollment:write', 'roster:read', 'sis:write', 'sis:read']),
    ('adviser', 'Adviser', ARRAY['user:read', 'course:read', 'enrollment:read', 'roster:read', 'progress:read', 'dashboard:read']),
    ('teacher', 'Teacher', ARRAY['course:read', 'course:write', 'enrollment:read', 'enrollment:write', 'roster:read', 'progress:read', 'dashboard:read', 'progress:write']),
    ('designer', 'Designer', ARRAY['course:read', 'course:write']),
    ('ta', 'Teaching assistant', ARRAY['course:read', 'enrollment:read', 'roster:read', 'progress:read', 'dashboard:read', 'progress:write']),
    ('student', 'Student', ARRAY['course:read', 'progress:write']),
    ('observer', 'Observer', ARRAY['course:read']);

CREATE TABLE courses (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL REFERENCES institutions,
    account_id     uuid,
    term_id        uuid,
    code           text NOT NULL,
    title          text NOT NULL,
    description    text NOT NULL DEFAULT '',
    tier           text CONSTRAINT courses_tier_is_known CHECK (tier IN ('high_school', 'undergraduate', 'graduate', 'professional')),
    sis_id         text,
    starts_on      timestamptz,
    ends_on        timestamptz,
    state          text NOT NULL DEFAULT 'draft'
        CONSTRAINT courses_state_is_known CHECK (state IN ('draft', 'published', 'concluded', 'deleted')),
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    FOREIGN KEY (institution_id, account_id) REFERENCES accounts (institution_id, id),
    CONSTRAINT courses_term_exists FOREIGN KEY (institution_id, term_id) REFERENCES terms (institution_id, id),
    CONSTRAINT courses_sis_id_once UNIQUE (institution_id, sis_id),
    CONSTRAINT courses_end_after_they_start CHECK (ends_on > starts_on)
);
-- Serves the catalogue, page by page.
CREATE INDEX courses_by_code ON courses (institution_id, code, id) WHERE state <> 'deleted';

CREATE TABLE course_sections (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    name           text NOT NULL,
    sis_id         text,
    starts_on      timestamptz,
    ends_on        timestamptz,
    is_default     boolean NOT NULL DEFAULT false,
    state          text NOT NULL DEFAULT 'active'
        CONSTRAINT course_sections_state_is_known CHECK (state IN ('active', 'deleted')),
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, course_id, id),
    FOREIGN KEY (institution_id, course_id) REFERENCES courses (institution_id, id),
    CONSTRAINT course_sections_end_after_they_start CHECK (ends_on > starts_on),
    CONSTRAINT course_sections_sis_id_once UNIQUE (institution_id, sis_id)
);
CREATE UNIQUE INDEX course_sections_one_default ON course_sections (course_id) WHERE is_default;
CREATE INDEX course_sections_of_course ON course_sections (course_id, id);

CREATE TABLE enrollments (
    id               uuid PRIMARY KEY,
    institution_id   uuid NOT NULL,
    course_id        uuid NOT NULL,
    section_id       uuid NOT NULL,
    user_id          uuid NOT NULL,
    role             text NOT NULL
        CONSTRAINT enrollments_role_is_of_a_course CHECK (role IN ('student', 'teacher', 'ta', 'observer', 'designer')),
    state            text NOT NULL DEFAULT 'active'
        CONSTRAINT enrollments_state_is_known CHECK (state IN ('invited', 'active', 'inactive', 'completed', 'withdrawn')),
    observes_user_id uuid,
    created_at       timestamptz NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    CONSTRAINT enrollments_section_is_of_the_course
        FOREIGN KEY (institution_id, course_id, section_id) REFERENCES course_sections (institution_id, course_id, id),
    CONSTRAINT enrollments_person_exists FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id),
    CONSTRAINT enrollments_observed_exists FOREIGN KEY (institution_id, observes_user_id) REFERENCES users (institution_id, id),
    CONSTRAINT enrollments_one_seat UNIQUE NULLS NOT DISTINCT (section_id, user_id, role, observes_user_id),
    CONSTRAINT enrollments_only_observers_observe CHECK (observes_user_id IS NULL OR role = 'observer')
);
CREATE INDEX enrollments_of_person ON enrollments (user_id, course_id);
CREATE INDEX enrollments_of_course ON enrollments (course_id);

CREATE TABLE role_assignments (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    user_id        uuid NOT NULL,
    role           text NOT NULL REFERENCES roles,
    context_type   text NOT NULL
        CONSTRAINT role_assignments_context_is_known CHECK (context_type IN ('institution', 'course', 'section')),
    context_id     uuid NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT role_assignments_person_exists FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id),
    CONSTRAINT role_assignments_once UNIQUE (user_id, role, context_id)
);

CREATE TABLE course_modules (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    title          text NOT NULL,
    position       integer NOT NULL CONSTRAINT course_modules_position_is_positive CHECK (position > 0),
    unlock_at      timestamptz,
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, course_id, id),
    FOREIGN KEY (institution_id, course_id) REFERENCES courses (institution_id, id)
);
CREATE INDEX course_modules_of_course ON course_modules (course_id, position, id);

CREATE TABLE lessons (
    id              uuid PRIMARY KEY,
    institution_id  uuid NOT NULL,
    course_id       uuid NOT NULL,
    module_id       uuid NOT NULL,
    title           text NOT NULL,
    body            text NOT NULL DEFAULT '',
    position        integer NOT NULL CONSTRAINT lessons_position_is_positive CHECK (position > 0),
    content_item_id uuid,
    content_version integer,
    created_at      timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    CONSTRAINT lessons_module_is_of_the_course
        FOREIGN KEY (institution_id, course_id, module_id) REFERENCES course_modules (institution_id, course_id, id),
    CONSTRAINT lessons_pin_a_version CHECK ((content_item_id IS NULL) = (content_version IS NULL))
);
CREATE INDEX lessons_of_module ON lessons (module_id, position, id);

CREATE TABLE lesson_progress_events (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    lesson_id      uuid NOT NULL,
    user_id        uuid NOT NULL,
    kind           text NOT NULL
        CONSTRAINT lesson_progress_events_kind_is_known CHECK (kind IN ('viewed', 'completed', 'reopened')),
    at             timestamptz NOT NULL,
    FOREIGN KEY (institution_id, lesson_id) REFERENCES lessons (institution_id, id),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id)
);
COMMENT ON TABLE lesson_progress_events IS 'What people did with lessons. Progress is a fold of it, and is never written by hand.';
CREATE INDEX lesson_progress_events_of_person ON lesson_progress_events (user_id, lesson_id, at);

-- Read models: written by folds alone.

CREATE TABLE course_roster (
    enrollment_id  uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    section_id     uuid NOT NULL,
    user_id        uuid NOT NULL,
    role           text NOT NULL,
    state          text NOT NULL,
    since          timestamptz NOT NULL
);
CREATE INDEX course_roster_page ON course_roster (course_id, since, enrollment_id);
CREATE INDEX course_roster_of_person ON course_roster (user_id, course_id);

CREATE TABLE people (
    user_id        uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    display_name   text NOT NULL,
    sortable_name  text NOT NULL,
    email          text NOT NULL,
    state          text NOT NULL
);
COMMENT ON TABLE people IS 'A small copy of names, fed by person.* events, joined where names are shown.';

CREATE TABLE course_cards (
    course_id      uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    code           text NOT NULL,
    title          text NOT NULL,
    state          text NOT NULL,
    lessons        integer NOT NULL DEFAULT 0
);

CREATE TABLE lesson_completions (
    user_id        uuid NOT NULL,
    course_id      uuid NOT NULL,
    lesson_id      uuid NOT NULL,
    institution_id uuid NOT NULL,
    completed      boolean NOT NULL,
    at             timestamptz NOT NULL,
    seq            bigint NOT NULL,
    PRIMARY KEY (user_id, course_id, lesson_id)
);
COMMENT ON COLUMN lesson_completions.seq IS 'The event that decided; an older one that arrives later changes nothing. Why a reopened lesson keeps its row.';
CREATE TABLE course_progress (
    user_id        uuid NOT NULL,
    course_id      uuid NOT NULL,
    institution_id uuid NOT NULL,
    completed      integer NOT NULL,
    last_at        timestamptz NOT NULL,
    PRIMARY KEY (user_id, course_id)
);
CREATE INDEX course_progress_of_course ON course_progress (course_id, user_id);

-- Who may see what.

CREATE FUNCTION authorize(institution uuid, person uuid, permission text, kind text, target uuid) RETURNS smallint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    course uuid;
    section uuid;
    found_it boolean := true;
    own boolean := false;
BEGIN
    PERFORM eduflow_identify(institution, person);
    IF permission = 'public' OR current_user = '__worker__' THEN RETURN 2; END IF;
    IF institution IS NULL OR person IS NULL THEN RETURN 1; END IF;
    IF target IS NOT NULL THEN
        CASE kind
            WHEN 'institution' THEN found_it := target = institution;
            WHEN 'course' THEN SELECT c.id INTO course FROM courses AS c WHERE c.id = target AND c.state <> 'deleted';
            WHEN 'section' THEN SELECT s.course_id, s.id INTO course, section
                FROM course_sections AS s JOIN courses AS c ON c.id = s.course_id
                WHERE s.id = target AND s.state <> 'deleted' AND c.state <> 'deleted';
            WHEN 'module' THEN SELECT m.course_id INTO course
                FROM course_modules AS m JOIN courses AS c ON c.id = m.course_id WHERE m.id = target AND c.state <> 'deleted';
            WHEN 'lesson' THEN SELECT l.course_id INTO course
                FROM lessons AS l JOIN courses AS c ON c.id = l.course_id WHERE l.id = target AND c.state <> 'deleted';
            WHEN 'enrollment' THEN
                SELECT e.course_id, e.section_id, e.user_id = person INTO course, section, own
                FROM enrollments AS e JOIN courses AS c ON c.id = e.course_id WHERE e.id = target AND c.state <> 'deleted';
                IF own AND permission = 'enrollment:read' THEN RETURN 2; END IF;
            WHEN 'user' THEN
                SELECT true INTO found_it FROM users AS u WHERE u.id = target AND u.state <> 'deleted';
                IF found_it AND target = person AND permission = 'user:read' THEN RETURN 2; END IF;
            ELSE RAISE EXCEPTION 'authorize knows no kind %', kind;
        END CASE;
        IF found_it IS NOT TRUE OR (course IS NULL AND kind NOT IN ('institution', 'user')) THEN RETURN 0; END IF;
    END IF;
    IF permission = '' THEN RETURN 2; END IF;
    IF course IS NOT NULL AND EXISTS (
        SELECT FROM enrollments AS e JOIN roles AS r ON r.key = e.role
        WHERE e.user_id = person AND e.course_id = course
          -- Whoever has completed a course may still look at it, and change nothing.
          AND (e.state = 'active' OR (e.state = 'completed' AND permission LIKE '%:read'))
          AND authorize.permission = ANY (r.permissions)
    ) THEN RETURN 2; END IF;
    IF EXISTS (
        SELECT FROM role_assignments AS a JOIN roles AS r ON r.key = a.role
        WHERE a.user_id = person AND a.context_id IN (institution, course, section)
          AND authorize.permission = ANY (r.permissions)
    ) THEN RETURN 2; END IF;
    RETURN 1;
END $$;

-- For queries whose answer is smaller for some: whether the person of this statement has a
-- permission on the whole institution, or in one course.
CREATE FUNCTION holds(permission text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM role_assignments AS a JOIN roles AS r ON r.key = a.role
        WHERE a.user_id = eduflow_person() AND a.context_id = eduflow_institution() AND permission = ANY (r.permissions))
$$;
CREATE FUNCTION holds_in(permission text, course uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM role_assignments AS a JOIN roles AS r ON r.key = a.role
        WHERE a.user_id = eduflow_person() AND a.context_id IN (eduflow_institution(), course) AND permission = ANY (r.permissions)
    ) OR EXISTS (
        SELECT FROM enrollments AS e JOIN roles AS r ON r.key = e.role
        WHERE e.user_id = eduflow_person() AND e.course_id = course AND e.state = 'active' AND permission = ANY (r.permissions))
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['accounts', 'terms', 'users', 'credentials', 'login_sessions', 'one_time_tokens',
        'courses', 'course_sections', 'enrollments', 'role_assignments', 'course_modules', 'lessons',
        'lesson_progress_events', 'course_roster', 'people', 'course_cards', 'lesson_completions', 'course_progress']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_institution ON %I TO __app__ USING (institution_id = (SELECT eduflow_institution()))', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
    END LOOP;
END $$;
ALTER TABLE institutions ENABLE ROW LEVEL SECURITY;
ALTER TABLE institutions FORCE ROW LEVEL SECURITY;
CREATE POLICY own_institution ON institutions TO __app__ USING (id = (SELECT eduflow_institution()));
CREATE POLICY workers_serve_everybody ON institutions TO __worker__ USING (true);

GRANT SELECT ON roles TO __app__, __worker__;
GRANT SELECT, UPDATE ON institutions TO __app__;
GRANT SELECT, INSERT, UPDATE ON users, credentials, login_sessions, one_time_tokens, courses, course_sections,
    enrollments, course_modules, lessons, terms, accounts, signing_keys TO __app__;
GRANT SELECT, INSERT, DELETE ON role_assignments TO __app__;
GRANT SELECT, INSERT ON lesson_progress_events TO __app__;
GRANT SELECT ON course_roster, people, course_cards, lesson_completions, course_progress TO __app__;
GRANT SELECT, INSERT, UPDATE ON institutions, users, credentials, login_sessions, one_time_tokens, courses, course_sections,
    enrollments, course_modules, lessons, terms, accounts TO __worker__;
GRANT DELETE ON login_sessions, one_time_tokens TO __worker__;
GRANT SELECT, INSERT, DELETE ON role_assignments TO __worker__;
GRANT SELECT, INSERT ON lesson_progress_events TO __worker__;
GRANT SELECT, INSERT, UPDATE, DELETE ON course_roster, people, course_cards, lesson_completions, course_progress TO __worker__;

-- The login asks before anybody is anybody. These functions answer it, and the policies below let
-- only them, run as the owner, look across institutions; plain SQL of the owner sees nothing.
CREATE POLICY login_looks_across ON users TO __owner__ USING (current_setting('eduflow.login', true) = 'yes');
CREATE POLICY login_looks_across ON credentials TO __owner__ USING (current_setting('eduflow.login', true) = 'yes');
CREATE POLICY login_looks_across ON login_sessions TO __owner__ USING (current_setting('eduflow.login', true) = 'yes');
CREATE POLICY login_looks_across ON one_time_tokens TO __owner__ USING (current_setting('eduflow.login', true) = 'yes');
CREATE POLICY login_looks_across ON institutions TO __owner__ USING (current_setting('eduflow.login', true) = 'yes');

CREATE FUNCTION login_candidates(wanted text, at_institution text)
RETURNS TABLE (user_id uuid, institution_id uuid, institution text, password_hash text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM set_config('eduflow.login', 'yes', true);
    RETURN QUERY SELECT u.id, u.institution_id, i.slug, c.password_hash
        FROM users AS u JOIN institutions AS i ON i.id = u.institution_id LEFT JOIN credentials AS c ON c.user_id = u.id
        WHERE u.email = lower(wanted) AND u.state = 'active' AND (at_institution IS NULL OR i.slug = at_institution)
        ORDER BY u.id LIMIT 4;
    PERFORM set_config('eduflow.login', '', true);
END $$;

CREATE FUNCTION login_session(wanted uuid) RETURNS SETOF login_sessions
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM set_config('eduflow.login', 'yes', true);
    RETURN QUERY SELECT s.* FROM login_sessions AS s JOIN users AS u ON u.id = s.user_id
        WHERE s.id = wanted AND u.state = 'active';
    PERFORM set_config('eduflow.login', '', true);
END $$;

CREATE FUNCTION login_account(wanted uuid)
RETURNS TABLE (user_id uuid, institution_id uuid, email text, password_hash text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM set_config('eduflow.login', 'yes', true);
    RETURN QUERY SELECT u.id, u.institution_id, u.email, c.password_hash
        FROM users AS u LEFT JOIN credentials AS c ON c.user_id = u.id
        WHERE u.id = wanted AND u.state = 'active';
    PERFORM set_config('eduflow.login', '', true);
END $$;

CREATE FUNCTION one_time_token(wanted uuid)
RETURNS TABLE (id uuid, purpose text, expires_at timestamptz, used_at timestamptz, user_id uuid, institution_id uuid, email text)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM set_config('eduflow.login', 'yes', true);
    RETURN QUERY SELECT t.id, t.purpose, t.expires_at, t.used_at, u.id, u.institution_id, u.email
        FROM one_time_tokens AS t JOIN users AS u ON u.id = t.user_id
        WHERE t.id = wanted AND u.state = 'active';
    PERFORM set_config('eduflow.login', '', true);
END $$;

CREATE FUNCTION revoked_sessions(since interval)
RETURNS TABLE (id uuid, revoked_at timestamptz)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    PERFORM set_config('eduflow.login', 'yes', true);
    RETURN QUERY SELECT s.id, s.revoked_at FROM login_sessions AS s
        WHERE s.revoked_at > clock_timestamp() - since ORDER BY s.revoked_at;
    PERFORM set_config('eduflow.login', '', true);
END $$;

REVOKE ALL ON FUNCTION login_candidates, login_account, login_session, one_time_token, revoked_sessions FROM PUBLIC;
GRANT EXECUTE ON FUNCTION login_candidates, login_account, login_session, one_time_token, revoked_sessions TO __app__, __worker__;

-- A login may be under way, its password already found right, while the person is suspended or the
-- password changed. A trigger's statement has a snapshot of its own, taken after the wait for the
-- row that the login holds (FOR SHARE), and so sees the session that the outer statement cannot.
CREATE FUNCTION end_sessions_of_the_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE login_sessions SET revoked_at = clock_timestamp(), revoked_because = 'suspended'
        WHERE user_id = NEW.id AND revoked_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_end_with_suspension AFTER UPDATE OF state ON users FOR EACH ROW
    WHEN (OLD.state = 'active' AND NEW.state <> 'active') EXECUTE FUNCTION end_sessions_of_the_suspended();

CREATE FUNCTION end_sessions_of_the_old_password() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE login_sessions SET revoked_at = clock_timestamp(), revoked_because = 'password'
        WHERE user_id = NEW.user_id AND id IS DISTINCT FROM NEW.kept_session AND revoked_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_end_with_the_password AFTER UPDATE OF changed_at ON credentials FOR EACH ROW
    WHEN (OLD.changed_at <> NEW.changed_at) EXECUTE FUNCTION end_sessions_of_the_old_password();
