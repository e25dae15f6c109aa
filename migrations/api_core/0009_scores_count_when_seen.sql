-- The read model `course_progress` folds more than before: run `eduflow rebuild course_progress`.

CREATE TABLE progress_postings (
    assignment_id  uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    by_hand        boolean NOT NULL DEFAULT false,
    by_hand_seq    bigint NOT NULL DEFAULT 0,
    posted         boolean NOT NULL DEFAULT false,
    posted_seq     bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE progress_postings IS 'Whether a score may complete a lesson: how an assignment is posted, and whether it is.';
ALTER TABLE progress_postings ENABLE ROW LEVEL SECURITY;
ALTER TABLE progress_postings FORCE ROW LEVEL SECURITY;
CREATE POLICY own_institution ON progress_postings TO __app__ USING (institution_id = (SELECT eduflow_institution()));
CREATE POLICY workers_serve_everybody ON progress_postings TO __worker__ USING (true);
GRANT SELECT ON progress_postings TO __app__;
GRANT SELECT, INSERT, UPDATE, DELETE ON progress_postings TO __worker__;
