"""One seat."""

from eduflow.kernel.db.reading import ReadSession
from eduflow.services.api_core.ids import EnrollmentId
from eduflow.services.api_core.views import Enrollment, columns

_ONE = f"SELECT {columns(Enrollment, 'e')} FROM enrollments AS e WHERE e.id = $1"


async def enrollment(replica: ReadSession, wanted: EnrollmentId) -> Enrollment:
    """The seat as it is."""
    return await replica.row(_ONE, wanted, into=Enrollment)
