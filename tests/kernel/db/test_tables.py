"""The bases of two databases have nothing in common, and mean by a type what PostgreSQL means."""

from uuid import UUID

from sqlalchemy.orm import DeclarativeBase, Mapped

from eduflow.kernel.db.tables import Described, Keyed, own_registry
from eduflow.kernel.db.tables.plumbing import PLUMBING, add_plumbing


class First(Described, DeclarativeBase):
    registry = own_registry()


class Second(Described, DeclarativeBase):
    registry = own_registry()


def test_two_databases_share_no_registry() -> None:
    add_plumbing(First)
    add_plumbing(Second)
    assert len(First.metadata.tables) == len(Second.metadata.tables) == len(PLUMBING)
    assert First.metadata.tables["jobs"] is not Second.metadata.tables["jobs"]


def test_a_table_is_named_and_described_by_its_class() -> None:
    class StudyGroups(Keyed, First):
        """Who learns
        together."""

        leader: Mapped[UUID]

    table = First.metadata.tables["study_groups"]
    assert table.comment == "Who learns together."
    assert table.c.keys() == ["id", "leader"]
    assert StudyGroups.__tablename__ == "study_groups"
