"""How an answer is put before a model, and what may be believed of what comes back: pure rules.

I own the view of an answer that leaves for a model (no name, nothing hidden, nothing that speaks to
whoever grades), the rules that find such speech, the shape of what a model may say, the check that
what it quotes stands in the answer, and the decision whether its judgement may stand. I promise
that an answer is data: whatever it says is judged, and never followed
(docs/decisions/0013-the-answer-is-data.md).
"""
