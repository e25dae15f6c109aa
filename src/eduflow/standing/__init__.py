"""Each service's own copy of who has which seat and role, and what people are called.

api_core owns these facts and tells them as events. A service that would ask it at every request
would stand still with it; so each folds them into its own database, and decides there, in the
statement that answers, who may do what (`authorize` in migrations/standing). A service takes
`MODELS` among its read models and `GROUNDS` as what its refusals rest on.
"""

from eduflow.standing.projections import people, standing

MODELS = (standing, people)
GROUNDS = (standing.name,)

__all__ = ["GROUNDS", "MODELS"]
