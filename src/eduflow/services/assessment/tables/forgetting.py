"""Who is to be known no more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from eduflow.services.assessment.tables.base import Assessment


class ErasedPeople(Assessment):
    """Whose texts were blanked. Receipts keep the digests of what was answered: those of the erased cannot be recomputed any more."""  # noqa: E501 (word for word)

    institution_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    erasure_id: Mapped[UUID]
    at: Mapped[datetime]
