-- The rooms of a service that counts seats, in a database of its own.
CREATE TABLE seat_counts (
    course_id      uuid PRIMARY KEY,
    institution_id uuid NOT NULL,
    seats          integer NOT NULL
);
ALTER TABLE seat_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE seat_counts FORCE ROW LEVEL SECURITY;
CREATE POLICY own_institution ON seat_counts TO analytics_app
    USING (institution_id = (SELECT eduflow_institution()));
CREATE POLICY workers_fold_everything ON seat_counts TO analytics_worker USING (true);
GRANT SELECT ON seat_counts TO analytics_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON seat_counts TO analytics_worker;

CREATE FUNCTION authorize(
    institution uuid, person uuid, permission text, kind text, target uuid
) RETURNS smallint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM eduflow_identify(institution, person);
    RETURN CASE WHEN institution IS NULL OR person IS NULL THEN 1 ELSE 2 END;
END $$;
