"""What the caller's institution says of itself."""

from eduflow.kernel.db.reading import ReadSession
from eduflow.kernel.ids import InstitutionId
from eduflow.services.api_core.views import Institution, columns

_ONE = f"SELECT {columns(Institution, 'i')} FROM institutions AS i WHERE i.id = $1"


async def institution(replica: ReadSession, mine: InstitutionId) -> Institution:
    """The institution as it is."""
    return await replica.row(_ONE, mine, into=Institution)
