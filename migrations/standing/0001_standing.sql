-- Who has which seat and role, folded from what api_core tells: by this a service decides who may do
-- what, without asking another. The copy is as new as its checkpoint; a refusal is not given to
-- somebody who has written there since.

CREATE TABLE roles (
    key         text PRIMARY KEY,
    permissions text[] NOT NULL
);
COMMENT ON TABLE roles IS 'What a role permits in this service. The names are api_core''s, the permissions its own.';

CREATE TABLE standing_courses (
    course_id      uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    code           text NOT NULL,
    title          text NOT NULL,
    state          text NOT NULL
);
CREATE TABLE standing_seats (
    enrollment_id  uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    section_id     uuid NOT NULL,
    user_id        uuid NOT NULL,
    role           text NOT NULL,
    state          text NOT NULL
);
CREATE INDEX standing_seats_of_person ON standing_seats (user_id, course_id);
CREATE INDEX standing_seats_of_course ON standing_seats (course_id, user_id);
CREATE TABLE standing_roles (
    user_id        uuid NOT NULL,
    role           text NOT NULL,
    context_id     uuid NOT NULL,
    institution_id uuid NOT NULL,
    PRIMARY KEY (user_id, role, context_id)
);
CREATE TABLE people (
    user_id        uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    display_name   text NOT NULL,
    sortable_name  text NOT NULL,
    state          text NOT NULL
);
COMMENT ON TABLE people IS 'A small copy of names, fed by person.* events, joined where names are shown.';

-- Where a thing of this service is: its course and section, and whether the person may do this with
-- it because it is theirs. No row: there is no such thing. Each service replaces it.
CREATE FUNCTION place_of(kind text, target uuid, person uuid, permission text,
    OUT course uuid, OUT section uuid, OUT own boolean, OUT known boolean)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RAISE EXCEPTION 'authorize knows no kind %', kind;
END $$;

CREATE FUNCTION authorize(institution uuid, person uuid, permission text, kind text, target uuid) RETURNS smallint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    place record;
    in_course uuid;
    in_section uuid;
BEGIN
    PERFORM eduflow_identify(institution, person);
    IF permission = 'public' OR current_user = '__worker__' THEN RETURN 2; END IF;
    IF institution IS NULL OR person IS NULL THEN RETURN 1; END IF;
    IF target IS NOT NULL THEN
        IF kind = 'institution' THEN
            IF target <> institution THEN RETURN 0; END IF;
        ELSIF kind = 'course' THEN
            SELECT c.course_id INTO in_course FROM standing_courses AS c WHERE c.course_id = target AND c.state <> 'deleted';
            IF in_course IS NULL THEN RETURN 0; END IF;
        ELSE
            SELECT * INTO place FROM place_of(kind, target, person, permission);
            IF place.known IS NOT TRUE THEN RETURN 0; END IF;
            IF place.own THEN RETURN 2; END IF;
            in_course := place.course;
            in_section := place.section;
        END IF;
    END IF;
    IF permission = '' THEN RETURN 2; END IF;
    IF in_course IS NOT NULL AND EXISTS (
        SELECT FROM standing_seats AS s JOIN roles AS r ON r.key = s.role
        WHERE s.user_id = person AND s.course_id = in_course
          -- Whoever has completed a course may still look at it, and change nothing.
          AND (s.state = 'active' OR (s.state = 'completed' AND permission LIKE '%:read'))
          AND authorize.permission = ANY (r.permissions)
    ) THEN RETURN 2; END IF;
    IF EXISTS (
        SELECT FROM standing_roles AS a JOIN roles AS r ON r.key = a.role
        WHERE a.user_id = person AND a.context_id IN (institution, in_course, in_section)
          AND authorize.permission = ANY (r.permissions)
    ) THEN RETURN 2; END IF;
    RETURN 1;
END $$;

-- For queries whose answer is smaller for some: whether the person of this statement has a
-- permission on the whole institution, or in one course.
CREATE FUNCTION holds(permission text) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM standing_roles AS a JOIN roles AS r ON r.key = a.role
        WHERE a.user_id = eduflow_person() AND a.context_id = eduflow_institution() AND permission = ANY (r.permissions))
$$;
CREATE FUNCTION holds_in(permission text, course uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM standing_roles AS a JOIN roles AS r ON r.key = a.role
        WHERE a.user_id = eduflow_person() AND a.context_id IN (eduflow_institution(), course) AND permission = ANY (r.permissions)
    ) OR EXISTS (
        SELECT FROM standing_seats AS s JOIN roles AS r ON r.key = s.role
        WHERE s.user_id = eduflow_person() AND s.course_id = course AND s.state = 'active' AND permission = ANY (r.permissions))
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['standing_courses', 'standing_seats', 'standing_roles', 'people'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_institution ON %I TO __app__ USING (institution_id = (SELECT eduflow_institution()))', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
        EXECUTE format('GRANT SELECT ON %I TO __app__', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO __worker__', name);
    END LOOP;
END $$;
GRANT SELECT ON roles TO __app__, __worker__;
