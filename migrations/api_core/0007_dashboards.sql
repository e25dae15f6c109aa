-- What dashboards count by, and posting of grades. In a database that is in use, `eduflow rebuild thread_reads gradebook` fills what is new here.

-- Of the read model thread_reads. A dashboard asks how much is unread in a course, not in which threads: two
-- numbers, kept as posts and reads come, answer it however many threads there are.
ALTER TABLE thread_reads ADD COLUMN course_id uuid, ADD COLUMN seen integer NOT NULL DEFAULT 0;
COMMENT ON COLUMN thread_reads.seen IS 'Posts that are not new to the person: those up to the mark, and their own behind it.';
CREATE TABLE course_posts (
    course_id      uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    posts          integer NOT NULL
);
CREATE TABLE course_reads (
    user_id        uuid NOT NULL,
    course_id      uuid NOT NULL,
    institution_id uuid NOT NULL,
    seen           integer NOT NULL,
    PRIMARY KEY (user_id, course_id)
);
COMMENT ON COLUMN course_reads.seen IS 'The sum of thread_reads; what is left of course_posts is unread.';

-- When students see what they were given. Work that is graded without names stays so until then.
ALTER TABLE assignments ADD COLUMN posting text NOT NULL DEFAULT 'automatic'
    CONSTRAINT assignments_posting_is_known CHECK (posting IN ('automatic', 'manual')),
    ADD COLUMN posted_at timestamptz;
UPDATE assignments SET posting = 'manual' WHERE anonymous;
ALTER TABLE assignments ADD CONSTRAINT assignments_blind_are_posted_by_hand CHECK (NOT anonymous OR posting = 'manual');
COMMENT ON COLUMN assignments.posted_at IS 'Since when students see what they were given; null: not, unless it is automatic.';
UPDATE roles SET permissions = permissions || ARRAY['grade:post'] WHERE key IN ('administrator', 'teacher');

-- What was written in a forum and is no longer to be read. The post keeps its place, for the replies below it.
ALTER TABLE discussion_posts ADD COLUMN state text NOT NULL DEFAULT 'visible'
    CONSTRAINT discussion_posts_state_is_known CHECK (state IN ('visible', 'hidden', 'deleted')),
    ADD COLUMN moderated_at timestamptz, ADD COLUMN moderated_by uuid, ADD COLUMN moderation_note text NOT NULL DEFAULT '',
    ADD CONSTRAINT discussion_posts_hidden_by_somebody CHECK (state <> 'hidden' OR (moderated_at IS NOT NULL AND moderated_by IS NOT NULL)),
    ADD FOREIGN KEY (institution_id, moderated_by) REFERENCES users (institution_id, id);
COMMENT ON COLUMN discussion_posts.state IS 'hidden: by who moderates, who can restore it. deleted: by its author, text and all.';
COMMENT ON COLUMN discussion_posts.moderated_at IS 'When it was decided upon last; reports from before are settled.';
CREATE INDEX post_reactions_reports ON post_reactions (institution_id, post_id) WHERE kind = 'report';

-- Of the read model gradebook.
ALTER TABLE gradebook_assignments ADD COLUMN online boolean NOT NULL DEFAULT true,
    ADD COLUMN blind boolean NOT NULL DEFAULT false, ADD COLUMN by_hand boolean NOT NULL DEFAULT false;
CREATE TABLE gradebook_postings (
    assignment_id  uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    posted         boolean NOT NULL,
    seq            bigint NOT NULL
);
COMMENT ON TABLE gradebook_postings IS 'Whether the grades of an assignment were posted, or hidden again, last.';
ALTER TABLE gradebook_cells ADD COLUMN missing_at timestamptz, ADD COLUMN posted boolean NOT NULL DEFAULT true,
    ADD COLUMN blind boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN gradebook_cells.posted IS 'Whether the student sees what was given, and so whether it counts.';
COMMENT ON COLUMN gradebook_cells.blind IS 'Graded without names, and not posted yet: the gradebook shows nothing of it.';
COMMENT ON COLUMN gradebook_cells.missing_at IS 'From when on nothing having been handed in counts as missing; null: never.';

CREATE INDEX gradebook_cells_due ON gradebook_cells (due_at) WHERE published AND state = 'none';
CREATE INDEX gradebook_cells_due_of_person ON gradebook_cells (user_id, due_at, assignment_id)
    WHERE published AND state = 'none';
CREATE INDEX notifications_of_kind ON notifications (user_id, kind);
CREATE INDEX notifications_unread ON notifications (user_id) WHERE in_app AND read_at IS NULL;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['course_posts', 'course_reads', 'gradebook_postings'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
    END LOOP;
END $$;
CREATE POLICY own_institution ON course_posts TO __app__ USING (institution_id = (SELECT eduflow_institution()));
CREATE POLICY own_institution ON gradebook_postings TO __app__ USING (institution_id = (SELECT eduflow_institution()));
-- What somebody has read is nobody else's business.
CREATE POLICY own_things ON course_reads TO __app__
    USING (institution_id = (SELECT eduflow_institution()) AND user_id = (SELECT eduflow_person()));
GRANT SELECT ON course_posts, course_reads, gradebook_postings TO __app__;
GRANT SELECT, INSERT, UPDATE, DELETE ON course_posts, course_reads, gradebook_postings TO __worker__;
