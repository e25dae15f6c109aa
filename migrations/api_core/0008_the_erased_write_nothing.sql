-- A token outlives its session by the moment that the news of its end needs to every process. What is written
-- in that moment would not be found by the erasure, which has looked already. So each write asks.
-- Put into the kernel's function as it stands.
DO $migration$
DECLARE
    known text := pg_get_functiondef('eduflow_require(smallint, bigint[], bigint[])'::regprocedure);
    before text := 'IF verdict IS DISTINCT FROM 2 THEN';
BEGIN
    IF position(before IN known) = 0 THEN
        RAISE EXCEPTION 'eduflow_require() is not as this revision knows it';
    END IF;
    EXECUTE replace(known, before,
        'IF verdict IS DISTINCT FROM 2 OR EXISTS (SELECT FROM erasures WHERE user_id = eduflow_person()) THEN');
END $migration$;
