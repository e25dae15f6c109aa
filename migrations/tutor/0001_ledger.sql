-- The ledger: what models cost, what may be spent, what is held for calls under way, what was spent.
--
-- Money is in micros (millionths) of a US dollar, and prices are micros for a million tokens.
-- Balances are written by the functions below and by nothing else: no role may change a balance or
-- a hold with SQL of its own, so that "never more than the limit" is a property of this file.

CREATE TABLE model_catalogue (
    id                     uuid PRIMARY KEY,
    institution_id         uuid,
    provider               text NOT NULL,
    model                  text NOT NULL,
    in_micros_per_mtok     bigint NOT NULL,
    cached_micros_per_mtok bigint NOT NULL,
    out_micros_per_mtok    bigint NOT NULL,
    currency               text NOT NULL DEFAULT 'USD'
        CONSTRAINT model_catalogue_currency_is_the_ledgers CHECK (currency = 'USD'),
    valid_from             timestamptz NOT NULL,
    CONSTRAINT model_catalogue_prices_are_not_negative
        CHECK (in_micros_per_mtok >= 0 AND cached_micros_per_mtok >= 0 AND out_micros_per_mtok >= 0),
    CONSTRAINT model_catalogue_one_price_at_a_time UNIQUE NULLS NOT DISTINCT (provider, model, institution_id, valid_from)
);
COMMENT ON TABLE model_catalogue IS 'Dated prices. A row is never changed: a new price is a newer row, and the old one explains old costs.';
COMMENT ON COLUMN model_catalogue.institution_id IS 'NULL: the installation''s list price. An institution''s own price goes before it.';
COMMENT ON COLUMN model_catalogue.model IS '* stands for every model of the provider that has no row of its own.';

CREATE TABLE prompt_templates (
    id         uuid PRIMARY KEY,
    key        text NOT NULL CONSTRAINT prompt_templates_key_once UNIQUE,
    owner      text NOT NULL,
    purpose    text NOT NULL,
    created_at timestamptz NOT NULL
);
COMMENT ON TABLE prompt_templates IS 'Prompts by name. They are the platform''s own text, of no institution and about nobody.';
COMMENT ON COLUMN prompt_templates.owner IS 'The service that first used it.';

CREATE TABLE prompt_versions (
    id          uuid PRIMARY KEY,
    template_id uuid NOT NULL REFERENCES prompt_templates,
    number      integer NOT NULL CONSTRAINT prompt_versions_begin_at_one CHECK (number > 0),
    sha256      bytea NOT NULL CONSTRAINT prompt_versions_hash_is_of_the_body CHECK (sha256 = sha256(convert_to(body, 'UTF8'))),
    body        text NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT prompt_versions_number_once UNIQUE (template_id, number),
    CONSTRAINT prompt_versions_text_once UNIQUE (template_id, sha256)
);
COMMENT ON TABLE prompt_versions IS 'Every text a prompt ever had. Results cite the version; it is never changed.';

CREATE TABLE budgets (
    id             uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    scope_type     text NOT NULL CONSTRAINT budgets_scope_is_known CHECK (scope_type IN ('user', 'course', 'institution')),
    scope_id       uuid NOT NULL,
    period         text NOT NULL CONSTRAINT budgets_period_is_known CHECK (period IN ('day', 'month', 'total')),
    limit_micros   bigint NOT NULL CONSTRAINT budgets_limit_is_not_negative CHECK (limit_micros >= 0),
    currency       text NOT NULL DEFAULT 'USD' CONSTRAINT budgets_currency_is_the_ledgers CHECK (currency = 'USD'),
    on_exhaust     text NOT NULL
        CONSTRAINT budgets_on_exhaust_is_known CHECK (on_exhaust IN ('smaller_model', 'queue_for_person')),
    state          text NOT NULL DEFAULT 'active' CONSTRAINT budgets_state_is_known CHECK (state IN ('active', 'lifted')),
    created_at     timestamptz NOT NULL,
    version        integer NOT NULL DEFAULT 1,
    UNIQUE (institution_id, id),
    CONSTRAINT budgets_one_for_scope_and_period UNIQUE (institution_id, scope_type, scope_id, period),
    CONSTRAINT budgets_institution_is_its_own CHECK (scope_type <> 'institution' OR scope_id = institution_id)
);
COMMENT ON TABLE budgets IS 'What may be spent. Where there is no active budget there is no limit.';
COMMENT ON COLUMN budgets.period IS 'Days and months are those of UTC.';
COMMENT ON COLUMN budgets.state IS 'A lifted budget holds nobody back; what was held for it is still settled.';

CREATE TABLE budget_balances (
    budget_id       uuid NOT NULL,
    starts_on       date NOT NULL,
    institution_id  uuid NOT NULL,
    used_micros     bigint NOT NULL DEFAULT 0 CONSTRAINT budget_balances_used_is_not_negative CHECK (used_micros >= 0),
    reserved_micros bigint NOT NULL DEFAULT 0 CONSTRAINT budget_balances_reserved_is_not_negative CHECK (reserved_micros >= 0),
    PRIMARY KEY (budget_id, starts_on),
    FOREIGN KEY (institution_id, budget_id) REFERENCES budgets (institution_id, id)
);
COMMENT ON TABLE budget_balances IS 'The sum of budget_reservations by budget and period, kept in their statement: its row is the lock that makes a limit exact.';
COMMENT ON COLUMN budget_balances.starts_on IS 'First day of the period; of a total, 1970-01-01.';

CREATE TABLE reserved_calls (
    call_id           uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    service           text NOT NULL,
    user_id           uuid,
    course_id         uuid,
    purpose           text NOT NULL,
    prompt_version_id uuid NOT NULL REFERENCES prompt_versions,
    asked             bytea NOT NULL,
    candidate         integer NOT NULL,
    provider          text NOT NULL,
    model             text NOT NULL,
    in_micros_per_mtok     bigint NOT NULL,
    cached_micros_per_mtok bigint NOT NULL,
    out_micros_per_mtok    bigint NOT NULL,
    prices_from       timestamptz NOT NULL,
    reserved_micros   bigint NOT NULL,
    reserved_at       timestamptz NOT NULL,
    expires_at        timestamptz NOT NULL
);
COMMENT ON TABLE reserved_calls IS 'The answer that was given to each call; asked again, it is given again, until ninety days after the call''s end.';
-- Serves the removal of old ones. What a call took (token_usage, settled holds) outlives its row here, so nothing refers to it.
CREATE INDEX reserved_calls_by_age ON reserved_calls (expires_at);
COMMENT ON COLUMN reserved_calls.asked IS 'SHA-256 of the request: the id of a call stands for one request.';
COMMENT ON COLUMN reserved_calls.candidate IS 'Which of the models asked for, counted from 0.';
COMMENT ON COLUMN reserved_calls.prices_from IS 'The valid_from of the price that the call is settled by.';

CREATE TABLE budget_reservations (
    call_id         uuid NOT NULL,
    budget_id       uuid NOT NULL,
    institution_id  uuid NOT NULL,
    starts_on       date NOT NULL,
    reserved_micros bigint NOT NULL CONSTRAINT budget_reservations_reserved_is_not_negative CHECK (reserved_micros >= 0),
    settled_micros  bigint,
    state           text NOT NULL DEFAULT 'held'
        CONSTRAINT budget_reservations_state_is_known CHECK (state IN ('held', 'settled', 'released', 'expired')),
    expires_at      timestamptz NOT NULL,
    PRIMARY KEY (call_id, budget_id),
    FOREIGN KEY (budget_id, starts_on) REFERENCES budget_balances (budget_id, starts_on),
    CONSTRAINT budget_reservations_settled_says_how_much CHECK ((state = 'settled') = (settled_micros IS NOT NULL))
);
COMMENT ON TABLE budget_reservations IS 'What a call holds of each budget that applies to it, and what it took in the end.';
-- Serves the freeing of what nobody settled.
CREATE INDEX budget_reservations_due ON budget_reservations (expires_at) WHERE state = 'held';
CREATE INDEX budget_reservations_of_budget ON budget_reservations (budget_id, starts_on);

CREATE TABLE token_usage (
    call_id           uuid PRIMARY KEY,
    institution_id    uuid NOT NULL,
    service           text NOT NULL,
    user_id           uuid,
    course_id         uuid,
    purpose           text NOT NULL,
    provider          text NOT NULL,
    model             text NOT NULL,
    prompt_version_id uuid NOT NULL REFERENCES prompt_versions,
    tokens_in         bigint NOT NULL,
    tokens_cached     bigint NOT NULL,
    tokens_out        bigint NOT NULL,
    cost_micros       bigint NOT NULL,
    currency          text NOT NULL DEFAULT 'USD' CONSTRAINT token_usage_currency_is_the_ledgers CHECK (currency = 'USD'),
    outcome           text NOT NULL,
    latency_ms        bigint NOT NULL,
    at                timestamptz NOT NULL,
    CONSTRAINT token_usage_counts_are_not_negative
        CHECK (tokens_in >= 0 AND tokens_out >= 0 AND tokens_cached >= 0 AND latency_ms >= 0 AND cost_micros >= 0),
    CONSTRAINT token_usage_cached_are_of_the_prompt CHECK (tokens_cached <= tokens_in)
);
COMMENT ON TABLE token_usage IS 'What each call took, as the provider counted it. Ids and numbers only: no prompt, no answer, no text of anybody''s.';
COMMENT ON COLUMN token_usage.tokens_in IS 'All tokens of the prompt, those read from the provider''s cache too.';

-- A read model: written by its fold alone.
CREATE TABLE token_usage_daily (
    institution_id uuid NOT NULL,
    day            date NOT NULL,
    user_id        uuid NOT NULL,
    course_id      uuid NOT NULL,
    purpose        text NOT NULL,
    provider       text NOT NULL,
    model          text NOT NULL,
    calls          bigint NOT NULL,
    tokens_in      bigint NOT NULL,
    tokens_cached  bigint NOT NULL,
    tokens_out     bigint NOT NULL,
    cost_micros    bigint NOT NULL,
    PRIMARY KEY (institution_id, day, user_id, course_id, purpose, provider, model)
);
COMMENT ON COLUMN token_usage_daily.user_id IS 'Zeros: on nobody''s behalf.';
COMMENT ON COLUMN token_usage_daily.course_id IS 'Zeros: in no course.';
COMMENT ON COLUMN token_usage_daily.day IS 'Of UTC.';
CREATE INDEX token_usage_daily_of_course ON token_usage_daily (course_id, day);
CREATE INDEX token_usage_daily_of_person ON token_usage_daily (user_id, day);

-- List prices, as of the first release. Check them against your contract: `POST /api/v1/ai/models`
-- adds an institution's own. What runs on one's own machine is free.
INSERT INTO model_catalogue (id, provider, model, in_micros_per_mtok, cached_micros_per_mtok, out_micros_per_mtok, valid_from) VALUES
    ('0192f000-0000-7000-8000-000000000001', 'local', '*', 0, 0, 0, '2026-01-01'),
    ('0192f000-0000-7000-8000-000000000002', 'anthropic', 'claude-haiku-5-5', 1000000, 100000, 5000000, '2026-01-01'),
    ('0192f000-0000-7000-8000-000000000003', 'anthropic', 'claude-sonnet-5-5', 3000000, 300000, 15000000, '2026-01-01'),
    ('0192f000-0000-7000-8000-000000000004', 'anthropic', 'claude-opus-5-5', 5000000, 500000, 25000000, '2026-01-01'),
    ('0192f000-0000-7000-8000-000000000005', 'openai', 'gpt-6-astra', 2500000, 250000, 15000000, '2026-01-01'),
    ('0192f000-0000-7000-8000-000000000006', 'openai', 'gpt-6.1-terra', 1250000, 125000, 10000000, '2026-01-01'),
    ('0192f000-0000-7000-8000-000000000007', 'openai', 'gpt-6-luna', 500000, 50000, 4000000, '2026-01-01'),
    ('0192f000-0000-7000-8000-000000000008', 'openai', 'gpt-5.4-mini', 250000, 25000, 2000000, '2026-01-01');

INSERT INTO roles (key, permissions) VALUES
    ('administrator', ARRAY['ai_usage:read', 'ai_budget:read', 'ai_budget:write', 'ai_model:write']),
    ('teacher', ARRAY['ai_usage:read', 'ai_budget:read']);

-- Who sees what. The functions of the ledger run as the owner, for one institution at a time.

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['budgets', 'budget_balances', 'reserved_calls', 'budget_reservations', 'token_usage',
        'token_usage_daily', 'model_catalogue', 'prompt_templates', 'prompt_versions']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY workers_serve_everybody ON %I TO __worker__ USING (true)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['budgets', 'budget_balances', 'reserved_calls', 'budget_reservations', 'token_usage',
        'token_usage_daily']
    LOOP
        EXECUTE format('CREATE POLICY own_institution ON %I TO __app__, __owner__ USING (institution_id = (SELECT eduflow_institution()))', name);
    END LOOP;
END $$;
CREATE POLICY list_price_or_own ON model_catalogue FOR SELECT TO __app__, __owner__
    USING (institution_id IS NULL OR institution_id = (SELECT eduflow_institution()));
CREATE POLICY add_own_price ON model_catalogue FOR INSERT TO __app__
    WITH CHECK (institution_id = (SELECT eduflow_institution()));
-- Whoever settles a call names the call and nothing else: of which institution it is, only the
-- function that asks with this setting can see.
CREATE POLICY whose_call_it_is ON reserved_calls FOR SELECT TO __owner__
    USING (current_setting('eduflow.ledger', true) = 'yes');
CREATE POLICY ledger_tells_what_was_spent ON outbox_events FOR INSERT TO __owner__
    WITH CHECK (type = 'tutor.tokens_spent' AND institution_id = (SELECT eduflow_institution()));
-- Prompts are of no institution: whoever acts in one may cite them.
CREATE POLICY of_everybody ON prompt_templates TO __app__, __owner__ USING ((SELECT eduflow_institution()) IS NOT NULL);
CREATE POLICY of_everybody ON prompt_versions TO __app__, __owner__ USING ((SELECT eduflow_institution()) IS NOT NULL);

GRANT SELECT, INSERT ON model_catalogue TO __app__;
GRANT SELECT, INSERT, UPDATE ON budgets TO __app__;
GRANT SELECT ON budget_balances, reserved_calls, budget_reservations, token_usage, token_usage_daily,
    prompt_templates, prompt_versions TO __app__;
GRANT SELECT ON model_catalogue, budgets, reserved_calls, token_usage, prompt_templates, prompt_versions TO __worker__;
-- For the freeing of holds, which goes through all institutions.
GRANT SELECT, UPDATE ON budget_balances, budget_reservations TO __worker__;
GRANT SELECT, INSERT, UPDATE, DELETE ON token_usage_daily TO __worker__;
-- What is old and holds nothing is removed; what was settled is the sum of a balance, and stays.
GRANT DELETE ON reserved_calls, budget_reservations TO __worker__;
CREATE POLICY only_what_is_old ON reserved_calls AS RESTRICTIVE FOR DELETE TO __worker__
    USING (expires_at < now() - interval '90 days');
CREATE POLICY only_what_holds_nothing ON budget_reservations AS RESTRICTIVE FOR DELETE TO __worker__
    USING (state IN ('released', 'expired'));

-- How it works. Functions, because what is asked for must be held in the statement that looks: each
-- statement of a function (READ COMMITTED) has a snapshot of its own, and so sees, after it has
-- waited for a lock, what the one before it wrote. Locks are always taken in one order: the call's
-- holds by budget, then balances by budget. So they wait for each other, and never in a circle.

CREATE FUNCTION ledger_period(period text, moment timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE period WHEN 'day' THEN (moment AT TIME ZONE 'UTC')::date
        WHEN 'month' THEN date_trunc('month', moment AT TIME ZONE 'UTC')::date ELSE DATE '1970-01-01' END
$$;

-- Rounded up, once: a call that took anything at a price costs something.
CREATE FUNCTION ledger_cost(tokens_in bigint, tokens_cached bigint, tokens_out bigint, in_price bigint, cached_price bigint, out_price bigint)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT ceil(((tokens_in - tokens_cached)::numeric * in_price + tokens_cached::numeric * cached_price
        + tokens_out::numeric * out_price) / 1000000)::bigint
$$;

CREATE FUNCTION ledger_price(wanted_provider text, wanted_model text, moment timestamptz)
RETURNS TABLE (in_price bigint, cached_price bigint, out_price bigint, since timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT in_micros_per_mtok, cached_micros_per_mtok, out_micros_per_mtok, valid_from FROM model_catalogue
    WHERE provider = wanted_provider AND model IN (wanted_model, '*') AND valid_from <= moment
      AND (institution_id IS NULL OR institution_id = eduflow_institution())
    ORDER BY model = '*', institution_id IS NULL, valid_from DESC LIMIT 1
$$;

-- The version that a prompt's text is, made if it is new.
CREATE FUNCTION ledger_prompt(prompt text, text_of_it text, by_service text, for_purpose text, moment timestamptz)
RETURNS uuid LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    hash bytea := sha256(convert_to(text_of_it, 'UTF8'));
    template uuid;
    version uuid;
BEGIN
    SELECT v.id INTO version FROM prompt_templates AS t JOIN prompt_versions AS v ON v.template_id = t.id
        WHERE t.key = prompt AND v.sha256 = hash;
    IF version IS NOT NULL THEN RETURN version; END IF;
    INSERT INTO prompt_templates (id, key, owner, purpose, created_at)
        VALUES (gen_random_uuid(), prompt, by_service, for_purpose, moment) ON CONFLICT (key) DO NOTHING;
    -- Two that bring a new text at one moment take their numbers one after the other.
    SELECT t.id INTO template FROM prompt_templates AS t WHERE t.key = prompt FOR UPDATE;
    INSERT INTO prompt_versions (id, template_id, number, sha256, body, created_at)
        SELECT gen_random_uuid(), template, 1 + coalesce(max(v.number), 0), hash, text_of_it, moment
        FROM prompt_versions AS v WHERE v.template_id = template
        ON CONFLICT (template_id, sha256) DO NOTHING;
    SELECT v.id INTO version FROM prompt_versions AS v WHERE v.template_id = template AND v.sha256 = hash;
    RETURN version;
END $$;

-- The answer that a call was given before; NULL for a call that is new.
CREATE FUNCTION ledger_known(call uuid, request bytea, moment timestamptz) RETURNS jsonb
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c reserved_calls;
BEGIN
    SELECT * INTO c FROM reserved_calls WHERE call_id = call;
    IF NOT FOUND THEN RETURN NULL; END IF;
    IF c.asked <> request THEN RETURN jsonb_build_object('state', 'reused'); END IF;
    IF NOT EXISTS (SELECT FROM token_usage WHERE call_id = call) AND (c.expires_at <= moment
        OR EXISTS (SELECT FROM budget_reservations WHERE call_id = call AND state IN ('released', 'expired')))
    THEN
        -- What it held is given to others: to go on with the old answer would be to spend it twice.
        RETURN jsonb_build_object('state', 'ended');
    END IF;
    RETURN jsonb_build_object('state', 'held', 'call_id', call, 'candidate', c.candidate, 'provider', c.provider,
        'model', c.model, 'prompt_version_id', c.prompt_version_id, 'reserved_micros', c.reserved_micros,
        'expires_at', c.expires_at, 'prices', jsonb_build_object('in_micros_per_mtok', c.in_micros_per_mtok,
            'cached_micros_per_mtok', c.cached_micros_per_mtok, 'out_micros_per_mtok', c.out_micros_per_mtok,
            'valid_from', c.prices_from));
END $$;

-- Holds what the first of the candidates that fits all budgets may cost at most.
CREATE FUNCTION ledger_reserve(school uuid, call uuid, request bytea, by_service text, person uuid, course uuid, for_purpose text,
    prompt text, prompt_body text, candidates jsonb, moment timestamptz, until timestamptz)
RETURNS jsonb LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    answer jsonb;
    version uuid;
    mine uuid[];
    wanted record;
    price record;
    cost bigint;
    full_one record;
BEGIN
    PERFORM eduflow_identify(school, NULL);
    answer := ledger_known(call, request, moment);
    IF answer IS NOT NULL THEN RETURN answer; END IF;
    version := ledger_prompt(prompt, prompt_body, by_service, for_purpose, moment);
    SELECT array_agg(b.id ORDER BY b.id) INTO mine FROM budgets AS b
        WHERE b.state = 'active' AND b.institution_id = school AND ((b.scope_type = 'institution' AND b.scope_id = school)
            OR (b.scope_type = 'course' AND b.scope_id = course) OR (b.scope_type = 'user' AND b.scope_id = person));
    INSERT INTO budget_balances (budget_id, starts_on, institution_id)
        SELECT b.id, ledger_period(b.period, moment), school FROM budgets AS b WHERE b.id = ANY (mine) ORDER BY b.id
        ON CONFLICT DO NOTHING;
    PERFORM FROM budget_balances AS l JOIN budgets AS b ON b.id = l.budget_id
        WHERE l.budget_id = ANY (mine) AND l.starts_on = ledger_period(b.period, moment)
        ORDER BY l.budget_id FOR UPDATE OF l;
    -- The same call may have come twice at one moment, and the other have been first.
    answer := ledger_known(call, request, moment);
    IF answer IS NOT NULL THEN RETURN answer; END IF;
    FOR wanted IN
        SELECT (e.n - 1)::integer AS n, e.c ->> 'provider' AS provider, e.c ->> 'model' AS model,
            (e.c ->> 'tokens_in')::bigint AS tokens_in, (e.c ->> 'max_tokens_out')::bigint AS tokens_out
        FROM jsonb_array_elements(candidates) WITH ORDINALITY AS e(c, n) ORDER BY e.n
    LOOP
        SELECT * INTO price FROM ledger_price(wanted.provider, wanted.model, moment);
        IF NOT FOUND THEN
            RETURN jsonb_build_object('state', 'unpriced', 'provider', wanted.provider, 'model', wanted.model);
        END IF;
        cost := ledger_cost(wanted.tokens_in, 0, wanted.tokens_out, price.in_price, price.cached_price, price.out_price);
        -- What costs nothing fits, even where more was spent than there was.
        SELECT b.scope_type, b.on_exhaust INTO full_one FROM budgets AS b
            JOIN budget_balances AS l ON l.budget_id = b.id AND l.starts_on = ledger_period(b.period, moment)
            WHERE b.id = ANY (mine) AND b.state = 'active' AND cost > 0
              AND l.used_micros + l.reserved_micros + cost > b.limit_micros
            ORDER BY b.on_exhaust = 'smaller_model', b.id LIMIT 1;
        IF NOT FOUND THEN
            INSERT INTO reserved_calls (call_id, institution_id, service, user_id, course_id, purpose, prompt_version_id,
                    asked, candidate, provider, model, in_micros_per_mtok, cached_micros_per_mtok, out_micros_per_mtok,
                    prices_from, reserved_micros, reserved_at, expires_at)
                VALUES (call, school, by_service, person, course, for_purpose, version, request, wanted.n, wanted.provider,
                    wanted.model, price.in_price, price.cached_price, price.out_price, price.since, cost, moment, until)
                ON CONFLICT (call_id) DO NOTHING;
            IF NOT FOUND THEN
                -- Without a budget there was no lock to meet at; or the id is another institution's.
                RETURN coalesce(ledger_known(call, request, moment), jsonb_build_object('state', 'reused'));
            END IF;
            UPDATE budget_balances AS l SET reserved_micros = l.reserved_micros + cost FROM budgets AS b
                WHERE b.id = ANY (mine) AND l.budget_id = b.id AND l.starts_on = ledger_period(b.period, moment);
            INSERT INTO budget_reservations (call_id, budget_id, institution_id, starts_on, reserved_micros, expires_at)
                SELECT call, b.id, school, ledger_period(b.period, moment), cost, until FROM budgets AS b WHERE b.id = ANY (mine);
            RETURN ledger_known(call, request, moment);
        END IF;
        EXIT WHEN full_one.on_exhaust = 'queue_for_person';
    END LOOP;
    RETURN jsonb_build_object('state', 'exhausted', 'scope', full_one.scope_type, 'on_exhaust', full_one.on_exhaust);
END $$;

-- From here on for the institution of a call that this service reserved; says whether there is one.
CREATE FUNCTION ledger_enter(call uuid, by_service text) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    school uuid;
BEGIN
    PERFORM set_config('eduflow.ledger', 'yes', true);
    SELECT c.institution_id INTO school FROM reserved_calls AS c WHERE c.call_id = call AND c.service = by_service;
    PERFORM set_config('eduflow.ledger', '', true);
    PERFORM eduflow_identify(school, NULL);
    RETURN school IS NOT NULL;
END $$;

-- Locks what a call holds, and the balances it is held of.
CREATE FUNCTION ledger_lock(call uuid) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM FROM budget_reservations WHERE call_id = call ORDER BY budget_id FOR UPDATE;
    PERFORM FROM budget_balances AS l JOIN budget_reservations AS r ON r.budget_id = l.budget_id AND r.starts_on = l.starts_on
        WHERE r.call_id = call ORDER BY l.budget_id FOR UPDATE OF l;
END $$;

-- Puts what was spent in the place of what was held. What was spent counts, whatever became of the
-- hold: released, expired, or too small.
CREATE FUNCTION ledger_settle(call uuid, by_service text, by_provider text, by_model text, took_in bigint, took_cached bigint, took_out bigint,
    ended text, milliseconds bigint, moment timestamptz, event uuid)
RETURNS jsonb LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
DECLARE
    c reserved_calls;
    price record;
    cost bigint;
BEGIN
    IF NOT ledger_enter(call, by_service) THEN RETURN jsonb_build_object('state', 'unknown'); END IF;
    SELECT * INTO c FROM reserved_calls WHERE call_id = call;
    SELECT c.in_micros_per_mtok AS in_price, c.cached_micros_per_mtok AS cached_price, c.out_micros_per_mtok AS out_price INTO price;
    IF (by_provider, by_model) <> (c.provider, c.model) THEN
        SELECT p.in_price, p.cached_price, p.out_price INTO price FROM ledger_price(by_provider, by_model, c.reserved_at) AS p;
        IF NOT FOUND THEN
            -- A name the provider gives itself (a snapshot of the model that was asked for).
            SELECT c.in_micros_per_mtok AS in_price, c.cached_micros_per_mtok AS cached_price, c.out_micros_per_mtok AS out_price INTO price;
        END IF;
    END IF;
    cost := ledger_cost(took_in, took_cached, took_out, price.in_price, price.cached_price, price.out_price);
    INSERT INTO token_usage (call_id, institution_id, service, user_id, course_id, purpose, provider, model, prompt_version_id,
            tokens_in, tokens_cached, tokens_out, cost_micros, outcome, latency_ms, at)
        VALUES (call, c.institution_id, c.service, c.user_id, c.course_id, c.purpose, by_provider, by_model, c.prompt_version_id,
            took_in, took_cached, took_out, cost, ended, milliseconds, moment)
        ON CONFLICT (call_id) DO NOTHING;
    IF NOT FOUND THEN
        RETURN (SELECT jsonb_build_object('state', 'settled', 'cost_micros', u.cost_micros) FROM token_usage AS u WHERE u.call_id = call);
    END IF;
    PERFORM ledger_lock(call);
    UPDATE budget_balances AS l SET used_micros = l.used_micros + cost,
            reserved_micros = l.reserved_micros - CASE r.state WHEN 'held' THEN r.reserved_micros ELSE 0 END
        FROM budget_reservations AS r WHERE r.call_id = call AND r.budget_id = l.budget_id AND r.starts_on = l.starts_on;
    UPDATE budget_reservations SET state = 'settled', settled_micros = cost WHERE call_id = call;
    INSERT INTO outbox_events (id, type, aggregate_id, institution_id, at, payload)
        VALUES (event, 'tutor.tokens_spent', call, c.institution_id, moment, jsonb_build_object('type', 'tutor.tokens_spent',
            'institution_id', c.institution_id, 'call_id', call, 'service', c.service, 'user_id', c.user_id,
            'course_id', c.course_id, 'purpose', c.purpose, 'provider', by_provider, 'model', by_model,
            'prompt_version_id', c.prompt_version_id, 'tokens_in', took_in, 'tokens_cached', took_cached,
            'tokens_out', took_out, 'cost_micros', cost, 'spent_at', moment));
    RETURN jsonb_build_object('state', 'settled', 'cost_micros', cost);
END $$;

-- Gives back what a call held and did not spend.
CREATE FUNCTION ledger_release(call uuid, by_service text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public AS $$
BEGIN
    IF NOT ledger_enter(call, by_service) THEN RETURN jsonb_build_object('state', 'unknown'); END IF;
    PERFORM ledger_lock(call);
    UPDATE budget_balances AS l SET reserved_micros = l.reserved_micros - r.reserved_micros FROM budget_reservations AS r
        WHERE r.call_id = call AND r.state = 'held' AND r.budget_id = l.budget_id AND r.starts_on = l.starts_on;
    UPDATE budget_reservations SET state = 'released' WHERE call_id = call AND state = 'held';
    RETURN jsonb_build_object('state', 'released');
END $$;

-- Frees what nobody settled in time, a number of holds at most; returns how many. The workers'.
CREATE FUNCTION ledger_expire(moment timestamptz, most integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    calls uuid[];
    held uuid[];
BEGIN
    SELECT array_agg(d.call_id), array_agg(d.budget_id) INTO calls, held FROM (
        SELECT call_id, budget_id FROM budget_reservations WHERE state = 'held' AND expires_at <= moment
        ORDER BY expires_at LIMIT most FOR UPDATE SKIP LOCKED) AS d;
    PERFORM FROM budget_balances AS l WHERE (l.budget_id, l.starts_on) IN (
            SELECT r.budget_id, r.starts_on FROM budget_reservations AS r
            JOIN unnest(calls, held) AS d(call_id, budget_id) ON d.call_id = r.call_id AND d.budget_id = r.budget_id)
        ORDER BY l.budget_id, l.starts_on FOR UPDATE;
    UPDATE budget_balances AS l SET reserved_micros = l.reserved_micros - f.freed
        FROM (SELECT r.budget_id, r.starts_on, sum(r.reserved_micros) AS freed FROM budget_reservations AS r
              JOIN unnest(calls, held) AS d(call_id, budget_id) ON d.call_id = r.call_id AND d.budget_id = r.budget_id
              GROUP BY r.budget_id, r.starts_on) AS f
        WHERE l.budget_id = f.budget_id AND l.starts_on = f.starts_on;
    UPDATE budget_reservations AS r SET state = 'expired' FROM unnest(calls, held) AS d(call_id, budget_id)
        WHERE r.call_id = d.call_id AND r.budget_id = d.budget_id;
    RETURN coalesce(cardinality(calls), 0);
END $$;

REVOKE ALL ON FUNCTION ledger_reserve, ledger_settle, ledger_release, ledger_expire, ledger_enter, ledger_lock, ledger_known,
    ledger_prompt FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_reserve, ledger_settle, ledger_release TO __app__;
GRANT EXECUTE ON FUNCTION ledger_expire TO __worker__;
