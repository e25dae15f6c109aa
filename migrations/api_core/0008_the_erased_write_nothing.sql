-- A token outlives its session by the moment that the news of its end needs to every process. What is written
-- in that moment would not be found by the erasure, which has looked already. So each write asks.
CREATE OR REPLACE FUNCTION eduflow_require(verdict smallint, counts bigint[], expected bigint[]) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF verdict = 0 THEN RAISE EXCEPTION 'no such thing' USING ERRCODE = 'EF404'; END IF;
    IF verdict IS DISTINCT FROM 2 OR EXISTS (SELECT FROM erasures WHERE user_id = eduflow_person()) THEN
        RAISE EXCEPTION 'not permitted' USING ERRCODE = 'EF403';
    END IF;
    FOR i IN 1 .. cardinality(counts) LOOP
        IF expected[i] IS NOT NULL AND counts[i] <> expected[i] THEN
            RAISE EXCEPTION '%', i - 1 USING ERRCODE = 'EF409';
        END IF;
    END LOOP;
    RETURN true;
END $$;
