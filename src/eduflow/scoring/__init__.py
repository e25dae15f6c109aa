"""Items and what an answer to one is worth: pure functions of item, key, variant and answer.

No clock, no database, no network: the same question, key, variant and answer always give the same
score, years later and on another machine. Used by the assessment service and the schools alike.
"""
