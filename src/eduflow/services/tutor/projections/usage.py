"""What was spent by day: token_usage_daily, a fold of what calls took."""

from eduflow.kernel.projections import ReadModel, fold_with

USAGE = "token_usage_daily"

_SPENT = fold_with("""
    INSERT INTO token_usage_daily AS d (institution_id, day, user_id, course_id, purpose, provider,
        model, calls, tokens_in, tokens_cached, tokens_out, cost_micros)
    SELECT institution_id, (spent_at AT TIME ZONE 'UTC')::date,
        coalesce(user_id, '00000000-0000-0000-0000-000000000000'),
        coalesce(course_id, '00000000-0000-0000-0000-000000000000'), purpose, provider, model,
        count(*), sum(tokens_in), sum(tokens_cached), sum(tokens_out), sum(cost_micros)
    FROM jsonb_to_recordset($1::jsonb) AS e(institution_id uuid, spent_at timestamptz, user_id uuid,
        course_id uuid, purpose text, provider text, model text, tokens_in bigint,
        tokens_cached bigint, tokens_out bigint, cost_micros bigint)
    GROUP BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (institution_id, day, user_id, course_id, purpose, provider, model) DO UPDATE SET
        calls = d.calls + excluded.calls, tokens_in = d.tokens_in + excluded.tokens_in,
        tokens_cached = d.tokens_cached + excluded.tokens_cached,
        tokens_out = d.tokens_out + excluded.tokens_out,
        cost_micros = d.cost_micros + excluded.cost_micros
""")

token_usage_daily = ReadModel(
    name=USAGE,
    tables=("token_usage_daily",),
    source="tutor",
    folds={"tutor.tokens_spent": _SPENT},
)
