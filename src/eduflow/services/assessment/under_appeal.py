"""Answers about which an appeal waits to be decided: to all but who gave them they got nothing.

Whoever decides an appeal must not know what the answer got, and who will decide it is not known
before. So no query tells it to anybody of the staff until the appeal is decided or withdrawn; each
takes what an open appeal is from here. Who gave the answer sees what they saw.
"""

OPEN = "{0}.state IN ('open', 'claimed')"
"""Of the row `{0}` of appeals: as the partial indexes of it say it, or they do not serve."""
_WAITS = "SELECT FROM appeals AS pending WHERE " + OPEN.format("pending")
ANSWER = f"EXISTS ({_WAITS} AND pending.response_id = {{0}})"
"""Whether the answer with the id `{0}` is."""
ATTEMPT = f"EXISTS ({_WAITS} AND pending.attempt_id = {{0}})"
"""Whether one of the answers of the attempt with the id `{0}` is."""
STUDENT = (
    f"EXISTS ({_WAITS} AND pending.assessment_id = {{0}}.assessment_id"
    " AND pending.user_id = {0}.user_id)"
)
"""Whether any of a student's answers of a test is: `{0}` has both."""
_OF_OTHERS = f"{_WAITS} AND pending.assessment_id = {{0}} AND pending.user_id <> eduflow_person()"
TEST = f"EXISTS ({_OF_OTHERS})"
"""Whether an answer of the test `{0}` is, that somebody else gave."""
QUESTION = (
    f"EXISTS ({_OF_OTHERS} AND EXISTS (SELECT FROM responses AS given"
    " WHERE given.id = pending.response_id AND given.question_version_id = {1}))"
)
"""Whether an answer to the question version `{1}` in it is, that somebody else gave."""
KNOWING = (
    "(SELECT coalesce(json_agg(k.grader), '[]') FROM (SELECT h.grader_id AS grader FROM"
    " human_reviews AS h WHERE h.response_id = q.response_id UNION SELECT unnest(w.seen_by) FROM"
    " grading_queue AS w WHERE w.response_id = q.response_id) AS k)"
)
"""Who has judged the answer of the appeal `q`, or was shown what a model gave it."""
