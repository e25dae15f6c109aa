"""The ids of api_core's aggregates."""

from typing import NewType
from uuid import UUID

CourseId = NewType("CourseId", UUID)
SectionId = NewType("SectionId", UUID)
EnrollmentId = NewType("EnrollmentId", UUID)
ModuleId = NewType("ModuleId", UUID)
LessonId = NewType("LessonId", UUID)
TermId = NewType("TermId", UUID)
InvitationId = NewType("InvitationId", UUID)
GroupId = NewType("GroupId", UUID)
AssignmentId = NewType("AssignmentId", UUID)
OverrideId = NewType("OverrideId", UUID)
SubmissionId = NewType("SubmissionId", UUID)
CommentId = NewType("CommentId", UUID)
GradeId = NewType("GradeId", UUID)
RubricId = NewType("RubricId", UUID)
RubricVersionId = NewType("RubricVersionId", UUID)
CriterionId = NewType("CriterionId", UUID)
RatingId = NewType("RatingId", UUID)
ForumId = NewType("ForumId", UUID)
ThreadId = NewType("ThreadId", UUID)
PostId = NewType("PostId", UUID)
CertificateId = NewType("CertificateId", UUID)
CalendarId = NewType("CalendarId", UUID)
NotificationId = NewType("NotificationId", UUID)
DigestId = NewType("DigestId", UUID)
