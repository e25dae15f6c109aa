"""Names of people, to be joined where they are shown: people, a fold of person.* events."""

from eduflow.kernel.projections import ReadModel, fold_with

# Every event tells all there is to know, so the newest of a run is enough.
_AS_IT_IS = fold_with("""
    INSERT INTO people (user_id, institution_id, display_name, sortable_name, email, state)
    SELECT DISTINCT ON (user_id)
        user_id, institution_id, display_name, sortable_name, email, state
    FROM jsonb_to_recordset($1::jsonb) AS e(seq bigint, user_id uuid, institution_id uuid,
        display_name text, sortable_name text, email text, state text)
    ORDER BY user_id, seq DESC
    ON CONFLICT (user_id) DO UPDATE SET display_name = excluded.display_name,
        sortable_name = excluded.sortable_name, email = excluded.email, state = excluded.state
""")

people = ReadModel(
    name="people",
    tables=("people",),
    source="api_core",
    shards=2,
    folds={"person.added": _AS_IT_IS, "person.changed": _AS_IT_IS},
)
