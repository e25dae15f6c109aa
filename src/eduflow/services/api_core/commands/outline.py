"""What every change of a course's outline does to the course."""

from eduflow.kernel.commands import UnitOfWork
from eduflow.services.api_core.ids import CourseId

# The course's document shows its outline, so its version counts that too. And the row's lock puts
# the events of one course in the order in which they were made.
_NEXT_VERSION = (
    "UPDATE courses SET version = version + 1 WHERE id = $1 AND state <> 'deleted' AND {allowed}"
)


def next_version(work: UnitOfWork, course: CourseId) -> None:
    """Count a change of the outline as one of the course."""
    work.write(_NEXT_VERSION, course)
