-- Forums, what is unread in them, and notifications with digests.

CREATE TABLE discussion_forums (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    title          text NOT NULL CONSTRAINT discussion_forums_have_a_title CHECK (title <> ''),
    description    text NOT NULL DEFAULT '',
    kind           text NOT NULL
        CONSTRAINT discussion_forums_kind_is_known CHECK (kind IN ('discussion', 'question')),
    anonymity      text NOT NULL DEFAULT 'none'
        CONSTRAINT discussion_forums_anonymity_is_known CHECK (anonymity IN ('none', 'students')),
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, course_id, id),
    FOREIGN KEY (institution_id, course_id) REFERENCES courses (institution_id, id)
);
COMMENT ON COLUMN discussion_forums.anonymity IS '`students`: learners do not learn who wrote what learners wrote; who moderates does.';
CREATE INDEX discussion_forums_of_course ON discussion_forums (course_id, id);

CREATE TABLE discussion_threads (
    id               uuid PRIMARY KEY,
    institution_id   uuid NOT NULL,
    course_id        uuid NOT NULL,
    forum_id         uuid NOT NULL,
    author_id        uuid NOT NULL,
    title            text NOT NULL CONSTRAINT discussion_threads_have_a_title CHECK (title <> ''),
    pinned           boolean NOT NULL DEFAULT false,
    locked           boolean NOT NULL DEFAULT false,
    accepted_post_id uuid,
    posts            integer NOT NULL,
    last_post_id     uuid NOT NULL,
    last_post_at     timestamptz NOT NULL,
    created_at       timestamptz NOT NULL,
    version          integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, course_id, id),
    UNIQUE (institution_id, course_id, forum_id, id),
    FOREIGN KEY (institution_id, course_id, forum_id) REFERENCES discussion_forums (institution_id, course_id, id),
    FOREIGN KEY (institution_id, author_id) REFERENCES users (institution_id, id)
);
COMMENT ON COLUMN discussion_threads.version IS 'Counts changes of the thread itself; a new post is none.';
COMMENT ON COLUMN discussion_threads.posts IS 'Counted up by every post, which so locks the thread: the posts of one have an order in the log.';
CREATE INDEX discussion_threads_of_forum ON discussion_threads (forum_id, pinned DESC, last_post_at DESC, id DESC);

CREATE TABLE discussion_posts (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    forum_id       uuid NOT NULL,
    thread_id      uuid NOT NULL,
    author_id      uuid NOT NULL,
    anonymous_to   text CONSTRAINT discussion_posts_anonymous_to_is_known CHECK (anonymous_to = 'students'),
    parent_id      uuid,
    path           uuid[] NOT NULL,
    above          uuid[] GENERATED ALWAYS AS (CASE WHEN cardinality(path) > 1 THEN path[1:cardinality(path) - 1] END) STORED,
    body           text NOT NULL CONSTRAINT discussion_posts_say_something CHECK (body <> ''),
    created_at     timestamptz NOT NULL,
    edited_at      timestamptz,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, thread_id, id),
    UNIQUE (thread_id, id, path),
    CONSTRAINT discussion_posts_path_ends_here CHECK (path[cardinality(path)] = id),
    CONSTRAINT discussion_posts_not_too_deep CHECK (cardinality(path) BETWEEN 1 AND 8),
    CONSTRAINT discussion_posts_replies_have_a_parent CHECK ((parent_id IS NULL) = (cardinality(path) = 1)),
    FOREIGN KEY (institution_id, course_id, forum_id, thread_id)
        REFERENCES discussion_threads (institution_id, course_id, forum_id, id),
    CONSTRAINT discussion_posts_path_goes_on_from_the_parents
        FOREIGN KEY (thread_id, parent_id, above) REFERENCES discussion_posts (thread_id, id, path),
    FOREIGN KEY (institution_id, author_id) REFERENCES users (institution_id, id)
);
COMMENT ON COLUMN discussion_posts.path IS 'Ids from the first post above it down to itself. Ids grow with time: ordered by it, every post stands right above its replies, oldest first.';
COMMENT ON COLUMN discussion_posts.above IS 'The path of the parent, which the foreign key compares: no path can be wrong.';
CREATE INDEX discussion_posts_of_thread ON discussion_posts (thread_id, path);
CREATE INDEX discussion_posts_of_author ON discussion_posts (thread_id, author_id, id);
-- Here, because threads and posts refer to each other.
ALTER TABLE discussion_threads ADD CONSTRAINT discussion_threads_accepted_is_of_the_thread
    FOREIGN KEY (institution_id, id, accepted_post_id) REFERENCES discussion_posts (institution_id, thread_id, id);

CREATE TABLE post_reactions (
    post_id        uuid NOT NULL,
    user_id        uuid NOT NULL,
    kind           text NOT NULL
        CONSTRAINT post_reactions_kind_is_known CHECK (kind IN ('vote', 'endorse', 'report')),
    institution_id uuid NOT NULL,
    thread_id      uuid NOT NULL,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (post_id, kind, user_id),
    FOREIGN KEY (institution_id, thread_id, post_id) REFERENCES discussion_posts (institution_id, thread_id, id),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id)
);

CREATE TABLE thread_subscriptions (
    user_id        uuid NOT NULL,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    forum_id       uuid,
    thread_id      uuid,
    scope_type     text NOT NULL GENERATED ALWAYS AS
        (CASE WHEN thread_id IS NOT NULL THEN 'thread' WHEN forum_id IS NOT NULL THEN 'forum' ELSE 'course' END) STORED,
    scope_id       uuid NOT NULL GENERATED ALWAYS AS (coalesce(thread_id, forum_id, course_id)) STORED,
    digest         text CONSTRAINT thread_subscriptions_digest_is_known
        CHECK (digest IN ('off', 'immediate', 'daily', 'weekly')),
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (user_id, scope_id),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id),
    FOREIGN KEY (institution_id, course_id) REFERENCES courses (institution_id, id),
    FOREIGN KEY (institution_id, course_id, forum_id) REFERENCES discussion_forums (institution_id, course_id, id),
    FOREIGN KEY (institution_id, course_id, forum_id, thread_id)
        REFERENCES discussion_threads (institution_id, course_id, forum_id, id),
    CONSTRAINT thread_subscriptions_thread_names_its_forum CHECK (thread_id IS NULL OR forum_id IS NOT NULL)
);
COMMENT ON COLUMN thread_subscriptions.digest IS 'How often mail comes of this one; NULL: as the person''s preferences say.';
CREATE INDEX thread_subscriptions_of_scope ON thread_subscriptions (scope_id);

-- Read model thread_reads: what there is to read, and how far everybody is. Written by folds alone.
CREATE TABLE thread_counts (
    thread_id      uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    forum_id       uuid NOT NULL,
    posts          integer NOT NULL,
    last_at        timestamptz NOT NULL
);
CREATE INDEX thread_counts_of_course ON thread_counts (course_id);
CREATE TABLE thread_posts (
    post_id        uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    thread_id      uuid NOT NULL,
    number         integer NOT NULL,
    author_id      uuid NOT NULL
);
COMMENT ON COLUMN thread_posts.number IS 'Place in the thread by time, from 1: the order of the log, which a rebuild finds again.';
CREATE INDEX thread_posts_of_author ON thread_posts (author_id, thread_id, number);
CREATE TABLE thread_reads (
    user_id        uuid NOT NULL,
    thread_id      uuid NOT NULL,
    institution_id uuid NOT NULL,
    last_number    integer NOT NULL,
    PRIMARY KEY (user_id, thread_id)
);

CREATE TABLE notification_digests (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    user_id        uuid NOT NULL,
    kind           text NOT NULL CONSTRAINT notification_digests_kind_is_known CHECK (kind IN ('daily', 'weekly')),
    slot           date NOT NULL,
    created_at     timestamptz NOT NULL,
    CONSTRAINT notification_digests_once UNIQUE (user_id, kind, slot),
    UNIQUE (institution_id, user_id, id),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id)
);
COMMENT ON COLUMN notification_digests.slot IS 'The morning it is for, by the person''s calendar. However many workers make it, it is made once.';

CREATE TABLE notifications (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    user_id        uuid NOT NULL,
    kind           text NOT NULL,
    event_id       uuid NOT NULL,
    payload        jsonb NOT NULL,
    in_app         boolean NOT NULL,
    mail           text NOT NULL
        CONSTRAINT notifications_mail_is_known CHECK (mail IN ('off', 'immediate', 'daily', 'weekly')),
    digest_id      uuid,
    created_at     timestamptz NOT NULL,
    read_at        timestamptz,
    CONSTRAINT notifications_once UNIQUE (event_id, user_id),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id),
    FOREIGN KEY (institution_id, user_id, digest_id) REFERENCES notification_digests (institution_id, user_id, id)
);
COMMENT ON TABLE notifications IS 'What somebody was told, of which event, and by which ways.';
CREATE INDEX notifications_of_person ON notifications (user_id, id DESC) WHERE in_app;
CREATE INDEX notifications_for_digests ON notifications (user_id, mail)
    WHERE mail IN ('daily', 'weekly') AND digest_id IS NULL AND read_at IS NULL;

CREATE TABLE notification_preferences (
    user_id        uuid NOT NULL,
    kind           text NOT NULL,
    channel        text NOT NULL
        CONSTRAINT notification_preferences_channel_is_known CHECK (channel IN ('in_app', 'mail')),
    institution_id uuid NOT NULL,
    digest         text NOT NULL
        CONSTRAINT notification_preferences_digest_is_known CHECK (digest IN ('off', 'immediate', 'daily', 'weekly')),
    PRIMARY KEY (user_id, kind, channel),
    CONSTRAINT notification_preferences_in_app_is_at_once CHECK (channel = 'mail' OR digest IN ('off', 'immediate')),
    FOREIGN KEY (institution_id, user_id) REFERENCES users (institution_id, id)
);

-- Who may see what.

UPDATE roles SET permissions = permissions || ARRAY['forum:read', 'forum:write', 'forum:moderate']
    WHERE key IN ('administrator', 'teacher', 'ta');
UPDATE roles SET permissions = permissions || ARRAY['forum:read', 'forum:write'] WHERE key = 'student';
UPDATE roles SET permissions = permissions || ARRAY['forum:read'] WHERE key IN ('adviser', 'designer');

-- authorize() learns three more kinds of things. Put into it as it stands, so that what other
-- revisions taught it stays.
DO $$
DECLARE
    known text := pg_get_functiondef('authorize(uuid, uuid, text, text, uuid)'::regprocedure);
    unknown text := '            ELSE RAISE EXCEPTION ''authorize knows no kind';
BEGIN
    IF position(unknown IN known) = 0 THEN RAISE EXCEPTION 'authorize() is not as this revision knows it'; END IF;
    EXECUTE replace(known, unknown, $kinds$            WHEN 'forum' THEN SELECT f.course_id INTO course
                FROM discussion_forums AS f JOIN courses AS c ON c.id = f.course_id WHERE f.id = target AND c.state <> 'deleted';
            WHEN 'thread' THEN SELECT t.course_id INTO course
                FROM discussion_threads AS t JOIN courses AS c ON c.id = t.course_id WHERE t.id = target AND c.state <> 'deleted';
            WHEN 'post' THEN SELECT p.course_id INTO course
                FROM discussion_posts AS p JOIN courses AS c ON c.id = p.course_id WHERE p.id = target AND c.state <> 'deleted';
$kinds$ || unknown);
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['discussion_forums', 'discussion_threads', 'discussion_posts', 'post_reactions',
        'thread_counts', 'thread_posts', 'thread_subscriptions', 'thread_reads', 'notification_digests', 'notifications',
        'notification_preferences']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['discussion_forums', 'discussion_threads', 'discussion_posts', 'post_reactions',
        'thread_counts', 'thread_posts']
    LOOP
        EXECUTE format('CREATE POLICY own_institution ON %I TO __app__ USING (institution_id = (SELECT eduflow_institution()))', name);
    END LOOP;
    -- What somebody follows, has read and was told is nobody else's business.
    FOREACH name IN ARRAY ARRAY['thread_subscriptions', 'thread_reads', 'notifications', 'notification_digests',
        'notification_preferences']
    LOOP
        EXECUTE format('CREATE POLICY own_things ON %I TO __app__ USING (institution_id = (SELECT eduflow_institution())'
            ' AND user_id = (SELECT eduflow_person()))', name);
    END LOOP;
END $$;

GRANT SELECT, INSERT, UPDATE ON discussion_forums, discussion_threads, discussion_posts, notification_preferences TO __app__, __worker__;
GRANT SELECT, INSERT, DELETE ON post_reactions TO __app__, __worker__;
GRANT SELECT, INSERT, UPDATE, DELETE ON thread_subscriptions TO __app__, __worker__;
GRANT SELECT, UPDATE (read_at) ON notifications TO __app__;
GRANT SELECT ON thread_counts, thread_posts, thread_reads TO __app__;
GRANT SELECT, INSERT, UPDATE ON notifications, notification_digests TO __worker__;
GRANT SELECT, INSERT, UPDATE, DELETE ON thread_counts, thread_posts, thread_reads TO __worker__;
