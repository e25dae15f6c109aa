-- Item banks, tests, attempts, and how answers are judged.

INSERT INTO roles (key, permissions) VALUES
    ('administrator', ARRAY['bank:read', 'bank:write', 'assessment:see', 'assessment:read', 'assessment:write', 'assessment:grade',
        'attempt:read', 'result:read', 'appeal:decide', 'receipt:read']),
    ('registrar', ARRAY['result:read']),
    ('adviser', ARRAY['result:read']),
    ('teacher', ARRAY['bank:read', 'bank:write', 'assessment:see', 'assessment:read', 'assessment:write', 'assessment:sit', 'assessment:grade',
        'attempt:read', 'result:read', 'appeal:decide', 'receipt:read']),
    ('designer', ARRAY['bank:read', 'bank:write', 'assessment:see', 'assessment:read', 'assessment:write']),
    ('ta', ARRAY['bank:read', 'assessment:see', 'assessment:read', 'assessment:grade', 'attempt:read', 'result:read']),
    ('student', ARRAY['assessment:see', 'assessment:sit']),
    ('observer', ARRAY[]::text[]);

-- Banks and questions -------------------------------------------------------------------------

CREATE TABLE item_banks (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid,
    owner_id       uuid NOT NULL,
    name           text NOT NULL CONSTRAINT item_banks_have_a_name CHECK (name <> ''),
    visibility     text NOT NULL DEFAULT 'course'
        CONSTRAINT item_banks_visibility_is_known CHECK (visibility IN ('course', 'institution')),
    state          text NOT NULL DEFAULT 'active'
        CONSTRAINT item_banks_state_is_known CHECK (state IN ('active', 'deleted')),
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    CONSTRAINT item_banks_are_somewhere CHECK (course_id IS NOT NULL OR visibility = 'institution')
);
COMMENT ON COLUMN item_banks.course_id IS 'Whose course it grew in; NULL: of the whole institution.';
CREATE INDEX item_banks_of_course ON item_banks (institution_id, course_id);

CREATE TABLE item_share_sets (
    bank_id        uuid NOT NULL,
    course_id      uuid NOT NULL,
    institution_id uuid NOT NULL,
    permits        text NOT NULL
        CONSTRAINT item_share_sets_permit_something CHECK (permits IN ('use', 'edit')),
    shared_by      uuid NOT NULL,
    shared_at      timestamptz NOT NULL,
    PRIMARY KEY (bank_id, course_id),
    FOREIGN KEY (institution_id, bank_id) REFERENCES item_banks (institution_id, id)
);
COMMENT ON TABLE item_share_sets IS 'A bank in the hands of another course: to take questions from, or to change them too.';

CREATE TABLE stimuli (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    bank_id        uuid NOT NULL,
    title          text NOT NULL,
    body           text NOT NULL,
    identifier     text,
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, bank_id, id),
    FOREIGN KEY (institution_id, bank_id) REFERENCES item_banks (institution_id, id)
);
COMMENT ON TABLE stimuli IS 'A passage or exhibit that several questions share.';

CREATE TABLE questions (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    bank_id        uuid NOT NULL,
    stimulus_id    uuid,
    type           text NOT NULL
        CONSTRAINT questions_type_is_known CHECK (type IN ('choice', 'true_false', 'order', 'match', 'gap_fill', 'short_text',
            'numeric', 'hot_text', 'essay', 'file_upload', 'formula')),
    title          text NOT NULL,
    state          text NOT NULL DEFAULT 'active'
        CONSTRAINT questions_state_is_known CHECK (state IN ('active', 'retired')),
    current_number integer NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    FOREIGN KEY (institution_id, bank_id) REFERENCES item_banks (institution_id, id),
    CONSTRAINT questions_stimulus_is_of_the_bank
        FOREIGN KEY (institution_id, bank_id, stimulus_id) REFERENCES stimuli (institution_id, bank_id, id)
);
CREATE INDEX questions_of_bank ON questions (bank_id, id);

CREATE TABLE question_versions (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    question_id    uuid NOT NULL,
    number         integer NOT NULL CONSTRAINT question_versions_number_is_positive CHECK (number > 0),
    title          text NOT NULL,
    body           text NOT NULL,
    language       text NOT NULL,
    interaction    jsonb NOT NULL,
    parameters     jsonb NOT NULL DEFAULT '[]',
    conditions     text[] NOT NULL DEFAULT '{}',
    feedback       jsonb NOT NULL DEFAULT '{}',
    points         numeric NOT NULL CONSTRAINT question_versions_points_are_not_negative CHECK (points >= 0),
    identifier     text,
    sha256         bytea NOT NULL,
    made_by        uuid NOT NULL,
    made_at        timestamptz NOT NULL,
    UNIQUE (institution_id, id),
    CONSTRAINT question_versions_number_once UNIQUE (question_id, number),
    FOREIGN KEY (institution_id, question_id) REFERENCES questions (institution_id, id)
);
COMMENT ON TABLE question_versions IS 'What is asked, and never again another: attempts pin it. How it is judged is in answer_keys.';
COMMENT ON COLUMN question_versions.parameters IS 'Pairs of name and parameter, in the order in which they are drawn.';
COMMENT ON COLUMN question_versions.feedback IS 'Texts and hints that are shown afterwards, or for a price.';
COMMENT ON COLUMN question_versions.sha256 IS 'Of everything that is asked; receipts cite it.';

CREATE TABLE question_choices (
    question_version_id uuid NOT NULL,
    part                text NOT NULL DEFAULT '',
    identifier          text NOT NULL,
    institution_id      uuid NOT NULL,
    position            integer NOT NULL,
    text                text NOT NULL,
    PRIMARY KEY (question_version_id, part, identifier),
    FOREIGN KEY (institution_id, question_version_id) REFERENCES question_versions (institution_id, id)
);
COMMENT ON TABLE question_choices IS 'What can be chosen, by its identifier: statistics say how often it was.';
COMMENT ON COLUMN question_choices.part IS 'Of a match the side, of a gap its id; else empty.';

CREATE TABLE answer_keys (
    id                  uuid PRIMARY KEY,
    institution_id      uuid NOT NULL,
    question_version_id uuid NOT NULL,
    number              integer NOT NULL CONSTRAINT answer_keys_number_is_positive CHECK (number > 0),
    key                 jsonb NOT NULL,
    reason              text NOT NULL DEFAULT '',
    sha256              bytea NOT NULL,
    made_by             uuid NOT NULL,
    made_at             timestamptz NOT NULL,
    UNIQUE (institution_id, id),
    CONSTRAINT answer_keys_number_once UNIQUE (question_version_id, number),
    FOREIGN KEY (institution_id, question_version_id) REFERENCES question_versions (institution_id, id)
);
COMMENT ON TABLE answer_keys IS 'How answers to a version are judged. A correction is a further number; a scoring version says which counts.';

CREATE TABLE question_tests (
    id                  uuid PRIMARY KEY,
    institution_id      uuid NOT NULL,
    question_version_id uuid NOT NULL,
    answer              jsonb NOT NULL,
    expected_fraction   numeric NOT NULL
        CONSTRAINT question_tests_expect_a_share CHECK (expected_fraction BETWEEN 0 AND 1),
    note                text NOT NULL DEFAULT '',
    made_by             uuid NOT NULL,
    made_at             timestamptz NOT NULL,
    FOREIGN KEY (institution_id, question_version_id) REFERENCES question_versions (institution_id, id)
);
COMMENT ON TABLE question_tests IS 'What the marking must give for an answer: a key that breaks one is not taken.';
CREATE INDEX question_tests_of_version ON question_tests (question_version_id);

CREATE TABLE question_tags (
    question_id    uuid NOT NULL,
    tag            text NOT NULL CONSTRAINT question_tags_say_something CHECK (tag <> '' AND tag = lower(tag)),
    institution_id uuid NOT NULL,
    PRIMARY KEY (question_id, tag),
    FOREIGN KEY (institution_id, question_id) REFERENCES questions (institution_id, id)
);
CREATE INDEX question_tags_by_tag ON question_tags (institution_id, tag, question_id);

CREATE TABLE scoring_rubrics (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    question_id    uuid NOT NULL CONSTRAINT scoring_rubrics_one_of_a_question UNIQUE,
    title          text NOT NULL,
    current_number integer NOT NULL DEFAULT 1,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    FOREIGN KEY (institution_id, question_id) REFERENCES questions (institution_id, id)
);
CREATE TABLE scoring_rubric_versions (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    rubric_id      uuid NOT NULL,
    number         integer NOT NULL CONSTRAINT scoring_rubric_versions_number_is_positive CHECK (number > 0),
    guidelines     text NOT NULL DEFAULT '',
    sha256         bytea NOT NULL,
    made_by        uuid NOT NULL,
    frozen_at      timestamptz NOT NULL,
    UNIQUE (institution_id, id),
    CONSTRAINT scoring_rubric_versions_number_once UNIQUE (rubric_id, number),
    FOREIGN KEY (institution_id, rubric_id) REFERENCES scoring_rubrics (institution_id, id)
);
COMMENT ON COLUMN scoring_rubric_versions.guidelines IS 'For graders alone.';
CREATE TABLE scoring_criteria (
    id                uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    rubric_version_id uuid NOT NULL,
    key               text NOT NULL,
    position          integer NOT NULL,
    title             text NOT NULL,
    description       text NOT NULL DEFAULT '',
    points            numeric NOT NULL CONSTRAINT scoring_criteria_are_worth_something CHECK (points > 0),
    levels            jsonb NOT NULL,
    grader_note       text NOT NULL DEFAULT '',
    UNIQUE (institution_id, id),
    CONSTRAINT scoring_criteria_key_once UNIQUE (rubric_version_id, key),
    FOREIGN KEY (institution_id, rubric_version_id) REFERENCES scoring_rubric_versions (institution_id, id)
);
COMMENT ON COLUMN scoring_criteria.levels IS 'What may be awarded: [{points, title, description}], from nought up.';
COMMENT ON COLUMN scoring_criteria.grader_note IS 'Not shown to students.';

-- Tests ---------------------------------------------------------------------------------------

CREATE TABLE assessments (
    id              uuid PRIMARY KEY,
    institution_id  uuid NOT NULL,
    course_id       uuid NOT NULL,
    kind            text NOT NULL
        CONSTRAINT assessments_kind_is_known CHECK (kind IN ('quiz', 'exam', 'practice', 'survey')),
    title           text NOT NULL CONSTRAINT assessments_have_a_title CHECK (title <> ''),
    state           text NOT NULL DEFAULT 'draft'
        CONSTRAINT assessments_state_is_known CHECK (state IN ('draft', 'published', 'archived')),
    current_number  integer NOT NULL DEFAULT 0,
    scoring_number  integer NOT NULL DEFAULT 0,
    created_by      uuid NOT NULL,
    created_at      timestamptz NOT NULL,
    version         integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    UNIQUE (institution_id, course_id, id),
    CONSTRAINT assessments_published_have_a_form CHECK (state <> 'published' OR (current_number > 0 AND scoring_number > 0))
);
COMMENT ON COLUMN assessments.current_number IS 'The form that a new attempt gets; 0: none is frozen yet.';
COMMENT ON COLUMN assessments.scoring_number IS 'The scoring version that counts; 0: none yet.';
CREATE INDEX assessments_of_course ON assessments (course_id, id);

CREATE TABLE assessment_versions (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    assessment_id  uuid NOT NULL,
    number         integer NOT NULL CONSTRAINT assessment_versions_number_is_positive CHECK (number > 0),
    instructions   text NOT NULL DEFAULT '',
    points         numeric NOT NULL,
    made_by        uuid NOT NULL,
    frozen_at      timestamptz NOT NULL,
    UNIQUE (institution_id, id),
    CONSTRAINT assessment_versions_number_once UNIQUE (assessment_id, number),
    FOREIGN KEY (institution_id, assessment_id) REFERENCES assessments (institution_id, id)
);
COMMENT ON TABLE assessment_versions IS 'A form of the test. An attempt keeps the form it began with.';
CREATE TABLE assessment_sections (
    id                    uuid PRIMARY KEY,
    institution_id        uuid NOT NULL,
    assessment_version_id uuid NOT NULL,
    position              integer NOT NULL,
    title                 text NOT NULL DEFAULT '',
    instructions          text NOT NULL DEFAULT '',
    pick_n                integer CONSTRAINT assessment_sections_pick_at_least_one CHECK (pick_n > 0),
    shuffle               boolean NOT NULL DEFAULT false,
    UNIQUE (institution_id, id),
    CONSTRAINT assessment_sections_position_once UNIQUE (assessment_version_id, position),
    FOREIGN KEY (institution_id, assessment_version_id) REFERENCES assessment_versions (institution_id, id)
);
CREATE TABLE section_items (
    section_id          uuid NOT NULL,
    position            integer NOT NULL,
    institution_id      uuid NOT NULL,
    question_id         uuid NOT NULL,
    question_version_id uuid NOT NULL,
    points_list         numeric[] NOT NULL,
    PRIMARY KEY (section_id, position),
    CONSTRAINT section_items_question_once UNIQUE (section_id, question_id),
    CONSTRAINT section_items_points_are_listed CHECK (cardinality(points_list) BETWEEN 1 AND 20),
    FOREIGN KEY (institution_id, section_id) REFERENCES assessment_sections (institution_id, id),
    FOREIGN KEY (institution_id, question_version_id) REFERENCES question_versions (institution_id, id)
);
COMMENT ON COLUMN section_items.points_list IS 'What the first, second, … right try is worth.';
CREATE INDEX section_items_of_version ON section_items (question_version_id);

CREATE TABLE delivery_policies (
    assessment_id   uuid PRIMARY KEY,
    institution_id  uuid NOT NULL,
    opens_at        timestamptz,
    closes_at       timestamptz,
    time_limit      integer CONSTRAINT delivery_policies_time_limit_is_positive CHECK (time_limit > 0),
    grace           integer NOT NULL DEFAULT 60
        CONSTRAINT delivery_policies_grace_is_not_negative CHECK (grace BETWEEN 0 AND 86400),
    attempts        integer CONSTRAINT delivery_policies_attempts_are_positive CHECK (attempts > 0),
    overdue         text NOT NULL DEFAULT 'submit'
        CONSTRAINT delivery_policies_overdue_is_known CHECK (overdue IN ('submit', 'abandon')),
    behaviour       text NOT NULL DEFAULT 'deferred'
        CONSTRAINT delivery_policies_behaviour_is_known CHECK (behaviour IN ('deferred', 'immediate', 'interactive', 'certainty')),
    attempt_counts  text NOT NULL DEFAULT 'highest'
        CONSTRAINT delivery_policies_attempt_counts_is_known CHECK (attempt_counts IN ('highest', 'last', 'first', 'average')),
    late_penalty    numeric NOT NULL DEFAULT 0
        CONSTRAINT delivery_policies_late_penalty_is_a_share CHECK (late_penalty BETWEEN 0 AND 1),
    reading         text NOT NULL DEFAULT 'models'
        CONSTRAINT delivery_policies_reading_is_known CHECK (reading IN ('models', 'people')),
    release         text NOT NULL DEFAULT 'when_final'
        CONSTRAINT delivery_policies_release_is_known CHECK (release IN ('when_final', 'by_hand')),
    appeal_days     integer CONSTRAINT delivery_policies_appeal_days_are_not_negative CHECK (appeal_days BETWEEN 0 AND 3650),
    points_told     boolean NOT NULL DEFAULT true,
    version         integer NOT NULL DEFAULT 1,
    CONSTRAINT delivery_policies_close_after_they_open CHECK (closes_at > opens_at),
    FOREIGN KEY (institution_id, assessment_id) REFERENCES assessments (institution_id, id)
);
COMMENT ON COLUMN delivery_policies.time_limit IS 'Seconds from the start.';
COMMENT ON COLUMN delivery_policies.grace IS 'Seconds after the deadline in which handing in still counts: for a slow network.';
COMMENT ON COLUMN delivery_policies.attempts IS 'NULL: any number.';
COMMENT ON COLUMN delivery_policies.overdue IS 'What becomes of an attempt that nobody handed in.';
COMMENT ON COLUMN delivery_policies.reading IS 'Who reads first what no key can judge; what a model thinks is let out by the release gate alone.';
COMMENT ON COLUMN delivery_policies.appeal_days IS 'Within which a student appeals, from the last release of the result on. 0: not at all; NULL: at any time.';
COMMENT ON COLUMN delivery_policies.points_told IS 'Whether it was told that students see points: false from the setting of a policy that hides them until the test is closed to all.';
COMMENT ON COLUMN delivery_policies.late_penalty IS 'Share of the score that handing in within grace costs.';

CREATE INDEX delivery_policies_untold ON delivery_policies (closes_at) WHERE NOT points_told;

CREATE TABLE review_policies (
    assessment_id  uuid NOT NULL,
    phase          text NOT NULL
        CONSTRAINT review_policies_phase_is_known CHECK (phase IN ('during', 'after_submit', 'while_open', 'after_close')),
    institution_id uuid NOT NULL,
    shows          text[] NOT NULL
        CONSTRAINT review_policies_show_what_there_is CHECK (shows <@ ARRAY['answers', 'correctness', 'points', 'feedback', 'right_answer', 'solution']),
    PRIMARY KEY (assessment_id, phase),
    FOREIGN KEY (institution_id, assessment_id) REFERENCES assessments (institution_id, id)
);
COMMENT ON TABLE review_policies IS 'What a student sees of an attempt, and when.';

CREATE TABLE delivery_overrides (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    assessment_id  uuid NOT NULL,
    target_type    text NOT NULL
        CONSTRAINT delivery_overrides_target_is_known CHECK (target_type IN ('student', 'section')),
    target_id      uuid NOT NULL,
    opens_at       timestamptz,
    closes_at      timestamptz,
    extra_minutes  integer NOT NULL DEFAULT 0
        CONSTRAINT delivery_overrides_extra_minutes_are_not_negative CHECK (extra_minutes BETWEEN 0 AND 100000),
    extra_attempts integer NOT NULL DEFAULT 0
        CONSTRAINT delivery_overrides_extra_attempts_are_not_negative CHECK (extra_attempts BETWEEN 0 AND 1000),
    made_by        uuid NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    CONSTRAINT delivery_overrides_once UNIQUE (assessment_id, target_type, target_id),
    CONSTRAINT delivery_overrides_close_after_they_open CHECK (closes_at > opens_at),
    FOREIGN KEY (institution_id, assessment_id) REFERENCES assessments (institution_id, id)
);
COMMENT ON COLUMN delivery_overrides.extra_minutes IS 'On the time limit, and on the time of closing.';

-- How a test is given to one person: an override for them goes before those for their sections, of
-- which the most generous counts. The same as terms_of in the service, for what is only shown.
CREATE FUNCTION delivery_for(assessment uuid, person uuid,
    OUT opens_at timestamptz, OUT closes_at timestamptz, OUT time_limit integer, OUT grace integer, OUT attempts integer)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(o.opens_at, p.opens_at),
           coalesce(o.closes_at, p.closes_at) + make_interval(mins => coalesce(o.extra_minutes, 0)),
           p.time_limit + 60 * coalesce(o.extra_minutes, 0),
           p.grace,
           p.attempts + coalesce(o.extra_attempts, 0)
    FROM delivery_policies AS p
    JOIN assessments AS a ON a.id = p.assessment_id
    LEFT JOIN LATERAL (
        SELECT o.target_type, min(o.opens_at) AS opens_at, max(o.closes_at) AS closes_at,
               max(o.extra_minutes) AS extra_minutes, max(o.extra_attempts) AS extra_attempts
        FROM delivery_overrides AS o
        WHERE o.assessment_id = p.assessment_id AND o.target_id IN (SELECT person UNION ALL
            SELECT s.section_id FROM standing_seats AS s
            WHERE s.user_id = person AND s.course_id = a.course_id AND s.state = 'active')
        GROUP BY o.target_type ORDER BY o.target_type = 'student' DESC LIMIT 1) AS o ON true
    WHERE p.assessment_id = assessment
$$;

-- Sitting -------------------------------------------------------------------------------------

CREATE TABLE variants (
    id                  uuid PRIMARY KEY,
    institution_id      uuid NOT NULL,
    question_version_id uuid NOT NULL,
    seed                bigint NOT NULL,
    params              jsonb NOT NULL,
    true_answer         jsonb NOT NULL,
    CONSTRAINT variants_seed_once UNIQUE (question_version_id, seed),
    UNIQUE (institution_id, id),
    FOREIGN KEY (institution_id, question_version_id) REFERENCES question_versions (institution_id, id)
);
COMMENT ON TABLE variants IS 'What was drawn for a seed: kept, so that nobody need draw it alike years later.';

CREATE TABLE attempts (
    id                    uuid PRIMARY KEY,
    institution_id        uuid NOT NULL,
    course_id             uuid NOT NULL,
    assessment_id         uuid NOT NULL,
    assessment_version_id uuid NOT NULL,
    user_id               uuid NOT NULL,
    number                integer NOT NULL CONSTRAINT attempts_number_is_positive CHECK (number > 0),
    state                 text NOT NULL DEFAULT 'in_progress'
        CONSTRAINT attempts_state_is_known CHECK (state IN ('in_progress', 'submitted', 'abandoned')),
    behaviour             text NOT NULL,
    seed                  bigint NOT NULL,
    items                 jsonb NOT NULL,
    session_id            uuid NOT NULL,
    started_at            timestamptz NOT NULL,
    deadline_at           timestamptz,
    grace_until           timestamptz,
    submitted_at          timestamptz,
    late                  boolean NOT NULL DEFAULT false,
    unjudged              integer,
    score                 numeric,
    points                numeric NOT NULL,
    scoring_number        integer NOT NULL,
    released_at           timestamptz,
    version               integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    CONSTRAINT attempts_number_once UNIQUE (assessment_id, user_id, number),
    FOREIGN KEY (institution_id, assessment_version_id) REFERENCES assessment_versions (institution_id, id),
    CONSTRAINT attempts_grace_follows_the_deadline CHECK (grace_until >= deadline_at),
    CONSTRAINT attempts_handed_in_have_a_time CHECK ((state = 'submitted') = (submitted_at IS NOT NULL)),
    CONSTRAINT attempts_released_are_judged CHECK (released_at IS NULL OR unjudged = 0)
);
COMMENT ON COLUMN attempts.items IS 'What this attempt asks, in its order: question, version, section, points by try, variant.';
COMMENT ON COLUMN attempts.session_id IS 'The login it was last worked on in: another one is told to whoever looks for signs.';
COMMENT ON COLUMN attempts.deadline_at IS 'By the server''s clock. NULL: there is no limit.';
COMMENT ON COLUMN attempts.unjudged IS 'How many answers nobody has judged yet; NULL until it is handed in.';
COMMENT ON COLUMN attempts.score IS 'Under the scoring version that counts; final when nothing is unjudged.';
CREATE UNIQUE INDEX attempts_one_in_progress ON attempts (assessment_id, user_id) WHERE state = 'in_progress';
CREATE INDEX attempts_of_person ON attempts (user_id, assessment_id);
-- Serves handing in what nobody handed in.
CREATE INDEX attempts_overdue ON attempts (grace_until) WHERE state = 'in_progress';
CREATE INDEX attempts_of_course ON attempts (course_id);

CREATE TABLE attempt_events (
    attempt_id     uuid NOT NULL,
    seq            bigint GENERATED ALWAYS AS IDENTITY,
    institution_id uuid NOT NULL,
    kind           text NOT NULL
        CONSTRAINT attempt_events_kind_is_known CHECK (kind IN ('started', 'resumed', 'tried', 'hinted', 'submitted', 'submitted_by_clock',
            'abandoned', 'time_added', 'judged', 'released', 'regraded', 'appealed')),
    question_id    uuid,
    payload        jsonb NOT NULL DEFAULT '{}',
    at             timestamptz NOT NULL,
    PRIMARY KEY (attempt_id, seq),
    FOREIGN KEY (institution_id, attempt_id) REFERENCES attempts (institution_id, id)
);
COMMENT ON TABLE attempt_events IS 'What happened to an attempt, in order. A teacher reads it, and GET /attempts/{id}/events sends it on.';

CREATE TABLE integrity_events (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    attempt_id     uuid NOT NULL,
    kind           text NOT NULL
        CONSTRAINT integrity_events_kind_is_known CHECK (kind IN ('device_changed', 'left_page', 'returned', 'pasted', 'two_windows')),
    detail         jsonb NOT NULL DEFAULT '{}',
    at             timestamptz NOT NULL,
    FOREIGN KEY (institution_id, attempt_id) REFERENCES attempts (institution_id, id)
);
COMMENT ON TABLE integrity_events IS 'Signals, not verdicts: they are shown to a person and change no score.';
CREATE INDEX integrity_events_of_attempt ON integrity_events (attempt_id, at);

CREATE TABLE response_drafts (
    attempt_id     uuid NOT NULL,
    question_id    uuid NOT NULL,
    institution_id uuid NOT NULL,
    value          jsonb NOT NULL,
    certainty      smallint CONSTRAINT response_drafts_certainty_is_known CHECK (certainty BETWEEN 1 AND 3),
    revision       bigint NOT NULL CONSTRAINT response_drafts_revision_is_positive CHECK (revision > 0),
    seconds        integer NOT NULL DEFAULT 0,
    saved_at       timestamptz NOT NULL,
    PRIMARY KEY (attempt_id, question_id),
    FOREIGN KEY (institution_id, attempt_id) REFERENCES attempts (institution_id, id)
);
COMMENT ON COLUMN response_drafts.revision IS 'Counted by whoever writes the answer; an older one never overwrites a newer.';
COMMENT ON COLUMN response_drafts.seconds IS 'Spent on the question so far, as the page measured it.';

CREATE TABLE responses (
    id                  uuid PRIMARY KEY,
    institution_id      uuid NOT NULL,
    assessment_id       uuid NOT NULL,
    attempt_id          uuid NOT NULL,
    question_id         uuid NOT NULL,
    question_version_id uuid NOT NULL,
    variant_id          uuid,
    try_number          integer NOT NULL CONSTRAINT responses_try_is_positive CHECK (try_number > 0),
    value               jsonb NOT NULL,
    certainty           smallint CONSTRAINT responses_certainty_is_known CHECK (certainty BETWEEN 1 AND 3),
    hints               integer NOT NULL DEFAULT 0,
    seconds             integer NOT NULL DEFAULT 0,
    last                boolean NOT NULL,
    sha256              bytea NOT NULL,
    at                  timestamptz NOT NULL,
    UNIQUE (institution_id, id),
    CONSTRAINT responses_try_once UNIQUE (attempt_id, question_id, try_number),
    FOREIGN KEY (institution_id, attempt_id) REFERENCES attempts (institution_id, id)
);
COMMENT ON TABLE responses IS 'What was answered. Never changed: every score, also years later, is computed from it.';
COMMENT ON COLUMN responses.last IS 'Whether it was given by handing the attempt in, and no try follows.';
COMMENT ON COLUMN responses.sha256 IS 'Of question version, variant, try, value, certainty and hints.';
CREATE INDEX responses_of_question ON responses (assessment_id, question_id, id);

CREATE TABLE response_files (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    attempt_id     uuid NOT NULL,
    question_id    uuid NOT NULL,
    name           text NOT NULL,
    media_type     text NOT NULL,
    size           integer NOT NULL CONSTRAINT response_files_size_is_positive CHECK (size > 0),
    sha256         bytea NOT NULL,
    at             timestamptz NOT NULL,
    FOREIGN KEY (institution_id, attempt_id) REFERENCES attempts (institution_id, id)
);
COMMENT ON TABLE response_files IS 'Files for an answer to name. They are in the object store, under answers/{institution_id}/{id}.';
COMMENT ON COLUMN response_files.media_type IS 'As whoever sent it says.';
CREATE INDEX response_files_of_attempt ON response_files (attempt_id, question_id);

-- Judging -------------------------------------------------------------------------------------

CREATE TABLE scoring_versions (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    assessment_id  uuid NOT NULL,
    number         integer NOT NULL CONSTRAINT scoring_versions_number_is_positive CHECK (number > 0),
    cause          text NOT NULL
        CONSTRAINT scoring_versions_cause_is_known CHECK (cause IN ('published', 'new_form', 'key', 'rubric', 'points', 'policy')),
    reason         text NOT NULL DEFAULT '',
    state          text NOT NULL DEFAULT 'proposed'
        CONSTRAINT scoring_versions_state_is_known CHECK (state IN ('proposed', 'published', 'dropped')),
    key_set        jsonb NOT NULL,
    rubric_set     jsonb NOT NULL,
    points_set     jsonb NOT NULL,
    policy         jsonb NOT NULL,
    made_by        uuid NOT NULL,
    made_at        timestamptz NOT NULL,
    UNIQUE (institution_id, id),
    CONSTRAINT scoring_versions_number_once UNIQUE (assessment_id, number),
    FOREIGN KEY (institution_id, assessment_id) REFERENCES assessments (institution_id, id)
);
COMMENT ON TABLE scoring_versions IS 'Which key, rubric, points and policy count together. Nothing of it changes but its state.';
COMMENT ON COLUMN scoring_versions.key_set IS 'Question version -> number of its answer key.';
COMMENT ON COLUMN scoring_versions.rubric_set IS 'Question -> rubric version.';
COMMENT ON COLUMN scoring_versions.points_set IS 'Question version -> points by try, where they differ from the form''s.';

CREATE TABLE item_scores (
    response_id       uuid NOT NULL,
    scoring_version_id uuid NOT NULL,
    revision          integer NOT NULL CONSTRAINT item_scores_revision_is_positive CHECK (revision > 0),
    institution_id    uuid NOT NULL,
    attempt_id        uuid NOT NULL,
    question_id       uuid NOT NULL,
    fraction          numeric NOT NULL CONSTRAINT item_scores_fraction_is_a_share CHECK (fraction BETWEEN 0 AND 1),
    correct           boolean NOT NULL,
    parts             jsonb NOT NULL DEFAULT '{}',
    feedback          jsonb NOT NULL DEFAULT '[]',
    method            text NOT NULL
        CONSTRAINT item_scores_method_is_known CHECK (method IN ('key', 'ai', 'human', 'carried')),
    source_id         uuid,
    note              text NOT NULL DEFAULT '',
    at                timestamptz NOT NULL,
    CONSTRAINT item_scores_one_of_a_revision PRIMARY KEY (response_id, scoring_version_id, revision),
    FOREIGN KEY (institution_id, response_id) REFERENCES responses (institution_id, id),
    FOREIGN KEY (institution_id, scoring_version_id) REFERENCES scoring_versions (institution_id, id)
);
COMMENT ON TABLE item_scores IS 'How one answer was judged under one scoring version. The highest revision counts: a person''s after an AI''s, an appeal''s after a person''s.';
COMMENT ON COLUMN item_scores.source_id IS 'The AI job, review or appeal that it comes from; of a carried one the score it was.';
CREATE INDEX item_scores_of_attempt ON item_scores (attempt_id);
CREATE INDEX item_scores_of_scoring ON item_scores (scoring_version_id, attempt_id);

CREATE TABLE grading_queue (
    response_id    uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    assessment_id  uuid NOT NULL,
    question_id    uuid NOT NULL,
    reason         text NOT NULL
        CONSTRAINT grading_queue_reason_is_known CHECK (reason IN ('to_be_read', 'flagged', 'disagreed', 'unsure', 'gate', 'no_model', 'budget', 'sample', 'undecided')),
    state          text NOT NULL DEFAULT 'waiting'
        CONSTRAINT grading_queue_state_is_known CHECK (state IN ('waiting', 'claimed', 'done')),
    assigned_to    uuid,
    claimed_until  timestamptz,
    order_key      bigint NOT NULL,
    job_id         uuid,
    blind          boolean NOT NULL DEFAULT true,
    seen_by        uuid[] NOT NULL DEFAULT '{}',
    queued_at      timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    FOREIGN KEY (institution_id, response_id) REFERENCES responses (institution_id, id),
    CONSTRAINT grading_queue_claimed_by_somebody CHECK ((state = 'claimed') = (claimed_until IS NOT NULL)),
    CONSTRAINT grading_queue_claims_have_a_grader CHECK (state <> 'claimed' OR assigned_to IS NOT NULL)
);
COMMENT ON TABLE grading_queue IS 'Answers that a person judges.';
COMMENT ON COLUMN grading_queue.order_key IS 'Random of the response and stable: no surname comes first, and nobody loses their place.';
COMMENT ON COLUMN grading_queue.blind IS 'Whether whoever holds it was not shown what a model thinks.';
COMMENT ON COLUMN grading_queue.seen_by IS 'Graders who were: none of them judges it blind any more.';
CREATE INDEX grading_queue_next ON grading_queue (assessment_id, question_id, order_key) WHERE state <> 'done';

-- Reading, by models and by people -----------------------------------------------------------

CREATE TABLE ai_grading_jobs (
    id                uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    course_id         uuid NOT NULL,
    assessment_id     uuid NOT NULL,
    question_id       uuid NOT NULL,
    response_id       uuid NOT NULL,
    rubric_version_id uuid NOT NULL,
    state             text NOT NULL DEFAULT 'waiting'
        CONSTRAINT ai_grading_jobs_state_is_known CHECK (state IN ('waiting', 'judged', 'held', 'failed', 'dropped')),
    provider          text,
    model             text,
    prompt_sha256     bytea,
    small_model       boolean NOT NULL DEFAULT false,
    samples           integer NOT NULL DEFAULT 0,
    level             integer,
    levels            integer,
    fraction          numeric,
    confidence        numeric,
    flags             text[] NOT NULL DEFAULT '{}',
    tokens_in         bigint NOT NULL DEFAULT 0,
    tokens_out        bigint NOT NULL DEFAULT 0,
    cost_micros       bigint NOT NULL DEFAULT 0,
    failure           text,
    asked_at          timestamptz NOT NULL,
    ended_at          timestamptz,
    UNIQUE (institution_id, id),
    CONSTRAINT ai_grading_jobs_one_of_a_rubric UNIQUE (response_id, rubric_version_id),
    FOREIGN KEY (institution_id, response_id) REFERENCES responses (institution_id, id),
    FOREIGN KEY (institution_id, rubric_version_id) REFERENCES scoring_rubric_versions (institution_id, id)
);
COMMENT ON COLUMN ai_grading_jobs.small_model IS 'Whether people must be told that a small model said it.';
COMMENT ON COLUMN ai_grading_jobs.level IS 'Of all criteria together, in steps from 0 up; there are `levels` of them.';
COMMENT ON COLUMN ai_grading_jobs.state IS 'held: a person decides, `flags` say why. dropped: another rubric counts, or a person has judged it, and no model is asked.';
CREATE INDEX ai_grading_jobs_of_question ON ai_grading_jobs (assessment_id, question_id);

CREATE TABLE ai_calls (
    id                uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    job_id            uuid,
    course_id         uuid,
    purpose           text NOT NULL,
    provider          text NOT NULL,
    model             text NOT NULL,
    prompt_version_id uuid,
    prompt_sha256     bytea NOT NULL,
    parameters        jsonb NOT NULL,
    outcome           text NOT NULL,
    tokens_in         bigint NOT NULL,
    tokens_cached     bigint NOT NULL,
    tokens_out        bigint NOT NULL,
    cost_micros       bigint NOT NULL,
    latency_ms        integer NOT NULL,
    is_free           boolean NOT NULL,
    settled_at        timestamptz,
    at                timestamptz NOT NULL
);
COMMENT ON TABLE ai_calls IS 'Every call of a model, written before its answer is used.';
COMMENT ON COLUMN ai_calls.is_free IS 'Nothing was spent: the ledger lets go of what it held back.';
COMMENT ON COLUMN ai_calls.settled_at IS 'When the ledger took it; what it has not taken is told to it again.';
CREATE INDEX ai_calls_unsettled ON ai_calls (at) WHERE settled_at IS NULL;
CREATE INDEX ai_calls_of_job ON ai_calls (job_id);

CREATE TABLE ai_judgements (
    job_id         uuid NOT NULL,
    sample         integer NOT NULL,
    criterion_id   uuid NOT NULL,
    institution_id uuid NOT NULL,
    awarded        numeric NOT NULL,
    reason         text NOT NULL,
    quote          text NOT NULL,
    span_start     integer,
    span_end       integer,
    confidence     numeric NOT NULL,
    PRIMARY KEY (job_id, sample, criterion_id),
    FOREIGN KEY (institution_id, job_id) REFERENCES ai_grading_jobs (institution_id, id),
    FOREIGN KEY (institution_id, criterion_id) REFERENCES scoring_criteria (institution_id, id),
    CONSTRAINT ai_judgements_spans_are_whole CHECK ((span_start IS NULL) = (span_end IS NULL) AND span_start <= span_end)
);
COMMENT ON COLUMN ai_judgements.quote IS 'What the model rests on; the span is where exactly that stands in the answer, NULL where it cites nothing.';

CREATE TABLE human_reviews (
    id                uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    response_id       uuid NOT NULL,
    scoring_version_id uuid NOT NULL,
    rubric_version_id uuid,
    grader_id         uuid NOT NULL,
    awarded           jsonb NOT NULL,
    fraction          numeric NOT NULL CONSTRAINT human_reviews_fraction_is_a_share CHECK (fraction BETWEEN 0 AND 1),
    comment           text NOT NULL DEFAULT '',
    blind             boolean NOT NULL,
    seconds           integer NOT NULL DEFAULT 0,
    at                timestamptz NOT NULL,
    UNIQUE (institution_id, id),
    FOREIGN KEY (institution_id, response_id) REFERENCES responses (institution_id, id)
);
COMMENT ON COLUMN human_reviews.awarded IS 'Criterion key -> points; empty where there is no rubric.';
COMMENT ON COLUMN human_reviews.blind IS 'Neither the name nor what a model thought was shown: only such reviews count for agreement.';
CREATE INDEX human_reviews_of_response ON human_reviews (response_id);

CREATE TABLE release_gates (
    question_id    uuid NOT NULL,
    model          text NOT NULL,
    institution_id uuid NOT NULL,
    min_answers    integer NOT NULL DEFAULT 30
        CONSTRAINT release_gates_rest_on_answers CHECK (min_answers >= 10),
    min_kappa      numeric NOT NULL DEFAULT 0.7
        CONSTRAINT release_gates_bound_is_a_kappa CHECK (min_kappa BETWEEN 0 AND 1),
    state          text NOT NULL DEFAULT 'closed'
        CONSTRAINT release_gates_state_is_known CHECK (state IN ('closed', 'measured')),
    set_by         uuid NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    PRIMARY KEY (question_id, model),
    FOREIGN KEY (institution_id, question_id) REFERENCES questions (institution_id, id)
);
COMMENT ON COLUMN release_gates.min_kappa IS 'The lower end of the interval of quadratic weighted kappa must reach it.';
COMMENT ON COLUMN release_gates.state IS 'closed: a person confirms every score. measured: those whose agreement suffices leave by themselves.';

CREATE TABLE rubric_precedents (
    id                uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    rubric_version_id uuid NOT NULL,
    criterion_id      uuid,
    response_id       uuid,
    question          text NOT NULL,
    ruling            text,
    asked_by          uuid NOT NULL,
    ruled_by          uuid,
    asked_at          timestamptz NOT NULL,
    ruled_at          timestamptz,
    version           integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    FOREIGN KEY (institution_id, rubric_version_id) REFERENCES scoring_rubric_versions (institution_id, id),
    FOREIGN KEY (institution_id, response_id) REFERENCES responses (institution_id, id),
    CONSTRAINT rubric_precedents_ruled_by_somebody CHECK ((ruling IS NULL) = (ruled_by IS NULL) AND (ruling IS NULL) = (ruled_at IS NULL))
);
COMMENT ON TABLE rubric_precedents IS 'Cases the rubric did not foresee, and how they are to be taken. Graders and models are shown the rulings.';
COMMENT ON COLUMN rubric_precedents.response_id IS 'The answer over which it was asked.';
CREATE INDEX rubric_precedents_of_rubric ON rubric_precedents (rubric_version_id);

CREATE TABLE answer_groups (
    id                  uuid PRIMARY KEY,
    institution_id      uuid NOT NULL,
    assessment_id       uuid NOT NULL,
    question_version_id uuid NOT NULL,
    label               text NOT NULL,
    method              text NOT NULL
        CONSTRAINT answer_groups_method_is_known CHECK (method IN ('same', 'near', 'by_hand')),
    digest              bytea NOT NULL,
    made_at             timestamptz NOT NULL,
    UNIQUE (institution_id, id),
    CONSTRAINT answer_groups_once UNIQUE (assessment_id, question_version_id, digest)
);
COMMENT ON COLUMN answer_groups.digest IS 'Of what its answers have in common.';
CREATE TABLE answer_group_members (
    response_id    uuid PRIMARY KEY,
    group_id       uuid NOT NULL,
    institution_id uuid NOT NULL,
    FOREIGN KEY (institution_id, group_id) REFERENCES answer_groups (institution_id, id),
    FOREIGN KEY (institution_id, response_id) REFERENCES responses (institution_id, id)
);
CREATE INDEX answer_group_members_of_group ON answer_group_members (group_id);

-- Replaying -----------------------------------------------------------------------------------

CREATE TABLE regrade_runs (
    id                 uuid PRIMARY KEY,
    institution_id     uuid NOT NULL,
    course_id          uuid NOT NULL,
    assessment_id      uuid NOT NULL,
    scoring_version_id uuid NOT NULL,
    base_version_id    uuid NOT NULL,
    state              text NOT NULL DEFAULT 'running'
        CONSTRAINT regrade_runs_state_is_known CHECK (state IN ('running', 'ready', 'publishing', 'published', 'dropped')),
    dry_run            boolean NOT NULL,
    total              bigint NOT NULL,
    done               bigint NOT NULL DEFAULT 0,
    cursor             uuid,
    changed            bigint NOT NULL DEFAULT 0,
    unread             bigint NOT NULL DEFAULT 0,
    started_by         uuid NOT NULL,
    started_at         timestamptz NOT NULL,
    switched_at        timestamptz,
    ended_at           timestamptz,
    version            integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    FOREIGN KEY (institution_id, scoring_version_id) REFERENCES scoring_versions (institution_id, id),
    FOREIGN KEY (institution_id, base_version_id) REFERENCES scoring_versions (institution_id, id)
);
COMMENT ON COLUMN regrade_runs.cursor IS 'The last student whose attempts are done: whoever takes over goes on behind them.';
COMMENT ON COLUMN regrade_runs.switched_at IS 'Since when its scoring version counts: whoever has an answer before them from then on has it by its rubrics.';
COMMENT ON COLUMN regrade_runs.unread IS 'Answers that must be read again, since their rubric changed.';
CREATE UNIQUE INDEX regrade_runs_one_open ON regrade_runs (assessment_id) WHERE state IN ('running', 'ready', 'publishing');

CREATE TABLE regrade_diffs (
    run_id         uuid NOT NULL,
    attempt_id     uuid NOT NULL,
    institution_id uuid NOT NULL,
    user_id        uuid NOT NULL,
    old_score      numeric,
    new_score      numeric,
    old_points     numeric NOT NULL,
    new_points     numeric NOT NULL,
    old_counts     numeric,
    new_counts     numeric,
    counts_points  numeric,
    unread         integer NOT NULL DEFAULT 0,
    attempt_version integer NOT NULL,
    unsettled      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (run_id, attempt_id),
    FOREIGN KEY (institution_id, run_id) REFERENCES regrade_runs (institution_id, id),
    FOREIGN KEY (institution_id, attempt_id) REFERENCES attempts (institution_id, id)
);
COMMENT ON COLUMN regrade_diffs.counts_points IS 'Out of how many new_counts is.';
COMMENT ON COLUMN regrade_diffs.unread IS 'Answers of the attempt that must be read again.';
COMMENT ON COLUMN regrade_diffs.attempt_version IS 'Of the attempt as it was folded: where it differs, something has happened since.';
COMMENT ON COLUMN regrade_diffs.unsettled IS 'Scores were added behind the attempt''s own settling: it is settled once more.';
COMMENT ON COLUMN regrade_diffs.new_counts IS 'What counts for the student over all their attempts; the course grade moves by this.';
CREATE INDEX regrade_diffs_of_person ON regrade_diffs (run_id, user_id);

CREATE TABLE appeals (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    assessment_id  uuid NOT NULL,
    attempt_id     uuid NOT NULL,
    response_id    uuid NOT NULL,
    user_id        uuid NOT NULL,
    claim          text NOT NULL CONSTRAINT appeals_give_a_reason CHECK (claim <> ''),
    state          text NOT NULL DEFAULT 'open'
        CONSTRAINT appeals_state_is_known CHECK (state IN ('open', 'claimed', 'decided', 'withdrawn')),
    claimed_by     uuid,
    asked_at       timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    FOREIGN KEY (institution_id, response_id) REFERENCES responses (institution_id, id),
    CONSTRAINT appeals_claimed_by_somebody CHECK (state <> 'claimed' OR claimed_by IS NOT NULL)
);
CREATE UNIQUE INDEX appeals_one_open ON appeals (response_id) WHERE state IN ('open', 'claimed');
CREATE INDEX appeals_of_assessment ON appeals (assessment_id, state);

CREATE TABLE appeal_decisions (
    appeal_id      uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    grader_id      uuid NOT NULL,
    saw_scores     boolean NOT NULL,
    outcome        text NOT NULL
        CONSTRAINT appeal_decisions_outcome_is_known CHECK (outcome IN ('raised', 'lowered', 'upheld')),
    fraction       numeric NOT NULL,
    reason         text NOT NULL,
    at             timestamptz NOT NULL,
    FOREIGN KEY (institution_id, appeal_id) REFERENCES appeals (institution_id, id)
);

CREATE TABLE grade_receipts (
    attempt_id         uuid NOT NULL,
    number             integer NOT NULL CONSTRAINT grade_receipts_number_is_positive CHECK (number > 0),
    institution_id     uuid NOT NULL,
    scoring_version_id uuid NOT NULL,
    score              numeric NOT NULL,
    points             numeric NOT NULL,
    links              jsonb NOT NULL,
    digest             bytea NOT NULL,
    previous           bytea NOT NULL,
    at                 timestamptz NOT NULL,
    PRIMARY KEY (attempt_id, number),
    FOREIGN KEY (institution_id, attempt_id) REFERENCES attempts (institution_id, id),
    FOREIGN KEY (institution_id, scoring_version_id) REFERENCES scoring_versions (institution_id, id)
);
COMMENT ON TABLE grade_receipts IS 'What a released score rests on: recomputed by `eduflow verify-receipts`.';
COMMENT ON COLUMN grade_receipts.links IS 'One entry for each answer, in order: digests of response, key or rubric version, prompt; model; reviewer; fraction.';
COMMENT ON COLUMN grade_receipts.previous IS 'The digest of the number before; zeros for the first.';

CREATE TABLE irt_calibrations (
    id                  uuid PRIMARY KEY,
    institution_id      uuid NOT NULL,
    assessment_id       uuid NOT NULL,
    run_id              uuid NOT NULL,
    question_version_id uuid NOT NULL,
    model               text NOT NULL
        CONSTRAINT irt_calibrations_model_is_known CHECK (model IN ('2PL')),
    a                   double precision,
    b                   double precision,
    left_out            text
        CONSTRAINT irt_calibrations_say_why CHECK (left_out IN ('all_right', 'all_wrong', 'no_fit')),
    n                   integer NOT NULL,
    at                  timestamptz NOT NULL,
    CONSTRAINT irt_calibrations_once UNIQUE (run_id, question_version_id),
    CONSTRAINT irt_calibrations_fit_or_say_why CHECK ((a IS NULL) = (left_out IS NOT NULL) AND (b IS NULL) = (left_out IS NOT NULL)),
    FOREIGN KEY (institution_id, question_version_id) REFERENCES question_versions (institution_id, id)
);
COMMENT ON COLUMN irt_calibrations.a IS 'Discrimination.';
COMMENT ON COLUMN irt_calibrations.left_out IS 'Why there is no fit: who answers a question alike says nothing about it.';
COMMENT ON COLUMN irt_calibrations.b IS 'Difficulty, on the scale of ability with mean 0 and deviation 1.';
CREATE INDEX irt_calibrations_of_question ON irt_calibrations (question_version_id, at);

-- Read models: written by folds alone ---------------------------------------------------------

CREATE TABLE grading_results (
    attempt_id         uuid NOT NULL,
    scoring_number     integer NOT NULL,
    institution_id     uuid NOT NULL,
    course_id          uuid NOT NULL,
    assessment_id      uuid NOT NULL,
    user_id            uuid NOT NULL,
    number             integer NOT NULL,
    state              text NOT NULL,
    score              numeric,
    points             numeric NOT NULL,
    counts             numeric,
    submitted_at       timestamptz NOT NULL,
    released_at        timestamptz,
    seq                bigint NOT NULL,
    PRIMARY KEY (attempt_id, scoring_number)
);
COMMENT ON TABLE grading_results IS 'What an attempt was worth under each scoring version. Before and after a regrade are both kept.';
COMMENT ON COLUMN grading_results.counts IS 'What counted for the student over all attempts when this was released.';
CREATE INDEX grading_results_of_assessment ON grading_results (assessment_id, user_id, number);
CREATE INDEX grading_results_of_person ON grading_results (user_id, submitted_at);

CREATE TABLE judged_items (
    response_id         uuid NOT NULL,
    scoring_number      integer NOT NULL,
    institution_id      uuid NOT NULL,
    course_id           uuid NOT NULL,
    assessment_id       uuid NOT NULL,
    attempt_id          uuid NOT NULL,
    question_id         uuid NOT NULL,
    question_version_id uuid NOT NULL,
    fraction            numeric NOT NULL,
    earned              numeric NOT NULL,
    points              numeric NOT NULL,
    final               boolean NOT NULL,
    seconds             integer NOT NULL,
    chosen              text[] NOT NULL,
    method              text NOT NULL,
    seq                 bigint NOT NULL,
    PRIMARY KEY (response_id, scoring_number)
);
COMMENT ON TABLE judged_items IS 'What statistics are made of: one row for each judged answer.';
COMMENT ON COLUMN judged_items.final IS 'Whether the whole attempt is judged: only such have a rest to compare an item with.';
CREATE INDEX judged_items_of_attempt ON judged_items (attempt_id);
CREATE INDEX judged_items_of_question ON judged_items (assessment_id, scoring_number, question_version_id);

CREATE TABLE item_statistics (
    assessment_id       uuid NOT NULL,
    question_version_id uuid NOT NULL,
    institution_id      uuid NOT NULL,
    course_id           uuid NOT NULL,
    scoring_number      integer NOT NULL,
    question_id         uuid NOT NULL,
    n                   integer NOT NULL,
    p_value             numeric NOT NULL,
    point_biserial      numeric,
    median_seconds      numeric NOT NULL,
    chosen              jsonb NOT NULL,
    scores              jsonb NOT NULL,
    PRIMARY KEY (assessment_id, question_version_id)
);
COMMENT ON COLUMN item_statistics.point_biserial IS 'Of the item with the rest of the test; NULL where either does not vary.';
COMMENT ON COLUMN item_statistics.chosen IS 'Option -> how often.';
COMMENT ON COLUMN item_statistics.scores IS 'Histogram: tenths of the points -> how often.';

CREATE TABLE test_statistics (
    assessment_id  uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    scoring_number integer NOT NULL,
    n              integer NOT NULL,
    mean           numeric NOT NULL,
    deviation      numeric NOT NULL,
    alpha          numeric,
    median_seconds numeric
);
COMMENT ON COLUMN test_statistics.alpha IS 'Cronbach''s, over attempts that were asked the same items; NULL where it is not defined.';

CREATE TABLE statistics_sums (
    assessment_id  uuid NOT NULL,
    scoring_number integer NOT NULL,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    sums           jsonb NOT NULL,
    PRIMARY KEY (assessment_id, scoring_number)
);
COMMENT ON TABLE statistics_sums IS 'Whole numbers that every attempt adds to, and takes its former ones from. Statistics follow from them without a look at other attempts.';

CREATE TABLE agreement_pairs (
    response_id    uuid NOT NULL,
    model          text NOT NULL,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    question_id    uuid NOT NULL,
    model_level    integer NOT NULL,
    human_level    integer NOT NULL,
    levels         integer NOT NULL,
    seq            bigint NOT NULL,
    PRIMARY KEY (response_id, model)
);
COMMENT ON TABLE agreement_pairs IS 'What a model and, without seeing that, a person gave one answer. Of several reviews the last.';
CREATE INDEX agreement_pairs_of_question ON agreement_pairs (question_id, model);

CREATE TABLE agreement_stats (
    question_id    uuid NOT NULL,
    model          text NOT NULL,
    institution_id uuid NOT NULL,
    course_id      uuid NOT NULL,
    n              integer NOT NULL,
    agreement      numeric NOT NULL,
    kappa          numeric,
    kappa_low      numeric,
    kappa_high     numeric,
    PRIMARY KEY (question_id, model)
);
COMMENT ON TABLE agreement_stats IS 'How well a model agrees with people who saw neither its score nor a name.';
COMMENT ON COLUMN agreement_stats.kappa IS 'Quadratic weighted; NULL where it is not defined.';

-- Who may see what ----------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION place_of(kind text, target uuid, person uuid, permission text,
    OUT course uuid, OUT section uuid, OUT own boolean, OUT known boolean)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    bank record;
BEGIN
    own := false;
    CASE kind
        WHEN 'bank', 'question', 'stimulus' THEN
            CASE kind
                WHEN 'bank' THEN SELECT b.* INTO bank FROM item_banks AS b WHERE b.id = target;
                WHEN 'question' THEN SELECT b.* INTO bank FROM questions AS q JOIN item_banks AS b ON b.id = q.bank_id WHERE q.id = target;
                WHEN 'stimulus' THEN SELECT b.* INTO bank FROM stimuli AS s JOIN item_banks AS b ON b.id = s.bank_id WHERE s.id = target;
            END CASE;
            known := bank.id IS NOT NULL AND bank.state = 'active';
            course := bank.course_id;
            own := known AND (
                bank.owner_id = person AND EXISTS (
                    SELECT FROM standing_seats AS s JOIN roles AS r ON r.key = s.role
                    WHERE s.user_id = person AND s.state = 'active' AND permission = ANY (r.permissions)
                -- Whoever may take from banks anywhere in the institution may take from this.
                ) OR permission = 'bank:read' AND bank.visibility = 'institution' AND EXISTS (
                    SELECT FROM standing_seats AS s JOIN roles AS r ON r.key = s.role
                    WHERE s.user_id = person AND s.state = 'active' AND permission = ANY (r.permissions)
                ) OR EXISTS (
                    SELECT FROM item_share_sets AS h JOIN standing_seats AS s ON s.course_id = h.course_id JOIN roles AS r ON r.key = s.role
                    WHERE h.bank_id = bank.id AND s.user_id = person AND s.state = 'active' AND permission = ANY (r.permissions)
                      AND (permission = 'bank:read' OR h.permits = 'edit')));
        WHEN 'assessment' THEN
            SELECT a.course_id, true INTO course, known FROM assessments AS a WHERE a.id = target;
        WHEN 'attempt' THEN
            SELECT a.course_id, true, a.user_id = person AND permission IN ('attempt:write', 'attempt:read')
            INTO course, known, own FROM attempts AS a WHERE a.id = target;
        WHEN 'response' THEN
            SELECT a.course_id, true, a.user_id = person AND permission = 'response:appeal'
            INTO course, known, own FROM responses AS r JOIN attempts AS a ON a.id = r.attempt_id WHERE r.id = target;
        -- Who grades answers by a rubric may be of another course than its bank.
        WHEN 'rubric', 'precedent' THEN
            SELECT b.course_id, true, EXISTS (
                SELECT FROM section_items AS i JOIN assessment_sections AS e ON e.id = i.section_id
                JOIN assessment_versions AS f ON f.id = e.assessment_version_id JOIN assessments AS a ON a.id = f.assessment_id
                JOIN standing_seats AS s ON s.course_id = a.course_id JOIN roles AS r ON r.key = s.role
                WHERE i.question_id = g.question_id AND s.user_id = person AND s.state = 'active' AND permission = ANY (r.permissions))
            INTO course, known, own
            FROM scoring_rubrics AS g JOIN questions AS q ON q.id = g.question_id JOIN item_banks AS b ON b.id = q.bank_id
            WHERE g.id = CASE kind WHEN 'rubric' THEN target ELSE (SELECT v.rubric_id FROM rubric_precedents AS p
                JOIN scoring_rubric_versions AS v ON v.id = p.rubric_version_id WHERE p.id = target) END;
        WHEN 'appeal' THEN
            SELECT p.course_id, true, p.user_id = person AND permission = 'appeal:withdraw'
            INTO course, known, own FROM appeals AS p WHERE p.id = target;
        WHEN 'regrade' THEN
            SELECT r.course_id, true INTO course, known FROM regrade_runs AS r WHERE r.id = target;
        ELSE RAISE EXCEPTION 'authorize knows no kind %', kind;
    END CASE;
END $$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['item_banks', 'item_share_sets', 'stimuli', 'questions', 'question_versions', 'question_choices',
        'answer_keys', 'question_tests', 'question_tags', 'scoring_rubrics', 'scoring_rubric_versions', 'scoring_criteria',
        'assessments', 'assessment_versions', 'assessment_sections', 'section_items', 'delivery_policies', 'review_policies',
        'delivery_overrides', 'variants', 'attempts', 'attempt_events', 'integrity_events', 'response_drafts', 'responses',
        'response_files', 'scoring_versions', 'item_scores', 'grading_queue', 'ai_grading_jobs', 'ai_calls', 'ai_judgements', 'human_reviews',
        'release_gates', 'rubric_precedents', 'answer_groups', 'answer_group_members', 'regrade_runs', 'regrade_diffs', 'appeals',
        'appeal_decisions', 'grade_receipts', 'irt_calibrations', 'grading_results', 'judged_items', 'item_statistics',
        'test_statistics', 'agreement_pairs', 'agreement_stats', 'statistics_sums']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_institution ON %I TO __app__ USING (institution_id = (SELECT eduflow_institution()))', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['item_banks', 'stimuli', 'questions', 'scoring_rubrics', 'assessments', 'delivery_policies',
        'review_policies', 'delivery_overrides', 'attempts', 'response_drafts', 'scoring_versions', 'grading_queue',
        'ai_grading_jobs', 'release_gates', 'rubric_precedents', 'answer_group_members', 'regrade_runs', 'appeals']
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO __app__, __worker__', name);
    END LOOP;
    -- What happened is never changed.
    FOREACH name IN ARRAY ARRAY['question_versions', 'question_choices', 'answer_keys', 'question_tests',
        'scoring_rubric_versions', 'scoring_criteria', 'assessment_versions', 'assessment_sections', 'section_items', 'variants',
        'attempt_events', 'integrity_events', 'responses', 'response_files', 'item_scores', 'ai_calls', 'ai_judgements', 'human_reviews',
        'answer_groups', 'appeal_decisions', 'grade_receipts', 'irt_calibrations']
    LOOP
        EXECUTE format('GRANT SELECT, INSERT ON %I TO __app__, __worker__', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['grading_results', 'judged_items', 'item_statistics', 'test_statistics', 'agreement_pairs',
        'agreement_stats', 'statistics_sums'] LOOP
        EXECUTE format('GRANT SELECT ON %I TO __app__', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO __worker__', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE, DELETE ON item_share_sets TO __app__, __worker__;
GRANT SELECT, INSERT, DELETE ON question_tags TO __app__, __worker__;
GRANT DELETE ON stimuli TO __app__;
GRANT DELETE ON delivery_overrides TO __app__;
GRANT UPDATE (settled_at, cost_micros) ON ai_calls TO __worker__;
GRANT DELETE ON question_tests TO __app__;
-- A run that was killed in the middle of a step writes the step again.
GRANT SELECT, INSERT, UPDATE, DELETE ON regrade_diffs TO __worker__;
GRANT SELECT ON regrade_diffs TO __app__;

-- What an answer names is kept as long as the answer.
GRANT DELETE ON response_files TO __worker__;
CREATE POLICY only_what_no_answer_names ON response_files AS RESTRICTIVE FOR DELETE TO __worker__
    USING (NOT EXISTS (SELECT FROM responses AS r WHERE r.attempt_id = response_files.attempt_id
        AND r.question_id = response_files.question_id AND r.value @> jsonb_build_array(response_files.id::text)));

-- Forgetting people ---------------------------------------------------------------------------

CREATE TABLE erased_people (
    institution_id uuid NOT NULL,
    user_id        uuid NOT NULL,
    erasure_id     uuid NOT NULL,
    at             timestamptz NOT NULL,
    PRIMARY KEY (institution_id, user_id)
);
COMMENT ON TABLE erased_people IS 'Whose texts were blanked. Receipts keep the digests of what was answered: those of the erased cannot be recomputed any more.';
ALTER TABLE erased_people ENABLE ROW LEVEL SECURITY;
ALTER TABLE erased_people FORCE ROW LEVEL SECURITY;
CREATE POLICY own_institution ON erased_people TO __app__ USING (institution_id = (SELECT eduflow_institution()));
CREATE POLICY workers_serve_everybody ON erased_people TO __worker__ USING (true);
GRANT SELECT ON erased_people TO __app__;
GRANT SELECT, INSERT ON erased_people TO __worker__;

-- A token outlives its session by a moment. What is written in that moment the erasure would not find.
DO $migration$
DECLARE
    known text := pg_get_functiondef('eduflow_require(smallint, bigint[], bigint[])'::regprocedure);
    before text := 'IF verdict IS DISTINCT FROM 2 THEN';
BEGIN
    IF position(before IN known) = 0 THEN
        RAISE EXCEPTION 'eduflow_require() is not as this revision knows it';
    END IF;
    EXECUTE replace(known, before,
        'IF verdict IS DISTINCT FROM 2 OR EXISTS (SELECT FROM erased_people
            WHERE institution_id = eduflow_institution() AND user_id = eduflow_person()) THEN');
END $migration$;

CREATE FUNCTION is_of_an_erased_person(attempt uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM attempts AS a JOIN erased_people AS e
        ON (e.institution_id, e.user_id) = (a.institution_id, a.user_id) WHERE a.id = attempt)
$$;
CREATE FUNCTION is_answer_of_an_erased_person(response uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM responses AS r WHERE r.id = response AND is_of_an_erased_person(r.attempt_id))
$$;

-- What happened is never changed, but for this: texts of a person, and about them, are blanked when
-- they are erased, to exactly this and nothing else. Ids, numbers and times stay.
GRANT UPDATE (value) ON responses TO __worker__;
CREATE POLICY only_to_forget ON responses AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (is_of_an_erased_person(attempt_id)) WITH CHECK (value = 'null');
GRANT UPDATE (name) ON response_files TO __worker__;
CREATE POLICY only_to_forget ON response_files AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (is_of_an_erased_person(attempt_id)) WITH CHECK (name = '(erased)');
GRANT UPDATE (detail) ON integrity_events TO __worker__;
CREATE POLICY only_to_forget ON integrity_events AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (is_of_an_erased_person(attempt_id)) WITH CHECK (detail = '{}');
GRANT UPDATE (feedback, note) ON item_scores TO __worker__;
CREATE POLICY only_to_forget ON item_scores AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (is_of_an_erased_person(attempt_id)) WITH CHECK (feedback = '[]' AND note = '');
GRANT UPDATE (reason, quote) ON ai_judgements TO __worker__;
CREATE POLICY only_to_forget ON ai_judgements AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (EXISTS (SELECT FROM ai_grading_jobs AS j WHERE j.id = job_id AND is_answer_of_an_erased_person(j.response_id)))
    WITH CHECK (reason = '' AND quote = '');
GRANT UPDATE (comment) ON human_reviews TO __worker__;
CREATE POLICY only_to_forget ON human_reviews AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (is_answer_of_an_erased_person(response_id)) WITH CHECK (comment = '');
GRANT UPDATE (reason) ON appeal_decisions TO __worker__;
CREATE POLICY only_to_forget ON appeal_decisions AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (EXISTS (SELECT FROM appeals AS p JOIN erased_people AS e
        ON (e.institution_id, e.user_id) = (p.institution_id, p.user_id) WHERE p.id = appeal_id))
    WITH CHECK (reason = '(erased)');
-- A group is called after what its answers have in common: that goes with the last of them.
GRANT UPDATE (label) ON answer_groups TO __worker__;
CREATE POLICY only_to_forget ON answer_groups AS RESTRICTIVE FOR UPDATE TO __worker__
    USING (NOT EXISTS (SELECT FROM answer_group_members AS m WHERE m.group_id = answer_groups.id
        AND NOT is_answer_of_an_erased_person(m.response_id)))
    WITH CHECK (label = '(erased)');
