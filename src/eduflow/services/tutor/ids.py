"""The ids of the ledger's things."""

from typing import NewType
from uuid import UUID

BudgetId = NewType("BudgetId", UUID)
PriceId = NewType("PriceId", UUID)
PromptVersionId = NewType("PromptVersionId", UUID)
CallId = NewType("CallId", UUID)
"""Of one call of a model; made by the service that calls."""
CourseId = NewType("CourseId", UUID)
