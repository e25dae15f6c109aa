-- Assignments, submissions, rubrics and grades; and the gradebook, which is a fold of them.

CREATE TABLE assignment_groups (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    name           text NOT NULL,
    weight         numeric(7, 4) NOT NULL
        CONSTRAINT assignment_groups_weight_is_a_share CHECK (weight BETWEEN 0 AND 100),
    drop_lowest    integer NOT NULL
        CONSTRAINT assignment_groups_drop_some_or_none CHECK (drop_lowest >= 0),
    position       integer NOT NULL CONSTRAINT assignment_groups_position_is_positive CHECK (position > 0),
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, course_id, id),
    FOREIGN KEY (institution_id, course_id) REFERENCES courses (institution_id, id)
);
COMMENT ON COLUMN assignment_groups.weight IS 'Per cent of the course grade. In a course whose groups all weigh nothing, points count as they are.';
CREATE INDEX assignment_groups_of_course ON assignment_groups (course_id, position, id);

CREATE TABLE rubrics (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    title          text NOT NULL,
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, course_id, id),
    FOREIGN KEY (institution_id, course_id) REFERENCES courses (institution_id, id)
);
CREATE INDEX rubrics_of_course ON rubrics (course_id, id);

CREATE TABLE rubric_versions (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    rubric_id      uuid NOT NULL,
    number         integer NOT NULL CONSTRAINT rubric_versions_count_from_one CHECK (number > 0),
    frozen_at      timestamptz NOT NULL,
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, course_id, id),
    CONSTRAINT rubric_versions_number_once UNIQUE (rubric_id, number),
    FOREIGN KEY (institution_id, course_id, rubric_id) REFERENCES rubrics (institution_id, course_id, id)
);
COMMENT ON TABLE rubric_versions IS 'Frozen from birth: what a grade cites never changes under it.';

CREATE TABLE rubric_criteria (
    id                uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    rubric_version_id uuid NOT NULL,
    position          integer NOT NULL,
    description       text NOT NULL,
    grader_note       text NOT NULL DEFAULT '',
    points            numeric(12, 4) NOT NULL CONSTRAINT rubric_criteria_points_are_not_negative CHECK (points >= 0),
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, rubric_version_id, id),
    FOREIGN KEY (institution_id, rubric_version_id) REFERENCES rubric_versions (institution_id, id)
);
COMMENT ON COLUMN rubric_criteria.grader_note IS 'For those who grade; learners never see it.';
CREATE INDEX rubric_criteria_of_version ON rubric_criteria (rubric_version_id, position);

CREATE TABLE rubric_ratings (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    criterion_id   uuid NOT NULL,
    position       integer NOT NULL,
    label          text NOT NULL,
    points         numeric(12, 4) NOT NULL CONSTRAINT rubric_ratings_points_are_not_negative CHECK (points >= 0),
    UNIQUE (institution_id, criterion_id, id),
    FOREIGN KEY (institution_id, criterion_id) REFERENCES rubric_criteria (institution_id, id)
);
CREATE INDEX rubric_ratings_of_criterion ON rubric_ratings (criterion_id, position);

CREATE TABLE assignments (
    id                uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    course_id         uuid NOT NULL,
    group_id          uuid NOT NULL,
    title             text NOT NULL,
    instructions      text NOT NULL DEFAULT '',
    points            numeric(12, 4) NOT NULL CONSTRAINT assignments_points_are_not_negative CHECK (points >= 0),
    submission_types  text[] NOT NULL
        CONSTRAINT assignments_are_handed_in_somehow CHECK (
            cardinality(submission_types) > 0 AND submission_types <@ ARRAY['text', 'file', 'paper']),
    max_attempts      integer CONSTRAINT assignments_allow_an_attempt CHECK (max_attempts > 0),
    anonymous         boolean NOT NULL DEFAULT false,
    unlock_at         timestamptz,
    due_at            timestamptz,
    lock_at           timestamptz,
    rubric_version_id uuid,
    position          integer NOT NULL CONSTRAINT assignments_position_is_positive CHECK (position > 0),
    state             text NOT NULL DEFAULT 'draft'
        CONSTRAINT assignments_state_is_known CHECK (state IN ('draft', 'published')),
    created_at        timestamptz NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, course_id, id),
    CONSTRAINT assignments_rubric_of UNIQUE (institution_id, id, rubric_version_id),
    CONSTRAINT assignments_group_is_of_the_course
        FOREIGN KEY (institution_id, course_id, group_id) REFERENCES assignment_groups (institution_id, course_id, id),
    CONSTRAINT assignments_rubric_is_of_the_course
        FOREIGN KEY (institution_id, course_id, rubric_version_id) REFERENCES rubric_versions (institution_id, course_id, id),
    CONSTRAINT assignments_dates_are_in_order CHECK (
        (unlock_at IS NULL OR due_at IS NULL OR unlock_at <= due_at) AND (due_at IS NULL OR lock_at IS NULL OR due_at <= lock_at)
        AND (unlock_at IS NULL OR lock_at IS NULL OR unlock_at < lock_at))
);
COMMENT ON COLUMN assignments.anonymous IS 'Whoever grades sees no names.';
CREATE INDEX assignments_of_course ON assignments (course_id, position, id);

CREATE TABLE credit_policies (
    assignment_id  uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    curve          jsonb NOT NULL,
    FOREIGN KEY (institution_id, assignment_id) REFERENCES assignments (institution_id, id)
);
COMMENT ON COLUMN credit_policies.curve IS '{early: [{minutes, percent}], late: [{minutes, percent}]}: what is added or taken for how long before or after the due date.';

CREATE TABLE assignment_overrides (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    assignment_id  uuid NOT NULL,
    user_id        uuid,
    section_id     uuid,
    unlock_at      timestamptz,
    due_at         timestamptz,
    lock_at        timestamptz,
    extra_minutes  integer NOT NULL DEFAULT 0
        CONSTRAINT assignment_overrides_give_time CHECK (extra_minutes >= 0),
    version        integer NOT NULL DEFAULT 1,
    CONSTRAINT assignment_overrides_for_a_student_or_a_section CHECK ((user_id IS NULL) <> (section_id IS NULL)),
    CONSTRAINT assignment_overrides_once UNIQUE NULLS NOT DISTINCT (assignment_id, user_id, section_id),
    CONSTRAINT assignment_overrides_assignment_is_of_the_course
        FOREIGN KEY (institution_id, course_id, assignment_id) REFERENCES assignments (institution_id, course_id, id),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id),
    CONSTRAINT assignment_overrides_section_is_of_the_course
        FOREIGN KEY (institution_id, course_id, section_id) REFERENCES course_sections (institution_id, course_id, id)
);
COMMENT ON TABLE assignment_overrides IS 'Other dates for a student or a section; a date that is null is the one of everybody.';

CREATE TABLE submissions (
    id              uuid PRIMARY KEY,
    institution_id  uuid NOT NULL,
    course_id       uuid NOT NULL,
    assignment_id   uuid NOT NULL,
    user_id         uuid NOT NULL,
    state           text NOT NULL
        CONSTRAINT submissions_state_is_known CHECK (state IN ('unsubmitted', 'submitted', 'graded', 'excused')),
    current_attempt integer NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    -- What belongs to a submission names its person and its assignment too, and can reach no other.
    UNIQUE (institution_id, assignment_id, user_id, id),
    CONSTRAINT submissions_one_a_person UNIQUE (assignment_id, user_id),
    CONSTRAINT submissions_submitted_has_an_attempt CHECK (state <> 'submitted' OR current_attempt > 0),
    FOREIGN KEY (institution_id, course_id, assignment_id) REFERENCES assignments (institution_id, course_id, id),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id)
);
COMMENT ON COLUMN submissions.version IS 'Counts attempts, marks and grades alike: whoever grades says on which of them.';
COMMENT ON COLUMN submissions.state IS 'submitted: somebody has to look at it, for the first time or again.';
CREATE INDEX submissions_to_grade ON submissions (assignment_id) WHERE state = 'submitted';
CREATE INDEX submissions_of_person ON submissions (user_id);

CREATE TABLE submission_versions (
    submission_id  uuid NOT NULL,
    attempt        integer NOT NULL CONSTRAINT submission_versions_count_from_one CHECK (attempt > 0),
    institution_id uuid NOT NULL,
    body           text NOT NULL,
    file_refs      uuid[] NOT NULL,
    sha256         bytea NOT NULL CONSTRAINT submission_versions_digest_is_whole CHECK (length(sha256) = 32),
    at             timestamptz NOT NULL,
    PRIMARY KEY (submission_id, attempt),
    UNIQUE (institution_id, submission_id, attempt),
    FOREIGN KEY (institution_id, submission_id) REFERENCES submissions (institution_id, id)
);
COMMENT ON TABLE submission_versions IS 'Everything that was handed in, as it was handed in. Nobody may change or delete a row.';

CREATE TABLE submission_comments (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    submission_id  uuid NOT NULL,
    criterion_id   uuid,
    author_id      uuid NOT NULL,
    body           text NOT NULL CONSTRAINT submission_comments_say_something CHECK (body <> ''),
    at             timestamptz NOT NULL,
    FOREIGN KEY (institution_id, submission_id) REFERENCES submissions (institution_id, id),
    FOREIGN KEY (institution_id, criterion_id) REFERENCES rubric_criteria (institution_id, id),
    FOREIGN KEY (institution_id, author_id) REFERENCES users (institution_id, id)
);
CREATE INDEX submission_comments_of_submission ON submission_comments (submission_id, at);

CREATE TABLE rubric_assessments (
    id                uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    assignment_id     uuid NOT NULL,
    user_id           uuid NOT NULL,
    submission_id     uuid NOT NULL,
    attempt           integer,
    rubric_version_id uuid NOT NULL,
    criterion_id      uuid NOT NULL,
    rating_id         uuid,
    points            numeric(12, 4) NOT NULL CONSTRAINT rubric_assessments_points_are_not_negative CHECK (points >= 0),
    comment           text NOT NULL DEFAULT '',
    grader_id         uuid NOT NULL,
    version           integer NOT NULL CONSTRAINT rubric_assessments_count_from_one CHECK (version > 0),
    at                timestamptz NOT NULL,
    CONSTRAINT rubric_assessments_version_once UNIQUE (submission_id, criterion_id, version),
    CONSTRAINT rubric_assessments_are_of_the_person FOREIGN KEY (institution_id, assignment_id, user_id, submission_id)
        REFERENCES submissions (institution_id, assignment_id, user_id, id),
    CONSTRAINT rubric_assessments_are_of_what_was_handed_in FOREIGN KEY (institution_id, submission_id, attempt)
        REFERENCES submission_versions (institution_id, submission_id, attempt),
    CONSTRAINT rubric_assessments_use_the_rubric_of_the_assignment FOREIGN KEY (institution_id, assignment_id, rubric_version_id)
        REFERENCES assignments (institution_id, id, rubric_version_id),
    CONSTRAINT rubric_assessments_criterion_is_of_the_rubric FOREIGN KEY (institution_id, rubric_version_id, criterion_id)
        REFERENCES rubric_criteria (institution_id, rubric_version_id, id),
    CONSTRAINT rubric_assessments_rating_is_of_the_criterion FOREIGN KEY (institution_id, criterion_id, rating_id)
        REFERENCES rubric_ratings (institution_id, criterion_id, id),
    FOREIGN KEY (institution_id, grader_id) REFERENCES users (institution_id, id)
);
COMMENT ON TABLE rubric_assessments IS 'Every mark on a criterion; the highest version counts. Rows are never changed.';
COMMENT ON COLUMN rubric_assessments.attempt IS 'What was handed in when it was marked; null where nothing had been.';

CREATE TABLE grade_events (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    assignment_id  uuid NOT NULL,
    user_id        uuid NOT NULL,
    submission_id  uuid NOT NULL,
    attempt        integer,
    version        integer NOT NULL,
    score          numeric(12, 4) CONSTRAINT grade_events_score_is_not_negative CHECK (score >= 0),
    excused        boolean NOT NULL,
    source         text NOT NULL
        CONSTRAINT grade_events_source_is_known CHECK (source IN ('auto', 'ai', 'human', 'override')),
    reason         text NOT NULL DEFAULT '',
    actor_id       uuid NOT NULL,
    at             timestamptz NOT NULL,
    CONSTRAINT grade_events_version_once UNIQUE (submission_id, version),
    CONSTRAINT grade_events_score_or_excuse CHECK ((score IS NULL) = excused),
    CONSTRAINT grade_events_override_has_a_reason CHECK (source <> 'override' OR reason <> ''),
    CONSTRAINT grade_events_are_of_the_person FOREIGN KEY (institution_id, assignment_id, user_id, submission_id)
        REFERENCES submissions (institution_id, assignment_id, user_id, id),
    CONSTRAINT grade_events_are_of_what_was_handed_in FOREIGN KEY (institution_id, submission_id, attempt)
        REFERENCES submission_versions (institution_id, submission_id, attempt),
    FOREIGN KEY (institution_id, actor_id) REFERENCES users (institution_id, id)
);
COMMENT ON TABLE grade_events IS 'Who gave which grade, on what and why. Never changed: the gradebook is their fold.';
COMMENT ON COLUMN grade_events.version IS 'The version of the submission that it made.';
COMMENT ON COLUMN grade_events.score IS 'As it was given. What the late policy takes is not in it, unless it is an override.';

-- The read model `gradebook`: what was said, by the number of the event that said it last, and what
-- follows from it. Nothing here depends on the order in which events of different things arrive.

CREATE TABLE gradebook_groups (
    group_id       uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    weight         numeric NOT NULL,
    drop_lowest    integer NOT NULL,
    seq            bigint NOT NULL
);
CREATE INDEX gradebook_groups_of_course ON gradebook_groups (course_id);

CREATE TABLE gradebook_assignments (
    assignment_id  uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    group_id       uuid NOT NULL,
    points         numeric NOT NULL,
    published      boolean NOT NULL,
    unlock_at      timestamptz,
    due_at         timestamptz,
    lock_at        timestamptz,
    curve          jsonb NOT NULL,
    seq            bigint NOT NULL
);
CREATE INDEX gradebook_assignments_of_course ON gradebook_assignments (course_id);

CREATE TABLE gradebook_overrides (
    override_id    uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    assignment_id  uuid NOT NULL,
    user_id        uuid,
    section_id     uuid,
    unlock_at      timestamptz,
    due_at         timestamptz,
    lock_at        timestamptz,
    extra_minutes  integer NOT NULL,
    seq            bigint NOT NULL
);
CREATE INDEX gradebook_overrides_of_course ON gradebook_overrides (course_id);

CREATE TABLE gradebook_seats (
    enrollment_id  uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    section_id     uuid NOT NULL,
    user_id        uuid NOT NULL,
    state          text NOT NULL
);
COMMENT ON TABLE gradebook_seats IS 'The seats of students: which sections'' dates are theirs, and who is in the gradebook.';
CREATE INDEX gradebook_seats_of_course ON gradebook_seats (course_id, user_id);

CREATE TABLE gradebook_cells (
    user_id            uuid NOT NULL,
    assignment_id      uuid NOT NULL,
    course_id          uuid NOT NULL,
    institution_id     uuid NOT NULL,
    submission_id      uuid,
    attempt            integer NOT NULL DEFAULT 0,
    submitted_at       timestamptz,
    submitted_seq      bigint NOT NULL DEFAULT 0,
    given_score        numeric,
    excused            boolean NOT NULL DEFAULT false,
    source             text,
    graded_attempt     integer,
    graded_work_at     timestamptz,
    graded_at          timestamptz,
    graded_by          uuid,
    graded_seq         bigint NOT NULL DEFAULT 0,
    unlock_at          timestamptz,
    due_at             timestamptz,
    lock_at            timestamptz,
    published          boolean NOT NULL DEFAULT false,
    score              numeric,
    late               boolean NOT NULL DEFAULT false,
    dropped            boolean NOT NULL DEFAULT false,
    state              text NOT NULL DEFAULT 'none',
    PRIMARY KEY (user_id, assignment_id)
);
COMMENT ON TABLE gradebook_cells IS 'One student and one assignment: what was said, and by the course''s rules what it is worth.';
COMMENT ON COLUMN gradebook_cells.due_at IS 'For this student, by the overrides for them and their sections.';
COMMENT ON COLUMN gradebook_cells.score IS 'What counts: the given score by the credit policy; an override as it is.';
COMMENT ON COLUMN gradebook_cells.state IS 'none, submitted, graded, resubmitted (graded, and handed in again since), excused.';
CREATE INDEX gradebook_cells_of_course ON gradebook_cells (course_id, user_id);

CREATE TABLE course_grades (
    user_id        uuid NOT NULL,
    course_id      uuid NOT NULL,
    institution_id uuid NOT NULL,
    active         boolean NOT NULL,
    percent        numeric,
    letter         text,
    groups         jsonb NOT NULL,
    to_grade       integer NOT NULL,
    PRIMARY KEY (user_id, course_id)
);
COMMENT ON COLUMN course_grades.active IS 'Whether the student takes part or has completed, and so stands in the gradebook.';
COMMENT ON COLUMN course_grades.percent IS 'Of 100, to four decimals; null while nothing is graded.';
CREATE INDEX course_grades_of_course ON course_grades (course_id, user_id);

UPDATE roles SET permissions = permissions || ARRAY['assignment:write', 'rubric:write', 'rubric:read', 'submission:read',
    'comment:write', 'grade:write', 'gradebook:read'] WHERE key IN ('administrator', 'teacher');
UPDATE roles SET permissions = permissions || ARRAY['rubric:read', 'submission:read', 'comment:write', 'grade:write',
    'gradebook:read'] WHERE key = 'ta';
UPDATE roles SET permissions = permissions || ARRAY['assignment:write', 'rubric:write', 'rubric:read'] WHERE key = 'designer';
UPDATE roles SET permissions = permissions || ARRAY['gradebook:read'] WHERE key = 'adviser';
UPDATE roles SET permissions = permissions || ARRAY['submission:write'] WHERE key = 'student';

CREATE OR REPLACE FUNCTION authorize(institution uuid, person uuid, permission text, kind text, target uuid) RETURNS smallint
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
            WHEN 'assignment_group' THEN SELECT g.course_id INTO course
                FROM assignment_groups AS g JOIN courses AS c ON c.id = g.course_id WHERE g.id = target AND c.state <> 'deleted';
            WHEN 'assignment' THEN SELECT a.course_id INTO course
                FROM assignments AS a JOIN courses AS c ON c.id = a.course_id WHERE a.id = target AND c.state <> 'deleted';
            WHEN 'rubric' THEN SELECT r.course_id INTO course
                FROM rubrics AS r JOIN courses AS c ON c.id = r.course_id WHERE r.id = target AND c.state <> 'deleted';
            WHEN 'submission' THEN
                SELECT s.course_id, s.user_id = person INTO course, own
                FROM submissions AS s JOIN courses AS c ON c.id = s.course_id WHERE s.id = target AND c.state <> 'deleted';
                IF own AND permission IN ('submission:read', 'comment:write') THEN RETURN 2; END IF;
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

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['assignment_groups', 'rubrics', 'rubric_versions', 'rubric_criteria', 'rubric_ratings',
        'assignments', 'credit_policies', 'assignment_overrides', 'submissions', 'submission_versions', 'submission_comments',
        'rubric_assessments', 'grade_events', 'gradebook_groups', 'gradebook_assignments', 'gradebook_overrides',
        'gradebook_seats', 'gradebook_cells', 'course_grades']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_institution ON %I TO __app__ USING (institution_id = (SELECT eduflow_institution()))', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON assignment_groups, rubrics, assignments, assignment_overrides, submissions TO __app__, __worker__;
GRANT SELECT, INSERT, UPDATE, DELETE ON credit_policies TO __app__, __worker__;
-- What happened is never changed, and a rubric that was used is the one that is shown.
GRANT SELECT, INSERT ON rubric_versions, rubric_criteria, rubric_ratings, submission_versions, submission_comments,
    rubric_assessments, grade_events TO __app__, __worker__;
GRANT SELECT ON gradebook_groups, gradebook_assignments, gradebook_overrides, gradebook_seats, gradebook_cells,
    course_grades TO __app__;
GRANT SELECT, INSERT, UPDATE, DELETE ON gradebook_groups, gradebook_assignments, gradebook_overrides, gradebook_seats,
    gradebook_cells, course_grades TO __worker__;
