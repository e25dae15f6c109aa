-- A reading says of each answer as well whether it contains words that it does not (decision 0013).

ALTER TABLE ai_grading_jobs ADD COLUMN claimed_control boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN ai_grading_jobs.claimed_control IS 'Whether a reading awarded the best for words that do not stand in the answer.';
