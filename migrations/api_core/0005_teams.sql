-- Teams and what they hand in together; and reviews by peers.

CREATE TABLE team_sets (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    name           text NOT NULL CONSTRAINT team_sets_have_a_name CHECK (name <> ''),
    self_sign_up   boolean NOT NULL DEFAULT false,
    max_members    integer CONSTRAINT team_sets_hold_somebody CHECK (max_members > 0),
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, course_id, id),
    FOREIGN KEY (institution_id, course_id) REFERENCES courses (institution_id, id)
);
COMMENT ON COLUMN team_sets.self_sign_up IS 'Whether learners choose their team themselves, until it has handed something in.';
CREATE INDEX team_sets_of_course ON team_sets (course_id, id);

CREATE TABLE teams (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    team_set_id    uuid NOT NULL,
    name           text NOT NULL CONSTRAINT teams_have_a_name CHECK (name <> ''),
    works          integer NOT NULL DEFAULT 0,
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, team_set_id, id),
    CONSTRAINT teams_name_once UNIQUE (team_set_id, name),
    FOREIGN KEY (institution_id, course_id, team_set_id) REFERENCES team_sets (institution_id, course_id, id)
);
COMMENT ON COLUMN teams.version IS 'Counts changes of the name and of the members.';
COMMENT ON COLUMN teams.works IS 'Counted up by everything handed in, which so locks the team: who was a member at that moment has one answer.';

CREATE TABLE team_members (
    team_id        uuid NOT NULL,
    user_id        uuid NOT NULL,
    institution_id uuid NOT NULL,
    team_set_id    uuid NOT NULL,
    role           text NOT NULL CONSTRAINT team_members_have_a_role CHECK (role <> ''),
    since          timestamptz NOT NULL,
    left_at        timestamptz,
    PRIMARY KEY (team_id, user_id),
    UNIQUE (institution_id, team_id, user_id),
    CONSTRAINT team_members_team_is_of_the_set
        FOREIGN KEY (institution_id, team_set_id, team_id) REFERENCES teams (institution_id, team_set_id, id),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id)
);
COMMENT ON TABLE team_members IS 'Who is in a team, and who was: a grade given to a member cites the row.';
COMMENT ON COLUMN team_members.role IS 'What the person does in the team. A word, which permits nothing.';
CREATE UNIQUE INDEX team_members_one_team_of_a_set ON team_members (team_set_id, user_id) WHERE left_at IS NULL;
CREATE INDEX team_members_of_person ON team_members (user_id);

-- Whoever has lost their seat is nobody's member, though the row stays for the day they come back.
CREATE FUNCTION members_of(team uuid) RETURNS TABLE (user_id uuid, role text, since timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT m.user_id, m.role, m.since FROM team_members AS m JOIN teams AS t ON t.id = m.team_id
    WHERE m.team_id = team AND m.left_at IS NULL AND EXISTS (SELECT FROM enrollments AS e
        WHERE e.course_id = t.course_id AND e.user_id = m.user_id AND e.role = 'student' AND e.state IN ('active', 'completed'))
$$;

-- One submission for a team.

ALTER TABLE assignments ADD team_set_id uuid,
    ADD CONSTRAINT assignments_team_set_of UNIQUE (institution_id, id, team_set_id),
    ADD CONSTRAINT assignments_team_set_is_of_the_course
        FOREIGN KEY (institution_id, course_id, team_set_id) REFERENCES team_sets (institution_id, course_id, id);
COMMENT ON COLUMN assignments.team_set_id IS 'The teams that hand it in, each once for all its members; null: everybody for themselves.';

ALTER TABLE submissions ALTER user_id DROP NOT NULL, ADD team_id uuid, ADD team_set_id uuid,
    ADD CONSTRAINT submissions_of_a_person_or_a_team CHECK ((user_id IS NULL) <> (team_id IS NULL)),
    ADD CONSTRAINT submissions_of_a_team_of_a_set CHECK ((team_id IS NULL) = (team_set_id IS NULL)),
    ADD UNIQUE (institution_id, assignment_id, id),
    ADD UNIQUE (institution_id, assignment_id, team_id, id),
    ADD CONSTRAINT submissions_one_a_team UNIQUE (assignment_id, team_id),
    ADD CONSTRAINT submissions_team_set_is_the_assignments
        FOREIGN KEY (institution_id, assignment_id, team_set_id) REFERENCES assignments (institution_id, id, team_set_id),
    ADD CONSTRAINT submissions_team_is_of_the_set
        FOREIGN KEY (institution_id, team_set_id, team_id) REFERENCES teams (institution_id, team_set_id, id);
CREATE INDEX submissions_of_team ON submissions (team_id) WHERE team_id IS NOT NULL;

ALTER TABLE submission_versions ADD submitted_by uuid,
    ADD FOREIGN KEY (institution_id, submitted_by) REFERENCES users (institution_id, id);
COMMENT ON COLUMN submission_versions.submitted_by IS 'Which member of the team; null where the submission is a person''s.';

-- A mark on a team's work is the team's; a grade of it is everybody's own.
ALTER TABLE rubric_assessments ALTER user_id DROP NOT NULL, ADD team_id uuid,
    ADD CONSTRAINT rubric_assessments_of_a_person_or_a_team CHECK ((user_id IS NULL) <> (team_id IS NULL)),
    ADD CONSTRAINT rubric_assessments_are_of_the_team FOREIGN KEY (institution_id, assignment_id, team_id, submission_id)
        REFERENCES submissions (institution_id, assignment_id, team_id, id);

ALTER TABLE grade_events DROP CONSTRAINT grade_events_version_once, DROP CONSTRAINT grade_events_are_of_the_person,
    ADD team_id uuid, ADD alone boolean NOT NULL DEFAULT false,
    ADD of_person uuid GENERATED ALWAYS AS (CASE WHEN team_id IS NULL THEN user_id END) STORED,
    ADD CONSTRAINT grade_events_version_once UNIQUE (submission_id, version, user_id),
    ADD CONSTRAINT grade_events_are_of_the_person FOREIGN KEY (institution_id, assignment_id, of_person, submission_id)
        REFERENCES submissions (institution_id, assignment_id, user_id, id),
    ADD CONSTRAINT grade_events_are_of_the_team FOREIGN KEY (institution_id, assignment_id, team_id, submission_id)
        REFERENCES submissions (institution_id, assignment_id, team_id, id),
    ADD CONSTRAINT grade_events_are_of_a_member FOREIGN KEY (institution_id, team_id, user_id)
        REFERENCES team_members (institution_id, team_id, user_id),
    ADD CONSTRAINT grade_events_alone_is_of_a_team CHECK (NOT alone OR team_id IS NOT NULL);
COMMENT ON COLUMN grade_events.alone IS 'Given to one member only. Such an override or excuse stands against later grades of the team.';
COMMENT ON COLUMN grade_events.of_person IS 'Whose submission it is, unless it is a team''s: what the foreign key compares.';

-- In the gradebook a student may be graded on one submission and then work on another: each is kept
-- by itself, so that it does not matter which of the two is folded first.
ALTER TABLE gradebook_cells ADD work_id uuid, ADD graded_id uuid;
ALTER TABLE gradebook_cells NO FORCE ROW LEVEL SECURITY;
UPDATE gradebook_cells SET work_id = CASE WHEN submitted_seq > 0 THEN submission_id END,
    graded_id = CASE WHEN graded_seq > 0 THEN submission_id END;
ALTER TABLE gradebook_cells FORCE ROW LEVEL SECURITY;
COMMENT ON COLUMN gradebook_cells.work_id IS 'What was handed in, by the student or the team they are in.';
COMMENT ON COLUMN gradebook_cells.graded_id IS 'What the last grade was given on.';
COMMENT ON COLUMN gradebook_cells.submission_id IS 'The work; where there is none, what was graded.';

-- Peers.

CREATE TABLE peer_review_settings (
    assignment_id     uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    course_id         uuid NOT NULL,
    reviews           integer NOT NULL CONSTRAINT peer_review_settings_ask_for_some CHECK (reviews BETWEEN 1 AND 20),
    due_at            timestamptz,
    anonymous         boolean NOT NULL,
    exclude_teammates boolean NOT NULL,
    use_rubric        boolean NOT NULL,
    turn              integer NOT NULL DEFAULT 0,
    version           integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, assignment_id),
    FOREIGN KEY (institution_id, course_id, assignment_id) REFERENCES assignments (institution_id, course_id, id)
);
COMMENT ON COLUMN peer_review_settings.anonymous IS 'Reviewers do not learn whose work it is, nor authors who reviewed it.';
COMMENT ON COLUMN peer_review_settings.turn IS 'Counted up by every allocation and withdrawal, which so come one after the other.';

CREATE TABLE peer_review_rules (
    assignment_id  uuid NOT NULL,
    reviewer_id    uuid NOT NULL,
    author_id      uuid NOT NULL,
    institution_id uuid NOT NULL,
    kind           text NOT NULL CONSTRAINT peer_review_rules_kind_is_known CHECK (kind IN ('must', 'must_not')),
    PRIMARY KEY (assignment_id, reviewer_id, author_id),
    CONSTRAINT peer_review_rules_are_of_two CHECK (reviewer_id <> author_id),
    FOREIGN KEY (institution_id, assignment_id) REFERENCES peer_review_settings (institution_id, assignment_id),
    FOREIGN KEY (institution_id, reviewer_id) REFERENCES users (institution_id, id),
    FOREIGN KEY (institution_id, author_id) REFERENCES users (institution_id, id)
);

CREATE TABLE peer_review_allocations (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    assignment_id  uuid NOT NULL,
    submission_id  uuid NOT NULL,
    reviewer_id    uuid NOT NULL,
    state          text NOT NULL
        CONSTRAINT peer_review_allocations_state_is_known CHECK (state IN ('allocated', 'finished', 'withdrawn')),
    by_hand        boolean NOT NULL,
    comment        text NOT NULL DEFAULT '',
    attempt        integer,
    created_at     timestamptz NOT NULL,
    finished_at    timestamptz,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, assignment_id, id),
    CONSTRAINT peer_review_allocations_once UNIQUE (submission_id, reviewer_id),
    CONSTRAINT peer_review_allocations_finished_is_of_something
        CHECK (state <> 'finished' OR (attempt IS NOT NULL AND finished_at IS NOT NULL)),
    FOREIGN KEY (institution_id, assignment_id) REFERENCES peer_review_settings (institution_id, assignment_id),
    FOREIGN KEY (institution_id, assignment_id, submission_id) REFERENCES submissions (institution_id, assignment_id, id),
    FOREIGN KEY (institution_id, submission_id, attempt)
        REFERENCES submission_versions (institution_id, submission_id, attempt),
    FOREIGN KEY (institution_id, reviewer_id) REFERENCES users (institution_id, id)
);
COMMENT ON TABLE peer_review_allocations IS 'Who is to review which work, and what they said of the whole. Nothing in it is a grade.';
COMMENT ON COLUMN peer_review_allocations.attempt IS 'Which version was reviewed, once it is finished.';
COMMENT ON COLUMN peer_review_allocations.state IS 'withdrawn: taken back by hand, and never given to the same reviewer again but by hand.';
COMMENT ON COLUMN peer_review_allocations.version IS 'Counts marks and comments alike.';
CREATE INDEX peer_review_allocations_of_assignment ON peer_review_allocations (assignment_id, id);
CREATE INDEX peer_review_allocations_of_reviewer ON peer_review_allocations (reviewer_id, id);

CREATE TABLE peer_review_marks (
    allocation_id     uuid NOT NULL,
    criterion_id      uuid NOT NULL,
    institution_id    uuid NOT NULL,
    assignment_id     uuid NOT NULL,
    rubric_version_id uuid NOT NULL,
    rating_id         uuid,
    points            numeric(12, 4) NOT NULL CONSTRAINT peer_review_marks_points_are_not_negative CHECK (points >= 0),
    comment           text NOT NULL DEFAULT '',
    at                timestamptz NOT NULL,
    version           integer NOT NULL DEFAULT 1,
    PRIMARY KEY (allocation_id, criterion_id),
    FOREIGN KEY (institution_id, assignment_id, allocation_id)
        REFERENCES peer_review_allocations (institution_id, assignment_id, id),
    CONSTRAINT peer_review_marks_use_the_rubric_of_the_assignment FOREIGN KEY (institution_id, assignment_id, rubric_version_id)
        REFERENCES assignments (institution_id, id, rubric_version_id),
    FOREIGN KEY (institution_id, rubric_version_id, criterion_id)
        REFERENCES rubric_criteria (institution_id, rubric_version_id, id),
    FOREIGN KEY (institution_id, criterion_id, rating_id) REFERENCES rubric_ratings (institution_id, criterion_id, id)
);
COMMENT ON TABLE peer_review_marks IS 'What a peer says of one criterion. It never enters the gradebook.';

-- Who may see what.

UPDATE roles SET permissions = permissions || ARRAY['team:read', 'team:write', 'peer_review:read', 'peer_review:manage']
    WHERE key IN ('administrator', 'teacher');
UPDATE roles SET permissions = permissions || ARRAY['team:read', 'team:write', 'peer_review:read'] WHERE key = 'ta';
UPDATE roles SET permissions = permissions || ARRAY['team:join', 'peer_review:write'] WHERE key = 'student';

-- A member's own is what the team hands in; and what somebody was graded on with a team they have
-- left. Put into authorize() as it stands, so that what other revisions taught it stays.
DO $$
DECLARE
    known text := pg_get_functiondef('authorize(uuid, uuid, text, text, uuid)'::regprocedure);
    unknown text := '            ELSE RAISE EXCEPTION ''authorize knows no kind';
    own_work text := 'SELECT s.course_id, s.user_id = person INTO course, own';
BEGIN
    IF position(unknown IN known) = 0 OR position(own_work IN known) = 0 THEN
        RAISE EXCEPTION 'authorize() is not as this revision knows it';
    END IF;
    known := replace(known, own_work, $own$SELECT s.course_id, coalesce(s.user_id = person,
                    EXISTS (SELECT FROM members_of(s.team_id) AS m WHERE m.user_id = person)
                    OR (permission = 'submission:read' AND EXISTS (SELECT FROM grade_events AS g
                        WHERE g.submission_id = s.id AND g.user_id = person))) INTO course, own$own$);
    EXECUTE replace(known, unknown, $kinds$            WHEN 'team_set' THEN SELECT t.course_id INTO course
                FROM team_sets AS t JOIN courses AS c ON c.id = t.course_id WHERE t.id = target AND c.state <> 'deleted';
            WHEN 'team' THEN
                SELECT t.course_id, EXISTS (SELECT FROM members_of(t.id) AS m WHERE m.user_id = person) INTO course, own
                FROM teams AS t JOIN courses AS c ON c.id = t.course_id WHERE t.id = target AND c.state <> 'deleted';
                IF own AND permission = 'team:read' THEN RETURN 2; END IF;
            WHEN 'peer_review' THEN
                SELECT p.course_id, p.reviewer_id = person AND p.state <> 'withdrawn' INTO course, own
                FROM peer_review_allocations AS p JOIN courses AS c ON c.id = p.course_id
                WHERE p.id = target AND c.state <> 'deleted';
                IF own AND permission = 'peer_review:read' AND EXISTS (SELECT FROM enrollments AS e
                    WHERE e.user_id = person AND e.course_id = course AND e.state IN ('active', 'completed')) THEN RETURN 2; END IF;
                -- Nobody writes a review but whose it is.
                IF NOT own AND permission = 'peer_review:write' THEN RETURN 1; END IF;
$kinds$ || unknown);
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['team_sets', 'teams', 'team_members', 'peer_review_settings', 'peer_review_rules',
        'peer_review_allocations', 'peer_review_marks']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_institution ON %I TO __app__ USING (institution_id = (SELECT eduflow_institution()))', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON team_sets, teams, team_members, peer_review_settings, peer_review_allocations,
    peer_review_marks TO __app__, __worker__;
GRANT SELECT, INSERT, UPDATE, DELETE ON peer_review_rules TO __app__, __worker__;

-- The text of a team is blanked when nobody of the team is left, and what a member said of it with them.
CREATE FUNCTION is_erased_work(work uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM submissions AS s WHERE s.id = work AND CASE WHEN s.team_id IS NULL
            THEN EXISTS (SELECT FROM erasures AS e WHERE e.user_id = s.user_id)
            ELSE NOT EXISTS (SELECT FROM team_members AS m WHERE m.team_id = s.team_id
                AND NOT EXISTS (SELECT FROM erasures AS e WHERE e.user_id = m.user_id)) END)
$$;
COMMENT ON FUNCTION is_erased_work IS 'Whether everybody whose work it is has been erased.';
DROP POLICY only_to_forget ON submission_versions;
CREATE POLICY only_to_forget ON submission_versions AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (is_erased_work(submission_id))
    WITH CHECK (body = '' AND file_refs = '{}' AND sha256 = sha256('{"body":"","files":[]}'));
DROP POLICY only_to_forget ON submission_comments;
CREATE POLICY only_to_forget ON submission_comments AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (is_erased_work(submission_id) OR EXISTS (SELECT FROM submissions AS s JOIN erasures AS e ON e.user_id = author_id
        WHERE s.id = submission_id AND s.team_id IS NOT NULL))
    WITH CHECK (body = '(erased)');
DROP POLICY only_to_forget ON rubric_assessments;
CREATE POLICY only_to_forget ON rubric_assessments AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (is_erased_work(submission_id)) WITH CHECK (comment = '');
