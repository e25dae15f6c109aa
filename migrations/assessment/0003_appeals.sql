-- What an answer got is withheld from the staff while an appeal about it waits: asked by every read of results.

CREATE INDEX appeals_open_of_attempt ON appeals (attempt_id) WHERE state IN ('open', 'claimed');
CREATE INDEX appeals_open_of_student ON appeals (assessment_id, user_id) WHERE state IN ('open', 'claimed');
COMMENT ON COLUMN appeal_decisions.saw_scores IS 'Whether the grader declares that they had learnt elsewhere what the answer, or its attempt, had got.';
