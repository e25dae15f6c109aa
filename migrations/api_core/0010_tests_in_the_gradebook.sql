-- Tests in the gradebook: an assignment stands for each, and the assessment service says what was scored.

CREATE TABLE course_tests (
    assessment_id  uuid NOT NULL,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    kind           text,
    archived       boolean NOT NULL DEFAULT false,
    points_shown   boolean NOT NULL DEFAULT true,
    seq            bigint NOT NULL,
    PRIMARY KEY (institution_id, assessment_id),
    FOREIGN KEY (institution_id, course_id) REFERENCES courses (institution_id, id)
);
COMMENT ON TABLE course_tests IS 'The tests that were heard of, also those that no grade comes from: what is told of any other comes too early.';
COMMENT ON COLUMN course_tests.kind IS 'As the assessment service calls it; NULL: all that was heard is that it is archived.';
COMMENT ON COLUMN course_tests.points_shown IS 'Whether students see by now what they got; when that changes, the posting of the column does.';
COMMENT ON COLUMN course_tests.seq IS 'The event of the assessment service''s log that was heard last; an older one changes nothing.';

ALTER TABLE assignments ADD COLUMN assessment_id uuid,
    ADD CONSTRAINT assignments_assessment_once UNIQUE (institution_id, assessment_id),
    ADD FOREIGN KEY (institution_id, assessment_id) REFERENCES course_tests (institution_id, assessment_id),
    DROP CONSTRAINT assignments_are_handed_in_somehow,
    ADD CONSTRAINT assignments_are_handed_in_somehow CHECK (cardinality(submission_types) > 0
        AND submission_types <@ ARRAY['text', 'file', 'paper', 'test']),
    ADD CONSTRAINT assignments_of_a_test_are_nothing_else CHECK (
        (assessment_id IS NOT NULL) = ('test' = ANY (submission_types))
        AND (assessment_id IS NULL OR (submission_types = ARRAY['test'] AND team_set_id IS NULL
            AND rubric_version_id IS NULL AND NOT anonymous)));
COMMENT ON COLUMN assignments.assessment_id IS 'The test it stands for, which is sat in the assessment service; NULL: it is handed in here.';

-- A test judges itself: no person gave such a grade, unless somebody let it count again.
ALTER TABLE grade_events DROP CONSTRAINT grade_events_source_is_known,
    ADD CONSTRAINT grade_events_source_is_known
        CHECK (source IN ('auto', 'ai', 'human', 'override', 'import', 'assessment')),
    ALTER actor_id DROP NOT NULL,
    ADD COLUMN out_of numeric(12, 4),
    ADD CONSTRAINT grade_events_are_given_by_somebody CHECK (actor_id IS NOT NULL OR source = 'assessment'),
    ADD CONSTRAINT grade_events_of_a_test_are_a_share CHECK ((out_of IS NOT NULL) = (source = 'assessment'));
COMMENT ON COLUMN grade_events.out_of IS 'The points of the test when it was given: with other points the score is the same share of them.';

CREATE TABLE test_results (
    assignment_id  uuid NOT NULL,
    user_id        uuid NOT NULL,
    institution_id uuid NOT NULL,
    attempt_id     uuid NOT NULL,
    number         integer NOT NULL,
    scoring_number integer NOT NULL,
    seq            bigint NOT NULL,
    score          numeric(12, 4) NOT NULL CONSTRAINT test_results_score_is_not_negative CHECK (score >= 0),
    out_of         numeric(12, 4) NOT NULL,
    late           boolean NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (assignment_id, user_id),
    FOREIGN KEY (institution_id, assignment_id) REFERENCES assignments (institution_id, id),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id)
);
COMMENT ON TABLE test_results IS 'What a student''s test is worth by the newest result, also where an override or an excuse stands above it.';
COMMENT ON COLUMN test_results.number IS 'The latest attempt with a result.';
COMMENT ON COLUMN test_results.seq IS 'The event of the assessment service''s log. One of an older scoring, or before it, changes nothing.';
COMMENT ON COLUMN test_results.score IS 'Over all attempts by the policy of the test, in points of the gradebook''s column.';

-- Of the read model gradebook.
ALTER TABLE gradebook_cells ADD COLUMN given_out_of numeric, ADD COLUMN graded_late boolean;
COMMENT ON COLUMN gradebook_cells.given_out_of IS 'Where the score is a share of points that may change: of how many it was given.';
COMMENT ON COLUMN gradebook_cells.graded_late IS 'Whether it was late, where a test says so: its deadlines are its own.';

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['course_tests', 'test_results'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_institution ON %I TO __app__ USING (institution_id = (SELECT eduflow_institution()))', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
    END LOOP;
END $$;
GRANT SELECT ON course_tests, test_results TO __app__;
GRANT SELECT, INSERT, UPDATE ON course_tests, test_results TO __worker__;
