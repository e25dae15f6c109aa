"""The ids of assessment's things, told apart by type."""

from typing import NewType
from uuid import UUID

BankId = NewType("BankId", UUID)
QuestionId = NewType("QuestionId", UUID)
QuestionVersionId = NewType("QuestionVersionId", UUID)
AssessmentId = NewType("AssessmentId", UUID)
AttemptId = NewType("AttemptId", UUID)
ResponseId = NewType("ResponseId", UUID)
FileId = NewType("FileId", UUID)
CourseId = NewType("CourseId", UUID)
RegradeId = NewType("RegradeId", UUID)
AppealId = NewType("AppealId", UUID)
SectionId = NewType("SectionId", UUID)
StimulusId = NewType("StimulusId", UUID)
KeyId = NewType("KeyId", UUID)
QuestionTestId = NewType("QuestionTestId", UUID)
RubricId = NewType("RubricId", UUID)
RubricVersionId = NewType("RubricVersionId", UUID)
CriterionId = NewType("CriterionId", UUID)
FormId = NewType("FormId", UUID)
FormSectionId = NewType("FormSectionId", UUID)
OverrideId = NewType("OverrideId", UUID)
ScoringVersionId = NewType("ScoringVersionId", UUID)
